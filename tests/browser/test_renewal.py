"""A renewal and a self-diagnosis, from the list to what they end in. In English; `test_journey` is in Swedish."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote_plus

import pikepdf
from playwright.sync_api import Page, expect

from tests.site import Site

from .conftest import check_page
from .test_team import in_english, sign_in


def go_to(page: Page, name: str) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()


def download(page: Page, name: str) -> pikepdf.Pdf:
    with page.expect_download() as fetched:
        page.get_by_role("link", name=name).click()
    return pikepdf.open(io.BytesIO(Path(fetched.value.path()).read_bytes()))


def test_a_certificate_is_renewed(site: Site, new_page: Callable[..., Page]):
    with site.running():
        page = in_english(new_page(), site)
        sign_in(page, site, "sokande@ystad.example")
        check_page(page)
        go_to(page, "Ystad")
        expect(page.get_by_text("You lose no time by being early")).to_be_visible()
        check_page(page)
        overview = page.url
        change_the_second_answer(page, f"{overview}questions/2/")
        keep_the_third_answer_without_scripts(new_page, page, site, f"{overview}questions/3/")
        page.goto(f"{overview}recommendations/")
        check_page(page)
        page.get_by_label("What you have done about recommendation 2").fill("En av grupperna leds av ägarna.")
        page.get_by_role("button", name="Save").click()
        page.goto(f"{overview}carry-over/")
        check_page(page)
        page.get_by_role("button", name="Take along all").click()
        expect(page.get_by_text("1 file is taken along.")).to_be_visible()
        page.goto(f"{overview}check/")
        expect(page.get_by_text("Everything is there.")).to_be_visible()
        check_page(page)
        page.get_by_label("I declare").check()
        page.get_by_role("button", name="Submit the application").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Receipt")
        expect(page.get_by_text("An answer can be expected before")).to_be_visible()
        check_page(page)
        assert len(download(page, "The whole application as PDF").pages) >= 3


def change_the_second_answer(page: Page, address: str) -> None:
    """The answer opens with a yes, and is saved as it is typed."""
    page.goto(address)
    answer = page.locator("#id_text")
    expect(answer).not_to_be_editable()
    expect(page.get_by_text("Choose yes to change the answer.")).to_be_visible()
    page.get_by_label("Yes", exact=True).check()
    expect(answer).to_be_focused()
    answer.press("Control+End")
    with page.expect_response(lambda answered: "vecka." in unquote_plus(answered.request.post_data or "")):
        answer.press_sequentially(" Nu mäter vi varje vecka.")
    expect(page.locator("#saved")).to_contain_text("Saved")
    check_page(page)
    page.reload()
    expect(page.get_by_label("Yes", exact=True)).to_be_checked()
    expect(answer).to_be_editable()
    expect(answer).to_have_value(
        "Butikerna i centrum har tillsammans ökat sin omsättning under lågsäsong. Vi mäter varje "
        "kvartal och redovisar öppet för alla som är med. Nu mäter vi varje vecka."
    )


def keep_the_third_answer_without_scripts(
    new_page: Callable[..., Page], signed_in: Page, site: Site, address: str
) -> None:
    plain = in_english(new_page(java_script_enabled=False), site)
    plain.context.add_cookies(signed_in.context.cookies())
    plain.goto(address)
    expect(plain.locator("#id_text")).to_be_editable()
    plain.get_by_label("No", exact=True).check()
    plain.get_by_role("button", name="Save and close").click()
    row = plain.get_by_role("listitem").filter(has_text="3")
    expect(row.filter(has_text="Done").first).to_be_visible()


def test_a_self_diagnosis_becomes_an_application(site: Site, new_page: Callable[..., Page]):
    with site.running():
        page = in_english(new_page(), site)
        sign_in(page, site, "sokande@lindby.example")
        go_to(page, "Lindby")
        check_page(page)
        was = page.url
        page.get_by_role("link", name="See the result").click()
        expect(page.get_by_text("25 %")).to_be_visible()
        check_page(page)
        assert str(download(page, "The report as PDF").Root.Lang) == "en"
        page.get_by_role("button", name="Turn it into an application").click()
        expect(page.get_by_text("Nothing is submitted yet.")).to_be_visible()
        assert "/QM-" in page.url
        now = page.url
        page.goto(f"{was}questions/2/")
        assert page.url == f"{now}questions/2/"
        expect(page.locator("#id_text")).to_have_value(
            "Vi har inte mätt något än, men vi vet vilka tal vi vill följa."
        )
        page.goto("about:blank")  # Before the server goes: the question's page would ask it for more.
