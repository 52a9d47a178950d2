"""What the question page asks for by itself while somebody writes: to save, who else is there, and what the
self-ratings come to. The page reads the header QM-Why where the status doesn't tell enough."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from applications import clock, doors, permissions, reading, writing
from applications.forms import AnswerForm
from applications.models import Answer, Presence, capacities
from members.models import User

from .access import SignedIn, own, status_of
from .comparison import of_form


@login_required
@require_POST
def autosave(request: SignedIn, reference: str, number: int) -> HttpResponse:
    """Save what has been typed so far. Answers with when it was saved; with both texts (409, QM-Why: stale) where
    somebody was there first; else with a sentence that says why not."""
    form = AnswerForm(request.POST)
    if "text" not in request.POST or not form.is_valid():
        sentences = [str(error) for errors in form.errors.values() for error in errors]
        return _said(422, " ".join(sentences) or _("There was no answer to save."))
    try:
        answer = writing.save_answer_to(reference, number, request.user, **form.cleaned_data)
    except Answer.DoesNotExist:
        return _said(404, _("There is no such question in any application of yours."))
    except writing.Stale as stale:
        context = {"comparison": of_form(stale.answer, request.user, form)}
        response = render(request, "applications/parts/comparison.html", context, status=409)
        response["QM-Why"] = "stale"
        return response
    except doors.WorkflowError as error:
        return _said(status_of(error), str(error))
    return render(request, "applications/parts/saved.html", {"answer": answer, "is_autosave": True})


def _said(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")


@login_required
@require_POST
def presence(request: SignedIn, reference: str, number: int) -> HttpResponse:
    """Note that the person has the question open, and tell who else has and whether anybody has saved since. 204
    where that is what the page says already, so that no screen reader says it again."""
    answer = _answer(request.user, reference, number)
    if permissions.can_edit(request.user, answer.application):
        Presence.objects.bulk_create(
            [Presence(answer=answer, user=request.user, seen_at=clock.now())],
            update_conflicts=True,
            unique_fields=["answer", "user"],
            update_fields=["seen_at"],
        )
    here = Presence.objects.filter(answer=answer, seen_at__gt=clock.now() - Presence.FRESH)
    others = User.objects.filter(pk__in=here.values("user")).exclude(pk=request.user.pk)
    context: dict[str, Any] = {
        "answer": answer,
        "number": number,
        "others": sorted(map(str, others)),
        "is_closed": not answer.application.state.is_with_applicant,
        "is_newer": request.POST.get("seen", "").isdecimal() and request.POST["seen"] != str(answer.revision),
        "is_by_self": answer.updated_by == request.user,
    }
    newer = answer.revision if context["is_newer"] else ""
    context["heard"] = f"{'|'.join(context['others'])}#{newer}#{context['is_closed']}"
    if request.POST.get("heard") == context["heard"]:
        return HttpResponse(status=204)
    return render(request, "applications/parts/presence.html", context)


def _answer(user: User, reference: str, number: int) -> Answer:
    """The answer with its application and the person's part in it. Raises Http404 for who has none."""
    answers = Answer.objects.select_related("application", "updated_by")
    answers = answers.annotate(**capacities(user, "application__"))
    answer = answers.filter(application__reference=reference, question__number=number).first()
    if answer:
        part = (answer.affiliated_as, answer.is_co_applicant)
        permissions.remember_capacity(user, answer.application, *part)
    if answer is None or not permissions.is_applicant(user, answer.application):
        raise Http404
    return answer


@never_cache
@login_required
@require_safe
def self_assessment(request: SignedIn, reference: str) -> HttpResponse:
    """What the self-ratings come to as they are saved now."""
    application = own(request, reference)
    context = {"application": application, "assessment": reading.self_assessment(application)}
    return render(request, "applications/parts/self_assessment.html", context)
