"""Certificates: what they state, how they stand, and suspending, resuming and revoking them."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from applications import doors, permissions, tasks, workflow
from applications.models import Certificate
from applications.review_forms import CertificateForm
from applications.templatetags import qm
from members.office import OfficeAdmin

from .cases import page, person, require

VIEW = "applications.view_certificate"


class StandingFilter(admin.SimpleListFilter):
    """By how a certificate stands today."""

    title = gettext_lazy("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [(standing.value, standing.label) for standing in Certificate.Standing]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        today = timezone.localdate()
        valid = Q(status=Certificate.Status.VALID)
        if self.value() == Certificate.Standing.VALID:
            return queryset.filter(valid, valid_through__gte=today)
        if self.value() == Certificate.Standing.EXPIRED:
            return queryset.filter(valid, valid_through__lt=today)
        if self.value() in Certificate.Status.values:
            return queryset.filter(status=self.value())
        return queryset


def to(certificate: Certificate) -> str:
    return reverse("admin:applications_certificate_change", args=[certificate.pk])


def _certificate_or_404(pk: int) -> Certificate:
    certificates = Certificate.objects.select_related("decision__application__organisation")
    return get_object_or_404(certificates, pk=pk)


def _certificate_page(
    request: HttpRequest, certificate: Certificate, form: CertificateForm | None = None
) -> HttpResponse:
    user = person(request)
    application = certificate.decision.application
    may_manage = permissions.can_manage(user, certificate)
    if form is None and may_manage:
        form = CertificateForm(certificate=certificate)
    context = {
        "title": str(certificate),
        "certificate": certificate,
        "application": application,
        "form": form,
        "may_manage": may_manage,
        "may_download": permissions.can_download(user, certificate),
        "may_see_case": permissions.can_see_case(user, application),
        "history": application.event_set.filter(kind__startswith="certificate_").select_related("actor"),
    }
    return page(request, "certificate", context)


@require_safe
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """What the certificate states and how it stands."""
    require(person(request).has_perm(VIEW))
    return _certificate_page(request, _certificate_or_404(pk))


@require_POST
def status(request: HttpRequest, pk: int) -> HttpResponse:
    """Suspend, resume or revoke."""
    found, user = _managed(request, pk)
    form = CertificateForm(request.POST, certificate=found)
    if form.is_valid():
        try:
            changed = workflow.change_certificate(
                found, user, Certificate.Status(form.cleaned_data["to"]), form.cleaned_data["reason"]
            )
        except doors.WorkflowError as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(
                request, _("The certificate is now “%(standing)s”.") % {"standing": changed.standing.label}
            )
            return redirect(to(found))
    return _certificate_page(request, found, form)


@require_POST
def document(request: HttpRequest, pk: int) -> HttpResponse:
    """Have the PDF made where there is none yet. Asked for twice it is made once."""
    found, _user = _managed(request, pk)
    if not found.document:
        tasks.issue_document.enqueue(found.pk)
        found.refresh_from_db()
    if found.document:
        messages.success(request, _("The document is made."))
    else:
        messages.warning(request, _("The document is not made yet. Look again in a few minutes."))
    return redirect(to(found))


def _managed(request: HttpRequest, pk: int):
    """The certificate, for who may change how it stands."""
    user = person(request)
    require(user.has_perm(VIEW))
    found = _certificate_or_404(pk)
    if not permissions.can_manage(user, found):
        raise PermissionDenied
    return found, user


@admin.register(Certificate)
class CertificateAdmin(OfficeAdmin):
    """Lists the certificates and leads to their pages."""

    list_display = ("number", "area", "holder", "issued_on", "valid_through", "standing_word")
    list_filter = (StandingFilter,)
    list_per_page = 50
    search_fields = ("number", "area", "holder")
    search_help_text = gettext_lazy("Number, town centre or holder")
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    actions = None

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        name = "applications_certificate_"
        return [
            path("", wrap(self.changelist_view), name=f"{name}changelist"),
            path("<int:pk>/change/", wrap(certificate), name=f"{name}change"),
            path("<int:pk>/status/", wrap(status), name=f"{name}status"),
            path("<int:pk>/document/", wrap(document), name=f"{name}document"),
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Certificate | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Certificate | None = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("standing"))
    def standing_word(self, certificate: Certificate) -> SafeString:
        return qm.standing(certificate)
