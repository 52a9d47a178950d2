"""The pages that need no case: by axe, by keyboard, with wider text, on paper, and in both languages."""

from __future__ import annotations

import os
import re
from collections.abc import Callable

import pypdfium2
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from applications.demo import build
from tests.site import Site

from .conftest import NARROW, check_page

ANYBODY = (
    "/",
    "/questions/",
    "/register/",
    "/verify/?code=x",
    "/accessibility/",
    "/accounts/login/",
    "/accounts/login/code/",
    "/accounts/password/reset/",
)
OWN = (
    "/accounts/me/",
    "/accounts/mails/",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/2fa/",
)
# WCAG 1.4.12: all of this at once, and nothing may be lost.
SPACED = """* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }
p { margin-bottom: 2em !important; }"""
KRISTINEHAMN = next(town for town in build.DATA["towns"] if town["town"] == "Kristinehamn")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """One portal with the demo for all of these tests: they change next to nothing in it."""
    fresh = Site(tmp_path_factory.mktemp("public"), f"qm_public_{os.environ.get('PYTEST_XDIST_WORKER', '')}")
    fresh.manage("demo")
    return fresh


def expect_none(page: Page, rule: str) -> None:
    """That axe finds nothing against `rule`, one of those that it looks at only when asked among them."""
    found = Axe().run(
        page, options={"runOnly": {"type": "rule", "values": [rule]}, "rules": {rule: {"enabled": True}}}
    )
    assert found.violations_count == 0, f"{page.url}: {found.generate_report()}"


def sign_in(page: Page, site: Site, email: str) -> None:
    page.goto(site.url + "/accounts/login/")
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(build.PASSWORD)
    page.locator("input[name=password]").press("Enter")
    page.wait_for_url("**/applications/")


def test_pages_are_clean_in_light_and_dark_and_with_wider_text(site: Site, new_page: Callable[..., Page]):
    with site.running():
        light, dark = new_page(), new_page(color_scheme="dark")
        # The reader's own style sheet, which the content security policy doesn't govern.
        spaced = new_page(bypass_csp=True)
        spaced.set_viewport_size(NARROW)
        for paths, person in ((ANYBODY, ""), (OWN, "sokande@ludvika.example")):
            for page in (light, dark, spaced):
                if person:
                    sign_in(page, site, person)
            for path in paths:
                light.goto(site.url + path)
                check_page(light)
                dark.goto(site.url + path)
                expect_none(dark, "color-contrast")
                spaced.goto(site.url + path)
                spaced.add_style_tag(content=SPACED)
                overflow = spaced.evaluate("document.documentElement.scrollWidth - window.innerWidth")
                assert overflow <= 0, f"{path} is {overflow} px too wide with wider text"
                expect_none(spaced, "target-size")


def test_the_front_page_by_keyboard_alone(site: Site, new_page: Callable[..., Page]):
    with site.running():
        page = new_page(reduced_motion="reduce")
        page.goto(site.url + "/")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Hoppa till innehållet")
        expect(skip).to_be_focused()
        assert skip.bounding_box()["y"] >= 0
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        reached = []
        for _step in range(40):
            page.keyboard.press("Tab")
            seen = page.evaluate(
                """() => {
                    const at = document.activeElement, box = at.getBoundingClientRect();
                    return [at.textContent.trim() || at.name || at.tagName, getComputedStyle(at).outlineStyle,
                            box.top >= 0 && box.bottom <= window.innerHeight, !!at.closest("main, footer")];
                }"""
            )
            if not seen[3]:
                break
            reached.append(seen)
        assert [name for name, outline, inside, _in in reached if outline == "none" or not inside] == []
        names = " ".join(name for name, *_rest in reached)
        for expected in ("Logga in och sök", "Läs frågorna först", "code", "Kontrollera", "Webbplatsens"):
            assert expected in names


def test_the_questions_are_read_in_both_languages_and_on_paper(site: Site, new_page: Callable[..., Page]):
    with site.running():
        page = new_page()
        page.goto(site.url + "/questions/")
        expect(page.get_by_role("button", name="Skriv ut")).to_be_visible()
        page.get_by_role("link", name="3. Så drar ni nytta av QM").click()
        assert page.url.endswith("#question-3")
        page.get_by_role("button", name="Read in English").click()
        expect(page.get_by_role("heading", name="3 How you will use QM")).to_be_visible()
        expect(page.get_by_text("Our translation from Swedish.")).to_have_count(5)
        page.get_by_role("button", name="Läs på svenska").click()
        expect(page.get_by_role("heading", name="Exempel: så svarade Kristinehamn")).to_have_count(5)
        sheets = [
            sheet.get_textpage().get_text_range() for sheet in pypdfium2.PdfDocument(page.pdf(format="A4"))
        ]
        assert len(sheets) == 6
        words = [" ".join(re.sub(r"[\ufffe\xad]", "", sheet).split()) for sheet in sheets]
        for number, answer in enumerate(KRISTINEHAMN["answers"], 1):
            assert words[number].startswith(f"{number} ")
            assert answer.replace("-", "") in words[number].replace("-", "")
        assert "Skriv ut" not in " ".join(words)
        assert "Logga in" not in " ".join(words)


def test_an_invitation_is_read_where_the_portal_is_tried_out(site: Site, new_page: Callable[..., Page]):
    with site.running():
        page = new_page()
        sign_in(page, site, "sokande@ludvika.example")
        page.goto(site.url + "/accounts/mails/")
        box = page.get_by_label("er ansökan har legat orörd en tid")
        expect(box).to_be_checked()
        box.uncheck()
        page.get_by_role("main").get_by_role("button", name="Spara").click()
        expect(page.get_by_role("status")).to_have_text("Sparat.")
        expect(page.get_by_label("er ansökan har legat orörd en tid")).not_to_be_checked()

        page.goto(site.url + "/dev/mail/")
        check_page(page)
        page.get_by_role("link", name="Vi har tagit emot er ansökan").first.click()
        expect(page.get_by_role("heading", name="Som text")).to_be_visible()
        check_page(page)
        letter = page.frame_locator("iframe")
        expect(letter.get_by_role("link", name="Se ert kvitto")).to_be_visible()
        expect(letter.get_by_text("Hej!")).to_be_visible()
