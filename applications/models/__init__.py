"""The journey's records, in the order a case passes them."""

from .application import OPEN, Answer, Application, Evidence, Series, Status, Submission
from .certificate import Certificate, new_code
from .decision import Decision
from .event import Event
from .questionnaire import LEVELS, Level, Question, Questionnaire, RubricLevel
from .review import Assignment, CompletionPoint, CompletionRequest, Review, Score

__all__ = [
    "LEVELS",
    "OPEN",
    "Answer",
    "Application",
    "Assignment",
    "Certificate",
    "CompletionPoint",
    "CompletionRequest",
    "Decision",
    "Event",
    "Evidence",
    "Level",
    "Question",
    "Questionnaire",
    "Review",
    "RubricLevel",
    "Score",
    "Series",
    "Status",
    "Submission",
    "new_code",
]
