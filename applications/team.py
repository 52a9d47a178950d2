"""The doors of who writes together: invitations and roles in the applicant's organisation, co-applicants and
their endorsement. An invitation lets one person in, once; taking somebody away is never too late."""

from __future__ import annotations

import datetime
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Affiliation, Invitation, Organisation, User

from . import clock, permissions, workflow
from .doors import NotAllowed, NotReady, TooLate, allow, door, mail_later, mail_link_later
from .events import record
from .models import Application, CoApplicant, Event, Presence, ReviewPresence, Status

MAX_INVITATIONS = 30
"""How many invitations of one organisation may be open: nobody's colleagues are more, and a mail each is sent."""
MAX_CO_APPLICANTS = 20
"""How many parties, invited or joined, one application may have."""
MAX_A_DAY = 60
"""How many invitations one organisation, or one application, may send in a day, withdrawn ones counted."""
SEND_AGAIN_AFTER = datetime.timedelta(minutes=10)

Role = Affiliation.Role
AnyInvitation = Invitation | CoApplicant


# --- What invitations share ------------------------------------------------------------------------------
def find(token: str) -> AnyInvitation | None:
    """The invitation that `token` opens, whatever has become of it, or None."""
    invitations = Invitation.objects.select_related("organisation", "invited_by")
    parties = CoApplicant.objects.select_related("application__organisation", "invited_by")
    return invitations.with_token(token) or parties.with_token(token)


def account_with(email: str) -> User | None:
    """The person who has an account under this address, or None."""
    address = EmailAddress.objects.filter(email__iexact=email, verified=True).select_related("user").first()
    return address.user if address else User.objects.filter(email__iexact=email).first()


def is_for(invitation: AnyInvitation, user: User) -> bool:
    """Whether the invitation was sent to an address that is the person's own."""
    own = EmailAddress.objects.filter(user=user, email__iexact=invitation.email, verified=True)
    return user.email.casefold() == invitation.email.casefold() or own.exists()


def accept(invitation: AnyInvitation, user: User) -> None:
    """Let the person in, once. Raises TooLate for an invitation that is used, withdrawn or expired, and NotReady
    for somebody who is in already."""
    allow(is_for(invitation, user), _("The invitation was sent to another address than yours."))
    if isinstance(invitation, Invitation):
        _enter(invitation, user)
    else:
        _join(invitation.application, invitation, user)


def accept_as_new(invitation: AnyInvitation, name: str, language: str) -> User:
    """The same for somebody without an account, who gets one: that the link came by mail proves the address, and
    a code by mail is the way to sign in. Raises TooLate, too, where there is an account by now."""
    email = invitation.email.lower()
    try:
        with transaction.atomic():
            if account_with(email):
                raise TooLate(_account_exists())
            user = User.objects.create_user(email, name=name, language=language)
            EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
            accept(invitation, user)
    except IntegrityError:
        raise TooLate(_account_exists()) from None
    return user


def _account_exists() -> str:
    return _("You have an account already. Sign in with it to accept the invitation.")


def _expect_open(invitation: AnyInvitation) -> None:
    if invitation.accepted_at:
        raise TooLate(_("The invitation has been used already."))
    if invitation.withdrawn_at:
        raise TooLate(_("The invitation has been withdrawn."))
    if not invitation.is_open:
        raise TooLate(_("The invitation has expired."))


def _send(invitation: AnyInvitation, actor: User) -> None:
    """Give it a token, keep it, and mail the link, which the database doesn't keep. Raises NotReady where the last
    mail has only just left: the portal isn't there to fill anybody's mailbox."""
    if invitation.pk and clock.now() - invitation.sent_at < SEND_AGAIN_AFTER:
        raise NotReady(
            _("The invitation was sent only just now. Wait a few minutes before you send it again.")
        )
    token = invitation.renew(clock.now())
    invitation.invited_by = actor
    invitation.save()
    name = "invited" if isinstance(invitation, Invitation) else "co_applicant_invited"
    mail_link_later(name, invitation.pk, reverse("invitation", args=[token]))


def _expect_few_today(sent: QuerySet[Any]) -> None:
    if sent.filter(sent_at__gt=clock.now() - datetime.timedelta(days=1)).count() >= MAX_A_DAY:
        raise NotReady(_("You have sent many invitations today. Go on tomorrow."))


def _expect_not_let_in(invitation: AnyInvitation) -> None:
    """An invitation that is expired may be sent again or withdrawn, one that has been used or withdrawn not."""
    if invitation.accepted_at or invitation.withdrawn_at:
        _expect_open(invitation)


# --- The organisation's team -----------------------------------------------------------------------------
@transaction.atomic
def invite(organisation: Organisation, actor: User, email: str, role: str) -> Invitation:
    """Invite somebody to act for the organisation. Raises NotReady for who is in the team or invited already."""
    workflow.lock(organisation)
    allow(permissions.can_lead(actor, organisation), _only_signatories())
    email = email.strip().lower()
    if _is_in_team(organisation, email):
        raise NotReady(_("%(email)s is in the team already.") % {"email": email})
    waiting = organisation.invitations.filter(accepted_at=None, withdrawn_at=None)
    if waiting.filter(email=email).exists():
        raise NotReady(
            _("%(email)s has been invited already. You can send the invitation again.") % {"email": email}
        )
    if waiting.count() >= MAX_INVITATIONS:
        raise NotReady(
            _("There can be at most %(number)s open invitations. Withdraw one before you send another.")
            % {"number": MAX_INVITATIONS}
        )
    _expect_few_today(organisation.invitations.all())
    invitation = Invitation(organisation=organisation, email=email, role=role)
    _send(invitation, actor)
    _note(organisation, actor, gettext_lazy("Invited somebody as “%(role)s”."), role=Role(role).label)
    return invitation


def _is_in_team(organisation: Organisation, email: str) -> bool:
    has_address = Q(email__iexact=email) | Q(emailaddress__email__iexact=email, emailaddress__verified=True)
    return User.objects.filter(has_address, affiliation__organisation=organisation).exists()


@transaction.atomic
def send_again(invitation: Invitation, actor: User) -> None:
    """Send the invitation anew, for as long as from the start. The link in the mail before opens nothing more."""
    organisation = workflow.lock(invitation.organisation)
    allow(permissions.can_lead(actor, organisation), _only_signatories())
    invitation = Invitation.objects.get(pk=invitation.pk)
    _expect_not_let_in(invitation)
    _send(invitation, actor)


@transaction.atomic
def withdraw(invitation: Invitation, actor: User) -> None:
    """Make the invitation open nothing."""
    organisation = workflow.lock(invitation.organisation)
    allow(permissions.can_lead(actor, organisation), _only_signatories())
    invitation = Invitation.objects.get(pk=invitation.pk)
    _expect_not_let_in(invitation)
    Invitation.objects.filter(pk=invitation.pk).update(withdrawn_at=clock.now())


@transaction.atomic
def _enter(invitation: Invitation, user: User) -> None:
    organisation = workflow.lock(invitation.organisation)
    invitation = Invitation.objects.get(pk=invitation.pk)
    _expect_open(invitation)
    if Affiliation.objects.filter(user=user, organisation=organisation).exists():
        raise NotReady(_("You are in the team already."))
    Affiliation.objects.create(user=user, organisation=organisation, role=invitation.role)
    Invitation.objects.filter(pk=invitation.pk).update(accepted_by=user, accepted_at=clock.now())
    words = gettext_lazy("Accepted an invitation as “%(role)s”.")
    _note(organisation, user, words, role=Role(invitation.role).label)


@transaction.atomic
def change_role(organisation: Organisation, person: User, actor: User, role: str) -> None:
    """Give somebody in the team another role. Raises NotReady where nobody would be left to sign."""
    applications = _lock_with_applications(organisation)
    allow(permissions.can_lead(actor, organisation), _only_signatories())
    affiliation = _affiliation(organisation, person)
    if affiliation.role == role:
        return
    if role != Role.SIGNATORY:
        _expect_another_signatory(organisation, person)
    Affiliation.objects.filter(pk=affiliation.pk).update(role=role)
    _withdraw_invitations_by(organisation, person)
    _take_back_questions(applications, person, actor)
    words = gettext_lazy("Made person %(number)s “%(role)s”.")
    _note(organisation, actor, words, number=person.pk, role=Role(role).label)


@transaction.atomic
def remove(organisation: Organisation, person: User, actor: User) -> None:
    """Take somebody out of the team, oneself included. Raises NotReady for the last who may sign."""
    applications = _lock_with_applications(organisation)
    allow(person == actor or permissions.can_lead(actor, organisation), _only_signatories())
    affiliation = _affiliation(organisation, person)
    _expect_another_signatory(organisation, person)
    affiliation.delete()
    _withdraw_invitations_by(organisation, person)
    _take_back_questions(applications, person, actor)
    _note(organisation, actor, gettext_lazy("Took person %(number)s out of the team."), number=person.pk)


def last_signatory(organisation: Organisation) -> str:
    """Why the only signatory has to stay."""
    return _(
        "%(organisation)s must have at least one authorised signatory. Give somebody else that role first."
    ) % {"organisation": organisation}


def _only_signatories() -> str:
    return _("Only an authorised signatory of your organisation can do this.")


def _expect_another_signatory(organisation: Organisation, person: User) -> None:
    if Organisation.objects.relying_on(person).filter(pk=organisation.pk).exists():
        raise NotReady(last_signatory(organisation))


def _affiliation(organisation: Organisation, person: User) -> Affiliation:
    affiliation = Affiliation.objects.filter(organisation=organisation, user=person).first()
    if affiliation is None:
        raise TooLate(_("%(name)s is no longer in the team.") % {"name": person})
    return affiliation


def _lock_with_applications(organisation: Organisation) -> list[Application]:
    """Lock the organisation, and before it what is being written for it: the order in which `writing` takes
    them, so that neither waits for the other for ever."""
    with_applicant = (Status.DRAFT, Status.COMPLETION_REQUESTED)
    applications = Application.objects.select_for_update().filter(organisation=organisation)
    found = list(applications.in_status(*with_applicant).order_by("pk"))
    workflow.lock(organisation)
    return found


def _withdraw_invitations_by(organisation: Organisation, person: User) -> None:
    """What somebody has asked others to who has no say any more opens nothing."""
    open_ones = organisation.invitations.filter(invited_by=person, accepted_at=None, withdrawn_at=None)
    if not permissions.can_lead(person, organisation):
        open_ones.update(withdrawn_at=clock.now())


def _take_back_questions(applications: list[Application], person: User, actor: User) -> None:
    """Nobody is asked to answer who can't write any more."""
    for application in applications:
        if not permissions.can_edit(person, application):
            _take_back(application, person, actor)


def _take_back(application: Application, person: User, actor: User) -> None:
    for answer in application.answer_set.filter(handed_to=person).select_related("question"):
        answer.handed_to = answer.handed_by = answer.handed_at = None
        answer.save(update_fields=["handed_to", "handed_by", "handed_at"])
        record(application, Event.Kind.HANDED_OVER, actor, {"question": answer.question.number, "to": None})


def _note(organisation: Organisation, actor: User, words: Promise, **values: object) -> None:
    """A line in the organisation's history in the admin, in the office's language: who acts for a member is the
    association's business, too. People stand in it by number, so that it names nobody who has been removed."""
    with translation.override(settings.LANGUAGE_CODE):
        text = str(words) % values
    LogEntry.objects.log_actions(actor.pk, [organisation], CHANGE, change_message=text, single_object=True)


@transaction.atomic
def save_contacts(organisation: Organisation, actor: User, **contacts: str) -> None:
    """Keep whom the association writes to: `contact_name`, `contact_email`, `contact_phone`."""
    workflow.lock(organisation)
    allow(permissions.can_lead(actor, organisation), _only_signatories())
    Organisation.objects.filter(pk=organisation.pk).update(**contacts)


@transaction.atomic
def save_logo(organisation: Organisation, actor: User, webp: bytes | None) -> None:
    """Keep `webp` as the organisation's logo in place of the one before; None takes it away."""
    organisation = workflow.lock(organisation)
    allow(permissions.can_lead(actor, organisation), _only_signatories())
    storage, former = organisation.logo.storage, organisation.logo.name
    if webp is None:
        organisation.logo = ""
    else:
        organisation.logo.save("logo", ContentFile(webp), save=False)
    organisation.save(update_fields=["logo"])
    if former:
        transaction.on_commit(lambda: storage.delete(former))


# --- Co-applicants ---------------------------------------------------------------------------------------
@door
def invite_co_applicant(
    application: Application, actor: User, *, email: str, party: str, kind: str
) -> CoApplicant:
    """Invite a party from another organisation to write with the applicant. Raises NotReady for an address that
    has a part already."""
    allow(permissions.can_sign(actor, application), _only_signatories())
    if application.is_diagnosis:
        raise NotReady(
            _("A self-diagnosis stays within your organisation. Turn it into an application first.")
        )
    _expect_leader(application, actor)
    email = email.strip().lower()
    parties = application.co_applicants.filter(withdrawn_at=None)
    if parties.filter(email=email).exists():
        raise NotReady(_("%(email)s is invited already, or has joined.") % {"email": email})
    if _is_in_team(application.organisation, email):
        raise NotReady(_("%(email)s is in your own team already.") % {"email": email})
    if parties.count() >= MAX_CO_APPLICANTS:
        raise NotReady(_("There can be at most %(number)s co-applicants.") % {"number": MAX_CO_APPLICANTS})
    _expect_few_today(application.co_applicants.all())
    co_applicant = CoApplicant(application=application, email=email, party=party, kind=kind)
    _send(co_applicant, actor)
    record(application, Event.Kind.CO_APPLICANT_INVITED, actor, _named(co_applicant))
    return co_applicant


def _named(co_applicant: CoApplicant) -> dict[str, object]:
    """How a party stands in the log: no person's name or address, which can't be taken out of it."""
    return {"co_applicant": co_applicant.pk, "party": co_applicant.party}


def _expect_leader(application: Application, actor: User) -> None:
    allow(permissions.can_sign(actor, application), _only_signatories())
    if not permissions.can_lead_team(actor, application):
        raise TooLate(
            _("This can't be done any more: the application is now “%(status)s”.")
            % {"status": application.state.label}
        )


@door
def send_again_to_co_applicant(application: Application, co_applicant: CoApplicant, actor: User) -> None:
    """Send the invitation anew. The link in the mail before opens nothing more."""
    _expect_leader(application, actor)
    co_applicant = application.co_applicants.get(pk=co_applicant.pk)
    _expect_not_let_in(co_applicant)
    _send(co_applicant, actor)


@door
def _join(application: Application, co_applicant: CoApplicant, user: User) -> None:
    co_applicant = application.co_applicants.get(pk=co_applicant.pk)
    _expect_open(co_applicant)
    if not application.state.is_open:
        raise TooLate(_("The application is closed, so there is nothing to join any more."))
    if permissions.capacity(user, application):
        raise NotReady(_("You have a part in this application already."))
    co_applicant.user, co_applicant.accepted_at = user, clock.now()
    co_applicant.save(update_fields=["user", "accepted_at"])
    record(application, Event.Kind.CO_APPLICANT_JOINED, user, _named(co_applicant))
    mail_later("co_applicant_joined", co_applicant.pk)


@door
def remove_co_applicant(application: Application, co_applicant: CoApplicant, actor: User) -> None:
    """Withdraw the invitation, or take the party away: a signatory, or the party itself, at any time. What they
    have written stays."""
    co_applicant = application.co_applicants.get(pk=co_applicant.pk)
    allow(co_applicant.user == actor or permissions.can_sign(actor, application), _only_signatories())
    if co_applicant.withdrawn_at:
        raise TooLate(_("%(party)s is no longer among the co-applicants.") % {"party": co_applicant})
    _take_away(application, co_applicant, actor)


def _take_away(application: Application, co_applicant: CoApplicant, actor: User) -> None:
    CoApplicant.objects.filter(pk=co_applicant.pk).update(withdrawn_at=clock.now())
    record(application, Event.Kind.CO_APPLICANT_REMOVED, actor, _named(co_applicant))
    if co_applicant.user:
        # As it is now: what somebody may do is asked once for each object.
        fresh = Application.objects.get(pk=application.pk)
        _take_back_questions([fresh], co_applicant.user, actor)


@door
def endorse(application: Application, actor: User, endorses: bool) -> None:
    """Say for one's party that it stands behind the application, or take that back, until it is decided."""
    own = application.co_applicants.active().filter(user=actor).first()
    if own is None:
        raise NotAllowed(_("Only a co-applicant can endorse the application."))
    if not application.state.is_open:
        raise TooLate(
            _("This can't be done any more: the application is now “%(status)s”.")
            % {"status": application.state.label}
        )
    if not endorses and not own.endorsed_at:
        return
    own.endorsed_at = clock.now() if endorses else None
    own.save(update_fields=["endorsed_at"])
    kind = Event.Kind.ENDORSED if endorses else Event.Kind.ENDORSEMENT_TAKEN_BACK
    record(application, kind, actor, _named(own))


# --- People who want to be removed -----------------------------------------------------------------------
@transaction.atomic
def ask_for_removal(person: User) -> None:
    """Note that the person wants to be removed, and tell the office. Raises NotReady while an organisation has
    nobody else to sign for it."""
    if organisation := Organisation.objects.relying_on(person).first():
        raise NotReady(last_signatory(organisation))
    if User.objects.filter(pk=person.pk, removal_requested_at=None).update(removal_requested_at=clock.now()):
        mail_later("removal_requested", person.pk)


def take_back_removal(person: User) -> None:
    """The person stays after all."""
    User.objects.filter(pk=person.pk).update(removal_requested_at=None)


def on_leaving(person: User, placeholder: str, **_signal: object) -> None:
    """Take away the parts that the person has in applications, and put `placeholder` for their address. Called
    inside the transaction of `members.removal`, before it locks an organisation."""
    # Anybody may note an address that isn't theirs; only what has been verified says who somebody is.
    own = EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True)
    invited = CoApplicant.objects.filter(Q(user=person) | Q(user=None, email__in=[person.email, *own]))
    has_part = Q(co_applicants__in=invited.filter(withdrawn_at=None)) | Q(answer__handed_to=person)
    affected = Application.objects.filter(pk__in=Application.objects.filter(has_part).values("pk"))
    for application in affected.select_for_update().order_by("pk"):
        for co_applicant in invited.filter(application=application, withdrawn_at=None):
            _take_away(application, co_applicant, person)
        _take_back(application, person, person)
    invited.update(email=placeholder)
    Presence.objects.filter(user=person).delete()
    ReviewPresence.objects.filter(user=person).delete()
