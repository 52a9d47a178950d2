"""The review page in a browser: written wholly by keyboard, saved as it grows, and never lost."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.site import Site

from .conftest import check_page
from .test_journey import sign_in

ADVISOR = "radgivare2@qm.example"
GOING_DOWN = ("ERR_CONNECTION_RESET", "ERR_CONNECTION_REFUSED")
"""The page says every few seconds that it is open, also to a portal that is being stopped."""


def open_review(page: Page, site: Site) -> None:
    """As an advisor, from the first page to a review that is begun."""
    sign_in(page, site, ADVISOR)
    page.get_by_role("main").get_by_role("link", name="Mariestad").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Din granskning")


def test_a_review_is_written_and_handed_in_by_keyboard_alone(site: Site, new_page: Callable[..., Page]):
    with site.running():
        page = new_page(expects=GOING_DOWN)
        open_review(page, site)
        check_page(page)
        for number in range(1, 6):
            section = page.locator(f"#q{number}")
            section.locator("input[type=radio]").first.focus()
            page.keyboard.press("2")
            expect(section.locator("input[type=radio][value='2']")).to_be_checked()
            page.keyboard.press("Tab")
            expect(section.locator(f"textarea[name=comment_{number}]")).to_be_focused()
            page.keyboard.press("ControlOrMeta+a")
            page.keyboard.type(f"Kommentar {number}: åäö.")
            page.keyboard.press("Tab")
            page.keyboard.type("Att fråga om.")
        expect(page.locator("#saved")).to_contain_text("Sparat")
        page.reload()
        expect(page.locator("textarea[name=comment_5]")).to_have_value("Kommentar 5: åäö.")
        expect(page.locator("textarea[name=note_5]")).to_have_value("Att fråga om.")
        page.locator("textarea[name=summary]").focus()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("Allt sammantaget.")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
        expect(page.get_by_role("button", name="Skicka in granskningen")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Granskningar")
        check_page(page)


def test_two_windows_of_one_advisor_do_not_overwrite_each_other(site: Site, new_page: Callable[..., Page]):
    with site.running():
        page = new_page(expects=("409", *GOING_DOWN))
        open_review(page, site)
        other = page.context.new_page()
        other.goto(page.url)
        comment, others = (one.locator("textarea[name=comment_1]") for one in (page, other))
        comment.fill("Från det första fönstret.")
        expect(page.locator("#saved")).to_contain_text("Sparat")
        others.fill("Från det andra fönstret.")
        panel = other.locator("#q1 [data-comparison]")
        expect(panel).to_contain_text("Du har sparat något annat i ett annat fönster.")
        check_page(other)
        panel.get_by_role("button", name="Spara den här").click()
        expect(other.locator("#saved")).to_contain_text("Sparat")
        page.reload()
        expect(comment).to_have_value("Från det andra fönstret.")


def test_what_is_written_offline_is_saved_when_the_connection_is_back(
    site: Site, new_page: Callable[..., Page]
):
    with site.running():
        page = new_page(expects=("ERR_INTERNET_DISCONNECTED", *GOING_DOWN))
        open_review(page, site)
        page.context.set_offline(True)
        page.locator("textarea[name=comment_2]").fill("Skrivet utan uppkoppling.")
        expect(page.locator("#problems")).to_contain_text("Du är utan uppkoppling.")
        page.context.set_offline(False)
        expect(page.locator("#saved")).to_contain_text("Sparat")
        page.reload()
        expect(page.locator("textarea[name=comment_2]")).to_have_value("Skrivet utan uppkoppling.")


def test_a_comment_is_asked_for_as_soon_as_the_points_take_one(site: Site, new_page: Callable[..., Page]):
    with site.running():
        page = new_page(expects=GOING_DOWN)
        open_review(page, site)
        comment = page.locator("textarea[name=comment_1]")
        comment.fill("")
        page.locator("#q1 input[type=radio][value='0']").check()
        hint = page.locator("#q1 [data-wanted] p:visible")
        expect(hint).to_have_count(1)
        comment.fill("Därför.")
        expect(hint).to_have_count(0)


def test_of_all_evidence_one_file_is_fetched_and_another_when_it_is_opened(
    site: Site, new_page: Callable[..., Page]
):
    with site.running():
        page = new_page(expects=GOING_DOWN)
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url) if "/view/" in request.url else None)
        open_review(page, site)
        page.wait_for_load_state("networkidle")
        assert len(set(fetched)) == 1
        shut = page.locator("details.file:not([open])").first
        address = shut.locator("a[target=_blank]").get_attribute("href")
        with page.expect_request(f"**{address}"):
            shut.locator("summary").click()
        assert len(set(fetched)) == 2
