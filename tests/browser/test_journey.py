"""The whole journey in a browser, in Swedish, on Kristinehamn's own words: a signatory, two advisors and a
decision maker, from sign-in to a certificate that anybody can look up."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from applications.demo import build, files
from tests.site import Site

from .conftest import check_page

KRISTINEHAMN = next(town for town in build.DATA["towns"] if town["town"] == "Kristinehamn")
COMMENT = "Ett tydligt svar som är väl styrkt. Bra att målen följs upp, både här och på sikt."


def sign_in(page: Page, site: Site, email: str, *, start: str = "/accounts/login/") -> None:
    page.goto(site.url + start)
    check_page(page)
    page.get_by_label("E-postadress").fill(email)
    page.get_by_label("Lösenord", exact=True).fill(build.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Logga in", exact=True).click()


def test_from_sign_in_to_a_certificate_that_anybody_can_look_up(
    site: Site, new_page: Callable[..., Page], tmp_path: Path
):
    evidence = tmp_path / "underlag"
    evidence.mkdir()
    pdf, picture = evidence / "Mål för stadskärnan.pdf", evidence / "Torget på våren.jpg"
    pdf.write_bytes(files.pdf("Mål för stadskärnan", ["Fler besökare på torget.", "Färre tomma lokaler."]))
    picture.write_bytes(files.jpeg())
    with site.running():
        applicant = new_page()
        reference = apply(applicant, site, pdf, picture)
        advisor = new_page()
        assign(advisor, site, reference)
        review(advisor, site, reference)
        other_advisor = new_page()
        sign_in(other_advisor, site, "radgivare2@qm.example")
        review(other_advisor, site, reference)
        decider = new_page()
        decide(decider, site, reference)
        certificate = collect(applicant, site, reference, tmp_path / "certifikat.pdf")
        look_up(new_page(), site, certificate)


def apply(page: Page, site: Site, pdf: Path, picture: Path) -> str:
    """As the signatory: start, answer, attach, check, declare, submit. Gives the reference."""
    sign_in(page, site, "sokande@kristinehamn.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mina ansökningar")
    check_page(page)
    page.get_by_role("link", name="Starta en ansökan").click()
    check_page(page)
    page.get_by_role("button", name="Starta ansökan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kristinehamn")
    expect(page.get_by_text("0 av 7 klara")).to_be_visible()
    check_page(page)

    page.get_by_role("link", name="Om ansökan").click()
    page.get_by_label("Talesperson", exact=True).fill(KRISTINEHAMN["spokesperson"])
    page.get_by_label("Titel och avdelning").fill(KRISTINEHAMN["title"])
    check_page(page)
    page.get_by_role("button", name="Spara och fortsätt").click()
    for number, (answer, rating) in enumerate(
        zip(KRISTINEHAMN["answers"], KRISTINEHAMN["ratings"], strict=True), 1
    ):
        expect(page.get_by_text(f"Fråga {number} av 5")).to_be_visible()
        page.locator("textarea[name=text]").fill(answer)
        check_page(page)
        page.locator(f"input[name=rating][value='{rating}']").check()
        if number == 1:
            page.locator("input[name=evidence]").set_input_files([pdf, picture])
        if number == 2:
            page.locator("input[name=evidence]").set_input_files([pdf])
            expect(page.get_by_role("link", name="Ladda ner Mål för stadskärnan.pdf")).to_be_visible()
            check_page(page)
        page.get_by_role("button", name="Spara och fortsätt").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Kontrollera och skicka in")
    expect(page.get_by_text("Allt är med.")).to_be_visible()
    check_page(page)
    page.get_by_role("button", name="Skicka in ansökan").click()
    expect(page.get_by_role("alert")).to_contain_text("Kryssa i försäkran")
    check_page(page)
    page.get_by_label("Jag försäkrar").check()
    page.get_by_role("button", name="Skicka in ansökan").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Kvitto")
    check_page(page)
    return page.url.rstrip("/").split("/")[-2]


def open_case(page: Page, site: Site, reference: str) -> None:
    """From the list of cases to the case."""
    page.goto(f"{site.url}/admin/applications/application/?q={reference}")
    check_page(page)
    page.get_by_role("link", name=reference).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Kristinehamn")


def assign(page: Page, site: Site, reference: str) -> None:
    """As the first advisor: give the case to both."""
    sign_in(page, site, "radgivare1@qm.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("Att göra nu")
    check_page(page)
    open_case(page, site, reference)
    check_page(page)
    page.get_by_role("link", name="Utse rådgivare").click()
    for advisor in ("Rådgivare 1", "Rådgivare 2"):
        page.get_by_label(advisor).check()
    check_page(page)
    page.get_by_role("button", name="Utse", exact=True).click()


def review(page: Page, site: Site, reference: str) -> None:
    """As an advisor: declare no conflict, read, give points, hand in."""
    open_case(page, site, reference)
    page.get_by_role("main").get_by_role("link", name="Svara på frågan om jäv").click()
    expect(page.get_by_text(KRISTINEHAMN["answers"][0])).to_have_count(0)
    check_page(page)
    page.get_by_label("Jag är inte jävig").check()
    page.get_by_role("button", name="Bekräfta").click()
    expect(page.get_by_text(KRISTINEHAMN["answers"][0])).to_be_visible()
    expect(page.get_by_text("Torget på våren.jpg")).to_be_visible()
    check_page(page)
    for number in range(1, 6):
        page.locator(f"input[name=points_{number}][value='{3 if number < 5 else 4}']").check(force=True)
        page.locator(f"textarea[name=comment_{number}]").fill(COMMENT)
    page.get_by_role("button", name="Spara utkast").last.click()
    expect(page.locator("textarea[name=comment_5]")).to_have_value(COMMENT)
    page.get_by_role("button", name="Skicka in granskningen").click()
    expect(page.get_by_text("Din granskning är inne")).to_be_visible()
    check_page(page)


def decide(page: Page, site: Site, reference: str) -> None:
    """As the decision maker: read both reviews, give reasons, approve."""
    sign_in(page, site, "beslut@qm.example")
    check_page(page)
    open_case(page, site, reference)
    page.get_by_role("link", name="Läs och besluta").click()
    expect(page.get_by_text("80 %", exact=True)).to_be_visible()
    expect(page.get_by_text(COMMENT).first).to_be_visible()
    check_page(page)
    page.locator("input[name=outcome][value=approved]").check(force=True)
    page.locator("textarea[name=reasons]").fill("Samverkan är bred, dokumenterad och följs upp.")
    page.get_by_role("button", name="Fatta beslutet").click()
    expect(page.get_by_text("Samverkan är bred, dokumenterad och följs upp.")).to_be_visible()
    check_page(page)


def collect(page: Page, site: Site, reference: str, path: Path) -> tuple[str, str]:
    """As the signatory: read the decision, download the certificate. Gives its number and code."""
    page.goto(f"{site.url}/applications/{reference}/")
    check_page(page)
    page.get_by_role("link", name="Läs beslutet").click()
    expect(page.get_by_text("Samverkan är bred, dokumenterad och följs upp.")).to_be_visible()
    expect(page.get_by_text(COMMENT).first).to_be_visible()
    expect(page.get_by_text("Rådgivare 1")).to_have_count(0)
    check_page(page)
    page.goto(f"{site.url}/applications/{reference}/")
    number = page.get_by_text("QMC-").first.inner_text()
    with page.expect_download() as download:
        page.get_by_role("link", name="Ladda ner certifikatet").first.click()
    download.value.save_as(path)
    run = subprocess.run(["pdftotext", "-raw", path, "-"], capture_output=True, check=True, text=True)
    assert "Kristinehamn" in run.stdout
    assert number in run.stdout
    code = run.stdout.partition("/verify/")[2].split("/")[0]
    return number, code


def look_up(page: Page, site: Site, certificate: tuple[str, str]) -> None:
    """As anybody: type the code, read what the certificate states and that it stands; find it in the register."""
    number, code = certificate
    for public in ("/", "/questions/"):
        page.goto(site.url + public)
        check_page(page)
    page.goto(f"{site.url}/verify/")
    check_page(page)
    page.get_by_label("Kontrollkod").fill(code.lower().replace("-", " "))
    page.get_by_role("main").get_by_role("button", name="Kontrollera").click()
    expect(page).to_have_url(f"{site.url}/verify/{code}/")
    expect(page.get_by_text(number)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Giltigt")
    check_page(page)
    page.goto(f"{site.url}/register/")
    expect(page.get_by_role("link", name="Kristinehamn")).to_have_count(2)
    check_page(page)
