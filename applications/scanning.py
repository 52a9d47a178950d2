"""Asking ClamAV about a file, in the few words of its protocol that are needed (INSTREAM, clamd(8)). Only a
plain 'OK' is taken for clean; whatever else goes wrong is no answer, and the file waits."""

from __future__ import annotations

import enum
import socket
import struct
import time
from dataclasses import dataclass
from typing import IO

from django.conf import settings

PIECE = 64 * 1024
MAX_REPLY = 4096
PATIENCE = 20.0
"""Seconds for a scan while somebody waits for a page; under what a web server gives a request."""


class Verdict(enum.Enum):
    CLEAN = "clean"
    INFECTED = "infected"
    NO_ANSWER = "no answer"


@dataclass(frozen=True)
class Answer:
    """What clamd says; `finding` is the virus by its name, or why there was no answer."""

    verdict: Verdict
    finding: str = ""


def is_on() -> bool:
    """Whether evidence is scanned at all."""
    return bool(settings.QM_CLAMD)


def scan(file: IO[bytes], *, patience: float = PATIENCE) -> Answer:
    """What clamd says of `file`, read from its start, within about `patience` seconds."""
    deadline = time.monotonic() + patience
    try:
        with _connect(deadline) as connection:
            reply = _ask(connection, file, deadline)
    except (OSError, ValueError) as error:
        return Answer(Verdict.NO_ANSWER, f"{type(error).__name__}: {error}"[:200])
    if reply == "stream: OK":
        return Answer(Verdict.CLEAN)
    if reply.startswith("stream: ") and reply.endswith(" FOUND"):
        return Answer(Verdict.INFECTED, reply[len("stream: ") : -len(" FOUND")][:200])
    return Answer(Verdict.NO_ANSWER, reply[:200])


def _connect(deadline: float) -> socket.socket:
    address = settings.QM_CLAMD
    if address.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(_left(deadline))
            connection.connect(address.removeprefix("unix:"))
        except BaseException:
            connection.close()
            raise
        return connection
    host, _colon, port = address.rpartition(":")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=min(5, _left(deadline)))


def _ask(connection: socket.socket, file: IO[bytes], deadline: float) -> str:
    file.seek(0)
    connection.settimeout(_left(deadline))
    try:
        connection.sendall(b"zINSTREAM\0")
        while piece := file.read(PIECE):
            connection.settimeout(_left(deadline))
            connection.sendall(struct.pack(">L", len(piece)) + piece)
        connection.sendall(struct.pack(">L", 0))
    except (BrokenPipeError, ConnectionResetError):
        pass  # It has heard enough, and may say why.
    reply = b""
    while not reply.endswith(b"\0") and len(reply) < MAX_REPLY:
        connection.settimeout(_left(deadline))
        piece = connection.recv(MAX_REPLY)
        if not piece:
            break
        reply += piece
    # A reply that was cut off could end in a word that it doesn't mean.
    if not reply.endswith(b"\0"):
        raise ConnectionError(f"clamd was cut off at {reply[:100]!r}")
    return reply[:-1].decode("utf-8", "replace").strip()


def _left(deadline: float) -> float:
    """The seconds that are left, for a socket's timeout. Raises TimeoutError when there are none."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("clamd takes too long")
    return left
