"""Pages looked at in Debian's Chromium: served to it from memory, nothing else of the world within reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, Page, Route, sync_playwright

from tests.support.machine.require import require

_ADDRESS = "http://display.test/"
_FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
"""As root in a container; and no requests of the browser's own."""


@contextmanager
def browser() -> Iterator[BrowserContext]:
    """One Chromium for as long as it is looked at: pages share its cookies and storage, and no page of ours has any."""
    program = require("chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield opened.new_context()
        finally:
            opened.close()


@dataclass
class Looked:
    """A page on the screen, with what it asked the world for and what the browser complained about."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def unfold(self) -> None:
        """Everything that is folded away, opened."""
        self.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")

    def resize(self, width: int) -> None:
        """The same page in a window of another width."""
        self.page.set_viewport_size({"width": width, "height": 900})

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@contextmanager
def looked_at(opened: BrowserContext, html: bytes, *, width: int, height: int = 900) -> Iterator[Looked]:
    """The page at a width, in a tab of its own."""
    looked = Looked(opened.new_page())
    try:

        def answer(route: Route) -> None:
            looked.asked.append(route.request.url)
            if route.request.url == _ADDRESS:
                route.fulfill(body=html, content_type="text/html; charset=utf-8")
            else:
                route.abort()

        looked.page.set_viewport_size({"width": width, "height": height})
        looked.page.route("**/*", answer)
        looked.page.on("console", lambda said: looked.complaints.append(said.text))
        looked.page.on("pageerror", lambda fault: looked.complaints.append(str(fault)))
        looked.page.goto(_ADDRESS)
        yield looked
    finally:
        looked.page.close()
