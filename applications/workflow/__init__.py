"""The one door for each change of state. Each function is one transaction: it checks who asks and what must
hold, moves the status with `UPDATE … WHERE status = <from>`, writes an event, and sends mail after the commit.
Nothing else assigns `Application.status` or `Certificate.status`. What an application holds is changed by
`writing`, who has a part in it by `team`. The modules follow the case: `applying`, `reviewing`, `deciding`,
`standing`; `moves` has the table of what may follow what."""

from .applying import (
    apply_with,
    delete_diagnosis,
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
from .deciding import ask_further_review, decide, uphold_appeal
from .moves import MOVES
from .reviewing import (
    Judgement,
    assign,
    declare,
    request_completion,
    save_review,
    submit_review,
    unassign,
)
from .standing import CERTIFICATE_MOVES, change_certificate

__all__ = [
    "CERTIFICATE_MOVES",
    "MOVES",
    "Judgement",
    "apply_with",
    "ask_further_review",
    "assign",
    "change_certificate",
    "decide",
    "declare",
    "delete_diagnosis",
    "idle_since",
    "lapse",
    "lock",
    "not_a_member",
    "renew",
    "request_completion",
    "resubmit",
    "save_review",
    "start",
    "start_diagnosis",
    "submit",
    "submit_review",
    "taken",
    "unassign",
    "under_way",
    "uphold_appeal",
    "withdraw",
]
