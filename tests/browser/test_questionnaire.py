"""An administrator makes a new version of the questions without a developer: copies, changes, previews, compares and
publishes it. In English; two of them at the same question don't overwrite each other."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from applications.demo import build
from tests.site import Site

from .conftest import check_page

QUESTION = "How do you collaborate today?"


def sign_in(page: Page, site: Site) -> None:
    page.context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
    page.goto(f"{site.url}/accounts/login/")
    page.locator("input[name=login]").fill("admin@qm.example")
    page.locator("input[name=password]").fill(build.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign In", exact=True).click()
    page.wait_for_url(f"{site.url}/admin/")


def test_a_new_version_of_the_questions(site: Site, new_page: Callable[..., Page]):
    with site.running():
        # axe itself reads the imports of Django's own sheets by a style element, which the policy refuses.
        page, other = (new_page(expects=("Applying inline style",)) for _ in range(2))
        sign_in(page, site)
        page.goto(f"{site.url}/admin/applications/questionnaire/")
        check_page(page)
        page.get_by_role("link", name="Fem frågor om er stadskärna").click()
        check_page(page)
        page.get_by_role("button", name="Make a copy to change").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Five questions about your town centre (3)")
        version = page.url
        page.get_by_label("Place of “The greatest change”").fill("1")
        page.get_by_label("Place of “Collaboration in your town”").fill("2")
        page.get_by_role("button", name="Save and continue editing").click()
        expect(page.get_by_text("was changed successfully")).to_be_visible()
        page.wait_for_load_state()
        check_page(page)

        page.get_by_role("link", name="Collaboration in your town").click()
        sign_in(other, site)
        other.goto(page.url)
        page.get_by_label("Question (English)", exact=False).fill(QUESTION)
        page.get_by_role("button", name="Save and continue editing").click()
        expect(page.get_by_text("was changed successfully")).to_be_visible()
        page.wait_for_load_state()
        other.get_by_label("Question (English)", exact=False).fill("Another?")
        other.get_by_role("button", name="Save and continue editing").click()
        expect(other.get_by_text("after you opened the page")).to_be_visible()
        expect(other.get_by_label("Question (English)", exact=False)).to_have_value("Another?")
        check_page(other)

        page.get_by_role("link", name="Preview").click()
        expect(page.get_by_text(QUESTION)).to_be_visible()
        expect(page.get_by_role("button", name="Save and continue")).to_be_disabled()
        check_page(page)
        page.get_by_role("link", name="Svenska", exact=True).click()
        expect(page.locator("html")).to_have_attribute("lang", "sv")
        page.get_by_role("link", name="Den öppna sidan").click()
        check_page(page)

        page.goto(version)
        page.get_by_role("link", name="What differs from the one in force (1)").click()
        expect(page.get_by_text("2 questions are changed or moved.")).to_be_visible()
        check_page(page)
        page.goto(version)
        page.get_by_role("link", name="Publish …").click()
        check_page(page)
        page.get_by_role("button", name="Publish", exact=True).click()
        expect(page.get_by_text("Version 3 is in force.")).to_be_visible()
        page.goto(f"{site.url}/questions/")
        expect(page.get_by_text(QUESTION)).to_be_visible()
