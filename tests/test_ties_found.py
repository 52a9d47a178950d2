"""What may tie an advisor to a case, who is suggested, and what the doors make of it. Refusals first."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress

from applications import doors, permissions, ties, workflow
from applications.admin.cases import visible_to
from applications.models import Application, Assignment, Event, Review, Status
from applications.ties import Tie
from members.models import Affiliation, Organisation

from .cases import join, make_application, make_organisation, make_user, review
from .queries import asked

pytestmark = pytest.mark.django_db


def names(candidates) -> dict[str, tuple[Tie, ...]]:
    return {one.advisor.name: one.ties for one in candidates}


def of(application: Application) -> list[ties.Candidate]:
    return ties.candidates([application])[application.pk]


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_possible_tie_takes_the_right_to_override_and_a_reason(cast, reason):
    case = make_application(cast, Status.SUBMITTED)
    tied = make_user("konsult@ekstad.example", "Consultant", "Advisor")
    with pytest.raises(doors.NotAllowed):
        workflow.assign(case, [tied], cast.asta, "We know her.")
    with pytest.raises(doors.NotReady):
        workflow.assign(case, [tied], cast.alma, reason)
    assert not Assignment.objects.exists()
    [made] = workflow.assign(case, [tied], cast.alma, " She left years ago. ")
    assert made.override_reason == "She left years ago."
    assert Event.objects.get(kind=Event.Kind.ASSIGNED).data == {
        "advisor": tied.pk,
        "ties": ["domain"],
        "reason": "She left years ago.",
    }


def test_nothing_overrides_what_settles_it(cast):
    case = make_application(cast, Status.SUBMITTED)
    Affiliation.objects.create(user=cast.asta, organisation=cast.town, role=Affiliation.Role.VIEWER)
    with pytest.raises(doors.NotAllowed):
        workflow.assign(case, [cast.asta], cast.alma, "All the same.")


def test_a_reason_is_not_kept_where_there_is_no_tie(cast):
    [made] = workflow.assign(make_application(cast, Status.SUBMITTED), [cast.asta], cast.alma, "Because.")
    assert made.override_reason == ""
    assert Event.objects.get(kind=Event.Kind.ASSIGNED).data == {"advisor": cast.asta.pk}


def test_addresses_tie_but_not_the_associations_own_and_not_public_ones(cast):
    case = make_application(cast, Status.SUBMITTED)
    Organisation.objects.filter(pk=cast.town.pk).update(contact_email="anna@kontakt.example")
    join(case, cast.mina)
    free = make_user("anna@gmail.com", "Gmail", "Advisor")
    Affiliation.objects.create(
        user=make_user("bo@gmail.com", "Bo"), organisation=cast.town, role=Affiliation.Role.VIEWER
    )
    make_user("uno@EKSTAD.example", "Town", "Advisor")
    make_user("due@kontakt.example", "Contact", "Advisor")
    make_user("tre@hus.example", "House", "Advisor")
    second = make_user("fyra@egen.example", "Second address", "Advisor")
    EmailAddress.objects.create(user=second, email="fyra@ekstad.example", verified=True)
    case = Application.objects.get(pk=case.pk)
    assert names(of(case)) == {
        "Advisor one": (),
        "Advisor two": (),
        free.name: (),
        "Town": (Tie.DOMAIN,),
        "Contact": (Tie.DOMAIN,),
        "House": (Tie.DOMAIN,),
        "Second address": (Tie.DOMAIN,),
    }


def test_an_earlier_declaration_ties_to_the_same_applicant_and_town(cast):
    earlier = make_application(cast, Status.IN_REVIEW, area="Alby")
    workflow.declare(earlier, earlier.assignment_set.get(advisor=cast.asta), cast.asta, has_conflict=True)
    same = make_application(cast, Status.SUBMITTED, area="Ekby")
    assert names(of(same)) == {"Advisor one": (Tie.DECLARED,), "Advisor two": ()}
    elsewhere = make_organisation("Annans kommun", "Annan")
    Application.objects.filter(pk=same.pk).update(organisation=elsewhere)
    assert names(of(Application.objects.get(pk=same.pk))) == {"Advisor one": (), "Advisor two": ()}


def test_the_least_burdened_without_a_tie_are_suggested(cast):
    make_application(cast, Status.IN_REVIEW, area="Alby")
    make_user("konsult@ekstad.example", "Consultant", "Advisor")
    fresh = make_user("fresh@qm.example", "Fresh", "Advisor")
    case = make_application(cast, Status.SUBMITTED, area="Ekby")
    assert ties.suggestion(of(case), 2) == [fresh, cast.asta]
    assert ties.suggestion(of(case), 2, {fresh.pk: 5}) == [cast.asta, cast.axel]
    assert ties.suggestion(of(case), -1) == []


def test_who_is_shut_out_is_as_the_permission_says(cast):
    join(draft := make_application(cast), make_user("co@qm.example", "Co", "Advisor"))
    affiliated = make_user("aff@qm.example", "Aff", "Advisor")
    Affiliation.objects.create(user=affiliated, organisation=cast.town, role=Affiliation.Role.VIEWER)
    both = make_user("both@qm.example", "Both", "Advisor", "Decision maker")
    cases = [
        draft,
        make_application(cast, Status.IN_REVIEW, area="Alby"),
        make_application(cast, Status.READY_FOR_DECISION, area="Redby"),
        make_application(cast, Status.DECLINED, area="Nekby"),
    ]
    found = ties.candidates(cases)
    reviewers = list(ties.reviewers())
    assert both in reviewers
    for case in cases:
        may = {one.pk for one in reviewers if permissions.can_be_assigned(one, case)}
        assert {one.advisor.pk for one in found[case.pk]} == may


@pytest.mark.parametrize("more", [0, 12])
def test_it_costs_the_same_for_one_and_for_many(cast, more):
    make_application(cast, Status.SUBMITTED)
    for number in range(more):
        make_user(f"more{number}@qm.example", f"More {number}", "Advisor")
        make_application(cast, Status.SUBMITTED, area=f"Ort {number}")
    cases = list(Application.objects.select_related("organisation"))
    with asked(13):
        ties.candidates(cases)


def test_the_list_holds_exactly_what_each_may_see(cast):
    people = [cast.asta, cast.axel, cast.beata, cast.alma, cast.sigrid, cast.nils]
    people.append(make_user("writer@qm.example", "Writer", "Administrator"))
    for number, status in enumerate(Status):
        make_application(cast, status, area=f"Ort {number}")
    join(Application.objects.get(area="Ort 1"), people[-1])
    conflicted = make_application(cast, Status.IN_REVIEW, area="Jävby")
    [assignment] = conflicted.assignment_set.filter(advisor=cast.asta)
    workflow.declare(conflicted, assignment, cast.asta, has_conflict=True)
    for person in people:
        seen = set(visible_to(person).values_list("pk", flat=True))
        assert seen == {
            case.pk for case in Application.objects.all() if permissions.can_see_case(person, case)
        }
    assert visible_to(cast.asta).count() == visible_to(cast.axel).count() - 1 > 0


# --- Taking an advisor off -----------------------------------------------------------------------------------
def test_who_may_not_assign_takes_nobody_off(cast):
    case = make_application(cast, Status.IN_REVIEW)
    other = make_application(cast, Status.IN_REVIEW, area="Alby")
    mine = case.assignment_set.get(advisor=cast.asta)
    for actor in (cast.beata, cast.sigrid, cast.nils, cast.axel):
        with pytest.raises(doors.NotAllowed):
            workflow.unassign(case, mine, actor, "No time.")
    with pytest.raises(doors.NotAllowed):
        workflow.unassign(other, mine, cast.alma, "Of another case.")
    with pytest.raises(doors.NotReady):
        workflow.unassign(case, mine, cast.alma, " ")


def test_taken_off_the_advisor_reads_nothing_more_and_is_not_given_it_again(cast):
    case = make_application(cast, Status.IN_REVIEW)
    mine = case.assignment_set.get(advisor=cast.asta)
    workflow.unassign(case, mine, cast.alma, "No time.")
    assert not permissions.can_read_as_advisor(cast.asta, case)
    assert not permissions.can_be_assigned(cast.asta, case)
    event = Event.objects.get(kind=Event.Kind.UNASSIGNED)
    assert event.data == {"advisor": cast.asta.pk, "reason": "No time."}
    with pytest.raises(doors.TooLate):
        workflow.unassign(case, mine, cast.alma, "Again.")


def test_a_review_that_is_in_is_left_out_by_an_administrator_alone(cast):
    case = make_application(cast, Status.READY_FOR_DECISION)
    mine = case.assignment_set.get(advisor=cast.asta)
    with pytest.raises(doors.NotAllowed):
        workflow.unassign(case, mine, cast.axel, "Partial.")
    workflow.unassign(case, mine, cast.alma, "Partial.")
    case.refresh_from_db()
    assert case.status == Status.IN_REVIEW
    assert Review.objects.counting(case.latest_submission).count() == 1
    other = make_user("other@qm.example", "Other", "Advisor")
    [made] = workflow.assign(case, [other], cast.alma)
    workflow.declare(case, made, other, has_conflict=False)
    review(case, other)
    case.refresh_from_db()
    assert case.status == Status.READY_FOR_DECISION
