"""Two people at the same moment: real threads, real connections, real commits."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client

from applications import workflow, writing
from applications.certificates import issue
from applications.doors import NotAllowed, NotReady, TooLate, WorkflowError
from applications.models import (
    Application,
    Certificate,
    Decision,
    Event,
    Evidence,
    Questionnaire,
    Review,
    Status,
    Submission,
)
from applications.workflow import publishing
from members import merging
from members.models import Affiliation, Organisation, User

from .admin.test_questionnaire import form_of
from .cases import (
    PDF,
    fill,
    make_application,
    make_cast,
    make_organisation,
    make_user,
    questions,
    review,
    upload,
)

pytestmark = pytest.mark.django_db(transaction=True, serialized_rollback=True)


@pytest.fixture
def cast(transactional_db):
    return make_cast()


def at_once(*calls: Callable[[], object]) -> list[object]:
    """Run `calls` in threads that all start together; what each returned or raised, in order."""
    barrier = threading.Barrier(len(calls))
    outcomes: list[object] = [None] * len(calls)

    def run(index: int, call: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=30)
            outcomes[index] = call()
        except Exception as error:
            outcomes[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return outcomes


def refusals(outcomes: list[object]) -> list[type]:
    errors = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert all(isinstance(error, WorkflowError) for error in errors), errors
    return [type(error) for error in errors]


def test_a_double_click_on_start_makes_one_application(cast):
    outcomes = at_once(*[lambda: workflow.start(cast.town, cast.sigrid, "Ekstad", "Ekstads kommun")] * 4)
    assert refusals(outcomes) == []
    assert Application.objects.count() == 1


def test_references_have_neither_gaps_nor_twins(cast):
    areas = [f"Centrum {number}" for number in range(6)]
    outcomes = at_once(
        *[lambda area=area: workflow.start(cast.town, cast.sigrid, area, "Ekstads kommun") for area in areas]
    )
    assert refusals(outcomes) == []
    numbers = sorted(
        int(ref.rpartition("-")[2]) for ref in Application.objects.values_list("reference", flat=True)
    )
    assert numbers == [1, 2, 3, 4, 5, 6]


def test_a_double_click_on_submit_makes_one_submission(cast):
    application = fill(make_application(cast), cast.sigrid)
    outcomes = at_once(*[lambda: workflow.submit(application, cast.sigrid, declares=True)] * 3)
    assert refusals(outcomes) == [TooLate, TooLate]
    assert Submission.objects.count() == 1


def test_two_copies_at_once_have_a_number_each(cast):
    one, two = Questionnaire.objects.order_by("version")
    outcomes = at_once(*[lambda source=source: publishing.copy(source, cast.alma) for source in (one, two)])
    assert refusals(outcomes) == []
    assert list(Questionnaire.objects.values_list("version", flat=True)) == [4, 3, 2, 1]
    copies = Questionnaire.objects.filter(version__gt=2).order_by("copied_from__version")
    assert [made.question_set.count() for made in copies] == [5, 9]


def test_a_double_click_on_copy_makes_one(cast):
    source = Questionnaire.objects.get(version=1)
    outcomes = at_once(*[lambda: publishing.copy(source, cast.alma)] * 4)
    assert refusals(outcomes) == []
    assert len(set(outcomes)) == 1
    assert Questionnaire.objects.count() == 3


def test_a_double_click_on_publish_publishes_once(cast):
    draft = Questionnaire.objects.get(version=2)
    outcomes = at_once(*[lambda: publishing.publish(draft, cast.alma)] * 3)
    assert refusals(outcomes) == [TooLate, TooLate]


def test_a_draft_is_published_as_it_was_seen_or_edited_not_both(cast):
    """Publishing holds the row that an edit holds: whichever comes second is told."""
    draft = Questionnaire.objects.get(version=2)
    question = draft.question_set.get(number=1)
    address = f"/admin/applications/question/{question.pk}/change/"
    client = Client()
    client.force_login(cast.alma)
    typed = form_of(client.get(address).content.decode()) | {"text_en": "", "why_en": ""}
    seen = draft.stamp
    published, answer = at_once(
        lambda: publishing.publish(draft, cast.alma, seen=seen),
        lambda: client.post(address, typed).status_code,
    )
    question.refresh_from_db()
    draft.refresh_from_db()
    if isinstance(published, TooLate):
        assert (answer, question.text_en, draft.published_at) == (302, "", None)
    else:
        assert (answer, question.text_en != "", draft.is_published) == (409, True, True)


def test_an_answer_saved_while_submitting_is_either_in_the_submission_or_refused(cast):
    application = fill(make_application(cast), cast.sigrid)
    question = questions(application)[0]
    submitted, saved = at_once(
        lambda: workflow.submit(application, cast.sigrid, declares=True),
        lambda: writing.save_answer(application, question, cast.edit, "I sista stund.", 4),
    )
    assert isinstance(submitted, Submission)
    frozen = Submission.objects.get().content["questions"][0]["answer"]
    assert frozen == ("Svar på fråga 1: åäö." if isinstance(saved, TooLate) else "I sista stund.")


def test_the_last_place_for_a_file_is_taken_once(cast, settings):
    settings.QM_EVIDENCE_MAX_FILES = 1
    application = make_application(cast)
    question = questions(application)[0]
    outcomes = at_once(
        *[
            lambda number=number: writing.add_evidence(
                application, question, cast.sigrid, upload(PDF + b"%d" % number)
            )
            for number in range(3)
        ]
    )
    assert refusals(outcomes) == [NotReady, NotReady]
    assert Evidence.objects.count() == 1


def test_two_advisors_submit_at_once_and_the_case_is_ready_once(cast):
    application = make_application(cast, Status.IN_REVIEW)
    drafts = [(review(application, advisor, submit=False), advisor) for advisor in (cast.asta, cast.axel)]
    outcomes = at_once(
        *[
            lambda draft=draft, advisor=advisor: workflow.submit_review(application, draft, advisor)
            for draft, advisor in drafts
        ]
    )
    assert refusals(outcomes) == []
    application.refresh_from_db()
    assert application.status == Status.READY_FOR_DECISION
    assert Event.objects.filter(kind=Event.Kind.REVIEWS_COMPLETE).count() == 1


def test_a_conflict_declared_while_the_review_is_submitted_leaves_one_of_them(cast):
    application = make_application(cast, Status.IN_REVIEW)
    draft = review(application, cast.asta, submit=False)
    assignment = application.assignment_set.get(advisor=cast.asta)
    outcomes = at_once(
        lambda: workflow.submit_review(application, draft, cast.asta),
        lambda: workflow.declare(application, assignment, cast.asta, has_conflict=True),
    )
    assert len(refusals(outcomes)) == 1
    assignment.refresh_from_db()
    submitted = Review.objects.submitted().filter(assignment=assignment).exists()
    assert submitted != assignment.has_conflict


def test_two_decision_makers_make_one_decision(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    other = make_user("other@qm.example", "Other", "Decision maker")
    outcomes = at_once(
        lambda: workflow.decide(application, cast.beata, Decision.Outcome.APPROVED, "Yes."),
        lambda: workflow.decide(application, other, Decision.Outcome.DECLINED, "No."),
    )
    assert refusals(outcomes) == [TooLate]
    decision = Decision.objects.get()
    assert Certificate.objects.count() == (1 if decision.outcome == "approved" else 0)
    assert Application.objects.get().status == decision.outcome


def test_withdrawal_and_decision_at_once_leave_one_outcome(cast):
    application = make_application(cast, Status.READY_FOR_DECISION)
    outcomes = at_once(
        lambda: workflow.decide(application, cast.beata, Decision.Outcome.APPROVED, "Yes."),
        lambda: workflow.withdraw(application, cast.sigrid),
    )
    assert refusals(outcomes) == [TooLate]
    status = Application.objects.get().status
    assert Decision.objects.exists() == (status == Status.APPROVED)


def test_issuing_at_once_keeps_one_document(cast, settings, files):
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.dummy.DummyBackend"}}
    make_application(cast, Status.APPROVED)
    certificate = Certificate.objects.get(document="")
    assert at_once(*[lambda: issue.document(certificate.pk)] * 3) == [None] * 3
    certificate.refresh_from_db()
    kept = (files / certificate.document.name).read_bytes()
    assert hashlib.sha256(kept).hexdigest() == certificate.sha256
    assert [path.name for path in (files / "certificates").iterdir()] == [
        certificate.document.name.rpartition("/")[2]
    ]
    assert Event.objects.filter(kind=Event.Kind.CERTIFICATE_RENDERED).count() == 1


# --- Two organisations become one ------------------------------------------------------------------------
def merged(stays: Organisation, goes: Organisation, actor: User) -> object:
    """What came of it, without the exception that isn't a workflow's."""
    try:
        return merging.carry_out(stays, goes, actor)
    except merging.NotPossible as refused:
        return refused.reasons


def test_two_merges_of_a_pair_in_opposite_directions_make_one(cast):
    make_application(cast, area="Ekstad")
    workflow.start(cast.other_town, cast.stina, "Furuby", "Furuby kommun")
    outcomes = at_once(
        lambda: merged(cast.town, cast.other_town, cast.alma),
        lambda: merged(cast.other_town, cast.town, cast.alma),
    )
    assert sorted(len(outcome or []) for outcome in outcomes) == [0, 1]
    left = Organisation.objects.get()
    assert set(Application.objects.values_list("organisation", flat=True)) == {left.pk}
    assert Affiliation.objects.filter(organisation=left).count() == 4


def test_merges_in_a_chain_lose_nothing(cast):
    """Into the one that is merged away itself: whichever comes first, every application is in one that is left."""
    third = make_organisation("Granby kommun", "Granby")
    make_application(cast, area="Ekstad")
    workflow.start(cast.other_town, cast.stina, "Furuby", "Furuby kommun")
    outcomes = at_once(
        lambda: merged(cast.other_town, cast.town, cast.alma),
        lambda: merged(third, cast.other_town, cast.alma),
    )
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert Application.objects.count() == 2
    assert Affiliation.objects.count() == 4
    assert Organisation.objects.filter(pk=third.pk).exists()


def test_an_application_that_is_started_while_its_organisation_goes_is_moved_or_refused(cast):
    outcomes = at_once(
        lambda: merged(cast.other_town, cast.town, cast.alma),
        *[
            lambda area=area: workflow.start(cast.town, cast.sigrid, area, "Ekstads kommun")
            for area in ("Ekstad", "Ekby")
        ],
    )
    assert outcomes[0] is None
    assert set(refusals(outcomes)) <= {TooLate, NotAllowed}
    started = [outcome for outcome in outcomes if isinstance(outcome, Application)]
    kept = Application.objects.filter(organisation=cast.other_town)
    assert set(kept) == set(started)
    assert Application.objects.count() == len(started)


def test_an_answer_saved_while_its_organisation_goes_is_kept_or_refused(cast):
    """Refused where it waited for the merge: who wrote is looked up as it was before. Saved again it is kept."""
    application = make_application(cast)
    question = questions(application)[0]
    outcomes = at_once(
        lambda: merged(cast.other_town, cast.town, cast.alma),
        lambda: writing.save_answer(application, question, cast.sigrid, "I sista stund.", 4),
    )
    refused = refusals(outcomes)
    assert refused in ([], [NotAllowed])
    kept = application.answer_set.get(question=question)
    assert kept.text == ("" if refused else "I sista stund.")
    if refused:
        writing.save_answer(Application.objects.get(), question, cast.sigrid, "I sista stund.", 4)
    assert Application.objects.get().organisation == cast.other_town
