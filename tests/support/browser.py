"""Pages looked at in Debian's Chromium: served to it from memory, nothing else of the world within reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.support.require import require

_ADDRESS = "http://display.test/"
_FLAGS = ("--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync")
"""As root in a container; and no requests of the browser's own."""


@contextmanager
def browser() -> Iterator[Browser]:
    """One Chromium for as long as it is looked at."""
    program = require("chromium")
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=list(_FLAGS))
        try:
            yield opened
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

    def overflow(self) -> int:
        """Pixels by which the page is wider than the window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@contextmanager
def looked_at(opened: Browser, html: bytes, *, width: int, height: int = 900) -> Iterator[Looked]:
    """The page at a width, in a context of its own."""
    context = opened.new_context(viewport={"width": width, "height": height}, offline=False)
    try:
        looked = Looked(context.new_page())

        def answer(route: Route) -> None:
            looked.asked.append(route.request.url)
            if route.request.url == _ADDRESS:
                route.fulfill(body=html, content_type="text/html; charset=utf-8")
            else:
                route.abort()

        context.route("**/*", answer)
        looked.page.on("console", lambda said: looked.complaints.append(said.text))
        looked.page.on("pageerror", lambda fault: looked.complaints.append(str(fault)))
        looked.page.goto(_ADDRESS)
        yield looked
    finally:
        context.close()
