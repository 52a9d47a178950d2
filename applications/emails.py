"""The mails, one function each. They are sent by `applications.tasks`, after the commit."""

from collections.abc import Callable

SENDERS: dict[str, Callable[[int], None]] = {}
