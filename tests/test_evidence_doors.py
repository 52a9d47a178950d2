"""The doors for evidence: files for several questions, descriptions, replacing, limits; in a draft and in a
completion, where the second question alone is unlocked."""

from __future__ import annotations

from pathlib import Path

import pytest

from applications import reading, workflow, writing
from applications.doors import NotAllowed, NotReady, TooLate
from applications.evidence import Rejected, TooLarge
from applications.models import Application, Event, Evidence, Status

from .cases import PDF, Cast, make_application, questions, upload

pytestmark = pytest.mark.django_db

OTHER = PDF + b"% another\n"


@pytest.fixture
def draft(cast) -> Application:
    return make_application(cast)


@pytest.fixture
def completion(cast) -> Application:
    """Question 2 is unlocked. Questions 1 and 2 have a file each, handed in before."""
    return make_application(cast, Status.COMPLETION_REQUESTED)


def attach(application: Application, cast: Cast, number: int = 1, content: bytes = PDF, name: str = "a.pdf"):
    return writing.add_evidence(
        application, questions(application)[number - 1], cast.sigrid, upload(content, name)
    )


def numbers(item: Evidence) -> list[int]:
    return list(item.questions.order_by("number").values_list("number", flat=True))


def stored(files: Path) -> int:
    return sum(path.is_file() for path in files.rglob("*"))


def kinds(application: Application) -> list[str]:
    return list(application.event_set.order_by("sequence").values_list("kind", flat=True))


# --- The same file again ------------------------------------------------------------------------------------
def test_the_same_file_for_another_question_is_linked(draft, cast, files):
    first = attach(draft, cast, 1)
    again = attach(draft, cast, 3, name="b.pdf")
    assert again == first
    assert numbers(first) == [1, 3]
    assert stored(files) == 1
    assert kinds(draft).count(Event.Kind.EVIDENCE_ADDED) == 1


def test_a_file_that_was_removed_or_had_a_virus_is_not_the_same_file(draft, cast):
    first = attach(draft, cast, 1)
    Evidence.objects.filter(pk=first.pk).update(scan=Evidence.Scan.INFECTED)
    second = attach(draft, cast, 1)
    assert second != first
    assert draft.evidence.present().get() == second


# --- Limits -------------------------------------------------------------------------------------------------
def test_the_files_of_an_application_have_a_limit_together(draft, cast, settings, files):
    settings.QM_EVIDENCE_TOTAL_BYTES = len(PDF) + len(OTHER)
    attach(draft, cast, 1)
    attach(draft, cast, 2, OTHER)
    with pytest.raises(TooLarge):
        attach(draft, cast, 3, PDF + b"x")
    assert attach(draft, cast, 3), "The same file again takes no room."
    assert draft.evidence.count() == stored(files) == 2


def test_a_replacement_takes_the_room_of_what_it_replaces(draft, cast, settings):
    settings.QM_EVIDENCE_TOTAL_BYTES = len(OTHER)
    settings.QM_EVIDENCE_MAX_FILES = 1
    item = attach(draft, cast)
    new = writing.replace_evidence(draft, item, questions(draft)[0], cast.sigrid, upload(OTHER))
    assert draft.evidence.get() == new
    with pytest.raises(TooLarge):
        writing.replace_evidence(draft, new, questions(draft)[0], cast.sigrid, upload(OTHER + b"xx"))
    assert draft.evidence.get() == new


# --- Describing ---------------------------------------------------------------------------------------------
def test_a_description_is_one_line_without_what_cannot_be_seen(draft, cast):
    item = attach(draft, cast)
    text = "  Protokoll\r\nfrån\t mötet\x00 \u202eåäö  "
    writing.describe_evidence(draft, item, questions(draft)[0], cast.edit, text)
    item.refresh_from_db()
    assert item.description == "Protokoll från mötet åäö"
    with pytest.raises(NotReady, match="200"):
        writing.describe_evidence(draft, item, questions(draft)[0], cast.edit, "å" * 201)
    writing.describe_evidence(draft, item, questions(draft)[0], cast.edit, "å" * 200)


def test_a_file_that_a_colleague_has_removed(draft, cast):
    item = attach(draft, cast)
    question = questions(draft)[0]
    writing.remove_evidence(draft, item, question, cast.sigrid)
    for change in (
        lambda: writing.describe_evidence(draft, item, question, cast.edit, "x"),
        lambda: writing.remove_evidence(draft, item, question, cast.edit),
        lambda: writing.replace_evidence(draft, item, question, cast.edit, upload(OTHER)),
        lambda: writing.relink_evidence(draft, item, question, cast.edit, add={2}, remove=set()),
        lambda: writing.link_evidence(draft, item, question, cast.edit),
    ):
        with pytest.raises(NotReady, match=r"removed the file|tagit bort filen"):
            change()
    assert kinds(draft).count(Event.Kind.EVIDENCE_REMOVED) == 1
    assert not Evidence.objects.exists()


# --- Several questions --------------------------------------------------------------------------------------
def test_a_file_supports_several_questions_and_leaves_with_the_last(
    draft, cast, files, django_capture_on_commit_callbacks
):
    item = attach(draft, cast)
    first, second, third = questions(draft)[:3]
    writing.relink_evidence(draft, item, first, cast.edit, add={2, 3, 99}, remove={5})
    assert numbers(item) == [1, 2, 3]
    assert reading.attached_to(draft) == {first.pk, second.pk, third.pk}
    writing.relink_evidence(draft, item, first, cast.edit, add=set(), remove={3})
    writing.remove_evidence(draft, item, first, cast.edit)
    assert numbers(item) == [2]
    with django_capture_on_commit_callbacks(execute=True):
        writing.remove_evidence(draft, item, second, cast.edit)
    assert not Evidence.objects.exists()
    assert stored(files) == 0


def test_one_question_is_linked_without_undoing_what_a_colleague_did(draft, cast):
    item = attach(draft, cast)
    second, third = questions(draft)[1:3]
    writing.link_evidence(draft, item, second, cast.edit)
    writing.link_evidence(draft, item, third, cast.sigrid)
    writing.link_evidence(draft, item, third, cast.sigrid)
    assert numbers(item) == [1, 2, 3]


def test_a_replacement_stands_where_the_old_file_stood(
    draft, cast, files, django_capture_on_commit_callbacks
):
    item = attach(draft, cast)
    first = questions(draft)[0]
    writing.relink_evidence(draft, item, first, cast.edit, add={2, 4}, remove=set())
    writing.describe_evidence(draft, item, first, cast.edit, "Avtalet")
    with django_capture_on_commit_callbacks(execute=True):
        new = writing.replace_evidence(draft, item, first, cast.edit, upload(OTHER, "b.pdf"))
    assert (numbers(new), new.description, new.name) == ([1, 2, 4], "Avtalet", "b.pdf")
    assert draft.evidence.get() == new
    assert stored(files / "evidence") == 1
    assert kinds(draft)[-2:] == [Event.Kind.EVIDENCE_ADDED, Event.Kind.EVIDENCE_REMOVED]


def test_a_replacement_that_the_application_has_already(draft, cast, files):
    item = attach(draft, cast, 1)
    other = attach(draft, cast, 2, OTHER)
    assert writing.replace_evidence(draft, item, questions(draft)[0], cast.edit, upload(OTHER)) == other
    assert numbers(other) == [1, 2]
    with pytest.raises(NotReady):
        writing.replace_evidence(draft, other, questions(draft)[0], cast.edit, upload(OTHER))
    assert draft.evidence.get() == other


def test_a_replacement_that_is_refused_changes_nothing(draft, cast, files):
    item = attach(draft, cast)
    with pytest.raises(Rejected):
        writing.replace_evidence(draft, item, questions(draft)[0], cast.edit, upload(b"MZ"))
    assert draft.evidence.get() == item
    assert stored(files) == 1


# --- A completion -------------------------------------------------------------------------------------------
def test_a_locked_question_keeps_its_files(completion, cast):
    first, second = questions(completion)[:2]
    item = completion.evidence.get(questions=first)
    for change in (
        lambda: writing.add_evidence(completion, first, cast.sigrid, upload(OTHER)),
        lambda: writing.describe_evidence(completion, item, first, cast.sigrid, "x"),
        lambda: writing.link_evidence(
            completion, completion.evidence.get(questions=second), first, cast.sigrid
        ),
        lambda: writing.relink_evidence(completion, item, first, cast.sigrid, add={2}, remove=set()),
        lambda: writing.replace_evidence(completion, item, first, cast.sigrid, upload(OTHER)),
        lambda: writing.remove_evidence(completion, item, first, cast.sigrid),
    ):
        with pytest.raises(NotAllowed):
            change()
    assert [numbers(each) for each in completion.evidence.order_by("questions__number")] == [[1], [2]]


def test_a_file_shared_with_a_locked_question(completion, cast):
    first, second = questions(completion)[:2]
    item = completion.evidence.get(questions=first)
    writing.link_evidence(completion, item, second, cast.sigrid)
    with pytest.raises(NotAllowed, match="1"):
        writing.describe_evidence(completion, item, second, cast.sigrid, "x")
    with pytest.raises(NotAllowed, match="1"):
        writing.relink_evidence(completion, item, second, cast.sigrid, add=set(), remove={1})
    with pytest.raises(NotAllowed, match="3"):
        writing.relink_evidence(completion, item, second, cast.sigrid, add={3}, remove=set())
    new = writing.replace_evidence(completion, item, second, cast.sigrid, upload(OTHER))
    assert (numbers(item), numbers(new)) == ([1], [2])
    assert set(completion.evidence.present()) >= {item, new}


def test_what_was_handed_in_is_kept_when_it_is_replaced(completion, cast, django_capture_on_commit_callbacks):
    second = questions(completion)[1]
    item = completion.evidence.get(questions=second)
    with django_capture_on_commit_callbacks(execute=True):
        new = writing.replace_evidence(completion, item, second, cast.sigrid, upload(OTHER))
    item.refresh_from_db()
    assert item.removed_at is not None
    assert item.file.storage.exists(item.file.name)
    assert list(completion.evidence.present().filter(questions=second)) == [new]


@pytest.mark.parametrize("change", ["add", "describe", "link", "replace"])
def test_evidence_answers_an_advisors_wish(completion, cast, change):
    second = questions(completion)[1]
    item = completion.evidence.get(questions=second)
    point = completion.open_completion.points.get()
    assert point.answered_at is None
    match change:
        case "add":
            writing.add_evidence(completion, second, cast.sigrid, upload(OTHER))
        case "describe":
            writing.describe_evidence(completion, item, second, cast.sigrid, "Budgeten")
        case "link":
            writing.link_evidence(
                completion, completion.evidence.exclude(pk=item.pk).get(), second, cast.sigrid
            )
        case "replace":
            writing.replace_evidence(completion, item, second, cast.sigrid, upload(OTHER))
    point.refresh_from_db()
    assert point.answered_at is not None


def test_nothing_changes_once_it_is_handed_in(cast):
    application = make_application(cast, Status.SUBMITTED)
    first = questions(application)[0]
    item = application.evidence.get(questions=first)
    for change in (
        lambda: writing.describe_evidence(application, item, first, cast.sigrid, "x"),
        lambda: writing.link_evidence(application, item, first, cast.sigrid),
        lambda: writing.relink_evidence(application, item, first, cast.sigrid, add={2}, remove=set()),
        lambda: writing.replace_evidence(application, item, first, cast.sigrid, upload(OTHER)),
    ):
        with pytest.raises(TooLate):
            change()


def test_descriptions_are_handed_in(draft, cast):
    from .cases import fill

    fill(draft, cast.sigrid)
    item = draft.evidence.get(questions__number=1)
    writing.describe_evidence(draft, item, questions(draft)[0], cast.sigrid, "Avtalet")
    writing.relink_evidence(draft, item, questions(draft)[0], cast.sigrid, add={3}, remove=set())
    workflow.submit(draft, cast.sigrid, declares=True)
    content = draft.latest_submission.content
    described = {
        part["number"]: [e["description"] for e in part["evidence"]] for part in content["questions"]
    }
    assert described[1] == described[3] == ["Avtalet"]
