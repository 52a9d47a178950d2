"""What the association's pages cost with many applications, in proportion to what they cost with few:

python -m tests.bench --size 10000

Two databases of a real PostgreSQL are loaded by `manage.py demo --size` and kept under var/bench. Two processes, one
for each, answer the same request in turn by the portal's own WSGI application; for each page the medians are compared.
As many cases are open in both, so that there is as much to do; what grows is what lies behind them, and with --open the
open ones too. The exit status is 1 where a page costs more than LIMIT times as much
or asks the database more often, or where a page that is to be measured isn't there."""

from __future__ import annotations

import argparse
import gc
import hashlib
import io
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg2

from tests.postgres import server_in

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "var" / "bench"
LIMIT = 1.5
OPEN = 14
"""So many cases are in each status that is open, among the few."""
ADVISOR, ADMINISTRATOR = "radgivare3@qm.example", "admin@qm.example"
LIST = "applications_application_changelist"


@dataclass(frozen=True)
class Page:
    """A page to measure. `names` are what its address may be called, the first that is there; one that is wanted
    and isn't there is a failure. Of a stream the first two lines are measured: the heading and the first row."""

    label: str
    names: tuple[str, ...]
    args: Callable[[], list[Any]] = list
    query: Callable[[], str] = str
    who: str = ADVISOR
    is_wanted: bool = True
    is_stream: bool = False
    is_fresh: bool = False
    """Nothing is remembered from the time before."""
    is_judged: bool = True
    """Otherwise what it costs is told, and nothing is asked of it."""


def _reviewed() -> list[Any]:
    """The open case whose review has waited longest for the advisor."""
    from applications.models import Review

    drafts = Review.objects.filter(
        assignment__advisor__email=ADVISOR, submitted_at=None, assignment__application__status="in_review"
    )
    oldest = drafts.order_by("assignment__application__status_since").select_related("assignment")[0]
    return [oldest.assignment.application_id]


def _reference() -> str:
    """A search for the oldest case of the organisation that is alike at every size."""
    from applications.models import Application

    case = Application.objects.filter(area="Provstad 0000").get()
    return f"q={case.reference}"


STATISTICS = ("applications_application_statistics",)
PAGES = (
    Page("Queue: what to do now", ("index",)),
    Page("Queue: the list", (LIST,)),
    Page("Filtered: my own in review", (LIST,), query=lambda: "status=in_review&advisor=me"),
    Page("Filtered: open and closed", (LIST,), query=lambda: "status=all"),
    Page("Search: a reference", (LIST,), query=_reference),
    Page("Search: a town", (LIST,), query=lambda: "q=Provstad+0000"),
    Page("Search: an organisation", (LIST,), query=lambda: "q=Provort+0000"),
    Page("Review", ("applications_application_review",), args=_reviewed),
    Page("Statistics", STATISTICS, who=ADMINISTRATOR),
    Page("  counted anew", STATISTICS, who=ADMINISTRATOR, is_wanted=False, is_fresh=True, is_judged=False),
    Page(
        "Export: the first row",
        ("applications_application_export_file",),
        args=lambda: ["applications", "csv"],
        who=ADMINISTRATOR,
        is_wanted=False,
        is_stream=True,
        is_judged=False,
    ),
)


def address(page: Page) -> tuple[str, str] | None:
    """Its path and query, or None where it isn't there."""
    from django.urls import NoReverseMatch, reverse

    for name in page.names:
        try:
            return reverse(f"admin:{name}", args=page.args()), page.query()
        except NoReverseMatch:
            continue
    return None


# --- One of the two processes ----------------------------------------------------------------------------------
class Worker:
    """Answers requests against one database, and tells what each cost."""

    def __init__(self) -> None:
        from django.conf import settings

        settings.DEBUG = (
            False  # With it Django keeps every statement; what was loaded under it stays as it is.
        )
        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
        from django.core.wsgi import get_wsgi_application

        self.application = get_wsgi_application()
        self.cookies = {who: self._sign_in(who) for who in (ADVISOR, ADMINISTRATOR)}
        self.addresses = [address(page) for page in PAGES]

    def _sign_in(self, email: str) -> str:
        from django.test import Client

        from members.models import User

        client = Client()
        client.force_login(
            User.objects.get(email=email), "allauth.account.auth_backends.AuthenticationBackend"
        )
        return "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())

    def answer(self, number: int) -> dict[str, Any] | None:
        """Get a page once: its status, how long it took, and how many bytes it has. None where it isn't there."""
        found = self.addresses[number]
        if found is None:
            return None
        page, (path, query) = PAGES[number], found
        environ = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "HTTP_HOST": "127.0.0.1",
            "HTTP_COOKIE": self.cookies[page.who],
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": sys.stderr,
            "wsgi.version": (1, 0),
            "wsgi.multithread": False,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        said: list[str] = []
        if page.is_fresh:
            from django.core.cache import cache

            cache.clear()
        gc.collect()
        start = time.perf_counter()
        response = self.application(environ, lambda status, _headers, _info=None: said.append(status))
        with closing(response):
            body = b""
            for piece in response:
                body += piece
                if page.is_stream and body.count(b"\n") > 1:
                    break
        took = time.perf_counter() - start
        return {"status": said[0], "ms": took * 1000, "bytes": len(body), "queries": None}

    def count(self, number: int) -> dict[str, Any] | None:
        """Get a page once and count what it asks the database."""
        from django.core.signals import request_started
        from django.db import connection, reset_queries

        request_started.disconnect(reset_queries)  # Django forgets the statements when a request begins.
        connection.force_debug_cursor = True
        connection.queries_log.clear()
        found = self.answer(number)
        connection.force_debug_cursor = False
        request_started.connect(reset_queries)
        return found and {**found, "queries": len(connection.queries_log)}

    def serve(self) -> None:
        """Answer what is asked on standard input, a line each, until it ends."""
        for line in sys.stdin:
            what, number = json.loads(line)
            print(json.dumps(getattr(self, what)(number)), flush=True)


# --- The one that asks them ------------------------------------------------------------------------------------
def _environment(server: str, name: str) -> dict[str, str]:
    return {
        **os.environ,
        "DATABASE_URL": f"{server.partition('?')[0].rpartition('/')[0]}/{name}?{server.partition('?')[2]}",
        "DJANGO_SETTINGS_MODULE": "qm_portal.settings",
        "QM_DEBUG": "1",
        "QM_DATA_DIR": str(KEPT / name),
    }


def _code() -> str:
    """Tells one state of the code that fills a database from another."""
    files = [
        *ROOT.glob("applications/demo/**/*.py"),
        *ROOT.glob("applications/demo/*.toml"),
        *ROOT.glob("*/migrations/*.py"),
        *(ROOT / "applications" / f"{name}.py" for name in ("events", "reading", "hashing", "protection")),
    ]
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]


def database(server: str, size: int, open_each: int) -> str:
    """The name of a database with so many applications, of which so many are in each status that is open. It is
    loaded unless it is kept from before."""
    prefix = f"qm_{size}_{open_each}_"
    name = prefix + _code()
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [f"{prefix}%"])
        kept = [row[0] for row in cursor.fetchall()]
        for other in kept:
            if other != name:
                cursor.execute(f'DROP DATABASE "{other}"')
                shutil.rmtree(KEPT / other, ignore_errors=True)
        if name in kept:
            return name
        loading = f"{name}_loading"
        cursor.execute(f'CREATE DATABASE "{loading}"')
        print(f"Loading {size} applications …", flush=True)
        start = time.perf_counter()
        for command in (["migrate", "--verbosity=0"], ["demo", f"--size={size}", f"--open={open_each}"]):
            subprocess.run(
                [sys.executable, "manage.py", *command],
                cwd=ROOT,
                env=_environment(server, loading),
                stdout=subprocess.DEVNULL,
                check=True,
            )
        print(f"  took {time.perf_counter() - start:.0f} s", flush=True)
        with closing(psycopg2.connect(_environment(server, loading)["DATABASE_URL"])) as loaded:
            loaded.autocommit = True
            loaded.cursor().execute("VACUUM ANALYZE")
        (KEPT / loading).rename(KEPT / name)
        cursor.execute(f'ALTER DATABASE "{loading}" RENAME TO "{name}"')
    return name


class Asked:
    """One of the two processes, as the other side of its pipes."""

    def __init__(self, server: str, name: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench", "--worker"],
            cwd=ROOT,
            env=_environment(server, name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, what: str, number: int) -> dict[str, Any] | None:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(json.dumps([what, number]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("One of the two processes has ended; see above why.")
        return json.loads(line)

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(timeout=30)


def compare(number: int, few: Asked, many: Asked, runs: int) -> tuple[str, bool]:
    """The line of the table for a page, and whether it is as it should be."""
    page = PAGES[number]
    for asked in (few, many):
        found = asked.ask("answer", number)
        if found is None:
            names = " or ".join(f"admin:{name}" for name in page.names)
            return f"{page.label:<32}There is no page called {names}.", not page.is_wanted
        if found["status"] != "200 OK":
            return f"{page.label:<32}answers {found['status']}", False
    queries = [asked.ask("count", number)["queries"] for asked in (few, many)]
    times: dict[Asked, list[float]] = {few: [], many: []}
    for run in range(runs):
        # Each goes first as often as the other.
        for asked in (few, many) if run % 2 else (many, few):
            times[asked].append(asked.ask("answer", number)["ms"])
    less, more = (statistics.median(times[asked]) for asked in (few, many))
    verdict = [
        *(["over"] if more / less > LIMIT and page.is_judged else []),
        *(["not as many queries"] if queries[0] != queries[1] else []),
    ]
    limit, fine = (LIMIT, "ok") if page.is_judged else ("", "")
    line = (
        f"{page.label:<32}{less:>9.1f}{more:>10.1f}{more / less:>8.2f}{limit:>7}"
        f"{queries[0]:>9}{queries[1]:>6}   {', '.join(verdict) or fine}"
    )
    return line, not verdict


def main(options: argparse.Namespace) -> int:
    KEPT.mkdir(parents=True, exist_ok=True)
    with server_in(KEPT / "postgres") as server:
        names = [database(server, options.few, OPEN), database(server, options.size, options.open)]
        few, many = (Asked(server, name) for name in names)
        print(f"\n{'Page':<32}{'ms':>9}{'ms':>10}{'ratio':>8}{'limit':>7}{'queries':>15}")
        print(f"{'  with so many applications':<32}{options.few:>9}{options.size:>10}")
        is_good = True
        for number in range(len(PAGES)):
            line, is_ok = compare(number, few, many, options.runs)
            print(line, flush=True)
            is_good &= is_ok
        few.close()
        many.close()
    print(
        f"\nMedians of {options.runs} requests each, in turn. "
        + ("All is within the limit." if is_good else "Something is not as it should be: see above.")
    )
    return 0 if is_good else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", type=int, default=10_000, help="how many applications are many")
    parser.add_argument("--few", type=int, default=100, help="how many are few")
    parser.add_argument("--open", type=int, default=OPEN, help="how many of the many are in each open status")
    parser.add_argument("--runs", type=int, default=31, help="how often each page is asked for")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.worker:
        Worker().serve()
    else:
        sys.exit(main(chosen))
