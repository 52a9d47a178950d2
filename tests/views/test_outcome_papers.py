"""The feedback report and the letter of decision: what they say, what they never say, and that all can read them."""

from __future__ import annotations

import datetime
import io
import subprocess

import pikepdf
import pytest
from django.utils import timezone, translation

from applications import workflow
from applications.models import Application, Decision, Status
from members.models import User

from ..cases import (
    join,
    make_application,
    make_user,
    own_review,
    questions,
    unprotected,
    uphold,
)
from ..queries import asked

pytestmark = pytest.mark.django_db

PAPERS = ("feedback.pdf", "decision.pdf")
SECRETS = (
    "HEMLIGT SKÄL",
    "EGEN ANTECKNING",
    "Advisor",
    "asta",
    "axel",
    "Decision maker",
    "beata",
    "@qm.example",
)
HOSTILE = (
    "x" * 4000,
    "a\n" * 2400,
    "😀 👩‍👩‍👧 👍🏽 ﷽ 日本 \u202eשלום עליכם\u202c مرحبا \ufdd0 \x1b <b>fet</b> {{ x }} {% y %} & </p>",
)


@pytest.fixture
def client(client):
    client.cookies["django_language"] = "en"
    with translation.override("en"):
        yield client


def at(application: Application, page: str) -> str:
    return f"/applications/{application.reference}/{page}"


def words(response) -> str:
    assert response["Content-Type"] == "application/pdf"
    run = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=response.content, capture_output=True, check=True
    )
    return " ".join(run.stdout.decode().split())


def judge(application: Application, advisor: User, points: int, comment: str, summary: str) -> None:
    draft = own_review(application, advisor)
    judgements = {
        question: workflow.Judgement(points, comment, "EGEN ANTECKNING")
        for question in questions(application)
    }
    workflow.save_review(application, draft, advisor, judgements, summary)
    workflow.submit_review(application, draft, advisor)


def decided(
    cast,
    outcome: Decision.Outcome = Decision.Outcome.DECLINED,
    *,
    text: str = "Planen saknas ännu.",
    recommendations: tuple[str, ...] = (),
    next_steps: str = "",
    apply_again_from: datetime.date | None = None,
    reverse: bool = False,
) -> Application:
    """Two advisors, in one order or the other; an approval goes against the rule."""
    application = make_application(cast, Status.IN_REVIEW)
    opinions = [
        (cast.asta, 1, f"Berätta mer. {text}", "Bra börjat."),
        (cast.axel, 2, f"Ansvaret är oklart. {text}", "Fortsätt så."),
    ]
    for opinion in reversed(opinions) if reverse else opinions:
        judge(application, *opinion)
    made = workflow.decide(application, cast.beata, outcome, text, "HEMLIGT SKÄL", recommendations)
    with unprotected():
        Decision.objects.filter(pk=made.pk).update(next_steps=next_steps, apply_again_from=apply_again_from)
    application.refresh_from_db()
    return application


# --- Who ---------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("page", PAPERS)
def test_it_is_the_applicants_alone(client, cast, page):
    application = decided(cast)
    join(application, cast.mina)
    found = {}
    for name in ("sigrid", "edit", "vide", "mina", "stina", "nils", "asta", "beata", "alma"):
        client.force_login(getattr(cast, name))
        found[name] = client.get(at(application, page)).status_code
    assert found == {
        **dict.fromkeys(("sigrid", "edit", "vide", "mina"), 200),
        **dict.fromkeys(("stina", "nils", "asta", "beata", "alma"), 404),
    }
    client.logout()
    assert client.get(at(application, page)).status_code == 302


@pytest.mark.parametrize("page", PAPERS)
@pytest.mark.parametrize("status", [status for status in Status if not status.is_decided])
def test_before_there_is_a_decision_there_is_none(client, cast, status, page):
    application = make_application(cast, status)
    client.force_login(cast.sigrid)
    assert client.get(at(application, page)).status_code == 404


# --- What --------------------------------------------------------------------------------------------------
def test_the_report_of_a_declined_application(client, cast):
    application = decided(
        cast, next_steps="Skriv en plan för två år.", apply_again_from=datetime.date(2027, 3, 1)
    )
    until = timezone.localdate() + datetime.timedelta(days=28)
    client.force_login(cast.vide)
    response = client.get(at(application, "feedback.pdf"))
    text = words(response)
    for part in (
        f"Feedback report {application.reference}, Ekstad",
        "has decided that Ekstad is not yet approved",
        "Planen saknas ännu.",
        "The application got 37.5 % of the points.",
        "3 fulfilled 1.5 – under the least 2 partly",
        "Ansvaret är oklart. Planen saknas ännu. Berätta mer. Planen saknas ännu.",
        "Bra börjat. Fortsätt så.",
        "The way back Skriv en plan för två år. You are welcome to apply again from 1 March 2027.",
        f"The last day to appeal is {until.day} {until:%B %Y}.",
    ):
        assert part in text
    assert "no-store" in response["Cache-Control"]
    assert f'filename="{application.reference}-aterkoppling.pdf"' in response["Content-Disposition"]


def test_the_report_of_an_approved_application(client, cast):
    application = decided(cast, Decision.Outcome.APPROVED, recommendations=("Mät flödet.", "Skriv en plan."))
    client.force_login(cast.sigrid)
    text = words(client.get(at(application, "feedback.pdf")))
    for part in (
        "has decided to award Ekstad the Quality Mark.",
        "by an overall assessment",
        "Mät flödet. Skriv",
    ):
        assert part in text
    for part in ("appeal", "The way back"):
        assert part not in text


def test_the_letter_of_a_declined_application(client, cast):
    application = decided(cast, next_steps="Skriv en plan.")
    client.force_login(cast.edit)
    response = client.get(at(application, "decision.pdf"))
    text = words(response)
    for part in (
        "Decision on Quality Mark for Ekstad",
        application.reference,
        "Ekstads kommun Spokesperson",
        "is not yet approved for the Quality Mark.",
        "Reasons Planen saknas ännu.",
        "Skriv en plan. You are welcome to apply again whenever you like.",
        "How to appeal",
        at(application, ""),
        "kansli@qm.example",
    ):
        assert part in text
    for part in ("PREVIEW", "1.5", "Berätta mer."):
        assert part not in text
    assert f'filename="{application.reference}-beslut.pdf"' in response["Content-Disposition"]


def test_the_letter_of_an_approved_application(client, cast):
    application = decided(cast, Decision.Outcome.APPROVED, recommendations=("Mät flödet.",))
    client.force_login(cast.edit)
    text = words(client.get(at(application, "decision.pdf")))
    for part in ("has decided to award Ekstad", "Mät flödet.", "So is the certificate."):
        assert part in text
    assert "appeal" not in text


@pytest.mark.parametrize("page", PAPERS)
def test_what_an_appeal_has_set_aside_is_said(client, cast, page):
    application = decided(cast)
    uphold(
        application, cast, make_user("bo@qm.example", "Second decider", "Decision maker"), "Nya uppgifter."
    )
    client.force_login(cast.sigrid)
    text = words(client.get(at(application, page)))
    assert "The decision has been set aside" in text
    for part in ("The last day to appeal", "apply again", "Nya uppgifter."):
        assert part not in text


@pytest.mark.parametrize("page", PAPERS)
@pytest.mark.parametrize("outcome", Decision.Outcome)
def test_never_who_or_what_is_internal(client, cast, outcome, page):
    application = decided(cast, outcome)
    client.force_login(cast.sigrid)
    response = client.get(at(application, page))
    with pikepdf.open(io.BytesIO(response.content)) as pdf, pdf.open_metadata() as metadata:
        text = words(response).replace("kansli@qm.example", "") + str(metadata) + str(pdf.docinfo)
    assert [secret for secret in SECRETS if secret in text] == []


def test_the_order_of_the_comments_does_not_follow_the_advisors(client, cast):
    client.force_login(cast.sigrid)
    found = []
    for reverse in (False, True):
        application = decided(cast, reverse=reverse)
        text = words(client.get(at(application, "feedback.pdf")))
        found.append(text.replace(application.reference, "QM"))
    assert found[0] == found[1]


# --- Read by everybody ---------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("page", "language", "title"),
    [
        ("feedback.pdf", "en", "Feedback report {}, Ekstad"),
        ("feedback.pdf", "sv", "Återkoppling {}, Ekstad"),
        ("decision.pdf", "en", "Decision on Quality Mark for Ekstad"),
        ("decision.pdf", "sv", "Beslut om Quality Mark för Ekstad"),
    ],
)
def test_it_is_tagged_named_and_in_the_readers_language(client, cast, page, language, title):
    application = decided(cast, next_steps="Skriv en plan.")
    client.force_login(cast.sigrid)
    client.cookies["django_language"] = language
    with pikepdf.open(io.BytesIO(client.get(at(application, page)).content)) as pdf:
        assert str(pdf.Root.Lang) == language
        assert bool(pdf.Root.MarkInfo.Marked)
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
        with pdf.open_metadata() as metadata:
            assert (metadata["pdfaid:part"], metadata["pdfaid:conformance"]) == ("3", "A")
            assert metadata["dc:title"] == title.format(application.reference)
        tags = [item for item in pdf.objects if isinstance(item, pikepdf.Dictionary) and "/S" in item]
        assert {"/H1", "/H2", "/P", "/Figure"} <= {str(tag.S) for tag in tags}
        alternatives = [str(tag.Alt) for tag in tags if tag.S == "/Figure"]
        fonts = {
            str(item.FontName)[8:]
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor"
        }
    assert all(name.startswith("qm_") for name in fonts)
    if page == "feedback.pdf":
        (plot,) = alternatives
        for part in {"en": ("the advisors' mean is 1.5",), "sv": ("rådgivarnas medelvärde är 1,5",)}[
            language
        ]:
            assert plot.count(part) == 5
    else:
        assert alternatives == [{"en": "The seal of Quality Mark", "sv": "Quality Marks sigill"}[language]]


@pytest.mark.parametrize("page", PAPERS)
@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_can_be_set(client, cast, text, page):
    application = decided(cast, text=text, next_steps=text)
    client.force_login(cast.sigrid)
    response = client.get(at(application, page))
    assert response.status_code == 200
    found = words(response)
    if "😀" in text:
        assert "stands for a character that can't be printed here" in found
        assert "<b>fet</b> {{ x }} {% y %} & </p>" in found


@pytest.mark.parametrize("outcome", Decision.Outcome)
def test_names_as_long_as_can_be(client, cast, outcome):
    application = decided(cast, outcome)
    Application.objects.filter(pk=application.pk).update(area="W" * 80, spokesperson="Å" * 120)
    client.force_login(cast.sigrid)
    for page in PAPERS:
        assert client.get(at(application, page)).status_code == 200


# --- The page ------------------------------------------------------------------------------------------------
def test_the_page_leads_to_both_and_shows_the_way_back(client, cast):
    application = decided(
        cast, next_steps="Skriv <b>en</b> plan.", apply_again_from=datetime.date(2027, 3, 1)
    )
    client.force_login(cast.sigrid)
    page = client.get(at(application, "decision/")).content.decode()
    for part in (
        f'href="{at(application, "feedback.pdf")}"',
        f'href="{at(application, "decision.pdf")}"',
        "Skriv &lt;b&gt;en&lt;/b&gt; plan.",
        "You are welcome to apply again from 1 March 2027.",
        'href="/applications/new/"',
    ):
        assert part in page
    assert "whenever you like" not in page


@pytest.mark.parametrize("name", ["vide", "mina"])
def test_who_cannot_start_an_application_is_not_led_there(client, cast, name):
    application = decided(cast)
    join(application, cast.mina)
    client.force_login(getattr(cast, name))
    page = client.get(at(application, "decision/")).content.decode()
    assert "You are welcome to apply again whenever you like." in page
    assert "Start a new application" not in page


def test_an_approved_application_has_no_way_back(client, cast):
    application = decided(cast, Decision.Outcome.APPROVED)
    client.force_login(cast.sigrid)
    page = client.get(at(application, "decision/")).content.decode()
    assert "The way back" not in page
    assert f'href="{at(application, "feedback.pdf")}"' in page


@pytest.mark.parametrize(("page", "number"), [("feedback.pdf", 10), ("decision.pdf", 5), ("decision/", 13)])
def test_what_it_asks_the_database(client, cast, page, number):
    application = decided(cast)
    client.force_login(cast.sigrid)
    client.get(at(application, page))
    with asked(number):
        client.get(at(application, page))


# --- The mail ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "sentence"),
    [("en", "There you also download a feedback report"), ("sv", "ladda ner en återkopplingsrapport")],
)
def test_the_mail_says_that_there_is_a_report(
    cast, mailoutbox, django_capture_on_commit_callbacks, language, sentence
):
    application = make_application(cast, Status.READY_FOR_DECISION)
    User.objects.filter(pk=cast.sigrid.pk).update(language=language)
    with django_capture_on_commit_callbacks(execute=True):
        workflow.decide(application, cast.beata, Decision.Outcome.DECLINED, "Planen saknas ännu.")
    (message,) = [mail for mail in mailoutbox if mail.to == [cast.sigrid.email]]
    bodies = [message.body, message.alternatives[0][0]]
    assert [sentence in " ".join(body.split()) for body in bodies] == [True, True]
    assert not any("Planen saknas" in body for body in bodies)
