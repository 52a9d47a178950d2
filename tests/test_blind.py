"""Nothing of another's review leaks before one's own is in. Every address that answers a GET is walked as an advisor
who has a review to write, before and after another's comes in: no answer holds a word of it, and every answer is the
same, byte for byte, so that no count, mean, order or moment tells either. An address that the walk can't fill fails it.
"""

from __future__ import annotations

import datetime
import io
import re
import subprocess
import zipfile
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from applications import doors, permissions, workflow, writing
from applications.admin import seen
from applications.models import Application, Event, Review, Score, Status, Talk
from members.models import User

from .cases import Cast, make_application, make_user, own_review, questions, review, uphold
from .test_access import ADDRESSES

pytestmark = pytest.mark.django_db

MARKERS = ("MARKBOKOMMENTAR", "MARKBOSUMMERING", "MARKBONOTERING", "MARKBOSAMTAL", "MARKBOVIDARE")
POINTS = (4, 0, 4, 1, 4)
QUERIES = ("", "?q=QM", "?status=all", "?o=1", "?format=csv", "?format=xlsx", "?format=json", "?submission=1")
"""What is tried at the end of each list and export: searches, orders and the formats that an export may have."""
NOT_WALKED = {
    "account_logout": "would end the walk",
    "healthz": "says nothing but that the portal is up",
}


def address_values(case: Application) -> dict[str, list[object]]:
    """What an address may be filled with, by the name of its parameter. Every row of a model is tried where the
    address names the model; see `addresses`."""
    evidence = [item.pk for item in case.evidence.all()]
    return {
        "reference": [case.reference],
        "kind": ["csv", "xlsx"],
        "what": ["applications", "scores", "decisions"],
        "form": ["csv", "json", "xlsx"],
        "number": [question.number for question in questions(case)],
        "uuid": list(evidence),
        "organisation": [case.organisation_id],
        "person": [User.objects.get(email="edit@ekstad.example").pk],
        "co_applicant": [1],
        "invitation": [1],
        "code": ["AAAA-AAAA-AAAA"],
        "token": ["no-such-token"],
        "key": ["set-password"],
        "uidb36": ["1"],
        "url": ["nowhere/"],
        "app_label": ["applications", "members"],
        "content_type_id": [1],
        "pk": [case.pk],
        "other": [case.organisation_id],
    }


def addresses(case: Application) -> Iterator[tuple[str, bool]]:
    """Every address that the case, its records and its people can fill, and whether it may be a list."""
    known = address_values(case)
    for name, route in ADDRESSES.items():
        if name in NOT_WALKED:
            continue
        needed = {a or b for a, b in re.findall(r"<(?:\w+:)?(\w+)>|\(\?P<(\w+)>", route)}
        values = known | _keys_of_model(name)
        missing = needed - set(values)
        assert not missing, (
            f"{name} ({route}) wants {missing}: say here what fills it, or why it is left out."
        )
        for filled in _combinations(sorted(needed), values):
            yield reverse(name, kwargs=filled), not needed and name.startswith("admin:")


def _keys_of_model(name: str) -> dict[str, list[object]]:
    """The keys of all records of the model that an address of the admin names, `admin:<app>_<model>_<page>`."""
    for model in apps.get_models():
        prefix = f"admin:{model._meta.app_label}_{model._meta.model_name}_"
        if name.startswith(prefix):
            keys = list(model._default_manager.order_by("pk").values_list("pk", flat=True)[:40])
            return {"pk": keys or [1], "object_id": keys or [1]}
    return {"object_id": [1]}


def _combinations(names: list[str], values: dict[str, list[object]]) -> Iterator[dict[str, object]]:
    if not names:
        yield {}
        return
    for value in values[names[0]]:
        for rest in _combinations(names[1:], values):
            yield {names[0]: value, **rest}


def text_of(content: bytes) -> str:
    """What a reader finds in an answer: a PDF's text, what an archive holds (as XLSX is one), or the bytes."""
    if content.startswith(b"%PDF"):
        # What a test has attached as evidence is no real PDF, and stays as it is.
        run = subprocess.run(["pdftotext", "-layout", "-", "-"], input=content, capture_output=True)
        if run.returncode == 0:
            return run.stdout.decode()
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "\n".join(
                f"{name}:{archive.read(name).decode('utf-8', 'replace')}" for name in archive.namelist()
            )
    return content.decode("utf-8", "replace")


def without_chance(text: str) -> str:
    """Without what differs from one request to the next anyway."""
    # When a workbook was written.
    text = re.sub(r"<dcterms:(created|modified).*?</dcterms:\1>", "", text)
    text = re.sub(r'(name="csrfmiddlewaretoken" value=")\w+', r"\1", text)
    text = re.sub(r'(nonce=")[^"]+', r"\1", text)
    text = re.sub(r'("X-CSRFToken": ")[^"]+', r"\1", text)
    return text


def _queries(address: str, is_list: bool) -> tuple[str, ...]:
    if is_list or "export" in address:
        return QUERIES
    return ("", "?submission=1") if ".pdf" in address else ("",)


def walk(user: User, case: Application) -> dict[str, str]:
    """Every address as `user` gets it: status, where it leads, and what it says."""
    client = Client(raise_request_exception=False)
    client.force_login(user)
    found = {}
    for address, is_list in addresses(case):
        for query in _queries(address, is_list):
            # A page may keep that it was looked at: each walk begins from the same.
            with transaction.atomic():
                answer = client.get(address + query)
                content = b"".join(answer.streaming_content) if answer.streaming else answer.content
                transaction.set_rollback(True)
            assert answer.status_code < 500, address + query
            head = (
                f"{answer.status_code} {answer.get('Location', '')} {answer.get('Content-Disposition', '')}"
            )
            found[address + query] = f"{head}\n{without_chance(text_of(content))}"
            if answer.status_code in (302, 403, 404, 405):
                break  # No query makes it another page.
    return found


@pytest.fixture(autouse=True)
def still(monkeypatch):
    """One moment for the whole walk: only the review makes a difference."""
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)
    return moment


def write(case: Application, advisor: User) -> Review:
    """A draft by `advisor` that is full of markers."""
    draft = own_review(case, advisor)
    judgements = {
        question: workflow.Judgement(points, f"MARKBOKOMMENTAR om fråga {question.number}")
        for question, points in zip(questions(case), POINTS, strict=True)
    }
    workflow.save_review(case, draft, advisor, judgements, "MARKBOSUMMERING i stort")
    Score.objects.filter(review=draft).update(note="MARKBONOTERING till mig")
    return own_review(case, advisor)


def hand_in(case: Application, advisor: User, monkeypatch) -> None:
    """The review comes in an hour and eleven minutes later, a moment of its own."""
    before = timezone.now()
    with monkeypatch.context() as later:
        later.setattr(timezone, "now", lambda: before + datetime.timedelta(minutes=71))
        workflow.submit_review(case, own_review(case, advisor), advisor)
    case.refresh_from_db()


def differing(before: dict[str, str], after: dict[str, str]) -> dict[str, tuple[str, str]]:
    """The lines that are another before than after, by address."""
    found = {}
    assert set(before) == set(after)
    for address, text in before.items():
        if text != after[address]:
            lines = zip(text.splitlines(), after[address].splitlines(), strict=False)
            found[address] = next(((a, b) for a, b in lines if a != b), ("", "longer or shorter"))
    return found


def marked(found: dict[str, str], markers: tuple[str, ...] = MARKERS) -> list[str]:
    return [address for address, text in found.items() if any(marker in text for marker in markers)]


@pytest.fixture
def case(cast: Cast) -> Application:
    """In review; Asta and Axel have it, and both have a draft."""
    made = make_application(cast, Status.IN_REVIEW)
    review(made, cast.asta, submit=False)
    write(made, cast.axel)
    return made


@pytest.fixture
def unassigned(cast: Cast) -> User:
    return make_user("unassigned@qm.example", "Unassigned", "Advisor")


def test_who_has_a_review_to_write_gets_the_same_before_and_after_anothers_is_in(
    cast, case, unassigned, monkeypatch
):
    undeclared = make_user("undeclared@qm.example", "Undeclared", "Advisor")
    case.reviews_required = 4
    case.save(update_fields=["reviews_required"])
    workflow.assign(case, [undeclared], cast.alma)
    readers = (cast.asta, unassigned, undeclared)
    before = {user: walk(user, case) for user in readers}
    hand_in(case, cast.axel, monkeypatch)
    assert case.status == Status.IN_REVIEW
    for user in readers:
        after = walk(user, case)
        assert marked(after) == [], user
        assert differing(before[user], after) == {}, user


def test_the_walk_finds_what_there_is_to_find(cast, case, monkeypatch):
    """With the own review in, and for who decides, the markers are there: the walk isn't blind itself."""
    hand_in(case, cast.axel, monkeypatch)
    before = walk(cast.asta, case)
    workflow.submit_review(case, own_review(case, cast.asta), cast.asta)
    case.refresh_from_db()
    after = walk(cast.asta, case)
    page = reverse("admin:applications_application_review", args=[case.pk])
    assert page in marked(after, ("MARKBOKOMMENTAR",))
    assert page in marked(after, ("MARKBOSUMMERING",))
    assert reverse("admin:applications_application_change", args=[case.pk]) in differing(before, after)
    assert reverse("admin:applications_application_decide", args=[case.pk]) in marked(walk(cast.beata, case))
    # The private note is the advisor's own, whoever decides and whatever is in.
    for user in (cast.asta, cast.beata, cast.alma):
        assert marked(walk(user, case), ("MARKBONOTERING",)) == [], user


def test_an_administrator_sees_progress_and_no_content(cast, case, monkeypatch):
    before = walk(cast.alma, case)
    hand_in(case, cast.axel, monkeypatch)
    after = walk(cast.alma, case)
    assert marked(after) == []
    assert reverse("admin:applications_application_change", args=[case.pk]) in differing(before, after)


def test_no_mail_goes_to_another_advisor(cast, case, django_capture_on_commit_callbacks):
    mail.outbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        workflow.submit_review(case, own_review(case, cast.axel), cast.axel)
    assert mail.outbox == []


def test_the_same_holds_after_a_completion(cast, case, unassigned, monkeypatch):
    hand_in(case, cast.axel, monkeypatch)
    day = timezone.localdate() + datetime.timedelta(days=28)
    workflow.request_completion(case, cast.asta, {questions(case)[1]: "Mer om budgeten."}, day)
    waiting = {user: walk(user, case) for user in (cast.asta, unassigned)}
    assert [marked(found) for found in waiting.values()] == [[], []]
    writing.save_answer(case, questions(case)[1], cast.sigrid, "Mer.", 3)
    workflow.resubmit(case, cast.sigrid, declares=True)
    case.refresh_from_db()
    before = {user: walk(user, case) for user in (cast.asta, unassigned)}
    write(case, cast.axel)
    hand_in(case, cast.axel, monkeypatch)
    for user in (cast.asta, unassigned):
        after = walk(user, case)
        assert marked(after) == [], user
        assert differing(before[user], after) == {}, user


def test_a_further_reviewer_sees_nothing_of_the_first_two_nor_of_their_talk(
    cast, case, unassigned, monkeypatch
):
    hand_in(case, cast.axel, monkeypatch)
    workflow.submit_review(case, own_review(case, cast.asta), cast.asta)
    case.refresh_from_db()
    talk_about(case, cast)
    workflow.ask_further_review(case, cast.beata, "MARKBOVIDARE de ligger långt isär")
    [assignment] = workflow.assign(case, [unassigned], cast.alma)
    case.refresh_from_db()
    assert marked(walk(unassigned, case)) == []
    workflow.declare(case, assignment, unassigned, has_conflict=False)
    found = walk(unassigned, case)
    assert marked(found) == []
    page = found[reverse("admin:applications_application_change", args=[case.pk])]
    for kind in ("review_submitted", "reviews_complete", "talk_asked", "talk_recorded"):
        assert str(Event.Kind(kind).label) not in page
    assert "Comment by" not in "".join(found.values())
    assert "Summary by" not in "".join(found.values())


def talk_about(case: Application, cast: Cast) -> None:
    """A talk between the advisors, as the decision maker asks for it and it is written down."""
    from applications.events import record

    record(case, Event.Kind.TALK_ASKED, cast.beata, {"reason": "MARKBOSAMTAL om fråga 2"})
    Talk.objects.create(
        application=case,
        submission=case.latest_submission,
        reason="MARKBOSAMTAL om fråga 2",
        asked_by=cast.beata,
        asked_at=timezone.now(),
        held_on=timezone.localdate(),
        outcome="MARKBOSAMTAL: de är överens",
        recorded_by=cast.axel,
        recorded_at=timezone.now(),
    )
    record(case, Event.Kind.TALK_RECORDED, cast.axel, {"outcome": "MARKBOSAMTAL: de är överens"})


def test_what_is_left_out_is_there():
    assert set(NOT_WALKED) <= set(ADDRESSES)


def test_who_may_yet_get_the_case_learns_nothing_by_taking_another_off_it(cast):
    """The same answer whether the other's review is in or not."""
    may_come = make_user("anna@qm.example", "Anna", "Advisor")
    case = make_application(cast, Status.IN_REVIEW)
    other = case.assignment_set.get(advisor=cast.axel)
    for is_in in (False, True):
        if is_in:
            review(case, cast.axel)
        with pytest.raises(doors.NotAllowed, match=str(_("You may not do this."))):
            workflow.unassign(case, other, may_come, "Only to see.")


def test_reviews_from_before_an_appeal_are_not_the_new_advisors_to_see(cast):
    case = make_application(cast, Status.DECLINED)
    former = list(Review.objects.all())
    uphold(case, cast, make_user("bo@qm.example", "Bo", "Decision maker"))
    fresh = [make_user(f"fresh{n}@qm.example", f"Fresh {n}", "Advisor") for n in (1, 2)]
    for assignment in workflow.assign(case, fresh, cast.alma):
        workflow.declare(case, assignment, assignment.advisor, has_conflict=False)
    own = review(case, fresh[0])
    assert [permissions.can_see_review(fresh[0], one) for one in (own, *former)] == [True, False, False]
    assert list(seen.reviews(fresh[0])) == [own]
