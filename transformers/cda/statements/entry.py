"""What the readers of all entries share: ids, provenance, the values of parts, notes and statuses.

What is a statement or a part of one is told in `transformers.cda.statements`.
"""

from dataclasses import dataclass
from functools import partial

from transformers.cda.statements.parts import PART_CODES
from transformers.cda.statements.signs import affirmed
from transformers.cda.types.tree import Element, Tree, child, children
from transformers.cda.types.values import coded, identifier, is_code, moment
from transformers.model.finding import Severity
from transformers.model.values import Coded, Period, Provenance


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document's statements come from, as shown to a reader: its custodian."""

    source: str
    section: str = ""
    """The section of the pivot whose entries are read."""


def provenance(tree: Tree, element: Element, origin: Origin) -> Provenance:
    """Who keeps the statement, its id there, and when its author recorded it."""
    author = child(element, "author")
    recorded = None if author is None else moment(tree, child(author, "time"))
    return Provenance(origin.source, statement_id(tree, element) or None, recorded)


def statement_id(tree: Tree, element: Element) -> str:
    """The first id with a root, as ``extension`` or, without one, its root; empty when there is none."""
    found = ""
    for each in children(element, "id"):
        one = identifier(tree, each)
        if one is not None and not found:
            found = one.extension or one.root
    return found


def side_value(tree: Tree, parts: dict[str, list[Element]], kind: str) -> Coded | None:
    """The coded value of the first part of that kind: a severity, a certainty, a status."""
    for element in parts.get(kind, ()):
        found = tree.attempt(partial(_side, tree, element))
        if found is not None:
            return found
    return None


def _side(tree: Tree, element: Element) -> Coded | None:
    if not affirmed(tree, element, "part"):
        return None
    is_code(tree, child(element, "code"), *PART_CODES)
    completed(tree, element)
    statement_id(tree, element)
    text = child(element, "text")
    tree.use(text)
    return coded(tree, child(element, "value"), text)


def comment(tree: Tree, parts: dict[str, list[Element]], own: str | None = None) -> str | None:
    """The words of the comments below an entry (E.3.11), and ``own``: words that stand in the entry itself."""
    said = [own] if own else []
    for element in parts.get("comment", ()):
        if not affirmed(tree, element, "part"):
            continue
        is_code(tree, child(element, "code"), "48767-8")
        completed(tree, element)
        words = tree.words(child(element, "text"))
        if words:
            said.append(words)
    return "\n".join(said) or None


def own_words(tree: Tree, element: Element) -> tuple[Element | None, str | None]:
    """An entry's text, for `coded`, and its words only when they stand in the entry and not in the narrative."""
    text = child(element, "text")
    tree.use(text)
    inline = None if text is None or child(text, "reference") is not None else tree.words(text)
    return text, inline


def completed(tree: Tree, element: Element) -> None:
    """The status every observation has: it says nothing. Another one stays unread."""
    status = child(element, "statusCode")
    if status is not None and status.get("code") == "completed":
        tree.use(status, "code")


def status_of(tree: Tree, element: Element, known: frozenset[str]) -> str | None:
    """The statement's status when it is one of ``known``; another one stays unread."""
    status = child(element, "statusCode")
    code = None if status is None else status.get("code")
    if code not in known:
        return None
    tree.use(status, "code")
    return code


def differs(tree: Tree, element: Element, concern: Period, stated: Period) -> None:
    """Report a concern whose time is another than its statement's: the statement's is kept."""
    if stated != Period() and concern not in {stated, Period()}:
        text = "The concern has another time than the statement in it; the statement's is kept."
        tree.note(Severity.WARNING, "concern-time-differs", element, text)
