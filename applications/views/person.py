"""A person's own page: what one is called, where one has a part, what the portal holds, and how to leave it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from applications import doors, own_data, team
from applications.models import CoApplicant
from applications.team_forms import PersonForm
from members.models import Affiliation, Organisation, User

from .access import SignedIn


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def me(request: SignedIn) -> HttpResponse:
    """The person's name, language, organisations and parts in applications."""
    person = request.user
    initial = {"name": person.name, "language": person.language}
    form = PersonForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        User.objects.filter(pk=person.pk).update(**form.cleaned_data)
        messages.success(request, _("Saved."))
        response = redirect("me")
        # The page, too, in the language just chosen, whatever this browser was told before.
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"])
        return response
    context = {
        "form": form,
        "affiliations": Affiliation.objects.filter(user=person)
        .select_related("organisation")
        .order_by("organisation__name"),
        "co_applications": CoApplicant.objects.active()
        .filter(user=person)
        .select_related("application__organisation"),
    }
    return render(request, "account/me.html", context)


@login_required
@never_cache
@require_safe
def data(request: SignedIn) -> HttpResponse:
    """Everything that the portal holds on the person, to take along."""
    response = JsonResponse(own_data.of(request.user), json_dumps_params={"ensure_ascii": False, "indent": 2})
    name = f"quality-mark-{timezone.localdate().isoformat()}.json"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def removal(request: SignedIn) -> HttpResponse:
    """What happens when one is removed, and the button that asks for it."""
    if request.method == "POST":
        try:
            team.ask_for_removal(request.user)
        except doors.WorkflowError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("We have received your request and remove you within a month."))
        return redirect("my_removal")
    context = {"relying": Organisation.objects.relying_on(request.user)}
    return render(request, "account/me_removal.html", context)


@login_required
@require_POST
def take_back_removal(request: SignedIn) -> HttpResponse:
    """The person stays after all."""
    team.take_back_removal(request.user)
    messages.success(request, _("Your request is taken back. Everything stays as it is."))
    return redirect("me")
