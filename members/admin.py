"""People, organisations and what ties them together, kept by the association's administrators."""

from __future__ import annotations

import datetime
from typing import Any

import allauth.account.admin
import allauth.mfa.admin  # noqa: F401
import django.contrib.auth.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import removal
from .merge_pages import Merging
from .models import Affiliation, Membership, Organisation, User
from .office import LabelledFormSet, OfficeAdmin
from .rules import gone, keep_address, last_signatory, not_oneself, overlap, overlap_message
from .transfer import MembershipFilter, Transfer

# The groups that a migration makes, with what each may do.
ROLES = {
    "Advisor": gettext_lazy("Advisor: assigns, reviews and scores"),
    "Decision maker": gettext_lazy("Decision maker: decides in cases without having reviewed them"),
    "Administrator": gettext_lazy("Administrator: assigns, and keeps people, organisations and certificates"),
}

# Groups are what the code says they are. A sign-in address follows its person; a second factor is its owner's.
admin.site.unregister([Group, EmailAddress, Authenticator])


def role_word(group: str) -> str:
    """The role that a group stands for, in a word or two."""
    return str(ROLES.get(group, group)).partition(":")[0]


# --- People ----------------------------------------------------------------------------------------------
class PersonForm(forms.ModelForm):
    """A person without a password: it is chosen by who has the address, by 'Forgot your password?'."""

    # By name, as a group reads: a field of the model's kind puts whatever number was posted to the database.
    groups = forms.MultipleChoiceField(
        label=gettext_lazy("Roles at the association"),
        help_text=gettext_lazy("Leave empty for somebody who only acts for an organisation."),
        choices=list(ROLES.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = User
        fields = ("email", "name", "language", "is_active", "groups", "is_superuser")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].strip().lower()
        others = User.objects.exclude(pk=self.instance.pk).filter(email__iexact=email)
        addresses = EmailAddress.objects.exclude(user=self.instance.pk).filter(email__iexact=email)
        if others.exists() or addresses.filter(verified=True).exists():
            raise forms.ValidationError(_("Somebody else has this address already."))
        return email

    def clean_is_active(self) -> bool:
        is_active: bool = self.cleaned_data["is_active"]
        relying = (
            Organisation.objects.relying_on(self.instance)
            if self.instance.pk
            else Organisation.objects.none()
        )
        if not is_active and self.instance.is_active and (organisation := relying.first()):
            raise forms.ValidationError(last_signatory(organisation))
        return is_active

    def clean_groups(self) -> list[Group]:
        return list(Group.objects.filter(name__in=self.cleaned_data["groups"]))


def known_to(request: HttpRequest, formset: Any) -> Any:
    """`formset` as a class that knows who is at work."""
    return type(formset.__name__, (formset,), {"by": request.user})


class PersonsAffiliationFormSet(LabelledFormSet):
    def clean(self) -> None:
        super().clean()
        self._hold_organisations()
        relying = Organisation.objects.relying_on(self.instance) if self.instance.pk else []
        needed = {organisation.pk: organisation for organisation in relying}
        for form in self.forms:
            if form.has_changed() and self.instance.pk == self.by.pk:
                form.add_error("organisation", not_oneself())
            before = needed.get(form.initial.get("organisation", 0))
            data = getattr(form, "cleaned_data", {})
            stays = data.get("role") == Affiliation.Role.SIGNATORY and data.get("organisation") == before
            if before and (data.get("DELETE") or not stays):
                form.add_error("role", last_signatory(before))

    def _hold_organisations(self) -> None:
        """None of them is merged into another before this is saved."""
        chosen = {
            form: data["organisation"].pk
            for form in self.forms
            if form.has_changed() and (data := getattr(form, "cleaned_data", {})).get("organisation")
        }
        held = Organisation.objects.select_for_update().filter(pk__in=chosen.values()).order_by("pk")
        there = set(held.values_list("pk", flat=True)) if chosen else set()
        for form, organisation in chosen.items():
            if organisation not in there:
                form.add_error("organisation", gone())


class PersonsAffiliations(admin.TabularInline):
    model = Affiliation
    formset = PersonsAffiliationFormSet
    extra = 1
    verbose_name_plural = gettext_lazy("acts for")

    def get_formset(self, request: HttpRequest, obj: User | None = None, **kwargs: Any) -> Any:
        return known_to(request, super().get_formset(request, obj, **kwargs))


class RemovalFilter(admin.SimpleListFilter):
    title = gettext_lazy("removal")
    parameter_name = "removal"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("asked", _("Wait for it"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(removal_requested_at__isnull=False) if self.value() == "asked" else queryset


class RoleFilter(admin.SimpleListFilter):
    title = gettext_lazy("role")
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(name, role_word(name)) for name in ROLES]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        return queryset.filter(groups__name=self.value()) if self.value() in ROLES else queryset


@admin.register(User)
class UserAdmin(OfficeAdmin):
    form = PersonForm
    list_display = ("email", "name", "roles", "acts_for", "is_active", "last_login")
    list_filter = (RoleFilter, RemovalFilter, "is_active")
    empty_value_display = ""
    list_per_page = 50
    search_fields = ("email", "name", "organisations__name")
    search_help_text = gettext_lazy("E-mail address, name or organisation")
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    actions = None
    inlines = (PersonsAffiliations,)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """When they asked to be removed, where the list is of those who have."""
        if RemovalFilter.parameter_name in request.GET:
            return ("email", "name", "roles", "acts_for", "removal")
        return self.list_display

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).prefetch_related("groups", "affiliation_set__organisation")

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        fields = ("email", "name", "language", "is_active", "groups")
        return (*fields, "is_superuser") if request.user.is_superuser else fields

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Nobody shuts themselves out, or gives themselves more than they were given. A colleague's address is
        the key to the colleague's account: only a superuser turns it."""
        if obj is not None and obj.pk == request.user.pk:
            return ("is_active", "groups", "is_superuser")
        if obj is not None and obj.is_staff and not request.user.is_superuser:
            return ("email",)
        return ()

    def _is_above(self, request: HttpRequest, obj: User | None) -> bool:
        return obj is not None and obj.is_superuser and not request.user.is_superuser

    def has_change_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return super().has_change_permission(request, obj) and not self._is_above(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        is_self = obj is not None and obj.pk == request.user.pk
        return (
            super().has_delete_permission(request, obj) and not self._is_above(request, obj) and not is_self
        )

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Whoever an organisation relies on can't be deleted, and the page says so."""
        to_delete, counts, not_allowed, protected = super().get_deleted_objects(objs, request)
        for person in objs:
            protected += [last_signatory(one) for one in Organisation.objects.relying_on(person)]
        return to_delete, counts, not_allowed, protected

    def get_urls(self) -> list[Any]:
        carry_out = path(
            "<int:pk>/removal/", self.admin_site.admin_view(self.removal_view), name="members_user_removal"
        )
        return [carry_out, *super().get_urls()]

    def removal_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Say what happens when the person is removed as they have asked, and do it."""
        person = get_object_or_404(User, pk=pk)
        if not self.has_change_permission(request, person) or person.pk == request.user.pk:
            raise PermissionDenied
        if person.is_staff and not request.user.is_superuser:
            raise PermissionDenied
        if request.method == "POST":
            try:
                removal.carry_out(person)
            except removal.NotPossible as error:
                messages.error(request, str(error))
                return redirect("admin:members_user_change", person.pk)
            person.refresh_from_db()
            self.log_change(request, person, _("Removed as they asked."))
            messages.success(request, _("The person is removed."))
            return redirect("admin:members_user_changelist")
        context = {**self.admin_site.each_context(request), "title": _("Remove a person"), "person": person}
        return TemplateResponse(request, "admin/members/user/removal.html", context)

    @admin.display(description=gettext_lazy("asked to be removed"), ordering="removal_requested_at")
    def removal(self, user: User) -> str:
        if user.removal_requested_at is None:
            return ""
        day = date_format(timezone.localtime(user.removal_requested_at), "SHORT_DATE_FORMAT")
        return format_html('<a href="{}">{}</a>', reverse("admin:members_user_removal", args=[user.pk]), day)

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        if not change or "email" in form.changed_data:
            keep_address(obj)

    def save_related(self, request: HttpRequest, form: forms.ModelForm, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        # Whoever has a role here needs the admin, and nobody else does.
        user = form.instance
        User.objects.filter(pk=user.pk).update(is_staff=user.is_superuser or user.groups.exists())
        if not change:
            messages.info(
                request,
                _("Tell %(person)s to sign in with a code sent to %(email)s. No password is needed for that.")
                % {"person": user, "email": user.email},
            )

    @admin.display(description=gettext_lazy("roles"))
    def roles(self, user: User) -> str:
        return ", ".join(role_word(group.name) for group in user.groups.all())

    @admin.display(description=gettext_lazy("acts for"))
    def acts_for(self, user: User) -> str:
        return ", ".join(affiliation.organisation.name for affiliation in user.affiliation_set.all())


# --- Organisations ---------------------------------------------------------------------------------------
class MembershipForm(forms.ModelForm):
    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        starts, ends = data.get("starts"), data.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", _("The last day can't be before the first day."))
        return data


class MembershipFormSet(LabelledFormSet):
    """Refuses periods that overlap, beside the field of the later one."""

    def clean(self) -> None:
        taken = self._periods_elsewhere()
        for form in self.forms:
            data = getattr(form, "cleaned_data", {})
            starts, ends = data.get("starts"), data.get("ends")
            if not starts or form.errors or data.get("DELETE"):
                continue
            if other := next((period for period in taken if overlap(period, (starts, ends))), None):
                form.add_error("starts", overlap_message(other))
            taken.append((starts, ends))
        if not any(form.errors for form in self.forms):
            super().clean()

    def _periods_elsewhere(self) -> list[tuple[datetime.date, datetime.date | None]]:
        """Those kept meanwhile, as by the first of two clicks on Save."""
        here = [form.instance.pk for form in self.forms if form.instance.pk]
        if not self.instance.pk:
            return []
        kept = Membership.objects.filter(organisation=self.instance).exclude(pk__in=here)
        return list(kept.values_list("starts", "ends"))


class Memberships(admin.TabularInline):
    model = Membership
    form = MembershipForm
    formset = MembershipFormSet
    extra = 1


class AffiliationForm(forms.ModelForm):
    """The person is named by e-mail address, which a list of hundreds would only hide."""

    email = forms.EmailField(label=gettext_lazy("the person's e-mail address"))

    class Meta:
        model = Affiliation
        fields = ("email", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.fields["email"].initial = self.instance.user.email

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        user = User.objects.filter(email__iexact=email.strip()).first()
        if user is None:
            raise forms.ValidationError(
                _("Nobody here has this address. Add the person first, under People.")
            )
        twin = Affiliation.objects.filter(user=user, organisation=self.instance.organisation_id)
        if twin.exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError(_("This person has a role in the organisation already."))
        self.instance.user = user
        return email


class AffiliationFormSet(LabelledFormSet):
    def clean(self) -> None:
        super().clean()
        self._expect_a_signatory()
        seen = set()
        for form in self.forms:
            data = getattr(form, "cleaned_data", {})
            email = data.get("email", "").lower()
            if form.has_changed() and self.by.email in (email, form.initial.get("email", "")):
                form.add_error("email", not_oneself())
            if email and email in seen and not data.get("DELETE"):
                form.add_error("email", _("This person is on the list twice."))
            seen.add(email)

    def _expect_a_signatory(self) -> None:
        """Where somebody could sign before, somebody can afterwards."""
        signatory = Affiliation.Role.SIGNATORY
        before = Affiliation.objects.filter(
            organisation=self.instance.pk, role=signatory, user__is_active=True
        ).exists()
        after = [
            form
            for form in self.forms
            if getattr(form, "cleaned_data", {}).get("role") == signatory
            and not form.cleaned_data.get("DELETE")
            and form.instance.user_id
            and form.instance.user.is_active
        ]
        if before and not after and self.initial_forms:
            self.initial_forms[0].add_error("role", last_signatory(self.instance))


class OrganisationsAffiliations(admin.TabularInline):
    model = Affiliation
    form = AffiliationForm
    formset = AffiliationFormSet
    fields = ("email", "role")
    extra = 1
    verbose_name_plural = gettext_lazy("people who act for the organisation")

    def get_formset(self, request: HttpRequest, obj: Organisation | None = None, **kwargs: Any) -> Any:
        return known_to(request, super().get_formset(request, obj, **kwargs))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Affiliation]:
        return super().get_queryset(request).select_related("user", "organisation")


@admin.register(Organisation)
class OrganisationAdmin(Merging, Transfer, OfficeAdmin):
    list_display = ("name", "town", "kind", "member_now", "member_until")
    list_filter = ("kind", MembershipFilter)
    list_per_page = 50
    search_fields = ("name", "town", "people__email", "people__name")
    search_help_text = gettext_lazy("Name, town, or a person who acts for it")
    show_facets = admin.ShowFacets.NEVER
    show_full_result_count = False
    actions = None
    fields = ("name", "kind", "town")
    inlines = (Memberships, OrganisationsAffiliations)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Organisation]:
        covering = Membership.objects.covering(timezone.localdate()).filter(organisation=OuterRef("pk"))
        return (
            super()
            .get_queryset(request)
            .annotate(member_now=Exists(covering), until=Subquery(covering.values("ends")[:1]))
        )

    @admin.display(description=gettext_lazy("member today"), boolean=True, ordering="member_now")
    def member_now(self, organisation: Any) -> bool:
        return organisation.member_now

    @admin.display(description=gettext_lazy("through"), ordering="until")
    def member_until(self, organisation: Any) -> str:
        if not organisation.member_now:
            return ""
        return date_format(organisation.until) if organisation.until else _("until further notice")
