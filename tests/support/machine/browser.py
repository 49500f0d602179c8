"""Pages looked at in Debian's Chromium: served to it from memory, nothing else of the world within reach."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import BrowserContext, ConsoleMessage, Error, Page, Route, sync_playwright

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
    """The page at a width, loaded anew in the one tab there is: a tab of its own costs half a second of CPU."""
    tab = opened.pages[0] if opened.pages else opened.new_page()
    looked = Looked(tab)

    def answer(route: Route) -> None:
        looked.asked.append(route.request.url)
        if route.request.url == _ADDRESS:
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        else:
            route.abort()

    def complained(message: ConsoleMessage) -> None:
        looked.complaints.append(message.text)

    def failed(fault: Error) -> None:
        looked.complaints.append(str(fault))

    tab.set_viewport_size({"width": width, "height": height})
    tab.emulate_media(media="null")
    tab.route("**/*", answer)
    tab.on("console", complained)
    tab.on("pageerror", failed)
    try:
        tab.goto(_ADDRESS)
        yield looked
    finally:
        tab.remove_listener("console", complained)
        tab.remove_listener("pageerror", failed)
        tab.unroute_all()
