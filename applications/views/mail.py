"""Which mails a person gets."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from applications import mailing
from members.models import User

from .access import SignedIn


class MailForm(forms.Form):
    """The mails that the person wants, of those that can be turned off."""

    wanted = forms.MultipleChoiceField(
        label=gettext_lazy("We write to you when"),
        choices=list(mailing.OPTIONAL.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("Choose among the mails on this page.")},
    )

    def declined(self) -> list[str]:
        """The names of the others."""
        return [name for name in mailing.OPTIONAL if name not in self.cleaned_data["wanted"]]


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def mail_preferences(request: SignedIn) -> HttpResponse:
    """Turns mails off and on that nobody needs."""
    if request.method == "POST":
        form = MailForm(request.POST)
        if form.is_valid():
            User.objects.filter(pk=request.user.pk).update(declined_mails=form.declined())
            messages.success(request, _("Saved."))
            return redirect("mail_preferences")
    else:
        wanted = [name for name in mailing.OPTIONAL if mailing.wants(request.user, name)]
        form = MailForm(initial={"wanted": wanted})
    return render(request, "account/mails.html", {"form": form})
