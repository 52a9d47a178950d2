"""The admin as the association's place to work: sign-in by allauth alone, and a first page that says what
there is to do."""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _


class Site(admin.AdminSite):
    """Named in `qm_portal.apps`, so that every `admin.site` is this one."""

    site_title = site_header = "Quality Mark"
    index_title = _("What to do now")
    site_url = "/"
    enable_nav_sidebar = False

    def admin_view(self, view: Callable, cacheable: bool = False) -> Any:
        """As Django's, but for who is signed in and doesn't work here the admin does not exist: being sent
        round to sign in again would say that it does."""
        guarded = super().admin_view(view, cacheable)

        def inner(request: HttpRequest, *args, **kwargs) -> HttpResponse:
            if request.user.is_authenticated and not self.has_permission(request):
                raise Http404
            return guarded(request, *args, **kwargs)

        return update_wrapper(inner, view)

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponseRedirect:
        """No sign-in page of its own, which would let people past the second factor."""
        if request.user.is_authenticated and not self.has_permission(request):
            raise Http404
        return secure_admin_login(lambda request: redirect("admin:index"))(request)

    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_logout")

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        return redirect("account_change_password")

    password_change_done = password_change

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The cases before the members."""
        return sorted(super().get_app_list(request, app_label), key=lambda app: app["app_label"])

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        # Here, since the module registers its pages with this site when it is read.
        from .admin import cases, desk

        user = cases.person(request)
        loads = desk.workload(user)
        context = {
            "work": desk.work(user),
            "workload": loads,
            "shows_to_write": any(load.to_write is not None for load in loads),
        }
        return super().index(request, {**context, **(extra_context or {})})
