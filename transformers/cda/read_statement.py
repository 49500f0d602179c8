"""What the readers of all entries share: ids, provenance, the parts below an entry, and whether it affirms anything.

Parts are told by their code, by their template where the code is missing or foreign (eHDSI entry templates E.3.*): a
wrong template id alone loses nothing. A negated, planned or nullified entry is no statement of what is so.
"""

from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from typing import Final

from transformers.cda.read_tree import Element, Tree, child, children, local
from transformers.cda.read_values import coded, identifier, is_code, moment
from transformers.model.finding import Severity
from transformers.model.values import Coded, Period, Provenance

E3: Final = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
_BY_CODE: Final = {
    "SEV": "severity",
    "82606-5": "criticality",
    "66455-7": "certainty",
    "33999-4": "status",
    "11323-3": "health",
    "30973-2": "dose",
    "48767-8": "comment",
    "PINSTRUCT": "instruction",
    "FINSTRUCT": "dispenser",
}
_BY_TEMPLATE: Final = {
    f"{E3}8": "severity",
    f"{E3}33": "criticality",
    f"{E3}35": "certainty",
    f"{E3}49": "certainty",
    f"{E3}34": "status",
    f"{E3}9": "status",
    f"{E3}10": "health",
    f"{E3}28": "dose",
    f"{E3}11": "comment",
    f"{E3}12": "instruction",
    f"{E3}13": "dispenser",
}
_BY_TYPE: Final = {"MFST": "reaction", "RSON": "reason", "COMP": "component"}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document's statements come from, as shown to a reader: its custodian."""

    source: str


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


def parts_below(element: Element) -> dict[str, list[Element]]:
    """The statements below an entry by what they are to it; ``other`` what no rule tells."""
    found: dict[str, list[Element]] = defaultdict(list)
    for link in children(element, "entryRelationship"):
        for inner in link.iterchildren("*"):
            if local(inner) not in {"sequenceNumber", "seperatableInd"}:
                found[_kind(link, inner)].append(inner)
    return found


def _kind(link: Element, inner: Element) -> str:
    code = child(inner, "code")
    kind = None if code is None else _BY_CODE.get(code.get("code") or "")
    for template in children(inner, "templateId") if kind is None else ():
        kind = kind or _BY_TEMPLATE.get(template.get("root") or "")
    return kind or _BY_TYPE.get(link.get("typeCode") or "", "other")


def side_value(tree: Tree, parts: dict[str, list[Element]], kind: str) -> Coded | None:
    """The coded value of the first part of that kind: a severity, a certainty, a status."""
    for element in parts.get(kind, ()):
        found = tree.attempt(partial(_side, tree, element))
        if found is not None:
            return found
    return None


def _side(tree: Tree, element: Element) -> Coded | None:
    if not affirmed(tree, element):
        return None
    is_code(tree, child(element, "code"), *_BY_CODE)
    completed(tree, element)
    statement_id(tree, element)
    text = child(element, "text")
    tree.use(text)
    return coded(tree, child(element, "value"), text)


def comment(tree: Tree, parts: dict[str, list[Element]], own: str | None = None) -> str | None:
    """The words of the comments below an entry (E.3.11), and ``own``: words that stand in the entry itself."""
    said = [own] if own else []
    for element in parts.get("comment", ()):
        is_code(tree, child(element, "code"), "48767-8")
        completed(tree, element)
        words = tree.words(child(element, "text"))
        if words:
            said.append(words)
    return "\n".join(said) or None


def instruction(tree: Tree, parts: dict[str, list[Element]]) -> str | None:
    """The words of the first instruction to the patient (E.3.12)."""
    for element in parts.get("instruction", ()):
        words = tree.words(child(element, "text"))
        if words:
            is_code(tree, child(element, "code"), "PINSTRUCT")
            completed(tree, element)
            return words
    return None


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
    code = None if status is None else (status.get("code") or "").strip()
    if code not in known:
        return None
    tree.use(status, "code")
    return code


def affirmed(tree: Tree, element: Element, moods: frozenset[str] = frozenset({"EVN"})) -> bool:
    """Whether an entry says that something is so; what is negated, planned or taken back is a finding instead."""
    status = child(element, "statusCode")
    withdrawn = status is not None and status.get("code") == "nullified"
    mood = element.get("moodCode")
    if element.get("negationInd") == "true" or withdrawn or (mood is not None and mood not in moods):
        text = "A negated, planned or withdrawn statement is not read as one; see the section's words."
        tree.note(Severity.ERROR, "statement-not-affirmed", element, text)
        return False
    return True


def differs(tree: Tree, element: Element, concern: Period, stated: Period) -> None:
    """Report a concern whose time is another than its statement's: the statement's is kept."""
    if stated != Period() and concern not in {stated, Period()}:
        text = "The concern has another time than the statement in it; the statement's is kept."
        tree.note(Severity.WARNING, "concern-time-differs", element, text)


def unreadable(tree: Tree, element: Element, what: str) -> None:
    """Report an entry that is no statement for want of what it is about."""
    text = f"The entry tells no {what}; see the section's words."
    tree.note(Severity.ERROR, "statement-unreadable", element, text)
