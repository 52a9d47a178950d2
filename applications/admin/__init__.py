"""The association's side: the queue, a case with its reviews and decision, certificates, questionnaires."""

from . import certificate, limits, questionnaire, queue

__all__ = ["certificate", "limits", "questionnaire", "queue"]
