"""The association's side: the queue, a case with its reviews and decision, certificates, questionnaires."""

from . import certificate, limits, question, questionnaire, queue

__all__ = ["certificate", "limits", "question", "questionnaire", "queue"]
