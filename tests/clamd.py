"""A real clamd of the tests' own, with one signature: MARKER."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

MARKER = b"KVALITETSPROV-MED-VIRUS"
VIRUS = "QM.Test.Marker.UNOFFICIAL"
"""What clamd calls it: the name below, and that it isn't ClamAV's own."""


def program() -> str:
    """Where Debian's package puts it, which isn't on every PATH."""
    path = shutil.which("clamd") or shutil.which("clamd", path="/usr/sbin:/usr/local/sbin")
    assert path, "Install Debian's clamav-daemon; `make test` does."
    return path


@contextlib.contextmanager
def running() -> Iterator[str]:
    """A clamd that listens while the block lasts; its address, as QM_CLAMD takes it."""
    # Not under pytest's folder: the name of a socket may have no more than 108 bytes.
    with tempfile.TemporaryDirectory(prefix="qm-clamd-") as name:
        folder = Path(name)
        socket = folder / "socket"
        (folder / "signatures").mkdir()
        (folder / "signatures" / "test.ndb").write_text(f"QM.Test.Marker:0:*:{MARKER.hex()}\n")
        (folder / "clamd.conf").write_text(
            f"LocalSocket {socket}\nDatabaseDirectory {folder / 'signatures'}\n"
            f"TemporaryDirectory {folder}\nForeground yes\nMaxThreads 2\n"
        )
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [program(), "-c", str(folder / "clamd.conf")], stdout=log, stderr=subprocess.STDOUT
            )
        try:
            _wait(server, socket, folder / "log")
            yield f"unix:{socket}"
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait(server: subprocess.Popen, socket: Path, log: Path) -> None:
    until = time.monotonic() + 30
    while not socket.exists():
        if server.poll() is not None or time.monotonic() > until:
            raise RuntimeError(log.read_text(errors="replace"))
        with contextlib.suppress(subprocess.TimeoutExpired):
            server.wait(timeout=0.05)
