"""A signatory asks a colleague and a property owner to write along; the owner has no account and needs none. The
mails are read as they were sent. In English; `test_journey` is in Swedish."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, expect

from applications.demo import build
from tests.site import Site

from .conftest import check_page

COLLEAGUE, OWNER = "kollega@ludvika.example", "agare@huset.example"


def in_english(page: Page, site: Site) -> Page:
    context: BrowserContext = page.context
    context.add_cookies([{"name": "django_language", "value": "en", "url": site.url}])
    return page


def mails_to(site: Site, address: str) -> list[email.message.EmailMessage]:
    """What has been sent to the address, oldest first."""
    found = []
    for file in sorted(Path(site.folder, "mail").glob("*.log"), key=lambda path: path.stat().st_mtime_ns):
        for part in re.split(rb"^-{79}\n", file.read_bytes(), flags=re.M):
            message = email.message_from_bytes(part.strip(), policy=email.policy.default)
            if message["To"] == address:
                found.append(message)
    return found


def link_in(site: Site, address: str, way: str) -> str:
    """The address of a page under `way` in the latest mail to somebody."""
    body = mails_to(site, address)[-1].get_body(("plain",)).get_content()
    return re.search(rf"{re.escape(site.url)}/{way}\S*", body).group(0)


def sign_in(page: Page, site: Site, address: str) -> None:
    page.goto(f"{site.url}/accounts/login/")
    page.locator("input[name=login]").fill(address)
    page.locator("input[name=password]").fill(build.PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign In", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My applications")


def test_a_team_from_several_organisations(site: Site, new_page: Callable[..., Page]):
    with site.running():
        signatory = in_english(new_page(), site)
        sign_in(signatory, site, "sokande@ludvika.example")
        invite_a_colleague(signatory, site)
        team = invite_the_owner(signatory, site)
        owner = in_english(new_page(), site)
        join_as_newcomer(owner, site)
        hand_over(signatory, team)
        answer_and_endorse(owner, site, team)
        see_and_remove(signatory, owner, team)


def invite_a_colleague(page: Page, site: Site) -> None:
    page.get_by_role("link", name="Ludvika kommun").click()
    check_page(page)
    form = page.get_by_role("form", name="Invite a colleague")
    form.get_by_label("E-mail address").fill("not an address")
    form.get_by_role("button", name="Send the invitation").click()
    expect(form.get_by_text("Write the e-mail address like name@example.se.")).to_be_visible()
    check_page(page)
    form.get_by_label("E-mail address").fill(COLLEAGUE)
    form.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text(f"An invitation is on its way to {COLLEAGUE}.")).to_be_visible()
    check_page(page)
    assert "/invitation/" in link_in(site, COLLEAGUE, "invitation/")


def invite_the_owner(page: Page, site: Site) -> str:
    """Gives the address of the team's page."""
    page.goto(f"{site.url}/applications/")
    page.get_by_role("link", name="Ludvika", exact=True).first.click()
    page.get_by_role("link", name="Co-applicants and support").click()
    check_page(page)
    form = page.get_by_role("form", name="Invite a co-applicant")
    form.get_by_label("Organisation or company").fill("Husägarna vid torget")
    form.get_by_label("E-mail address").fill(OWNER)
    form.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_role("heading", name="Husägarna vid torget")).to_be_visible()
    return page.url


def join_as_newcomer(page: Page, site: Site) -> None:
    page.goto(link_in(site, OWNER, "invitation/"))
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "You are invited to the application for Ludvika"
    )
    check_page(page)
    page.get_by_label("Your name").fill("Husägare")
    page.get_by_role("button", name="Accept the invitation").click()
    expect(page.get_by_text(f"Next time you sign in with a code that we send to {OWNER}.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ludvika")
    check_page(page)


def hand_over(page: Page, team: str) -> None:
    page.goto(team)
    expect(page.get_by_text("Has joined")).to_be_visible()
    page.get_by_label("Who answers question 4").select_option(label="Husägare, Husägarna vid torget")
    page.get_by_role("button", name="Save question 4").click()
    expect(page.get_by_text("Question 4 is handed over to Husägare.")).to_be_visible()
    check_page(page)


def answer_and_endorse(page: Page, site: Site, team: str) -> None:
    page.goto(link_in(site, OWNER, "applications/"))
    page.locator("textarea[name=text]").fill("Vi äger tre hus vid torget och är med för platsens skull.")
    page.locator("input[name=rating][value='3']").check()
    page.get_by_role("button", name="Save and close").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ludvika")
    page.goto(team)
    page.get_by_role("button", name="Endorse the application").click()
    expect(page.get_by_text("You endorsed the application on")).to_be_visible()
    check_page(page)
    page.goto(f"{site.url}/accounts/me/")
    expect(page.get_by_text("Co-applicant for Husägarna vid torget")).to_be_visible()
    check_page(page)


def see_and_remove(signatory: Page, owner: Page, team: str) -> None:
    signatory.goto(team)
    expect(signatory.get_by_text("Endorses the application").first).to_be_visible()
    signatory.get_by_role("link", name="Remove Husägarna vid torget").click()
    check_page(signatory)
    signatory.get_by_role("button", name="Take away").click()
    expect(signatory.get_by_text("Husägarna vid torget is taken away.")).to_be_visible()
    response = owner.request.get(team)
    assert response.status == 404
