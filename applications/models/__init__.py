"""The journey's records, in the order a case passes them."""

from .application import (
    OPEN,
    Answer,
    Application,
    Presence,
    Series,
    Status,
    Submission,
    capacities,
)
from .certificate import Certificate, new_code
from .decision import Decision
from .event import Event
from .evidence import Evidence
from .questionnaire import LEVELS, Level, Question, Questionnaire, RubricLevel
from .renewal import CertificateReminder, Recommendation, RecommendationAnswer
from .review import Assignment, CompletionPoint, CompletionRequest, Review, Score
from .team import CoApplicant

__all__ = [
    "LEVELS",
    "OPEN",
    "Answer",
    "Application",
    "Assignment",
    "Certificate",
    "CertificateReminder",
    "CoApplicant",
    "CompletionPoint",
    "CompletionRequest",
    "Decision",
    "Event",
    "Evidence",
    "Level",
    "Presence",
    "Question",
    "Questionnaire",
    "Recommendation",
    "RecommendationAnswer",
    "Review",
    "RubricLevel",
    "Score",
    "Series",
    "Status",
    "Submission",
    "capacities",
    "new_code",
]
