"""The list of organisations to and from a spreadsheet, in the admin."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, cast

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from import_export.results import Result, RowResult

from . import spreadsheets
from .importing import HEADINGS, OrganisationResource, dataset
from .models import Affiliation, Membership, Organisation, User

FOLDER = "imports"
KEPT = "members_import"
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WRITTEN = (
    "members.add_user",
    "members.add_affiliation",
    "members.change_affiliation",
    "members.add_membership",
    "members.change_membership",
)
"""What it takes to write a row, besides adding and changing organisations."""
SOON = datetime.timedelta(days=90)


class MembershipFilter(admin.SimpleListFilter):
    title = gettext_lazy("membership")
    parameter_name = "membership"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [
            ("now", _("Member today")),
            ("ended", _("Membership ended")),
            ("soon", _("Ends within 90 days")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        today = timezone.localdate()
        own = Membership.objects.filter(organisation=OuterRef("pk"))
        now = Exists(own.covering(today))
        after = Exists(own.covering(today + SOON))
        if self.value() == "now":
            return queryset.filter(now)
        if self.value() == "ended":
            return queryset.filter(Exists(own.filter(ends__lt=today)) & ~now)
        return queryset.filter(now & ~after) if self.value() == "soon" else queryset


class UploadForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("Spreadsheet"),
        help_text=gettext_lazy("An Excel workbook (.xlsx) or a CSV file, at most 2 MB and 2000 rows."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def clean_file(self) -> bytes:
        upload = self.cleaned_data["file"]
        if upload.size > spreadsheets.MAX_BYTES:
            raise forms.ValidationError(_("The file is larger than 2 MB. Divide it into several."))
        content: bytes = upload.read()
        try:
            dataset(content)
        except spreadsheets.NotReadable as error:
            raise forms.ValidationError(str(error)) from None
        return content


class Transfer(admin.ModelAdmin):
    """Adds the pages of import and export to the list of organisations."""

    change_list_template = "admin/members/organisation/change_list.html"

    def get_urls(self) -> list[Any]:
        pages = (
            ("import/", self.import_view, "import"),
            ("import/confirm/", self.confirm_view, "import_confirm"),
            ("import/template.<str:kind>", self.template_view, "import_template"),
            ("export.<str:kind>", self.export_view, "export"),
        )
        own = [
            path(route, self.admin_site.admin_view(view), name=f"members_organisation_{name}")
            for route, view, name in pages
        ]
        return [*own, *super().get_urls()]

    def _is_keeper(self, request: HttpRequest) -> bool:
        """Whether each thing that a row can add or change is this person's to add and change."""
        may = self.has_add_permission(request) and self.has_change_permission(request)
        return may and cast(User, request.user).has_perms(WRITTEN)

    def _expect_keeper(self, request: HttpRequest) -> None:
        if not self._is_keeper(request):
            raise PermissionDenied

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Take a spreadsheet and show what it would change; nothing is written."""
        self._expect_keeper(request)
        if request.method not in ("GET", "HEAD", "POST"):
            return HttpResponseNotAllowed(["GET", "POST"])
        form = UploadForm(request.POST or None, request.FILES or None)
        if request.method == "POST":
            form = UploadForm(request.POST, request.FILES)
            if form.is_valid():
                return self._preview(request, form.cleaned_data["file"])
        return self._page(
            request, "import", title=_("Import organisations"), form=form, headings=HEADINGS.values()
        )

    def _preview(self, request: HttpRequest, content: bytes) -> HttpResponse:
        forget(request)
        resource, result = run(request, content, dry_run=True)
        faults = faults_of(resource, result)
        kept = "" if faults else keep(request, content)
        return self._page(
            request,
            "import_preview",
            title=_("What the import would do"),
            kept=kept,
            faults=faults,
            faulty_rows=len({fault["row"] for fault in faults}),
            **outcome(resource, result),
        )

    def confirm_view(self, request: HttpRequest) -> HttpResponse:
        """Write what was shown: read anew from the kept file, all of it or nothing."""
        self._expect_keeper(request)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        content = kept_content(request)
        if content is None:
            messages.error(request, _("The file is no longer kept. Upload it again."))
            return redirect("admin:members_organisation_import")
        resource, result = run(request, content, dry_run=False)
        if faults_of(resource, result):
            messages.error(request, _("Something has changed since the preview. Nothing was written."))
            return self._preview(request, content)
        forget(request)
        self._log(request, result)
        found = outcome(resource, result)
        return self._page(request, "import_done", title=_("The import is done"), **found)

    def _log(self, request: HttpRequest, result: Result) -> None:
        for row in result.rows:
            if row.import_type == RowResult.IMPORT_TYPE_NEW:
                self.log_addition(request, row.instance, _("Imported from a spreadsheet."))
            elif row.import_type == RowResult.IMPORT_TYPE_UPDATE:
                self.log_change(request, row.instance, _("Changed by a spreadsheet."))

    def template_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """The headings and a row as an example."""
        self._expect_keeper(request)
        example = [
            _("Exampletown municipality"),
            Organisation.Kind.MUNICIPALITY.label,
            _("Exampletown"),
            datetime.date(2026, 1, 1),
            None,
            _("First Last"),
            "namn@example.com",
            "+46 00 000 00 00",
            "person@example.com",
            _("First Last"),
            Affiliation.Role.SIGNATORY.label,
        ]
        return self._file(request, kind, [example], _("organisations-template"))

    def export_view(self, request: HttpRequest, kind: str) -> HttpResponse:
        """Every organisation, in the columns of the import."""
        self._expect_keeper(request)
        return self._file(request, kind, lines(), _("organisations"))

    def _file(self, request: HttpRequest, kind: str, content: Any, name: str) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if kind not in TYPES:
            return redirect("admin:members_organisation_import")
        body = spreadsheets.write([str(heading) for heading in HEADINGS.values()], content, kind)
        headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
        return HttpResponse(body, content_type=TYPES[kind], headers=headers)

    def _page(self, request: HttpRequest, name: str, **context: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), **context}
        return TemplateResponse(request, f"admin/members/organisation/{name}.html", context)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        context = {**(extra_context or {}), "may_import": self._is_keeper(request)}
        return super().changelist_view(request, context)


# --- The import ------------------------------------------------------------------------------------------
def run(request: HttpRequest, content: bytes, *, dry_run: bool) -> tuple[OrganisationResource, Result]:
    """Import `content`, in one transaction that is rolled back unless every row is well."""
    resource = OrganisationResource(cast(User, request.user))
    result = resource.import_data(
        dataset(content),
        dry_run=dry_run,
        use_transactions=True,
        rollback_on_validation_errors=True,
        retain_instance_in_row_result=True,
    )
    return resource, result


def faults_of(resource: OrganisationResource, result: Result) -> list[dict[str, Any]]:
    """What is wrong, by the row's number in the file."""
    if result.base_errors:
        raise result.base_errors[0].error
    found = [
        {"row": resource.lines[invalid.number - 1], "column": HEADINGS.get(name, ""), "text": text}
        for invalid in result.invalid_rows
        for name, texts in invalid.error.message_dict.items()
        for text in texts
    ]
    unforeseen = _("The row can't be written as it is. Check each cell.")
    found += [
        {"row": resource.lines[error.number - 1], "column": "", "text": unforeseen}
        for row in result.error_rows
        for error in row.errors
    ]
    return sorted(found, key=lambda fault: fault["row"])


def outcome(resource: OrganisationResource, result: Result) -> dict[str, Any]:
    """What becomes new, what changes and how much stays as it is."""
    new, changed = [], []
    for line, row in zip(resource.lines, result.rows, strict=True):
        if row.is_invalid() or row.is_error():
            continue
        entry = {"row": line, "name": row.object_repr, "changes": resource.changes[line]}
        if row.is_new():
            new.append(entry)
        elif row.is_update():
            changed.append(entry)
    unchanged = sum(row.is_skip() for row in result.rows)
    return {
        "new": new,
        "changed": changed,
        "unchanged": unchanged,
        "new_count": ngettext("%d new organisation", "%d new organisations", len(new)) % len(new),
        "changed_count": ngettext("%d row with changes", "%d rows with changes", len(changed)) % len(changed),
        "unchanged_count": ngettext("%d row unchanged", "%d rows unchanged", unchanged) % unchanged,
    }


# --- The kept file ---------------------------------------------------------------------------------------
def keep(request: HttpRequest, content: bytes) -> str:
    """Put the file by until it is confirmed, for this session alone; the token that confirms it."""
    sweep()
    token = secrets.token_urlsafe(24)
    default_storage.save(f"{FOLDER}/{token}", ContentFile(content))
    request.session[KEPT] = {"token": token, "by": request.user.pk}
    return token


def kept_content(request: HttpRequest) -> bytes | None:
    """The file that the posted token stands for, if it is this person's."""
    kept = request.session.get(KEPT) or {}
    token = kept.get("token", "")
    if not token or kept.get("by") != request.user.pk or request.POST.get("kept") != token:
        return None
    try:
        with default_storage.open(f"{FOLDER}/{token}") as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError:
        return None


def forget(request: HttpRequest) -> None:
    kept = request.session.pop(KEPT, None)
    if kept:
        default_storage.delete(f"{FOLDER}/{kept['token']}")


def sweep() -> None:
    """Take away what nobody has confirmed for a day."""
    if not default_storage.exists(FOLDER):
        return
    for name in default_storage.listdir(FOLDER)[1]:
        old = timezone.now() - datetime.timedelta(days=1)
        if default_storage.get_modified_time(f"{FOLDER}/{name}") < old:
            default_storage.delete(f"{FOLDER}/{name}")


# --- The export ------------------------------------------------------------------------------------------
def lines() -> Iterator[list[Any]]:
    """A row for each organisation, and further ones for further memberships and people."""
    every = Organisation.objects.order_by("name").prefetch_related("membership_set", "affiliation_set__user")
    for one in every:
        periods: list[tuple[Any, Any]] = [(item.starts, item.ends) for item in one.membership_set.all()]
        people = [
            (item.user.email, item.user.name, item.get_role_display()) for item in one.affiliation_set.all()
        ]
        for period, person in zip_longest(periods or [(None, None)], people):
            yield [
                one.name,
                one.get_kind_display(),
                one.town,
                *(period or (None, None)),
                one.contact_name,
                one.contact_email,
                one.contact_phone,
                *(person or ("", "", "")),
            ]
