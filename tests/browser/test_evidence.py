"""Evidence in a real browser: several files at once, a connection that is cut, a session that has ended, a virus
scanner that takes its time, and all of it without JavaScript. In English; `test_journey` is in Swedish."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Locator, Page, expect

from applications.demo.build import PASSWORD
from tests import clamd
from tests.site import Site
from tests.uploads import KINDS

from .conftest import NARROW, WIDE, check_page

TYPED = "Vi har skrivit det här länge och vill inte mista det. Åäö."


def payload(name: str, content: bytes | None = None) -> FilePayload:
    kind, real = KINDS[name.rsplit(".", 1)[-1]]
    return {"name": name, "mimeType": kind, "buffer": real if content is None else content}


def pdf_of(megabytes: int) -> bytes:
    """A PDF of some size, which nothing shrinks on its way."""
    content = KINDS["pdf"][1]
    return content.replace(b"xref", b"%" + b"0123456789abcdef" * 65_536 * megabytes + b"\nxref", 1)


def sign_in(page: Page, site: Site, who: str = "sokande@ludvika.example") -> None:
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
    page.goto(f"{site.url}/accounts/login/")
    page.locator("input[name=login]").fill(who)
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password]").press("Enter")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.wait_for_url(re.compile("/applications/"))


def open_question(page: Page, site: Site, number: int = 3) -> None:
    """A question of Ludvika's draft without evidence."""
    page.goto(f"{site.url}/applications/")
    reference = re.search(r"QM-\d{4}-\d{4}", page.get_by_role("main").inner_html())
    assert reference
    page.goto(f"{site.url}/applications/{reference[0]}/questions/{number}/")


def chooser(page: Page) -> Locator:
    return page.locator("#id_evidence")


def rows(page: Page) -> Locator:
    return page.locator("#evidence-list > li")


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A page whose failing requests are no fault: these tests cut connections. Errors in the script are."""
    faults: list[str] = []
    context = chromium.new_context(viewport=WIDE, locale="en-GB")
    context.set_default_timeout(20_000)
    opened = context.new_page()
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on(
        "console",
        lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None,
    )
    yield opened
    context.close()
    assert faults == []


def test_several_files_at_once_while_the_answer_is_being_written(site: Site, page: Page):
    with site.running():
        sign_in(page, site)
        open_question(page, site)
        check_page(page)
        page.locator("#id_text").fill(TYPED)
        chooser(page).set_input_files(
            [payload("avtal.docx"), payload("torg.png"), payload("packat.txt", b"PK\x05\x06" + bytes(18))]
        )
        expect(rows(page)).to_have_count(2)
        refused = page.locator("[data-uploads] li")
        expect(refused).to_contain_text(
            "This is an archive of packed files. Unpack it and send the files one by one."
        )
        expect(page.locator("[data-announce]")).to_have_text(re.compile("packat.txt: This is an archive"))
        expect(page.get_by_role("link", name="avtal.docx")).to_be_visible()
        expect(rows(page).nth(1).locator("img")).to_be_visible()

        # What is typed about one file stays while another arrives.
        page.get_by_label("Description torg.png").fill("Torget på våren")
        drop(page, "budget.ods")
        expect(rows(page)).to_have_count(3)
        expect(page.get_by_label("Description torg.png")).to_have_value("Torget på våren")
        page.get_by_label("Description torg.png").press("Enter")
        expect(page.locator("[data-announce]")).to_have_text("The description of “torg.png” is saved.")
        check_page(page)

        row = rows(page).nth(1)
        row.locator("summary").click()
        row.get_by_label("question 5").check()
        expect(row).to_contain_text("Also supports question 5")
        row.get_by_label("Replace with another file").set_input_files([payload("ny.webp")])
        expect(page.get_by_role("link", name="ny.webp").first).to_be_visible()
        expect(page.get_by_role("link", name="torg.png")).to_have_count(0)
        expect(page.get_by_label("Description ny.webp")).to_have_value("Torget på våren")

        page.once("dialog", lambda dialog: dialog.accept())
        rows(page).nth(0).locator("summary").click()
        rows(page).nth(0).get_by_role("button", name="Remove from this question").click()
        expect(rows(page)).to_have_count(2)
        expect(page.locator("#evidence-legend")).to_be_focused()
        page.get_by_role("button", name="Put away packat.txt").click()
        expect(refused).to_have_count(0)
        expect(chooser(page)).to_be_focused()
        expect(page.locator("#id_text")).to_have_value(TYPED)

        page.reload()
        expect(rows(page)).to_have_count(2)
        open_question(page, site, 5)
        expect(page.get_by_label("Description ny.webp")).to_have_value("Torget på våren")
        page.get_by_text("Use a file you have already uploaded").click()
        page.get_by_label(re.compile("budget.ods")).check()
        check_page(page)
        page.get_by_role("button", name="Use here, too").click()
        expect(page.get_by_role("link", name="budget.ods")).to_be_visible()


def drop(page: Page, name: str, where: str = "[data-drop]") -> None:
    """Drag a file from the desk onto a place on the page."""
    kind, content = KINDS[name.rsplit(".", 1)[-1]]
    carried = page.evaluate_handle(
        """([name, kind, content]) => {
            const carried = new DataTransfer();
            carried.items.add(new File([new Uint8Array(content)], name, { type: kind }));
            return carried;
        }""",
        [name, kind, list(content)],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.dispatch_event(where, event, {"dataTransfer": carried})


def test_a_file_dropped_beside_the_place_changes_nothing(site: Site, page: Page):
    with site.running():
        sign_in(page, site)
        open_question(page, site)
        page.locator("#id_text").fill(TYPED)
        drop(page, "avtal.pdf", "h1")
        expect(page.locator("[data-uploads] li")).to_have_count(0)
        expect(page.locator("#id_text")).to_have_value(TYPED)
        drop(page, "avtal.pdf")
        expect(rows(page)).to_have_count(1)


def slow(page: Page, bytes_a_second: int) -> Callable[[], None]:
    """Makes the connection slow, until what is given back is called."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")

    def throttle(upload: int) -> None:
        conditions = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": upload}
        session.send("Network.emulateNetworkConditions", conditions)

    throttle(bytes_a_second)
    return lambda: throttle(-1)


def stored(site: Site) -> set[str]:
    folder = site.folder / "files" / "evidence"
    return {str(path) for path in folder.rglob("*") if path.is_file()}


def test_an_upload_that_is_cut_half_way(site: Site, page: Page):
    """The server goes down in the middle of it and comes back."""
    before = stored(site)
    with site.running():
        sign_in(page, site)
        open_question(page, site)
        fast = slow(page, 300_000)
        chooser(page).set_input_files([payload("stor.pdf", pdf_of(5)), payload("liten.txt")])
        page.locator("#id_text").fill(TYPED)
        upload = page.locator("[data-uploads] li").first
        expect(upload).to_contain_text(re.compile(r"Uploading [1-9]\d? %"))
        assert 0 < upload.locator("progress").evaluate("bar => bar.value") < 100
    fast()
    expect(upload).to_contain_text("The connection was cut. Nothing of the file was kept.")
    expect(page.locator("[data-uploads] li")).to_have_count(2)
    expect(page.locator("[data-uploads] li").nth(1)).to_contain_text("The connection was cut.")
    expect(page.locator("#id_text")).to_have_value(TYPED)
    expect(page.get_by_role("button", name="Save and continue")).to_be_visible()
    assert stored(site) == before
    with site.running():
        page.get_by_role("button", name="Try again liten.txt").click()
        expect(page.get_by_role("link", name="liten.txt")).to_be_visible()
        page.get_by_role("button", name="Try again stor.pdf").click()
        expect(page.get_by_role("link", name="stor.pdf").first).to_be_visible()
        expect(page.locator("#id_text")).to_have_value(TYPED)
    assert len(stored(site) - before) == 2


def test_cancelling_and_going_on_while_files_are_on_their_way(site: Site, page: Page):
    with site.running():
        sign_in(page, site)
        open_question(page, site)
        fast = slow(page, 200_000)
        chooser(page).set_input_files([payload("stor.pdf", pdf_of(3)), payload("liten.txt")])
        expect(page.locator("[data-uploads] li").first).to_contain_text(re.compile(r"Uploading [1-9]\d? %"))
        page.get_by_role("button", name="Cancel stor.pdf").click()
        expect(page.locator("[data-uploads] li").first).to_contain_text(
            "Cancelled. Nothing of the file was kept."
        )
        expect(page.get_by_role("button", name="Try again stor.pdf")).to_be_focused()
        expect(page.get_by_role("link", name="liten.txt")).to_be_visible()
        page.get_by_role("button", name="Put away stor.pdf").click()

        page.locator("#id_text").fill(TYPED)
        chooser(page).set_input_files([payload("mellan.pdf", pdf_of(1))])
        page.get_by_role("button", name="Save and close").click()
        expect(page.locator("[data-holding]")).to_contain_text("The page goes on by itself")
        fast()
        page.wait_for_url(re.compile(r"/applications/QM-\d{4}-\d{4}/$"))
        open_question(page, site)
        expect(page.get_by_role("link", name="mellan.pdf").first).to_be_visible()
        expect(page.locator("#id_text")).to_have_value(TYPED)


def test_a_session_that_has_ended_by_the_time_of_the_upload(site: Site, page: Page):
    with site.running():
        sign_in(page, site)
        open_question(page, site)
        page.locator("#id_text").fill(TYPED)
        language = [cookie for cookie in page.context.cookies() if cookie["name"] == "django_language"]
        page.context.clear_cookies()
        page.context.add_cookies(language)
        chooser(page).set_input_files([payload("avtal.pdf")])
        upload = page.locator("[data-uploads] li")
        expect(upload).to_contain_text("You have been signed out. Sign in again in a new tab")
        expect(upload.get_by_role("link", name="Sign in again")).to_be_visible()
        other = page.context.new_page()
        sign_in(other, site)
        other.close()
        page.get_by_role("button", name="Try again avtal.pdf").click()
        expect(page.get_by_role("link", name="avtal.pdf").first).to_be_visible()
        expect(page.locator("#id_text")).to_have_value(TYPED)


def test_a_file_is_shown_once_the_virus_scanner_has_said_its_word(site: Site, page: Page):
    site.env["QM_CLAMD"] = f"unix:{site.folder}/nobody"
    with site.running():
        sign_in(page, site)
        open_question(page, site)
        chooser(page).set_input_files(
            [payload("torg.png"), payload("faktura.txt", b"Betala " + clamd.MARKER)]
        )
        expect(rows(page)).to_have_count(2)
        expect(page.get_by_text("Being checked for viruses")).to_have_count(2)
        expect(page.get_by_role("link", name="torg.png")).to_have_count(0)
        check_page(page)
        page.get_by_label("Description torg.png").fill("Torget")
        with clamd.running() as address:
            site.env["QM_CLAMD"] = address
            site.manage("scan_evidence")
        expect(page.get_by_role("link", name="torg.png").first).to_be_visible()
        expect(page.get_by_label("Description torg.png")).to_have_value("Torget")
        expect(rows(page)).to_have_count(1)
        told = page.get_by_text(f"“faktura.txt” contained a virus ({clamd.VIRUS})")
        expect(told).to_be_visible()
        check_page(page)
        page.get_by_role("button", name="Put away the message about faktura.txt").click()
        expect(told).to_have_count(0)


def test_without_javascript(site: Site, new_page: Callable[..., Page]):
    page = new_page(java_script_enabled=False)
    with site.running():
        sign_in(page, site)
        open_question(page, site)
        page.set_viewport_size(NARROW)
        page.locator("#id_text").fill(TYPED)
        chooser(page).set_input_files([payload("avtal.docx"), payload("torg.png")])
        page.get_by_role("button", name="Upload and stay here").click()
        expect(rows(page)).to_have_count(2)
        expect(page.locator("#id_text")).to_have_value(TYPED)
        page.get_by_label("Description torg.png").fill("Torget på våren")
        rows(page).nth(1).locator("summary").click()
        rows(page).nth(1).get_by_label("question 5").check()
        rows(page).nth(1).get_by_label("Replace with another file").set_input_files([payload("ny.jpg")])
        rows(page).nth(1).get_by_role("button", name="Save and stay here").click()
        expect(page.get_by_role("link", name="ny.jpg").first).to_be_visible()
        expect(page.get_by_label("Description ny.jpg")).to_have_value("Torget på våren")
        expect(rows(page).nth(1)).to_contain_text("Also supports question 5")
        rows(page).nth(0).locator("summary").click()
        page.locator("#id_text").fill(f"{TYPED} Mer.")
        rows(page).nth(0).get_by_role("button", name="Remove from this question").click()
        expect(rows(page)).to_have_count(1)
        expect(page.locator("#id_text")).to_have_value(f"{TYPED} Mer.")
        open_question(page, site, 4)
        page.get_by_text("Use a file you have already uploaded").click()
        page.get_by_label(re.compile("ny.jpg")).check()
        page.get_by_role("button", name="Upload and stay here").click()
        expect(page.get_by_role("link", name="ny.jpg").first).to_be_visible()
