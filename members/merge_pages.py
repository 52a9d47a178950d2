"""The pages by which two organisations are merged, in the admin."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import merging
from .models import Organisation, User

MOST = 20
"""How many a search shows: who finds more writes more of the name."""


class SearchForm(forms.Form):
    q = forms.CharField(label=gettext_lazy("Name or town"), max_length=120, required=False)


class Merging(admin.ModelAdmin):
    """Adds the pages of a merge to an organisation's own."""

    change_form_template = "admin/members/organisation/change_form.html"

    def get_urls(self) -> list[Any]:
        pages = (
            ("<int:pk>/merge/", self.merge_view, "merge"),
            ("<int:pk>/merge/<int:other>/", self.merge_with_view, "merge_with"),
        )
        own = [
            path(route, self.admin_site.admin_view(view), name=f"members_organisation_{name}")
            for route, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def may_merge(self, request: HttpRequest, organisation: Organisation | None = None) -> bool:
        """Whoever may both change and delete organisations: a merge does either."""
        return self.has_change_permission(request, organisation) and self.has_delete_permission(
            request, organisation
        )

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """Held from the first look to the save: a form that was open while the organisation was merged into another
        writes nothing."""
        found = super().get_object(request, object_id, from_field)
        if found is None or request.method != "POST" or not transaction.get_connection().in_atomic_block:
            return found
        Organisation.objects.select_for_update().filter(pk=found.pk).first()
        return super().get_object(request, object_id, from_field)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        context = {**(extra_context or {}), "may_merge": self.may_merge(request)}
        return super().change_view(request, object_id, form_url, context)

    def _found(self, request: HttpRequest, *pks: int) -> list[Organisation]:
        if not self.may_merge(request):
            raise PermissionDenied
        try:
            by_pk = Organisation.objects.in_bulk(pks)
            return [by_pk[pk] for pk in pks]
        except (KeyError, OverflowError):
            raise Http404 from None

    def merge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Find the other one: by name or town, or among those of the same town."""
        [organisation] = self._found(request, pk)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        form = SearchForm(request.GET)
        words = form.cleaned_data["q"].strip() if form.is_valid() else ""
        others = Organisation.objects.exclude(pk=pk)
        if words:
            found = others.filter(Q(name__icontains=words) | Q(town__icontains=words))
        else:
            found = others.filter(town__iexact=organisation.town)
        shown = list(found.order_by("name")[: MOST + 1])
        return self._merge_page(
            request,
            "merge",
            title=_("Merge with another"),
            organisation=organisation,
            form=form,
            words=words,
            found=shown[:MOST],
            most=MOST,
            more=len(shown) > MOST,
        )

    def merge_with_view(self, request: HttpRequest, pk: int, other: int) -> HttpResponse:
        """Show what happens when `other` is merged into `pk`, and do it."""
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "HEAD", "POST"])
        stays, goes = self._found(request, pk, other)
        if stays == goes:
            raise Http404
        if request.method == "POST":
            return self._merge(request, stays, goes)
        plan = merging.plan(stays, goes, cast(User, request.user))
        return self._merge_page(request, "merge_with", title=_("Merge two organisations"), plan=plan)

    def _merge(self, request: HttpRequest, stays: Organisation, goes: Organisation) -> HttpResponse:
        try:
            merging.carry_out(stays, goes, cast(User, request.user))
        except merging.NotPossible as error:
            for reason in error.reasons:
                messages.error(request, reason)
            if Organisation.objects.filter(pk__in=[stays.pk, goes.pk]).count() == 2:
                return redirect("admin:members_organisation_merge_with", stays.pk, goes.pk)
            return redirect("admin:members_organisation_changelist")
        words = {"goes": goes, "stays": stays}
        messages.success(request, _("%(goes)s is merged into %(stays)s.") % words)
        return redirect("admin:members_organisation_change", stays.pk)

    def _merge_page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), **context}
        return TemplateResponse(request, f"admin/members/organisation/{name}.html", context)
