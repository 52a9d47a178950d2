"""A real Chromium on a portal of the test's own."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.site import Site

WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 320, "height": 640}
OWN = ("http://127.0.0.1", "data:", "blob:", "chrome:", "chrome-extension:")
"""Where requests may go: the portal, and the browser's own PDF viewer."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "Install Debian's chromium; `make test` does."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A portal with the demo in it."""
    # Workers of one test run share a PostgreSQL server.
    fresh = Site(tmp_path, f"qm_browser_{os.environ.get('PYTEST_XDIST_WORKER', '')}")
    fresh.manage("demo")
    return fresh


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[[], Page]]:
    """Opens pages, each in a browser profile of its own. At the end nothing may have been wrong on any of
    them: no script error, no breach of the content security policy, nothing fetched from another host. A test
    that breaks something on purpose says which lines in the console it `expects`, by a part of each."""
    contexts, faults = [], []

    def watch(page: Page, expects: tuple[str, ...]) -> None:
        def is_fault(line: ConsoleMessage) -> bool:
            return line.type == "error" and not any(part in line.text for part in expects)

        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        page.on(
            "console",
            lambda line: faults.append(f"{page.url}: {line.text}") if is_fault(line) else None,
        )
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith(OWN) else faults.append(f"{page.url} asked for {request.url}")
            ),
        )

    def open_page(expects: tuple[str, ...] = (), **options) -> Page:
        settings = {"viewport": WIDE, "locale": "en-GB", "accept_downloads": True, **options}
        context = chromium.new_context(**settings)
        context.set_default_timeout(20_000)
        contexts.append(context)
        page = context.new_page()
        watch(page, expects)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def check_page(page: Page) -> None:
    """What every page must be: clean by axe, and without sideways scrolling, wide and narrow. A click comes back when
    the next page begins to arrive; it is judged when it has."""
    page.wait_for_load_state()
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0, f"{page.url} is {overflow} px too wide at {size['width']} px"
        found = Axe().run(page)
        assert found.violations_count == 0, f"{page.url} at {size['width']} px: {found.generate_report()}"
