"""A whole portal of its own for a test: own database, own files, own server process."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2

ROOT = Path(__file__).resolve().parent.parent


def _fresh_database(url: str, name: str) -> str:
    """A new database on the server of the test run; its address."""
    with contextlib.closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{name}"')
            cursor.execute(f'CREATE DATABASE "{name}"')
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Site:
    """`manage` runs a management command; `running` serves the portal while a block lasts."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "qm_portal.settings",
            "QM_DEBUG": "1",
            "QM_DATA_DIR": str(folder),
            "QM_BASE_URL": self.url,
        }
        if os.environ.get("DATABASE_URL"):
            self.env["DATABASE_URL"] = _fresh_database(os.environ["DATABASE_URL"], name)
        self.manage("migrate", "--verbosity", "0")

    def manage(self, *arguments: str) -> str:
        """Run `manage.py` and give back what it printed. Raises CalledProcessError when it fails."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    @contextlib.contextmanager
    def running(self) -> Iterator[str]:
        """Serve at the address that the block gets."""
        with (self.folder / "server.log").open("a") as log:
            server = subprocess.Popen(
                [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{self.port}"],
                cwd=ROOT,
                env=self.env,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        try:
            self._wait(server)
            yield self.url
        finally:
            server.terminate()
            server.wait(timeout=20)

    def _wait(self, server: subprocess.Popen) -> None:
        while server.poll() is None:
            with (
                contextlib.suppress(OSError),
                urllib.request.urlopen(f"{self.url}/healthz", timeout=10) as answer,
            ):
                if answer.status == 200:
                    return
        raise RuntimeError((self.folder / "server.log").read_text())
