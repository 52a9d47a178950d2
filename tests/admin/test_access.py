"""Each address of a case × each tie to it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from applications import workflow
from applications.models import Application, Decision, Event, Status

from ..cases import Cast, make_application, make_user, review
from .conftest import Office, at

pytestmark = pytest.mark.django_db

PAGES = (
    "change",
    "assign",
    "unassign",
    "declare",
    "review",
    "completion",
    "extension",
    "talk",
    "decide",
    "further-review",
    "decision",
)
OUTSIDE = dict.fromkeys(PAGES, 404)
READS = {
    "change": 200,
    "assign": 403,
    "unassign": 403,
    "declare": 403,
    "review": 403,
    "completion": 403,
    "extension": 403,
    "talk": 403,
    "decide": 403,
    "further-review": 403,
    "decision": 403,
}
ASSIGNS = {**READS, "assign": 200, "unassign": 200, "extension": 302}
REVIEWS = {**ASSIGNS, "declare": 200, "review": 200, "completion": 200}


def people(cast: Cast, office: Office) -> dict:
    return {
        "applicant": cast.sigrid,
        "stranger": cast.stina,
        "nobody": cast.nils,
        "advisor": cast.asta,
        "unassigned": office.unassigned,
        "undeclared": office.undeclared,
        "conflicted": office.conflicted,
        "affiliated": office.affiliated,
        "deciding advisor": office.deciding_advisor,
        "decision maker": cast.beata,
        "administrator": cast.alma,
        "roleless": office.roleless,
    }


def statuses(client, cast: Cast, office: Office, case: Application, method: str = "get") -> dict:
    found = {}
    for name, user in people(cast, office).items():
        client.force_login(user)
        found[name] = {page: getattr(client, method)(at(page, case)).status_code for page in PAGES}
    return found


IN_REVIEW = {
    "applicant": OUTSIDE,
    "stranger": OUTSIDE,
    "nobody": OUTSIDE,
    "advisor": REVIEWS,
    "unassigned": ASSIGNS,
    "undeclared": {**ASSIGNS, "declare": 200, "review": 302},
    "conflicted": OUTSIDE,
    "affiliated": OUTSIDE,
    "deciding advisor": REVIEWS,
    "decision maker": READS,
    "administrator": ASSIGNS,
    "roleless": OUTSIDE,
}


def test_in_review(client, cast, office):
    assert statuses(client, cast, office, office.case) == IN_REVIEW


def test_the_declaration_is_where_the_undeclared_are_led(client, cast, office):
    client.force_login(office.undeclared)
    assert client.get(at("review", office.case)).url == at("declare", office.case)


def test_ready_for_decision(client, cast, office):
    review(office.case, cast.asta)
    office.case.refresh_from_db()
    assert office.case.status == Status.READY_FOR_DECISION
    assert statuses(client, cast, office, office.case) == {
        **IN_REVIEW,
        "decision maker": {**READS, "talk": 200, "decide": 200, "further-review": 200},
    }


def test_decided(client, cast, office):
    review(office.case, cast.asta)
    workflow.decide(office.case, cast.beata, Decision.Outcome.APPROVED, "Well done.")
    reader = {**REVIEWS, "decide": 302, "decision": 200}
    assert statuses(client, cast, office, office.case) == {
        **IN_REVIEW,
        "advisor": reader,
        "deciding advisor": reader,
        "decision maker": {**READS, "decide": 302, "decision": 200},
    }


def test_a_draft_does_not_exist_for_the_association(client, cast, office):
    draft = make_application(cast, Status.DRAFT, area="Utkaststad")
    assert statuses(client, cast, office, draft) == dict.fromkeys(IN_REVIEW, OUTSIDE)


def test_posting_what_one_may_not_do_changes_nothing(client, cast, office):
    before = Event.objects.count()
    posted = statuses(client, cast, office, office.case, "post")
    writer = {
        "change": 405,
        "assign": 200,
        "unassign": 200,
        "declare": 200,
        "review": 200,
        "completion": 200,
        "extension": 302,
        "talk": 403,
        "decide": 403,
        "further-review": 403,
        "decision": 405,
    }
    reader = {
        **writer,
        "assign": 403,
        "unassign": 403,
        "declare": 403,
        "review": 403,
        "completion": 403,
        "extension": 403,
    }
    outside = {**OUTSIDE, "change": 405, "decision": 405}
    gone = {**OUTSIDE}
    assert posted == {
        "applicant": gone,
        "stranger": gone,
        "nobody": gone,
        "advisor": writer,
        "unassigned": {**reader, "assign": 200, "unassign": 200, "extension": 302},
        "undeclared": {**reader, "assign": 200, "unassign": 200, "extension": 302, "declare": 200},
        "conflicted": outside,
        "affiliated": outside,
        "deciding advisor": writer,
        "decision maker": {**reader, "talk": 200, "decide": 200, "further-review": 200},
        "administrator": {**reader, "assign": 200, "unassign": 200, "extension": 302},
        "roleless": outside,
    }
    assert Event.objects.count() == before


def test_who_has_not_signed_in_is_led_to_the_one_sign_in_page(client, cast, office):
    for page in (*PAGES, "appeal"):
        for method in (client.get, client.post):
            first = method(at(page, office.case))
            assert first.status_code == 302
            assert client.get(first.url).url.startswith(reverse("account_login"))


def test_odd_methods_are_refused(client, cast, office):
    client.force_login(cast.asta)
    for page in (*PAGES, "appeal"):
        answers = {
            method: getattr(client, method)(at(page, office.case)).status_code
            for method in ("put", "delete", "patch", "options", "trace")
        }
        assert set(answers.values()) == {405}, (page, answers)


def test_broken_numbers_find_nothing(client, cast, office):
    client.force_login(cast.asta)
    for pk in ("0", "9" * 30, "-1", "x", "%00", "1%00", "../1", "å" * 300, "9" * 5000):
        for page in PAGES:
            assert client.get(f"/admin/applications/application/{pk}/{page}/").status_code == 404


def test_a_third_advisor_reads_the_decision_only_with_a_review_in(client, cast):
    case = make_application(cast, Status.IN_REVIEW)
    third = make_user("third@qm.example", "Third", "Advisor")
    [assignment] = workflow.assign(case, [third], cast.alma)
    workflow.declare(case, assignment, third, has_conflict=False)
    review(case, cast.asta)
    review(case, cast.axel)
    workflow.decide(case, cast.beata, Decision.Outcome.DECLINED, "More is needed.")
    client.force_login(third)
    assert client.get(at("decision", case)).status_code == 403
    assert "Comment by" not in client.get(at("review", case)).content.decode()
