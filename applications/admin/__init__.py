"""The association's side: the queue, a case with its reviews and decision, certificates, questionnaires."""

from . import certificate, question, questionnaire, queue

__all__ = ["certificate", "question", "questionnaire", "queue"]
