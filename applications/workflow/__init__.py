"""The one door for each change of state. Each function is one transaction: it checks who asks and what must
hold, moves the status with `UPDATE … WHERE status = <from>`, writes an event, and sends mail after the commit.
Nothing else assigns `Application.status` or `Certificate.status`. What an application holds is changed by
`writing`, who has a part in it by `team`. The modules follow the case: `applying`, `reviewing`, `completing`,
`talking`, `deciding`, `holding`, `appealing`, `standing`; `moves` has the table of what may follow what."""

from .appealing import hear_appeal, lodge_appeal
from .applying import (
    apply_with,
    delete_diagnosis,
    expect_no_appeal,
    idle_since,
    lapse,
    lock,
    not_a_member,
    renew,
    resubmit,
    start,
    start_diagnosis,
    submit,
    taken,
    under_way,
    withdraw,
)
from .completing import extend_completion, request_completion
from .deciding import (
    StaleDraft,
    Wording,
    ask_further_review,
    decide,
    decide_as_written,
    lines,
    seen_reviews,
)
from .holding import hindrance, hold, release, save_draft, stop_release, take_back
from .moves import MOVES
from .reviewing import (
    Judgement,
    StaleReview,
    assign,
    declare,
    save_judgement,
    save_review,
    save_summary,
    submit_review,
    unassign,
)
from .standing import CERTIFICATE_MOVES, change_certificate
from .talking import ask_talk, record_talk

__all__ = [
    "CERTIFICATE_MOVES",
    "MOVES",
    "Judgement",
    "StaleDraft",
    "StaleReview",
    "Wording",
    "apply_with",
    "ask_further_review",
    "ask_talk",
    "assign",
    "change_certificate",
    "decide",
    "decide_as_written",
    "declare",
    "delete_diagnosis",
    "expect_no_appeal",
    "extend_completion",
    "hear_appeal",
    "hindrance",
    "hold",
    "idle_since",
    "lapse",
    "lines",
    "lock",
    "lodge_appeal",
    "not_a_member",
    "record_talk",
    "release",
    "renew",
    "request_completion",
    "resubmit",
    "save_draft",
    "save_judgement",
    "save_review",
    "save_summary",
    "seen_reviews",
    "start",
    "start_diagnosis",
    "stop_release",
    "submit",
    "submit_review",
    "take_back",
    "taken",
    "unassign",
    "under_way",
    "withdraw",
]
