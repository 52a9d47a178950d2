"""Who may what: pure predicates over a person and an object. Views turn a no into 404 for strangers and 403
for those who may look but not touch."""

from __future__ import annotations

import enum

from django.contrib.auth.models import AnonymousUser

from members.models import Affiliation, Organisation, User

from .models import Application, Assignment, Certificate, Event, Evidence, Review, Status, Submission

Person = User | AnonymousUser

ASSIGN = "applications.assign_application"
REVIEW = "applications.review_application"
DECIDE = "applications.decide_application"
ISSUE = "applications.issue_certificate"
OVERRIDE_TIE = "applications.override_tie"
VIEW_CALIBRATION = "applications.view_calibration"
CHANGE_QUESTIONNAIRE = "applications.change_questionnaire"


class Capacity(enum.Enum):
    """The part that somebody has in an application: a role in the applicant's organisation, or co-applicant."""

    SIGNATORY = "signatory"
    EDITOR = "editor"
    VIEWER = "viewer"
    CO_APPLICANT = "co_applicant"

    @property
    def may_edit(self) -> bool:
        return self is not Capacity.VIEWER


def role_in(user: Person, organisation: Organisation) -> Affiliation.Role | None:
    """The person's role in the organisation, or None."""
    if not user.is_authenticated:
        return None
    role = (
        Affiliation.objects.filter(user=user, organisation=organisation)
        .values_list("role", flat=True)
        .first()
    )
    return Affiliation.Role(role) if role else None


# --- The applicant's organisation ------------------------------------------------------------------------
def is_affiliated(user: Person, organisation: Organisation) -> bool:
    """May see the organisation's own page: acts for it in any role."""
    return role_in(user, organisation) is not None


def can_start(user: Person, organisation: Organisation) -> bool:
    """May start applications and self-diagnoses for the organisation; the workflow checks the membership."""
    role = role_in(user, organisation)
    return role is not None and role.may_edit


def can_lead(user: Person, organisation: Organisation) -> bool:
    """May invite people to the organisation, give them roles and change what stands on its page."""
    return role_in(user, organisation) is Affiliation.Role.SIGNATORY


# --- The applicant's side --------------------------------------------------------------------------------
def capacity(user: Person, application: Application) -> Capacity | None:
    """The person's part in the application, or None. Asked of the database once for each application object:
    an object doesn't outlive its request, and each door reads its own."""
    if not user.is_authenticated:
        return None
    known = _known(application)
    if user.pk not in known:
        found = Application.objects.of(user).filter(pk=application.pk).first()
        if found:
            remember_capacity(user, application, found.affiliated_as, found.is_co_applicant)
        else:
            known[user.pk] = None
    return known[user.pk]


def remember_capacity(
    user: User, application: Application, affiliated_as: str | None, is_co_applicant: bool
) -> None:
    """Keep what a query with `capacities` has found, so that `capacity` needn't ask."""
    part = affiliated_as or ("co_applicant" if is_co_applicant else None)
    _known(application)[user.pk] = Capacity(part) if part else None


def _known(application: Application) -> dict[int, Capacity | None]:
    return application.__dict__.setdefault("_capacity_by_user", {})


def is_applicant(user: Person, application: Application) -> bool:
    """Has any part in the application: may read it."""
    return capacity(user, application) is not None


def can_edit(user: Person, application: Application) -> bool:
    """May change answers and evidence now."""
    part = capacity(user, application)
    return part is not None and part.may_edit and application.state.is_with_applicant


def can_edit_facts(user: Person, application: Application) -> bool:
    """May change whom and what the application is for: the organisation's own editors and signatories."""
    return can_edit(user, application) and capacity(user, application) is not Capacity.CO_APPLICANT


def can_sign(user: Person, application: Application) -> bool:
    """May submit, resubmit and withdraw, as far as the person goes; the workflow checks the rest."""
    return capacity(user, application) is Capacity.SIGNATORY


def can_lead_team(user: Person, application: Application) -> bool:
    """May invite co-applicants, while the applicant is writing. To take somebody away is never too late. A
    self-diagnosis stays within the organisation."""
    is_open = application.state.is_with_applicant and not application.is_diagnosis
    return can_sign(user, application) and is_open


# --- The association's side ------------------------------------------------------------------------------
def assignment_of(user: Person, application: Application) -> Assignment | None:
    """The person's assignment in the application, ended or not."""
    if not user.is_authenticated:
        return None
    return Assignment.objects.filter(application=application, advisor=user).first()


def has_tie(user: Person, application: Application) -> bool:
    """Has a part in the application, or has ever worked on it for the applicant: leaving it makes nobody
    impartial. Asked of the database once for each application object, as `capacity`."""
    if not user.is_authenticated:
        return False
    known = application.__dict__.setdefault("_tie_by_user", {})
    if user.pk not in known:
        known[user.pk] = Application.objects.with_part_of(user).filter(pk=application.pk).exists()
    return known[user.pk]


def is_partial(user: Person, application: Application) -> bool:
    """Shut out of the case: has a tie to it, or has declared a conflict of interest."""
    assignment = assignment_of(user, application)
    return has_tie(user, application) or bool(assignment and assignment.has_conflict)


def can_see_case(user: Person, application: Application) -> bool:
    """May see in the admin that the case exists and where it stands: not its answers, evidence or reviews."""
    if application.is_diagnosis or not user.is_staff or not _was_submitted(application):
        return False
    works_here = user.has_perm(ASSIGN) or user.has_perm(REVIEW) or user.has_perm(DECIDE)
    return works_here and not is_partial(user, application)


def _was_submitted(application: Application) -> bool:
    """Whether it is the association's business at all: what was never handed in stays with the applicant, also
    when it has been withdrawn or has lapsed."""
    if application.state in (Status.DRAFT, Status.WITHDRAWN, Status.LAPSED):
        return application.submission_set.exists()
    return True


def can_assign(user: Person, application: Application) -> bool:
    return user.has_perm(ASSIGN) and can_see_case(user, application)


def can_unassign(user: Person, assignment: Assignment) -> bool:
    """May take the advisor off the case. Who advises in it, or may come to, takes off nobody but themselves: the
    answer would tell whether the other's review is in."""
    if not can_assign(user, assignment.application):
        return False
    if assignment.advisor_id == user.pk:
        return True
    is_outside = assignment_of(user, assignment.application) is None
    return is_outside and (user.has_perm(OVERRIDE_TIE) or not user.has_perm(REVIEW))


def can_be_assigned(advisor: User, application: Application) -> bool:
    """May be given the case: reviews, has no tie to it, was not in it before and has not decided in it. Once it
    has been ready for decision, not those who may decide either: they may have read the reviews."""
    has_been_ready = application.event_set.filter(kind=Event.Kind.REVIEWS_COMPLETE)
    return (
        advisor.is_active
        and advisor.is_staff
        and advisor.has_perm(REVIEW)
        and not has_tie(advisor, application)
        and not Assignment.objects.filter(application=application, advisor=advisor).exists()
        and not application.decision_set.filter(decided_by=advisor).exists()
        and not (advisor.has_perm(DECIDE) and has_been_ready.exists())
    )


def can_declare(user: Person, assignment: Assignment) -> bool:
    """May say whether there is a conflict of interest: the advisor, until the review is in."""
    return (
        assignment.advisor_id == user.pk
        and user.has_perm(REVIEW)
        and assignment.ended_at is None
        and not assignment.has_conflict
        and not has_tie(user, assignment.application)
    )


def can_read_as_advisor(user: Person, application: Application) -> bool:
    """May read answers and evidence as an assigned advisor who has declared no conflict."""
    assignment = assignment_of(user, application)
    return (
        assignment is not None
        and assignment.has_conflict is False
        and assignment.ended_at is None
        and user.is_staff
        and user.has_perm(REVIEW)
        and not has_tie(user, application)
    )


def can_review(user: Person, review: Review) -> bool:
    """May change this review now: one's own, not yet in, of a case that is in review."""
    assignment = review.assignment
    return (
        assignment.advisor_id == user.pk
        and review.submitted_at is None
        and assignment.application.state == Status.IN_REVIEW
        and can_read_as_advisor(user, assignment.application)
    )


def can_request_completion(user: Person, application: Application) -> bool:
    return application.state == Status.IN_REVIEW and can_read_as_advisor(user, application)


def can_extend_completion(user: Person, application: Application) -> bool:
    """May give more time to complete: who asked may, and who sees to the cases."""
    is_waiting = application.state == Status.COMPLETION_REQUESTED
    return is_waiting and (can_read_as_advisor(user, application) or can_assign(user, application))


def is_uninvolved(user: Person, application: Application) -> bool:
    """Has had no part in the case: was never assigned to it and has no tie to the applicant."""
    return assignment_of(user, application) is None and not has_tie(user, application)


def can_read_as_decider(user: Person, application: Application) -> bool:
    """May read everything of the case in order to decide it, or afterwards."""
    state = application.state
    return (
        user.is_staff
        and user.has_perm(DECIDE)
        and (state == Status.READY_FOR_DECISION or state.is_decided)
        and is_uninvolved(user, application)
    )


def can_decide(user: Person, application: Application) -> bool:
    """May decide now: uninvolved, and not the one whose decision an appeal has set aside."""
    return (
        application.state == Status.READY_FOR_DECISION
        and can_read_as_decider(user, application)
        and not application.decision_set.filter(decided_by_id=user.pk).exists()
    )


def own_is_in(user: Person, submission: Submission | int | None) -> bool:
    """Whether the person's own review of `submission` (or of the one with that key) is in."""
    return Review.objects.submitted().filter(assignment__advisor_id=user.pk, submission=submission).exists()


def can_record_talk(user: Person, application: Application) -> bool:
    """May write down what came of a talk: who may decide, and the advisors whose own review is in."""
    if can_decide(user, application):
        return True
    return can_read_as_advisor(user, application) and own_is_in(user, application.latest_submission)


def can_hear(user: Person, application: Application) -> bool:
    """May answer an appeal: a decision maker who neither advised in the case nor made any decision in it."""
    return (
        application.state == Status.DECLINED
        and can_read_as_decider(user, application)
        and not application.decision_set.filter(decided_by_id=user.pk).exists()
    )


def can_see_review(user: Person, review: Review) -> bool:
    """One's own; another's once one's own of the same submission is in; all of them for who decides."""
    application = review.assignment.application
    if review.assignment.advisor_id == user.pk:
        return can_read_as_advisor(user, application)
    if review.submitted_at is None:
        return False
    if can_read_as_decider(user, application):
        return True
    # One that no longer counts, as of those who had the case before an appeal, is none of the others'.
    counts = review.assignment.ended_at is None and review.assignment.has_conflict is False
    return counts and can_read_as_advisor(user, application) and own_is_in(user, review.submission_id)


def sees_progress(user: Person, application: Application) -> bool:
    """May know how far the advisors have come: who has handed in, and when. Not who reviews the case, or may come
    to, before the own review of what was last submitted is in."""
    if not user.has_perm(REVIEW) or can_read_as_decider(user, application):
        return True
    return can_read_as_advisor(user, application) and own_is_in(user, application.latest_submission)


def can_read_submissions(user: Person, application: Application) -> bool:
    """May read what was submitted, as a document: the applicant, and the association's people who may read the
    evidence."""
    return (
        is_applicant(user, application)
        or can_read_as_advisor(user, application)
        or can_read_as_decider(user, application)
    )


def can_see_evidence(user: Person, evidence: Evidence) -> bool:
    """The applicant, assigned advisors without conflict, and who decides. Advisors and deciders see what was
    submitted, not what lies in a draft."""
    application = evidence.application
    if not evidence.is_open_to_readers:
        return False
    if is_applicant(user, application):
        return evidence.removed_at is None or evidence.is_submitted
    reads = can_read_as_advisor(user, application) or can_read_as_decider(user, application)
    return reads and evidence.is_submitted


def can_manage(user: Person, certificate: Certificate) -> bool:
    """May suspend, resume and revoke: an administrator without a tie to the holder."""
    return user.has_perm(ISSUE) and not is_partial(user, certificate.decision.application)


def can_download(user: Person, certificate: Certificate) -> bool:
    """May fetch the PDF: the applicant, and the association's people who may see the case."""
    application = certificate.decision.application
    return is_applicant(user, application) or can_see_case(user, application)


# --- Questionnaires --------------------------------------------------------------------------------------
def can_edit_questionnaires(user: Person) -> bool:
    """May copy, change, publish and take back versions of the questionnaire."""
    return user.has_perm(CHANGE_QUESTIONNAIRE)
