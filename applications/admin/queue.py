"""The list of cases, and the addresses of a case's pages."""

from __future__ import annotations

import string
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from applications import permissions
from applications.models import (
    Application,
    Assignment,
    Decision,
    Questionnaire,
    Review,
    Submission,
)
from applications.templatetags import qm
from members.models import Organisation, User
from members.office import OfficeAdmin

from . import (
    appeal,
    assigning,
    calibration,
    case,
    completing,
    decision,
    export,
    holding,
    limits,
    preview,
    review,
    saving,
    statistics,
    talk,
)
from .cases import age, lateness, person, visible_to, waited, works_here
from .desk import wanting_advisors
from .filters import StatusFilter, YearFilter

MOST_LETTERS = 200
MOST_WORDS = 8


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


class WantingFilter(admin.SimpleListFilter):
    title = _("advisors needed")
    parameter_name = "wanting"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [("yes", _("Fewer than needed"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return wanting_advisors(queryset) if self.value() == "yes" else queryset


class OutcomeFilter(admin.SimpleListFilter):
    title = _("decision")
    parameter_name = "outcome"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return list(Decision.Outcome.choices)

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in Decision.Outcome.values:
            return queryset
        # The status says what the last decision was, unless an appeal has opened the case again.
        return queryset.filter(status=self.value())


class KindFilter(admin.SimpleListFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        kinds = (Application.Kind.NEW, Application.Kind.RENEWAL)
        return [(kind.value, kind.label) for kind in kinds]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(kind=self.value()) if self.value() in Application.Kind.values else queryset


class QuestionnaireFilter(admin.SimpleListFilter):
    title = _("questions")
    parameter_name = "questions"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, Any]]:
        return [(str(one.pk), str(one)) for one in Questionnaire.objects.order_by("pk")]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() not in dict(self.lookup_choices):
            return queryset
        return queryset.filter(questionnaire=int(self.value() or 0))


class Pages(Paginator):
    """The pages of a list that is never counted further than to `MOST`: of ten thousand cases nobody turns the
    pages, and to count them costs more than to show them."""

    MOST = 1_000

    @cached_property
    def reaches(self) -> int:
        cases: Any = self.object_list
        return cases.order_by().values("pk")[: self.MOST + 1].count()

    @property
    def is_cut(self) -> bool:
        """Whether there are more than can be turned to."""
        return self.reaches > self.MOST

    @property
    def count(self) -> int:
        return min(self.reaches, self.MOST)


def words_in(term: str) -> list[set[str]]:
    """The words of a search, each as the database may have made it small: not all of them know of Å, Ä and Ö."""
    ascii_only = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
    return [{word.lower(), word.translate(ascii_only)} for word in term[:MOST_LETTERS].split()[:MOST_WORDS]]


@admin.register(Application)
class ApplicationAdmin(OfficeAdmin):
    """Lists the cases and leads to their pages. Nothing is added, deleted or edited by a bare form."""

    list_display = ("reference", "area", "organisation", "status_word", "waited", "advisors")
    list_filter = (
        StatusFilter,
        AdvisorFilter,
        WantingFilter,
        OutcomeFilter,
        KindFilter,
        YearFilter,
        QuestionnaireFilter,
    )
    paginator = Pages
    list_max_show_all = 0
    list_per_page = 50
    list_select_related = ("organisation",)
    search_fields = ("words",)
    search_help_text = _("Reference, town centre, holder or organisation")
    ordering = ("status_since", "pk")
    sortable_by = ("reference", "area", "organisation", "waited")
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    actions = ("assign_several",)

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "change": case.case,
            "assign": assigning.assign,
            "unassign": assigning.unassign,
            "declare": case.declare,
            "appeal": appeal.appeal,
            "review": review.review,
            "review/autosave": saving.autosave,
            "review/presence": saving.presence,
            "completion": completing.completion,
            "extension": completing.extension,
            "decide": decision.decide,
            "held": holding.held_case,
            "talk": talk.talk,
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
            path(
                "assign-several/",
                wrap(assigning.assign_several),
                name="applications_application_assign_several",
            ),
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
            path("held/", wrap(holding.held_list), name="applications_application_held_list"),
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
            .annotate(late_after=limits.late_after("status"))
            .prefetch_related(Prefetch("assignment_set", assignments, to_attr="working"))
        )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet, search_term: str
    ) -> tuple[QuerySet, bool]:
        """Every word must be found, in the case or in the organisation's name."""
        for spellings in words_in(search_term):
            hit = Q()
            for word in sorted(spellings):
                hit |= Q(words__contains=word)
            named = Organisation.objects.filter(name__icontains=max(spellings)).order_by()
            queryset = queryset.filter(hit | Q(organisation__in=named.values("pk")))
        return queryset, False

    def get_actions(self, request: HttpRequest) -> dict:
        return super().get_actions(request) if person(request).has_perm(permissions.ASSIGN) else {}

    @admin.action(description=_("Assign advisors"))
    def assign_several(self, request: HttpRequest, queryset: QuerySet) -> HttpResponse:
        """Leads to the page where the chosen cases get advisors."""
        keys = queryset.values_list("pk", flat=True)[: assigning.MOST]
        page = reverse("admin:applications_application_assign_several")
        return redirect(page + "?" + urlencode([("case", key) for key in keys]))

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
    def waited(self, application: Any) -> SafeString:
        since = application.status_since
        if not application.state.is_open:
            return format_html("–")
        limit = application.late_after
        late = lateness(waited(since) - limit) if limit is not None else ""
        if not late:
            return format_html("{}", age(since))
        return format_html('{} <span class="status status-stop">{}</span>', age(since), late)

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
