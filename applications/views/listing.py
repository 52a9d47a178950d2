"""A person's applications, what to do next first."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.contrib.auth.decorators import login_required
from django.db.models import OuterRef, Subquery
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from applications import clock, workflow
from applications.models import Application, Certificate, CompletionRequest, Status
from members.models import Affiliation, Organisation

from .access import SignedIn

CO_APPLICANT = "co_applicant"


@dataclass(frozen=True)
class Row:
    """An application with the person's part in it, and its certificate where it has one. `may_renew`: the
    certificate can be renewed, and nobody has begun."""

    application: Application
    role: str
    certificate: Certificate | None
    may_renew: bool


@dataclass
class Groups:
    """The rows by who has the next move."""

    todo: list[Row] = field(default_factory=list)
    waiting: list[Row] = field(default_factory=list)
    decided: list[Row] = field(default_factory=list)
    closed: list[Row] = field(default_factory=list)
    diagnoses: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        state = row.application.state
        if row.application.is_diagnosis:
            if state.is_open:
                self.diagnoses.append(row)
        elif state.is_with_applicant or row.may_renew:
            self.todo.append(row)
        elif state.is_open:
            self.waiting.append(row)
        else:
            (self.decided if state.is_decided else self.closed).append(row)

    @property
    def is_empty(self) -> bool:
        return not (self.todo or self.waiting or self.decided or self.closed or self.diagnoses)


@login_required
@require_safe
def applications(request: SignedIn) -> HttpResponse:
    """The person's organisations and their applications."""
    user = request.user
    affiliations = list(Affiliation.objects.filter(user=user).select_related("organisation"))
    members = set(Organisation.objects.of(user).members_on(clock.today()).values_list("pk", flat=True))
    editing = {a.organisation_id for a in affiliations if Affiliation.Role(a.role).may_edit}
    rows = _rows(request, editing & members)
    groups = Groups()
    for row in rows:
        groups.add(row)
    groups.todo.sort(key=_urgency)
    return render(
        request,
        "applications/list.html",
        {
            "groups": groups,
            "organisations": [a.organisation for a in affiliations],
            "outsiders": [a.organisation for a in affiliations if a.organisation_id not in members],
            "not_a_member": workflow.not_a_member(),
            "may_start": bool(editing & members),
            "is_under_way": any(
                row.application.state.is_open
                and not row.application.is_diagnosis
                and row.role != CO_APPLICANT
                for row in rows
            ),
        },
    )


def _rows(request: SignedIn, startable: set[int]) -> list[Row]:
    """`startable` has the organisations for which the person may start and so renew."""
    due = CompletionRequest.objects.filter(application=OuterRef("pk")).order_by("-requested_at")
    found = Application.objects.of(request.user).select_related("organisation")
    cases = list(found.annotate(due_on=Subquery(due.values("due_on")[:1])))
    certificates = _certificates(cases)
    under_way = {case.renews_id for case in cases if case.renews_id and case.state.is_open}
    today = clock.today()
    rows = []
    for case in cases:
        certificate = certificates.get(case.pk)
        may_renew = (
            certificate is not None
            and case.organisation_id in startable
            and certificate.pk not in under_way
            and certificate.is_renewable_on(today)
        )
        rows.append(Row(case, case.affiliated_as or CO_APPLICANT, certificate, may_renew))
    return rows


def _certificates(cases: Iterable[Application]) -> dict[int, Certificate]:
    """The certificates of those that were approved, by the application's key."""
    approved = [case.pk for case in cases if case.state == Status.APPROVED]
    if not approved:
        return {}
    found = Certificate.objects.filter(decision__application__in=approved).select_related("decision")
    return {certificate.decision.application_id: certificate for certificate in found}


def _urgency(row: Row) -> tuple[int, datetime.date]:
    """Completions first, by their last day; then what is being written, the newest first; then renewals."""
    case = row.application
    if case.state == Status.COMPLETION_REQUESTED:
        return 0, case.due_on  # type: ignore[attr-defined]
    return (1 if case.state == Status.DRAFT else 2), datetime.date.min
