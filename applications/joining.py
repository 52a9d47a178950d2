"""What happens to the applications of two organisations that are merged: they follow, as they are. What was
submitted, decided and certified names the applicant as it was called then."""

from __future__ import annotations

from django.conf import settings
from django.db.models import Count, Q
from django.utils import translation
from django.utils.translation import gettext as _

from members.merging import Again, Merge, Part
from members.models import Organisation

from .models import OPEN, Application, Certificate, Decision, Status


def on_locking(merge: Merge, **_signal: object) -> None:
    """Lock what the one that goes has applied for: before the organisations, as every door does."""
    merge.held = set(_locked(merge.goes))


def _locked(organisation: Organisation) -> list[int]:
    own = Application.objects.select_for_update().filter(organisation=organisation.pk).order_by("pk")
    return [application.pk for application in own.only("pk")]


def on_weighing(stays: Organisation, goes: Organisation, **_signal: object) -> Part:
    """How much each has, and for which town centres both have something under way."""
    counted = Application.objects.order_by().filter(organisation__in=[stays.pk, goes.pk])
    applications = dict(counted.values_list("organisation").annotate(Count("pk")))
    certified = Certificate.objects.order_by().filter(
        decision__application__organisation__in=[stays.pk, goes.pk]
    )
    certificates = dict(certified.values_list("decision__application__organisation").annotate(Count("pk")))
    return Part(
        rows=[
            (
                _("Applications and self-diagnoses"),
                applications.get(stays.pk, 0),
                applications.get(goes.pk, 0),
            ),
            (_("Certificates"), certificates.get(stays.pk, 0), certificates.get(goes.pk, 0)),
        ],
        obstacles=_obstacles(stays, goes),
    )


def _obstacles(stays: Organisation, goes: Organisation) -> list[str]:
    """A town centre has one case under way: an open application, or an appeal that waits to be heard and could
    open the earlier case again. Names are compared as `workflow.under_way` does."""
    appealed = Q(status=Status.DECLINED, decision__in=Decision.objects.filter(appeal__outcome=""))
    busy = Application.objects.applying().filter(
        Q(status__in=OPEN) | appealed, organisation__in=[stays.pk, goes.pk]
    )
    by_area: dict[str, dict[int, Application]] = {}
    for application in busy.order_by("reference"):
        by_area.setdefault(application.area.casefold(), {})[application.organisation_id] = application
    return [
        _("Both have a case under way for %(area)s: %(one)s (%(its)s) and %(other)s (%(others)s).")
        % {
            "area": pair[goes.pk].area,
            "one": pair[stays.pk].reference,
            "its": _state(pair[stays.pk]),
            "other": pair[goes.pk].reference,
            "others": _state(pair[goes.pk]),
        }
        for pair in by_area.values()
        if len(pair) == 2
    ]


def _state(application: Application) -> str:
    return (
        _("an appeal to be heard")
        if application.state == Status.DECLINED
        else application.state.label.lower()
    )


def on_merging(merge: Merge, **_signal: object) -> None:
    """Move the applications. Raises Again for one that was started after the others were locked."""
    own = Application.objects.filter(organisation=merge.goes)
    references = dict(own.order_by("reference").values_list("pk", "reference"))
    if set(references) != merge.held:
        raise Again
    own.update(organisation=merge.stays)
    if references:
        with translation.override(settings.LANGUAGE_CODE):
            merge.moved.append(f"{_('Applications')}: {', '.join(references.values())}.")
