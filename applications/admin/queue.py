"""The list of cases, and the addresses of a case's pages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR, ChangeList
from django.db.models import Exists, OuterRef, Prefetch, QuerySet, Subquery, Value
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from applications import permissions
from applications.models import Application, Assignment, Review, Status, Submission
from applications.models.application import OPEN
from applications.templatetags import qm
from members.models import User
from members.office import OfficeAdmin

from . import appeal, calibration, case, completing, decision, export, preview, review, saving, statistics
from .cases import age, person, visible_to, works_here


class StatusFilter(admin.SimpleListFilter):
    """Open cases unless something else is chosen; a search looks through all."""

    title = _("status")
    parameter_name = "status"

    def __init__(
        self, request: HttpRequest, params: dict, model: type, model_admin: admin.ModelAdmin
    ) -> None:
        super().__init__(request, params, model, model_admin)
        if self.value() not in dict(self.lookup_choices):
            self.used_parameters[self.parameter_name] = "all" if request.GET.get(SEARCH_VAR) else "open"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        words = [(status.value, status.label) for status in Status if status != Status.DRAFT]
        return [("open", _("Under way")), *words, ("all", _("All"))]

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        # Django's own begins with an 'All' that means no filter, which here is the open ones.
        for value, word in self.lookup_choices:
            yield {
                "selected": self.value() == value,
                "query_string": changelist.get_query_string({self.parameter_name: value}),
                "display": word,
            }

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "all":
            return queryset
        return queryset.filter(status__in=OPEN if self.value() == "open" else [self.value()])


class AdvisorFilter(admin.SimpleListFilter):
    title = _("advisor")
    parameter_name = "advisor"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        advisors = User.objects.filter(Exists(Assignment.objects.active().filter(advisor=OuterRef("pk"))))
        others = [(str(user.pk), str(user)) for user in advisors if user.pk != person(request).pk]
        return [("me", _("Me")), ("nobody", _("Nobody yet")), *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        assigned = Assignment.objects.active().filter(application=OuterRef("pk"))
        if self.value() == "nobody":
            return queryset.filter(~Exists(assigned))
        if self.value() == "me":
            return queryset.filter(Exists(assigned.filter(advisor=person(request))))
        if self.value() in dict(self.lookup_choices):
            return queryset.filter(Exists(assigned.filter(advisor=int(self.value() or 0))))
        return queryset


def _shows_progress(user: User) -> Any:
    """`permissions.sees_progress` of the list's rows, in the same query."""
    if not user.has_perm(permissions.REVIEW):
        return Value(True)
    return Exists(
        Review.objects.submitted().filter(
            assignment__advisor=user, assignment__ended_at=None, submission=OuterRef("newest_submission")
        )
    )


@admin.register(Application)
class ApplicationAdmin(OfficeAdmin):
    """Lists the cases and leads to their pages. Nothing is added, deleted or edited by a bare form."""

    list_display = ("reference", "area", "organisation", "status_word", "waited", "advisors")
    list_filter = (StatusFilter, AdvisorFilter)
    list_per_page = 50
    list_select_related = ("organisation",)
    search_fields = ("reference", "area", "holder", "organisation__name")
    search_help_text = _("Reference, town centre or organisation")
    ordering = ("status_since", "pk")
    sortable_by = ("reference", "area", "organisation", "waited")
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    actions = None

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "change": case.case,
            "assign": case.assign,
            "declare": case.declare,
            "appeal": appeal.appeal,
            "review": review.review,
            "review/autosave": saving.autosave,
            "review/presence": saving.presence,
            "completion": completing.completion,
            "extension": completing.extension,
            "decide": decision.decide,
            "further-review": decision.further_review,
            "decision": decision.decision,
            "preview/letter": preview.letter,
            "preview/certificate": preview.certificate,
        }
        overall = {
            "statistics": statistics.statistics,
            "calibration": calibration.calibration,
            "export": export.export,
        }
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="applications_application_changelist"),
            *(
                path(
                    f"<int:pk>/{name}/",
                    wrap(view),
                    name=f"applications_application_{name.replace('/', '_')}",
                )
                for name, view in pages.items()
            ),
            *(
                path(f"{name}/", wrap(view), name=f"applications_application_{name}")
                for name, view in overall.items()
            ),
            path(
                "export/<slug:what>.<slug:form>",
                wrap(export.file),
                name="applications_application_export_file",
            ),
        ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Application]:
        assignments = (
            Assignment.objects.active()
            .select_related("advisor")
            .prefetch_related(Prefetch("review_set", Review.objects.submitted(), to_attr="handed_in"))
        )
        newest = Submission.objects.filter(application=OuterRef("pk")).order_by("-number")
        return (
            visible_to(person(request))
            .annotate(newest_submission=Subquery(newest.values("pk")[:1]))
            .annotate(shows_progress=_shows_progress(person(request)))
            .prefetch_related(Prefetch("assignment_set", assignments, to_attr="working"))
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        return works_here(person(request))

    def has_view_permission(self, request: HttpRequest, obj: Application | None = None) -> bool:
        return works_here(person(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Application | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Application | None = None) -> bool:
        return False

    @admin.display(description=_("status"))
    def status_word(self, application: Application) -> SafeString:
        return qm.status(application)

    @admin.display(description=_("waited"), ordering="status_since")
    def waited(self, application: Application) -> str:
        return age(application.status_since)

    @admin.display(description=_("advisors"))
    def advisors(self, application: Any) -> SafeString:
        return format_html_join(
            " ",
            '<span class="advisor">{} <span class="quiet">{}</span></span>',
            (
                (
                    assignment.advisor,
                    case.progress(assignment, application.newest_submission, application.shows_progress),
                )
                for assignment in application.working
            ),
        ) or format_html('<span class="quiet">{}</span>', _("nobody yet"))
