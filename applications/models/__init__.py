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
from .decision import Appeal, Decision, DecisionDraft
from .event import Event
from .evidence import Evidence
from .limit import TimeLimit
from .questionnaire import LEVELS, Level, Question, Questionnaire, QuestionnaireStanding, RubricLevel
from .renewal import CertificateReminder, Recommendation, RecommendationAnswer
from .review import (
    Assignment,
    CompletionPoint,
    CompletionRequest,
    CompletionTemplate,
    Review,
    ReviewPresence,
    Score,
    Talk,
)
from .team import CoApplicant

__all__ = [
    "LEVELS",
    "OPEN",
    "Answer",
    "Appeal",
    "Application",
    "Assignment",
    "Certificate",
    "CertificateReminder",
    "CoApplicant",
    "CompletionPoint",
    "CompletionRequest",
    "CompletionTemplate",
    "Decision",
    "DecisionDraft",
    "Event",
    "Evidence",
    "Level",
    "Presence",
    "Question",
    "Questionnaire",
    "QuestionnaireStanding",
    "Recommendation",
    "RecommendationAnswer",
    "Review",
    "ReviewPresence",
    "RubricLevel",
    "Score",
    "Series",
    "Status",
    "Submission",
    "Talk",
    "TimeLimit",
    "capacities",
    "new_code",
]
