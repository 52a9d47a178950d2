"""The forms of the association's side. They judge what was typed; whether it may be done is the workflow's."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from members.models import User

from .models import (
    Appeal,
    Application,
    Assignment,
    Certificate,
    CompletionTemplate,
    Decision,
    DecisionDraft,
    Level,
    Question,
    Questionnaire,
    Review,
)
from .ties import Candidate, candidates, suggestion
from .workflow import CERTIFICATE_MOVES, Judgement, Wording

COMMENT_LENGTH = 5_000
REASONS_LENGTH = 10_000
MAX_RECOMMENDATIONS = 10
LONGEST_COMPLETION = datetime.timedelta(days=365)
LONGEST_WAIT = datetime.timedelta(days=3 * 366)


def text_area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class DayField(forms.DateField):
    """A day, chosen in the browser's own calendar or written as 2026-01-31."""

    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    default_error_messages = {"required": _("Choose a day."), "invalid": _("Write the day as 2026-01-31.")}


class ReasonForm(forms.Form):
    """One text that says why."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=COMMENT_LENGTH,
        widget=text_area(4),
        error_messages={"required": _("Write the reason.")},
    )


# --- Who has the case ------------------------------------------------------------------------------------
def with_load(candidate: Candidate) -> str:
    """An advisor with how much is on the advisor's table, and what may tie the advisor to the case."""
    load = ngettext("%(number)d case under way", "%(number)d cases under way", candidate.under_way)
    text = f"{candidate.advisor} ({load % {'number': candidate.under_way}})"
    return " – ".join([text, *(str(tie.words) for tie in candidate.ties)])


class AdvisorsField(forms.MultipleChoiceField):
    """Who gets the case. Not a model's field: that puts whatever number was posted to the database."""

    def __init__(self, able: Sequence[Candidate], **kwargs: Any) -> None:
        super().__init__(
            label=kwargs.pop("label", _("Advisors")),
            choices=[(str(one.advisor.pk), with_load(one)) for one in able],
            widget=forms.CheckboxSelectMultiple,
            error_messages={
                "required": _("Choose at least one advisor."),
                "invalid_choice": _("One of those you chose can't be given this case. Choose again."),
            },
            **kwargs,
        )
        self.able = {str(one.advisor.pk): one for one in able}

    def clean(self, value: Any) -> list[User]:
        return [self.able[pk].advisor for pk in dict.fromkeys(super().clean(value))]


def wanting(application: Application) -> int:
    """How many advisors more the case needs."""
    return max(application.reviews_required - application.assignment_set.active().count(), 0)


class AssignForm(forms.Form):
    """Who gets the case. As many as it needs are chosen beforehand, of those with the least to do and no tie.
    Those whom something may tie to it can be chosen by who may override that, with a reason."""

    override_reason = forms.CharField(
        label=_("Why an advisor with a possible tie is assigned"),
        help_text=_("Fill in only if you choose one with a possible tie. It is kept in the log of the case."),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=text_area(3),
    )
    field_order = ("advisors", "override_reason")

    def __init__(self, *args: Any, application: Application, may_override: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everyone = candidates([application])[application.pk]
        self.tied = [one for one in everyone if one.ties]
        self.able = [one for one in everyone if not one.ties] + (self.tied if may_override else [])
        self.fields["advisors"] = AdvisorsField(self.able)
        chosen = suggestion(everyone, wanting(application))
        self.initial.setdefault("advisors", [str(user.pk) for user in chosen])
        self.order_fields(self.field_order)
        if not (may_override and self.tied):
            del self.fields["override_reason"]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        tied = {one.advisor.pk for one in self.tied}
        chosen = {user.pk for user in data.get("advisors", [])}
        if chosen & tied and not data.get("override_reason") and "override_reason" not in self.errors:
            self.add_error("override_reason", _("Write why the advisor is assigned in spite of the tie."))
        return data


class SeveralForm(forms.Form):
    """Who gets each of several cases. The suggestions share the cases out evenly."""

    def __init__(self, *args: Any, applications: Sequence[Application], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.applications = applications
        self.tied: dict[int, list[Candidate]] = {}
        given: dict[int, int] = {}
        able = candidates(applications)
        for application in applications:
            free = [one for one in able[application.pk] if not one.ties]
            self.tied[application.pk] = [one for one in able[application.pk] if one.ties]
            number = application.reviews_required - application.advisors  # type: ignore[attr-defined]
            chosen = suggestion(free, number, given)
            for user in chosen:
                given[user.pk] = given.get(user.pk, 0) + 1
            self.fields[f"advisors_{application.pk}"] = AdvisorsField(
                free, required=False, initial=[str(user.pk) for user in chosen]
            )

    def rows(self) -> list[tuple[Application, Any, list[Candidate]]]:
        """Each case with its field and those whom something may tie to it."""
        return [
            (application, self[f"advisors_{application.pk}"], self.tied[application.pk])
            for application in self.applications
        ]

    def chosen(self) -> list[tuple[Application, list[User]]]:
        """The cases that somebody was chosen for. The form must be valid."""
        named = [(one, self.cleaned_data[f"advisors_{one.pk}"]) for one in self.applications]
        return [(application, users) for application, users in named if users]


class UnassignForm(ReasonForm):
    """Who is taken off the case, and why."""

    advisor = forms.ChoiceField(
        label=_("Who is to leave the case"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose an advisor."),
            "invalid_choice": _("That advisor no longer has the case. Choose again."),
        },
    )
    field_order = ("advisor", "reason")

    def __init__(self, *args: Any, assignments: Sequence[Assignment], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.having = {str(one.pk): one for one in assignments}
        self.fields["advisor"].choices = [  # type: ignore[attr-defined]
            (pk, str(one.advisor)) for pk, one in self.having.items()
        ]

    def clean_advisor(self) -> Assignment:
        return self.having[self.cleaned_data["advisor"]]


class DeclarationForm(forms.Form):
    """Whether the advisor has a conflict of interest. Neither answer is chosen beforehand."""

    has_conflict = forms.TypedChoiceField(
        label=_("Do you have a conflict of interest in this case?"),
        choices=[
            ("no", _("I have no conflict of interest")),
            ("yes", _("I have a conflict of interest")),
        ],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one of the answers.")},
    )


# --- The review ------------------------------------------------------------------------------------------
def points_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("Points"),
        choices=Level.choices,
        coerce=int,
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
        error_messages={"invalid_choice": _("Choose one of the five levels.")},
    )


def comment_field() -> forms.CharField:
    return forms.CharField(
        label=_("Comment to the applicant"),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=text_area(4),
    )


def note_field() -> forms.CharField:
    return forms.CharField(
        label=_("Own note"),
        help_text=_("Only you read it."),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=text_area(2),
    )


def summary_field() -> forms.CharField:
    return forms.CharField(
        label=_("Overall comment to the applicant"),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=text_area(5),
    )


def seen_field() -> forms.IntegerField:
    """The revision that something was written on. Empty: on none that is known, as after an interrupted visit."""
    return forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)


class JudgementForm(forms.Form):
    """What is entered for one question, as it is saved while one types."""

    points = points_field()
    comment = comment_field()
    note = note_field()
    seen = seen_field()

    def judgement(self) -> Judgement:
        data = self.cleaned_data
        return Judgement(data["points"], data["comment"], data["note"])


class SummaryForm(forms.Form):
    """The overall comment, as it is saved while one types."""

    summary = summary_field()
    seen = seen_field()


class ReviewForm(forms.Form):
    """Points, a comment and a note for each question. Everything may be left out: a review is saved as it grows."""

    summary = summary_field()
    seen_summary = seen_field()

    def __init__(self, *args: Any, questions: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        for question in questions:
            self.fields[f"points_{question.number}"] = points_field()
            self.fields[f"comment_{question.number}"] = comment_field()
            self.fields[f"note_{question.number}"] = note_field()
            self.fields[f"seen_{question.number}"] = seen_field()

    @staticmethod
    def initial_of(review: Review) -> dict[str, Any]:
        """What has been saved, for the form to begin with."""
        initial: dict[str, Any] = {"summary": review.summary, "seen_summary": review.revision}
        for score in review.scores.select_related("question"):
            number = score.question.number
            initial[f"points_{number}"] = score.points
            initial[f"comment_{number}"] = score.comment
            initial[f"note_{number}"] = score.note
            initial[f"seen_{number}"] = score.revision
        return initial

    def judgements(self) -> dict[Question, Judgement]:
        """What was entered, question by question. The form must be valid."""
        data = self.cleaned_data
        return {
            question: Judgement(
                data[f"points_{question.number}"],
                data[f"comment_{question.number}"],
                data[f"note_{question.number}"],
            )
            for question in self.questions
        }

    def seen(self) -> dict[int, int] | None:
        """The revisions that it was written on, by the question's number, the summary's under 0; None where the page
        that was sent named none. The form must be valid."""
        data = self.cleaned_data
        named = {question.number: data[f"seen_{question.number}"] for question in self.questions}
        named[0] = data["seen_summary"]
        found = {number: revision for number, revision in named.items() if revision is not None}
        return found or None

    def says_the_same_as(self, review: Review) -> bool:
        """Whether what was entered is what `review` holds already. The form must be valid."""
        kept = self.initial_of(review)
        entered = {name: value for name, value in self.cleaned_data.items() if not name.startswith("seen_")}
        return all((kept.get(name) or "") == (value or "") for name, value in entered.items())


class TemplateField(forms.ChoiceField):
    """One of the association's texts to begin with. Its value, once cleaned, is the text."""

    def __init__(self, texts: Sequence[CompletionTemplate]) -> None:
        self.texts = {str(one.pk): one.text for one in texts}
        super().__init__(
            label=_("Begin with a text"),
            required=False,
            choices=[("", _("Choose a text")), *((str(one.pk), one.title) for one in texts)],
            error_messages={"invalid_choice": _("Choose one of the texts in the list.")},
        )

    def clean(self, value: Any) -> str:
        return self.texts.get(super().clean(value), "")


class CompletionForm(forms.Form):
    """What is to be completed, question by question, and by when."""

    due_on = DayField(
        label=_("Last day to complete"),
    )

    def __init__(self, *args: Any, questions: Sequence[Question], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.questions = questions
        texts = list(CompletionTemplate.objects.all())
        for question in questions:
            fitting = [one for one in texts if one.question in (None, question.number)]
            self.fields[f"template_{question.number}"] = TemplateField(fitting)
            self.fields[f"text_{question.number}"] = forms.CharField(
                label=_("What is to be completed on question %(number)d") % {"number": question.number},
                required=False,
                max_length=COMMENT_LENGTH,
                widget=text_area(3),
            )

    @staticmethod
    def initial_for(questionnaire: Questionnaire) -> dict[str, Any]:
        return {"due_on": timezone.localdate() + datetime.timedelta(days=questionnaire.completion_days)}

    def clean_due_on(self) -> datetime.date:
        due_on: datetime.date = self.cleaned_data["due_on"]
        if due_on <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day after today."))
        if due_on > timezone.localdate() + LONGEST_COMPLETION:
            raise forms.ValidationError(_("Choose a day within a year."))
        return due_on

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not any(f"text_{question.number}" in self.errors for question in self.questions) and not (
            self.points()
        ):
            raise forms.ValidationError(_("Write what is to be completed on at least one question."))
        return data

    def points(self) -> dict[Question, str]:
        """The questions that something was written on, or a text was chosen for and nothing else written."""
        texts = {
            question: self.cleaned_data.get(f"text_{question.number}")
            or self.cleaned_data.get(f"template_{question.number}", "")
            for question in self.questions
        }
        return {question: text for question, text in texts.items() if text}


class ExtensionForm(forms.Form):
    """A later last day to complete, and why."""

    due_on = DayField(
        label=_("New last day to complete"),
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("It is kept in the case's log. The applicant is told the new day."),
        max_length=COMMENT_LENGTH,
        widget=text_area(3),
        error_messages={"required": _("Write why there is more time.")},
    )

    def __init__(self, *args: Any, due_on: datetime.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = due_on

    def clean_due_on(self) -> datetime.date:
        due_on: datetime.date = self.cleaned_data["due_on"]
        today = timezone.localdate()
        if due_on <= max(self.before, today):
            raise forms.ValidationError(_("Choose a later day than the one that is set, and after today."))
        if due_on > today + LONGEST_COMPLETION:
            raise forms.ValidationError(_("Choose a day within a year."))
        return due_on


# --- The decision ----------------------------------------------------------------------------------------
class HearingForm(forms.Form):
    """The answer to an appeal."""

    outcome = forms.ChoiceField(
        label=_("What you come to"),
        choices=[
            (Appeal.Outcome.UPHELD, _("Uphold the appeal")),
            (Appeal.Outcome.DISMISSED, _("Dismiss the appeal")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose upheld or dismissed.")},
    )
    reasons = forms.CharField(
        label=_("Reasons"),
        help_text=_("The applicant reads this. Say what you looked at and why you come to your answer."),
        max_length=REASONS_LENGTH,
        widget=text_area(8),
        error_messages={"required": _("Write the reasons.")},
    )


class DecisionForm(forms.Form):
    """Approve or not, and why. With `meets_rule` False approving takes a further reason; None is for when the
    points may not be known: the reason is kept if there is one."""

    outcome = forms.ChoiceField(
        label=_("Your decision"),
        choices=Decision.Outcome.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose approved or not yet approved.")},
    )
    reasons = forms.CharField(
        label=_("Reasons"),
        help_text=_("The applicant reads this together with the advisors' comments on each question."),
        max_length=REASONS_LENGTH,
        widget=text_area(8),
        error_messages={"required": _("Write the reasons for the decision.")},
    )
    override_reason = forms.CharField(
        label=_("Why it is approved although the points don't meet the rule"),
        help_text=_("Fill in only if you approve."),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=text_area(3),
    )
    recommendations = forms.CharField(
        label=_("Recommendations for the renewal"),
        help_text=_("One a line. The holder reads them and answers them when the certificate is renewed."),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=text_area(4),
    )

    next_steps = forms.CharField(
        label=_("What to do before the next application"),
        help_text=_(
            "Only if it isn't approved yet. The applicant reads it as the way back: what to do, step by step."
        ),
        required=False,
        max_length=COMMENT_LENGTH,
        widget=text_area(4),
    )
    apply_again_from = DayField(
        label=_("Apply again from"),
        help_text=_("Only if it isn't approved yet, and only if they need time. It is advice, not a bar."),
        required=False,
    )
    release_on = DayField(
        label=_("Release on"),
        help_text=_("Only if the decision is to be held. Without a day it waits until somebody releases it."),
        required=False,
    )
    revision = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, meets_rule: bool | None, is_draft: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.is_draft = is_draft
        self.needs_override = meets_rule is False and not is_draft
        if is_draft:
            self.fields["outcome"].required = self.fields["reasons"].required = False
        if meets_rule:
            del self.fields["override_reason"]

    def _is(self, outcome: Decision.Outcome) -> bool:
        return bool(self.data.get("outcome") == outcome) and not self.is_draft

    def clean_override_reason(self) -> str:
        text: str = self.cleaned_data["override_reason"]
        if self.needs_override and not text and self._is(Decision.Outcome.APPROVED):
            raise forms.ValidationError(_("Write why it is approved all the same."))
        return text

    def clean_recommendations(self) -> list[str]:
        lines = [line.strip() for line in self.cleaned_data["recommendations"].splitlines() if line.strip()]
        if len(lines) > MAX_RECOMMENDATIONS:
            raise forms.ValidationError(
                _("Write at most %(number)d recommendations."), params={"number": MAX_RECOMMENDATIONS}
            )
        if lines and self._is(Decision.Outcome.DECLINED):
            raise forms.ValidationError(
                _("Recommendations go with an approval. Write them among the reasons instead.")
            )
        return lines

    def clean_next_steps(self) -> str:
        text: str = self.cleaned_data["next_steps"]
        if text and self._is(Decision.Outcome.APPROVED):
            raise forms.ValidationError(
                _("This goes with a decision not to approve. Empty it, or choose that.")
            )
        if not text and self._is(Decision.Outcome.DECLINED):
            raise forms.ValidationError(
                _("Write what the applicant needs to do before the next application.")
            )
        return text

    def clean_apply_again_from(self) -> datetime.date | None:
        day: datetime.date | None = self.cleaned_data["apply_again_from"]
        if day and self._is(Decision.Outcome.APPROVED):
            raise forms.ValidationError(
                _("This goes with a decision not to approve. Empty it, or choose that.")
            )
        if day and not timezone.localdate() < day <= timezone.localdate() + LONGEST_WAIT:
            raise forms.ValidationError(_("Choose a day after today, within three years."))
        return day

    def clean_release_on(self) -> datetime.date | None:
        day: datetime.date | None = self.cleaned_data["release_on"]
        if day and not timezone.localdate() < day <= timezone.localdate() + LONGEST_COMPLETION:
            raise forms.ValidationError(_("Choose a day after today, within a year."))
        return day

    def wording(self, seen: str) -> Wording:
        """What was written. `seen` names the reviews that it rests on. The form must be valid."""
        data = self.cleaned_data
        return Wording(
            seen=seen,
            outcome=data.get("outcome", ""),
            reasons=data.get("reasons", ""),
            override_reason=data.get("override_reason", ""),
            recommendations="\n".join(data["recommendations"]),
            next_steps=data["next_steps"],
            apply_again_from=data["apply_again_from"],
        )

    @staticmethod
    def initial_of(draft: DecisionDraft) -> dict[str, Any]:
        """What a draft holds, for the form to begin with."""
        names = (*Wording.__dataclass_fields__, "release_on", "revision")
        return {name: getattr(draft, name) for name in names if name != "seen"}


class TalkForm(forms.Form):
    """What a talk came to."""

    held_on = DayField(
        label=_("Day of the talk"),
    )
    outcome = forms.CharField(
        label=_("What you came to"),
        help_text=_(
            "Where you were apart, what you agree on now, and what you don't. If there was no talk: why."
        ),
        max_length=COMMENT_LENGTH,
        widget=text_area(6),
        error_messages={"required": _("Write what you came to.")},
    )


# --- The certificate -------------------------------------------------------------------------------------
class CertificateForm(forms.Form):
    """What is to happen to a certificate, of what can, and why."""

    WORDS: Mapping[Certificate.Status, Any] = {
        Certificate.Status.VALID: _("Make it valid again"),
        Certificate.Status.SUSPENDED: _("Suspend it until further notice"),
        Certificate.Status.REVOKED: _("Revoke it for good. This can't be undone"),
    }

    to = forms.ChoiceField(
        label=_("What is to happen"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose what is to happen."),
            "invalid_choice": _("That can't be done with the certificate as it stands now."),
        },
    )
    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Anyone who checks the certificate reads why it is suspended or revoked."),
        max_length=COMMENT_LENGTH,
        widget=text_area(4),
        error_messages={"required": _("Write the reason.")},
    )

    def __init__(self, *args: Any, certificate: Certificate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        moves = CERTIFICATE_MOVES[Certificate.Status(certificate.status)]
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            (to.value, words) for to, words in self.WORDS.items() if to in moves
        ]
