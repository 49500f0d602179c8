"""How a codec walks a tree: one child, its text, its attribute, each absent or doubled in a stated way.

A reader is given the error it raises, because a request and an answer are refused differently.
"""

from collections.abc import Callable, Sequence

from gateway.errors import AnswerMalformed, Refusal, RequestMalformed
from trust.xml import XML_BLANKS, Element

Malformed = Callable[[str], Refusal]


class Reader:
    """Walks elements of one namespace; what is not as its profile says raises with the name of the field."""

    def __init__(self, namespace: str, malformed: Malformed) -> None:
        self._namespace = namespace
        self._malformed = malformed

    def all(self, parent: Element, path: str) -> list[Element]:
        """Every element at ``a/b/c`` below ``parent``."""
        return parent.findall("/".join(f"{{{self._namespace}}}{step}" for step in path.split("/")))

    def maybe(self, parent: Element, path: str) -> Element | None:
        """The element at ``path``, None when absent, refused when repeated."""
        found = self.all(parent, path)
        if len(found) > 1:
            raise self._malformed(path)
        return found[0] if found else None

    def one(self, parent: Element, path: str) -> Element:
        """The element at ``path``, refused when absent or repeated."""
        found = self.maybe(parent, path)
        if found is None:
            raise self._malformed(path)
        return found

    def text(self, parent: Element, path: str) -> str:
        """The text of the one element at ``path``, trimmed, refused when blank."""
        text = (self.one(parent, path).text or "").strip(XML_BLANKS)
        if not text:
            raise self._malformed(path)
        return text

    def maybe_text(self, parent: Element, path: str) -> str | None:
        """The text at ``path``, None when absent or blank."""
        found = self.maybe(parent, path)
        return ((found.text or "").strip(XML_BLANKS) or None) if found is not None else None

    def attribute(self, element: Element, name: str, path: str) -> str:
        """An attribute, trimmed, refused when absent or blank."""
        value = (element.get(name) or "").strip(XML_BLANKS)
        if not value:
            raise self._malformed(f"{path}/@{name}")
        return value


def in_request(namespace: str) -> Reader:
    """A reader whose refusal is the asker's."""
    return Reader(namespace, RequestMalformed)


def in_answer(namespace: str) -> Reader:
    """A reader whose refusal is of a peer's answer."""
    return Reader(namespace, AnswerMalformed)


def first(elements: Sequence[Element]) -> Element | None:
    """The first, None when there is none."""
    return elements[0] if elements else None
