"""What must hold of members however it is written: in the admin's forms or by a spreadsheet."""

from __future__ import annotations

import datetime

from allauth.account.models import EmailAddress
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from .models import Organisation, User

Period = tuple[datetime.date, datetime.date | None]


def not_oneself() -> str:
    return _("Somebody else has to do this: whoever keeps the people doesn't decide whom they act for.")


def gone() -> str:
    return _("One of the organisations is no longer here. Somebody has merged or deleted it.")


def last_signatory(organisation: Organisation) -> str:
    return _("%(organisation)s would have no authorised signatory. Give somebody else that role first.") % {
        "organisation": organisation
    }


def keep_address(user: User) -> None:
    """Let the person sign in with `user.email` and with no other address: an administrator vouches for it."""
    EmailAddress.objects.filter(user=user).exclude(email=user.email).delete()
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )


def overlap(one: Period, other: Period) -> bool:
    return one[0] <= (other[1] or datetime.date.max) and other[0] <= (one[1] or datetime.date.max)


def overlap_message(period: Period) -> str:
    starts = date_format(period[0])
    if period[1] is None:
        return _("This overlaps the membership from %(starts)s, which has no last day.") % {"starts": starts}
    return _("This overlaps the membership from %(starts)s to %(ends)s.") % {
        "starts": starts,
        "ends": date_format(period[1]),
    }
