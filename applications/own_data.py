"""Everything that the portal holds on a person, as they may take it along: in words of the reader's language,
with nothing about anybody else."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib.admin.models import LogEntry
from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Affiliation, Invitation, User

from .models import (
    Answer,
    Appeal,
    Application,
    Assignment,
    CoApplicant,
    CompletionRequest,
    Decision,
    DecisionDraft,
    Event,
    Evidence,
    Level,
    Presence,
    Review,
    ReviewPresence,
    Submission,
    Talk,
)

Part = dict[str, Any]


def of(person: User) -> Part:
    """Everything, ready to be written as JSON."""
    return {
        _("Taken out"): _at(timezone.now()),
        _("Account"): _account(person),
        _("Organisations"): _organisations(person),
        _("Invitations"): _invitations(person),
        _("Co-applications"): _co_applications(person),
        _("Applications you started"): _references(Application.objects.filter(created_by=person)),
        _("Answers you wrote last"): _answers(person),
        _("Questions handed over to you"): _handed(Answer.objects.filter(handed_to=person)),
        _("Questions you handed over"): _handed(Answer.objects.filter(handed_by=person)),
        _("Answers you had open just now"): _open_pages(person),
        _("Evidence you uploaded"): _evidence(person),
        _("Applications you submitted"): _submissions(person),
        _("Appeals you lodged"): _appeals(person),
        _("What you did, by the log"): _events(person),
        **(
            _association(person)
            if person.is_staff or Assignment.objects.filter(advisor=person).exists()
            else {}
        ),
    }


def _at(moment: Any) -> str | None:
    """A moment in the portal's time zone, or None."""
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None


def _account(person: User) -> Part:
    addresses = EmailAddress.objects.filter(user=person).order_by("-primary", "email")
    keys = Authenticator.objects.filter(user=person).order_by("created_at")
    return {
        _("Name"): person.name,
        _("E-mail address"): person.email,
        _("Addresses to sign in with"): [
            {_("E-mail address"): address.email, _("Verified"): address.verified} for address in addresses
        ],
        _("Language"): person.get_language_display(),
        _("Account made"): _at(person.date_joined),
        _("Last signed in"): _at(person.last_login),
        _("Has a password"): person.has_usable_password(),
        _("Keys and codes for signing in"): [
            {
                _("Kind"): key.get_type_display(),
                _("Added"): _at(key.created_at),
                _("Last used"): _at(key.last_used_at),
            }
            for key in keys
        ],
        _("Mails turned off"): person.declined_mails,
        _("Asked to be removed"): _at(person.removal_requested_at),
    }


def _organisations(person: User) -> list[Part]:
    own = Affiliation.objects.filter(user=person).select_related("organisation")
    return [{_("Organisation"): one.organisation.name, _("Role"): one.get_role_display()} for one in own]


def _invitations(person: User) -> list[Part]:
    """Those that the person got, and those that the person sent."""
    addresses = EmailAddress.objects.filter(user=person, verified=True).values("email")
    is_own = Q(accepted_by=person) | Q(email__in=addresses) | Q(email=person.email) | Q(invited_by=person)
    return [
        {
            _("Organisation"): one.organisation.name,
            _("Role"): one.get_role_display(),
            _("To"): _("Somebody you invited") if one.invited_by_id == person.pk else one.email,
            _("Sent"): _at(one.sent_at),
            _("Accepted"): _at(one.accepted_at),
            _("Withdrawn"): _at(one.withdrawn_at),
        }
        for one in Invitation.objects.filter(is_own).select_related("organisation").order_by("sent_at")
    ]


def _co_applications(person: User) -> list[Part]:
    """The same for parts in single applications."""
    addresses = EmailAddress.objects.filter(user=person, verified=True).values("email")
    is_own = Q(user=person) | Q(email__in=addresses) | Q(email=person.email) | Q(invited_by=person)
    return [
        {
            _("Application"): one.application.reference,
            _("Organisation or company"): one.party,
            _("To"): _("Somebody you invited") if one.invited_by_id == person.pk else one.email,
            _("Sent"): _at(one.sent_at),
            _("Accepted"): _at(one.accepted_at),
            _("Endorsed"): _at(one.endorsed_at),
            _("Withdrawn"): _at(one.withdrawn_at),
        }
        for one in CoApplicant.objects.filter(is_own).select_related("application").order_by("sent_at")
    ]


def _references(applications: QuerySet[Application]) -> list[str]:
    return list(applications.order_by("created_at").values_list("reference", flat=True))


def _answers(person: User) -> list[Part]:
    written = Answer.objects.filter(updated_by=person).select_related("application", "question")
    return [
        {
            **_question(answer),
            _("The answer"): answer.text,
            _("Self-rating"): None
            if answer.rating is None
            else f"{answer.rating} {Level(answer.rating).label}",
            _("Saved"): _at(answer.updated_at),
        }
        for answer in written.order_by("application", "question__number")
    ]


def _question(answer: Answer) -> Part:
    return {_("Application"): answer.application.reference, _("Question"): str(answer.question)}


def _handed(answers: QuerySet[Answer]) -> list[Part]:
    return [
        {**_question(answer), _("Handed over"): _at(answer.handed_at)}
        for answer in answers.select_related("application", "question").order_by("handed_at")
    ]


def _open_pages(person: User) -> list[Part]:
    seen = Presence.objects.filter(user=person).select_related("answer__application", "answer__question")
    return [{**_question(one.answer), _("Last seen"): _at(one.seen_at)} for one in seen]


def _evidence(person: User) -> list[Part]:
    return [
        {
            _("Application"): item.application.reference,
            _("File"): item.name,
            _("Description"): item.description,
            _("Size (bytes)"): item.size,
            _("Uploaded"): _at(item.uploaded_at),
            _("Removed"): _at(item.removed_at),
        }
        for item in Evidence.objects.filter(uploaded_by=person).select_related("application")
    ]


def _submissions(person: User) -> list[Part]:
    return [
        {
            _("Application"): submission.application.reference,
            _("Number"): submission.number,
            _("Submitted"): _at(submission.submitted_at),
        }
        for submission in Submission.objects.filter(submitted_by=person).select_related("application")
    ]


def _appeals(person: User) -> list[Part]:
    lodged = Appeal.objects.filter(lodged_by=person).select_related("decision__application")
    return [
        {
            _("Application"): appeal.decision.application.reference,
            _("When"): _at(appeal.lodged_at),
            _("Text"): appeal.text,
        }
        for appeal in lodged
    ]


def _events(person: User) -> list[Part]:
    done = Event.objects.filter(actor=person).select_related("application").order_by("at", "pk")
    return [
        {
            _("When"): _at(event.at),
            _("Application"): event.application.reference,
            _("What"): event.get_kind_display(),
        }
        for event in done.iterator()
    ]


# --- Those who work for the association -------------------------------------------------------------------
def _association(person: User) -> Part:
    return {
        _("Roles at the association"): list(person.groups.values_list("name", flat=True)),
        _("Cases you were assigned"): _assignments(person),
        _("Your reviews"): _reviews(person),
        _("Completions you asked for"): _completions(person),
        _("Reviews you had open just now"): _open_reviews(person),
        _("Talks you asked for or wrote down"): _talks(person),
        _("Decisions you have begun"): _begun_decisions(person),
        _("Your decisions"): _decisions(person),
        _("Appeals you heard"): _heard_appeals(person),
        _("Changes you made in the office"): [
            {_("When"): _at(entry.action_time), _("What"): _of_whom(entry)}
            for entry in LogEntry.objects.filter(user=person)
            .select_related("content_type")
            .order_by("action_time")
        ],
    }


def _of_whom(entry: LogEntry) -> str:
    """What kind of record was changed. Its name may be somebody else's."""
    model: type[Model] | None = entry.content_type.model_class() if entry.content_type else None
    kind = str(model._meta.verbose_name) if model else ""
    return f"{entry.get_action_flag_display()}: {kind} {entry.object_id}"


def _assignments(person: User) -> list[Part]:
    own = Assignment.objects.filter(advisor=person).select_related("application")
    return [
        {
            _("Application"): one.application.reference,
            _("Assigned"): _at(one.assigned_at),
            _("Conflict of interest"): one.has_conflict,
            _("Declared"): _at(one.declared_at),
            _("Ended"): _at(one.ended_at),
        }
        for one in own
    ]


def _reviews(person: User) -> list[Part]:
    own = Review.objects.filter(assignment__advisor=person).select_related("assignment__application")
    return [
        {
            _("Application"): review.assignment.application.reference,
            _("Submitted"): _at(review.submitted_at),
            _("Summary"): review.summary,
            _("Points and comments"): [
                {
                    _("Question"): str(score.question),
                    _("Points"): score.points,
                    _("Comment"): score.comment,
                    _("Own note"): score.note,
                }
                for score in review.scores.all()
            ],
        }
        for review in own.prefetch_related("scores__question")
    ]


def _completions(person: User) -> list[Part]:
    asked = CompletionRequest.objects.filter(requested_by=person).select_related("application")
    return [
        {
            _("Application"): request.application.reference,
            _("When"): _at(request.requested_at),
            _("Points"): [f"{point.question}: {point.text}" for point in request.points.all()],
        }
        for request in asked.prefetch_related("points__question")
    ]


def _decisions(person: User) -> list[Part]:
    return [
        {
            _("Application"): decision.application.reference,
            _("When"): _at(decision.decided_at),
            _("Outcome"): decision.get_outcome_display(),
            _("Reasons"): decision.reasons,
        }
        for decision in Decision.objects.filter(decided_by=person).select_related("application")
    ]


def _open_reviews(person: User) -> list[Part]:
    seen = ReviewPresence.objects.filter(user=person).select_related("application")
    return [{_("Application"): one.application.reference, _("Last seen"): _at(one.seen_at)} for one in seen]


def _talks(person: User) -> list[Part]:
    """What the person wrote of each: the question, what came of it, or both."""
    own = Talk.objects.filter(Q(asked_by=person) | Q(recorded_by=person)).select_related("application")
    return [
        {
            _("Application"): talk.application.reference,
            _("Asked for"): _at(talk.asked_at),
            _("What to talk about"): talk.reason if talk.asked_by_id == person.pk else None,
            _("What you came to"): talk.outcome if talk.recorded_by_id == person.pk else None,
        }
        for talk in own
    ]


def _begun_decisions(person: User) -> list[Part]:
    begun = DecisionDraft.objects.filter(written_by=person).select_related("application")
    return [
        {
            _("Application"): draft.application.reference,
            _("Saved"): _at(draft.saved_at),
            _("Outcome"): draft.get_outcome_display(),
            _("Reasons"): draft.reasons,
        }
        for draft in begun
    ]


def _heard_appeals(person: User) -> list[Part]:
    heard = Appeal.objects.filter(heard_by=person).select_related("decision__application")
    return [
        {
            _("Application"): appeal.decision.application.reference,
            _("When"): _at(appeal.heard_at),
            _("Outcome"): appeal.get_outcome_display(),
            _("Reasons"): appeal.reasons,
        }
        for appeal in heard
    ]
