"""What clamd is asked and what its answer is taken for. A real clamd answers; where it should misbehave, a server
of the test's own does."""

from __future__ import annotations

import io
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from applications.scanning import PIECE, Answer, Verdict, is_on, scan

from . import clamd


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with clamd.running() as running:
        yield running


@pytest.fixture
def scanner(address, settings) -> str:
    settings.QM_CLAMD = address
    return address


def test_off_without_an_address(settings):
    settings.QM_CLAMD = ""
    assert not is_on()


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 5 * 1024 * 1024])
def test_a_clean_file(scanner, size):
    assert scan(io.BytesIO(b"x" * size)) == Answer(Verdict.CLEAN)


@pytest.mark.parametrize("before", [0, 1, PIECE - 5, PIECE, 3 * 1024 * 1024])
def test_a_virus_by_its_name(scanner, before):
    file = io.BytesIO(b"x" * before + clamd.MARKER + b"y")
    assert scan(file) == Answer(Verdict.INFECTED, clamd.VIRUS)


def test_a_file_is_read_from_its_start(scanner):
    file = io.BytesIO(clamd.MARKER)
    file.seek(0, io.SEEK_END)
    assert scan(file).verdict is Verdict.INFECTED


def test_nobody_answers(settings, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        closed = f"127.0.0.1:{probe.getsockname()[1]}"
    for address in (f"unix:{tmp_path}/none", closed):
        settings.QM_CLAMD = address
        assert scan(io.BytesIO(b"x")).verdict is Verdict.NO_ANSWER


@pytest.fixture
def answering(settings) -> Iterator:
    """Makes a server that gives one answer, whatever it is asked; None is silence."""
    listener = socket.create_server(("127.0.0.1", 0))
    settings.QM_CLAMD = f"127.0.0.1:{listener.getsockname()[1]}"
    enough = threading.Event()
    threads = []

    def serve(answer: bytes | None) -> None:
        connection, _address = listener.accept()
        with connection:
            if answer is None:
                enough.wait(10)
                return
            heard = b""
            while not heard.endswith(bytes(4)):
                heard += connection.recv(PIECE)
            connection.sendall(answer)

    def start(answer: bytes | None) -> None:
        thread = threading.Thread(target=serve, args=[answer])
        thread.start()
        threads.append(thread)

    yield start
    enough.set()
    for thread in threads:
        thread.join(10)
    listener.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"stream: OK",
        b"stream: O\0",
        b"OK\0",
        b"stream: INSTREAM size limit exceeded. ERROR\0",
        b"INSTREAM size limit exceeded. ERROR\0",
        b"UNKNOWN COMMAND\0",
        b"stream: Bad FOUND",
        b"\xff\xfe\0",
        b"x" * 5000,
        b"stream: OK\0stream: OK\0x",
    ],
)
def test_anything_but_a_plain_ok_is_no_answer(answering, answer):
    answering(answer)
    assert scan(io.BytesIO(b"x")).verdict is Verdict.NO_ANSWER


def test_a_name_with_spaces(answering):
    answering(b"stream: A Name With Spaces FOUND\0")
    assert scan(io.BytesIO(b"x")) == Answer(Verdict.INFECTED, "A Name With Spaces")


def test_silence_ends_the_waiting(answering):
    answering(None)
    begun = time.monotonic()
    assert scan(io.BytesIO(b"x"), patience=0.3).verdict is Verdict.NO_ANSWER
    assert time.monotonic() - begun < 5
