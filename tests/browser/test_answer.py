"""Nothing that is typed in an answer is lost: not when the portal is down or the session over, not when a colleague
writes at the same time, and neither without a mouse nor without scripts."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg2
import pytest
from playwright.sync_api import Locator, Page, expect

from applications.demo import build, files
from tests.site import Site

from .conftest import NARROW, check_page

SIGNATORY, COLLEAGUE = "sokande@kristinehamn.example", "medsokande@kristinehamn.example"
NAMES = {SIGNATORY: "Sökande Kristinehamn", COLLEAGUE: "Medsökande Kristinehamn"}
BROKEN = (
    "ERR_CONNECTION_REFUSED",
    "ERR_CONNECTION_RESET",
    "ERR_EMPTY_RESPONSE",
    "ERR_INTERNET_DISCONNECTED",
    "htmx:",
)
REFUSED = ("status of 401", "status of 403", "status of 409", "status of 422", "Response Status Error")
BEGIN = """
from applications import workflow
from applications.models import Application
from members.models import Affiliation
signatory = Affiliation.objects.select_related("user", "organisation").get(user__email={email!r})
application = workflow.start(signatory.organisation, signatory.user, {area!r}, "Kristinehamns kommun")
Application.objects.filter(pk=application.pk).update(spokesperson="Talesperson")
print(application.reference)
"""
SAVED = """
SELECT text FROM applications_answer
JOIN applications_question q ON q.id = question_id JOIN applications_application a ON a.id = application_id
WHERE reference = {mark} AND number = {mark}
"""


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A portal with the demo in it, for all tests here: each has an application of its own."""
    fresh = Site(tmp_path_factory.mktemp("answer"), f"qm_answer_{os.environ.get('PYTEST_XDIST_WORKER', '')}")
    fresh.manage("demo")
    return fresh


@pytest.fixture
def running(portal: Site) -> Iterator[str]:
    with portal.running() as url:
        yield url


def begin(portal: Site, area: str) -> str:
    """A draft of Kristinehamn's for `area`, with only its questions left to answer; its reference."""
    return portal.manage("shell", "--no-imports", "-c", BEGIN.format(email=SIGNATORY, area=area)).strip()


def saved(portal: Site, reference: str, number: int = 1) -> str:
    """What the database has as the answer."""
    url = portal.env.get("DATABASE_URL")
    database = psycopg2.connect(url) if url else sqlite3.connect(portal.folder / "qm.sqlite3")
    with contextlib.closing(database) as connection, contextlib.closing(connection.cursor()) as cursor:
        cursor.execute(SAVED.format(mark="%s" if url else "?"), (reference, number))
        return cursor.fetchone()[0]


def at(portal: Site, reference: str, number: int = 1) -> str:
    return f"{portal.url}/applications/{reference}/questions/{number}/"


def sign_in(page: Page, email: str) -> None:
    """Fill in the sign-in page that is shown."""
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(build.PASSWORD)
    page.get_by_role("main").locator("form[action*=login] [type=submit]").first.click()


def open_question(
    page: Page, portal: Site, reference: str, email: str = SIGNATORY, number: int = 1
) -> Locator:
    """Sign in and open a question; its box for the answer."""
    page.goto(f"{portal.url}/accounts/login/")
    sign_in(page, email)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.goto(at(portal, reference, number))
    return page.locator("#id_text")


def end_session(page: Page) -> None:
    page.context.clear_cookies(name="sessionid")


def shown(page: Page, problem: str) -> Locator:
    notice = page.locator(f"[data-problem={problem}]")
    expect(notice).to_be_visible()
    return notice


def expect_saved(page: Page, timeout: int = 20_000) -> None:
    """Everything is saved, and the page says so."""
    expect(page.locator("#answer:not([data-unsaved]) #saved")).to_contain_text("Sparat", timeout=timeout)
    expect(page.locator("#saved")).to_be_visible()


# --- The portal is away ---------------------------------------------------------------------------------------
def test_typing_while_the_portal_is_stopped_and_started_again(portal: Site, new_page: Callable[..., Page]):
    reference = begin(portal, "Omstart")
    page = new_page(expects=BROKEN)
    with portal.running():
        box = open_question(page, portal, reference)
        box.fill("Skrivet före.")
        expect_saved(page)
    box.press_sequentially(" Skrivet under tiden.")
    expect(shown(page, "server")).to_contain_text("Det du skriver finns kvar i den här webbläsaren.")
    expect(page.get_by_role("status").filter(has_text="Portalen svarar inte just nu")).to_have_count(1)
    check_page(page)
    page.get_by_role("button", name="Spara och fortsätt").click()
    expect(page).to_have_url(at(portal, reference))
    expect(box).to_have_value("Skrivet före. Skrivet under tiden.")
    assert saved(portal, reference) == "Skrivet före."
    with portal.running():
        expect(page.locator("[data-problem=server]")).to_be_hidden(timeout=40_000)
        expect_saved(page)
        assert saved(portal, reference) == "Skrivet före. Skrivet under tiden."
        assert page.evaluate("Object.keys(localStorage).length") == 0


def test_a_browser_that_is_closed_while_the_portal_is_away(portal: Site, new_page: Callable[..., Page]):
    reference = begin(portal, "Stängd")
    page = new_page(expects=BROKEN)
    with portal.running():
        box = open_question(page, portal, reference)
        box.fill("Vi samverkar.")
        expect_saved(page)
    box.fill("Vi samverkar på torget.")
    shown(page, "server")
    later = page.context.new_page()
    page.close()
    with portal.running():
        later.goto(at(portal, reference))
        expect(later.get_by_role("heading", name="Vilken text ska gälla?")).to_be_visible()
        expect(later.locator("#id_text")).to_have_value("Vi samverkar på torget.")
        expect(later.locator("ins")).to_contain_text("på torget.")
        later.get_by_role("button", name="Behåll den sparade texten").click()
        expect(later.locator("#id_text")).to_have_value("Vi samverkar.")
        expect(later.get_by_label("Kopiera det du vill behålla.")).to_have_value("Vi samverkar på torget.")
        later.reload()
        expect(later.locator("#presence")).to_be_attached()
        expect(later.locator("[data-comparison]")).to_have_count(0)


def test_offline_and_online_again(portal: Site, running: str, new_page: Callable[..., Page]):
    reference = begin(portal, "Tåget")
    page = new_page(expects=BROKEN)
    box = open_question(page, portal, reference)
    page.context.set_offline(True)
    box.fill("Skrivet i en tunnel.")
    shown(page, "offline")
    page.context.set_offline(False)
    expect_saved(page)
    assert saved(portal, reference) == "Skrivet i en tunnel."


def test_leaving_in_the_middle_of_a_word(portal: Site, running: str, new_page: Callable[..., Page]):
    reference = begin(portal, "Bråttom")
    page = new_page()
    box = open_question(page, portal, reference)
    box.press_sequentially("Halvfärd")
    page.get_by_role("link", name="Till översikten").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bråttom")
    page.goto(at(portal, reference))
    expect(box).to_have_value("Halvfärd")
    expect(page.locator("[data-comparison]")).to_have_count(0)
    box.press("End")
    box.press_sequentially("igt")
    page.get_by_role("navigation", name="Frågorna").get_by_role("button").nth(2).click()
    expect(page).to_have_url(at(portal, reference, 4))
    assert saved(portal, reference) == "Halvfärdigt"


# --- The session is over --------------------------------------------------------------------------------------
@pytest.mark.parametrize("is_sent", [False, True], ids=["while typing", "on submit"])
def test_a_session_that_ends(portal: Site, running: str, new_page: Callable[..., Page], is_sent: bool):
    reference = begin(portal, f"Utloggad {is_sent}")
    page = new_page(expects=REFUSED)
    box = open_question(page, portal, reference)
    box.fill("Vi samverkar om torget.")
    page.locator("input[name=rating][value='2']").check()
    expect(page.locator("#self-assessment")).to_contain_text("1 av 5")
    end_session(page)
    box.fill("Vi samverkar om hela staden.")
    page.locator("input[name=rating][value='3']").check()
    if is_sent:
        page.get_by_role("button", name="Spara och fortsätt").click()
    notice = shown(page, "signed-out")
    check_page(page)
    notice.get_by_role("link", name="Logga in igen").click()
    # Somebody else at the same computer sees nothing of it.
    sign_in(page, COLLEAGUE)
    expect(page).to_have_url(at(portal, reference))
    expect(box).to_have_value("Vi samverkar om torget.")
    end_session(page)
    page.goto(f"{portal.url}/accounts/login/?next=/applications/{reference}/questions/1/")
    sign_in(page, SIGNATORY)
    panel = page.locator("[data-comparison]")
    expect(panel).to_contain_text("Det här skrev du tidigare")
    expect(box).to_have_value("Vi samverkar om hela staden.")
    expect(panel.locator("ins")).to_contain_text(["3 uppfyllt", "hela staden."])
    expect(panel.locator("del")).to_contain_text(["2 delvis", "torget."])
    assert saved(portal, reference) == "Vi samverkar om torget."
    page.get_by_role("button", name="Spara min text").click()
    expect(panel).to_have_count(0)
    expect_saved(page)
    expect(box).to_be_focused()
    assert saved(portal, reference) == "Vi samverkar om hela staden."


def test_signing_in_again_in_another_tab_is_enough(portal: Site, running: str, new_page: Callable[..., Page]):
    reference = begin(portal, "Ny flik")
    page = new_page(expects=REFUSED)
    box = open_question(page, portal, reference)
    end_session(page)
    box.fill("Skrivet utan att veta av det.")
    shown(page, "signed-out")
    tab = page.context.new_page()
    tab.goto(f"{portal.url}/accounts/login/")
    sign_in(tab, SIGNATORY)
    expect(tab.get_by_role("heading", level=1)).to_be_visible()
    expect_saved(page, timeout=40_000)
    expect(page.locator("[data-problem=signed-out]")).to_be_hidden()
    assert saved(portal, reference) == "Skrivet utan att veta av det."


# --- Two at once ----------------------------------------------------------------------------------------------
def test_two_browsers_on_one_answer(portal: Site, running: str, new_page: Callable[..., Page]):
    reference = begin(portal, "Samtidigt")
    first, second = new_page(expects=REFUSED), new_page(expects=REFUSED)
    mine = open_question(first, portal, reference)
    expect(first.locator("#presence [name=heard]")).to_be_attached()
    theirs = open_question(second, portal, reference, COLLEAGUE)
    expect(second.locator("#presence")).to_have_text(f"{NAMES[SIGNATORY]} har också den här frågan öppen.")
    mine.fill("Vi samverkar på torget.")
    expect_saved(first)
    theirs.fill("Vi samverkar i hela staden.")
    panel = second.locator("[data-comparison]")
    expect(panel).to_contain_text(f"{NAMES[SIGNATORY]} har sparat ett annat svar medan du skrev.")
    expect(panel.locator("ins")).to_contain_text("i hela staden.")
    expect(panel.locator("del")).to_contain_text("på torget.")
    check_page(second)
    # Nothing is saved past the choice.
    second.get_by_role("button", name="Spara och fortsätt").click()
    expect(panel.get_by_role("heading", name="Vilken text ska gälla?")).to_be_focused()
    assert saved(portal, reference) == "Vi samverkar på torget."
    theirs.fill("Vi samverkar på torget och i hela staden.")
    panel.get_by_role("button", name="Spara min text").click()
    expect(panel).to_have_count(0)
    expect_saved(second)
    assert saved(portal, reference) == "Vi samverkar på torget och i hela staden."

    expect(first.locator("#presence")).to_contain_text(
        f"{NAMES[COLLEAGUE]} sparade en nyare version", timeout=30_000
    )
    expect(mine).to_have_value("Vi samverkar på torget.")
    mine.fill("Vi samverkar på alla torg.")
    first.get_by_role("button", name="Behåll den sparade texten").click()
    expect(mine).to_have_value("Vi samverkar på torget och i hela staden.")
    expect(first.get_by_label("Kopiera det du vill behålla.")).to_have_value("Vi samverkar på alla torg.")
    check_page(first)
    mine.press("End")
    mine.press_sequentially(" Varje dag.")
    expect_saved(first)
    first.reload()
    expect(mine).to_have_value("Vi samverkar på torget och i hela staden. Varje dag.")
    expect(first.locator("[data-comparison]")).to_have_count(0)


def test_a_lost_reply_is_no_collision_with_oneself(portal: Site, running: str, new_page: Callable[..., Page]):
    reference = begin(portal, "Tappat svar")
    page = new_page(expects=("ERR_FAILED", "htmx:", *REFUSED))
    box = open_question(page, portal, reference)
    lost = []

    def lose_first_reply(route) -> None:
        route.fetch()
        lost.append(route.request.post_data)
        route.abort()

    page.route("**/autosave/", lose_first_reply, times=1)
    box.fill("Vi samverkar")
    shown(page, "server")
    assert saved(portal, reference) == "Vi samverkar"
    box.fill("Vi samverkar på torget.")
    expect_saved(page, timeout=40_000)
    expect(page.locator("[data-comparison]")).to_have_count(0)
    expect(page.locator("#id_seen")).to_have_value("2")
    assert saved(portal, reference) == "Vi samverkar på torget."
    assert len(lost) == 1


# --- What can't be kept ---------------------------------------------------------------------------------------
def test_a_text_that_can_not_be_kept_is_not_lost(portal: Site, running: str, new_page: Callable[..., Page]):
    reference = begin(portal, "För långt")
    page = new_page(expects=REFUSED)
    box = open_question(page, portal, reference)
    box.fill("ord " * 601)
    expect(page.locator("#over-limit")).to_contain_text("Svaret har fler än 600 ord.")
    expect_saved(page)
    too_long = "långa ord " * 2100
    box.fill(too_long)
    expect(shown(page, "refused")).to_contain_text("20000")
    page.get_by_role("button", name="Spara och stäng").click()
    expect(box).to_have_value(too_long)
    check_page(page)
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(box).to_have_value(too_long)
    shown(page, "refused")
    box.fill("Kort.")
    page.get_by_role("button", name="Spara min text").click()
    expect_saved(page)
    expect(page.locator("#over-limit")).to_be_hidden()
    assert saved(portal, reference) == "Kort."


# --- By keyboard, and without scripts -------------------------------------------------------------------------
def tab_to(page: Page, target: Locator) -> None:
    """Go to `target` by the Tab key alone."""
    for _ in range(150):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{target} can't be reached by keyboard on {page.url}")


def test_the_whole_of_it_by_keyboard_alone_in_english(
    portal: Site, running: str, new_page: Callable[..., Page], tmp_path: Path
):
    reference = begin(portal, "Keyboard")
    document = tmp_path / "goals.pdf"
    document.write_bytes(files.pdf("Goals", ["More visitors in the square."]))
    page = new_page(viewport=NARROW)
    # From now on the browser hands choosers to the test. Asked for only when a key is about to be pressed, it may
    # come after the key.
    page.on("filechooser", lambda _chooser: None)
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": portal.url}])
    page.goto(f"{portal.url}/accounts/login/?next=/applications/{reference}/questions/1/")
    tab_to(page, page.locator("input[name=login]"))
    page.keyboard.type(SIGNATORY)
    tab_to(page, page.locator("input[name=password]"))
    page.keyboard.type(build.PASSWORD)
    page.keyboard.press("Enter")
    for number in range(1, 6):
        expect(page.get_by_text(f"Question {number} of 5", exact=True)).to_be_visible()
        tab_to(page, page.locator("#id_text"))
        page.keyboard.type(f"Answer {number}.")
        tab_to(page, page.locator("input[name=rating]").first)
        page.keyboard.press("Space")
        for _ in range(3):
            page.keyboard.press("ArrowDown")
        expect(page.locator("input[name=rating][value='3']")).to_be_checked()
        expect(page.locator("#self-assessment")).to_contain_text(f"{number} of 5 questions rated.")
        expect(page.locator("input[name=rating][value='3']")).to_be_focused()
        if number <= 2:
            tab_to(page, page.locator("#id_evidence"))
            with page.expect_file_chooser() as chooser:
                page.keyboard.press("Space")
            chooser.value.set_files(document)
            expect(page.locator("#evidence")).to_contain_text("goals.pdf")
        tab_to(page, page.get_by_role("button", name="Save and continue"))
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check and submit")
    tab_to(page, page.get_by_role("checkbox"))
    page.keyboard.press("Space")
    tab_to(page, page.get_by_role("button", name="Submit"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Receipt")
    assert [saved(portal, reference, number) for number in (1, 5)] == ["Answer 1.", "Answer 5."]


def test_the_whole_of_it_without_scripts_in_swedish(
    portal: Site, running: str, new_page: Callable[..., Page], tmp_path: Path
):
    reference = begin(portal, "Skriptlös")
    document = tmp_path / "Mål.pdf"
    document.write_bytes(files.pdf("Mål", ["Fler besökare på torget."]))
    page = new_page(java_script_enabled=False)
    box = open_question(page, portal, reference)
    # A session that ends, a colleague who was faster, a text that is too long: each leaves what was typed.
    box.fill("Skrivet före.")
    end_session(page)
    page.get_by_role("button", name="Spara och fortsätt").click()
    sign_in(page, SIGNATORY)
    expect(page).to_have_url(at(portal, reference))
    expect(box).to_have_value("Skrivet före.")
    colleague = new_page(java_script_enabled=False)
    open_question(colleague, portal, reference, COLLEAGUE).fill("Kollegans svar.")
    colleague.get_by_role("button", name="Spara och stäng").click()
    page.get_by_role("button", name="Spara min text").click()
    expect(page.locator("[data-comparison]")).to_contain_text(NAMES[COLLEAGUE])
    expect(box).to_have_value("Skrivet före.")
    box.fill("Skrivet före, och efter.")
    page.get_by_role("button", name="Spara min text").click()
    expect(page).to_have_url(at(portal, reference, 2))
    page.goto(at(portal, reference, 1))
    expect(box).to_have_value("Skrivet före, och efter.")
    too_long = "långa ord " * 2100
    box.fill(too_long)
    page.get_by_role("button", name="Spara och fortsätt").click()
    expect(page.get_by_role("alert")).to_contain_text("20000")
    expect(box).to_have_value(too_long)
    for number in range(1, 6):
        box.fill(f"Svar {number}.")
        page.locator("input[name=rating][value='3']").check()
        if number <= 2:
            page.locator("input[name=evidence]").set_input_files(document)
        page.get_by_role("button", name="Spara och fortsätt").click()
        if number < 5:
            expect(page.get_by_text(f"Fråga {number + 1} av 5", exact=True)).to_be_visible()
    page.get_by_label("Jag försäkrar").check()
    page.get_by_role("button", name="Skicka in ansökan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kvitto")
    assert [saved(portal, reference, number) for number in (1, 5)] == ["Svar 1.", "Svar 5."]
