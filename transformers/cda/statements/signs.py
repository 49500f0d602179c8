"""The signs a CDA act bears, what they make of it, and how an act that is no statement stays visible in words.

Every reader asks here; what a sign means stands in `transformers.model.standing`. Nothing here looks at where an act
hangs, save that a negated link denies what it leads to.
"""

from collections.abc import Iterator
from typing import Final

from transformers.cda.types.tree import HL7, Element, Tree, child, local
from transformers.cda.types.vocabulary import ALLERGIC_DISPOSITION, DRUG, FINDING, PROBLEM, PROPENSITY
from transformers.model.absence import AS_TEXT
from transformers.model.finding import Severity
from transformers.model.standing import Signs, Standing, standing
from transformers.model.summary import KeptInWords

_LINKS: Final = frozenset({"entryRelationship", "component", "entry"})
_NOBODY: Final = frozenset({"author", "performer", "informant", "assignedEntity", "scopingEntity", "templateId", "id"})
"""Elements whose words are of persons, organisations or form, and not of the patient's state."""
_FORM_CODES: Final = frozenset(
    {"CONC", DRUG.code, "IMMUNIZ", ALLERGIC_DISPOSITION, PROPENSITY, PROBLEM.code, FINDING.code, "SEV", AS_TEXT}
)
_ONESELF: Final = frozenset({"ONESELF", "SELF"})
"""HL7 RoleCode: the subject is the patient."""
_SUBJECT, _SECTION, _CONCEPTS = f"{HL7}subject", f"{HL7}section", (f"{HL7}value", f"{HL7}code")
_LONG: Final = 4000
"""Characters of narrative that one entry repeats at most: many may refer to one table, which the section has whole."""
_SEE_SECTION: Final = "(…)"
_TEXTS: Final = {
    Standing.CONTRADICTED: "The statement is denied and, at once, completed and dated: both are kept in words.",
    Standing.UNPLACED: "The part belongs to no statement, or to none that can be told; its words are kept.",
    Standing.OTHER_PERSON: "It is about somebody else than the patient (subject); it is kept in words.",
    Standing.OTHER_FORM: "The entry is of another form than its section has; it is not read by its place.",
    Standing.NOT_READABLE: "The entry is no statement that can be read; see the section's words.",
}
_CODES: Final = {
    Standing.CONTRADICTED: "statement-contradicted",
    Standing.UNPLACED: "part-unplaced",
    Standing.OTHER_FORM: "statement-of-other-form",
    Standing.NOT_READABLE: "statement-unreadable",
}
_NOT_AFFIRMED: Final = "A negated, planned or withdrawn statement is not read as one; see the section's words."


def signs_of(element: Element, verification: str | None = None, tree: Tree | None = None) -> Signs:
    """The signs of an act. A negated link counts as its negation; ``dated``: any effectiveTime with a value.

    ``verification``: what a part of it says; else a qualifier of what it states may take it back. ``tree`` knows
    whether there are subjects and qualifiers at all.
    """
    link, status = element.getparent(), child(element, "statusCode")
    negation = element.get("negationInd")
    if link is not None and local(link) in _LINKS and link.get("negationInd") not in {None, "false"}:
        negation = link.get("negationInd")
    return Signs(
        mood=element.get("moodCode"),
        negation=negation,
        status=None if status is None else status.get("code") or None,
        null_flavor=element.get("nullFlavor"),
        verification=verification or (_qualified(element) if tree is None or tree.qualifies else None),
        dated=negation is not None and _dated(element),
        other_person=(tree is None or tree.names_subjects) and _is_of_another(element),
    )


def _is_of_another(element: Element) -> bool:
    """Whether an act, or what it stands in up to its section, has a subject who is not the patient (CDA R2)."""
    holder: Element | None = element
    while holder is not None:
        subject = holder.find(_SUBJECT)
        if subject is not None:
            code = subject.find("{*}relatedSubject/{*}code")
            return code is None or code.get("code") not in _ONESELF
        holder = None if holder.tag == _SECTION else holder.getparent()
    return False


def _qualified(element: Element) -> str | None:
    """The code of a qualifier (CD, post-coordination) that takes back what a concept of the act says."""
    for path in _CONCEPTS:
        concept = element.find(path)
        if concept is not None and len(concept):
            for one in concept.iterfind(".//{*}qualifier/{*}value"):
                if takes_back(one.get("code")):
                    return one.get("code")
    return None


def takes_back(code: str | None) -> bool:
    """Whether a certainty, a status or a qualifier of that code takes back what it is of."""
    return standing("part", Signs(verification=code)) is not Standing.AFFIRMED


def _dated(element: Element) -> bool:
    time = child(element, "effectiveTime")
    return time is not None and any(e.get("value") for e in (time, *time))


def affirmed(tree: Tree, element: Element, form: str, verification: str | None = None) -> bool:
    """Whether an act of that form says that something is so. If not, an ERROR names it; for parts of statements."""
    found = standing(form, signs_of(element, verification, tree))
    if found is Standing.AFFIRMED:
        return True
    _note(tree, element, found, words_below(tree, element) or None)
    return False


def stands(tree: Tree, element: Element, form: str, verification: str | None = None) -> bool:
    """The same for a statement: what it says otherwise is kept among the section's words (`Tree.kept`)."""
    found = standing(form, signs_of(element, verification, tree))
    if found is Standing.AFFIRMED:
        return True
    keep(tree, element, found)
    return False


def keep(tree: Tree, element: Element, why: Standing, text: str | None = None) -> None:
    """Keep an act that is no statement in words, with a finding: WARNING for a part, ERROR else."""
    words = words_below(tree, element)
    _note(tree, element, why, words or None, text)
    tree.kept.append(KeptInWords(why, words))


def unreadable(tree: Tree, element: Element, what: str) -> None:
    """Keep an entry that is no statement for want of what it is about."""
    keep(tree, element, Standing.NOT_READABLE, f"The entry tells no {what}; see the section's words.")


def _note(tree: Tree, element: Element, why: Standing, words: str | None, text: str | None = None) -> None:
    tree.marks[element] = why
    severity = Severity.WARNING if why is Standing.UNPLACED else Severity.ERROR
    code, usual = _CODES.get(why, "statement-not-affirmed"), _TEXTS.get(why, _NOT_AFFIRMED)
    tree.note(severity, code, element, text or usual, words)


def words_below(tree: Tree, element: Element) -> str:
    """What an act says, a line: its narrative, displays, names, amounts and times; nothing of a person. Never empty
    where anything of that is said."""
    return "; ".join(dict.fromkeys(_said(tree, element)))


def _said(tree: Tree, element: Element) -> Iterator[str]:
    name = local(element)
    if name in _NOBODY or (name == "subject" and element.find("{*}relatedSubject") is None):
        return
    own = (element.text or "").strip() if len(element) == 0 else ""
    if name in {"text", "originalText"}:
        told = tree.peek(element) or ""
        own = _SEE_SECTION if len(told) > _LONG else " ".join(told.split("\n"))
    display = None if element.get("code") in _FORM_CODES else element.get("displayName")
    code = (
        element.get("code") if name != "statusCode" and not display and element.get("code") not in _FORM_CODES else None
    )
    for said in (own, display, code, _amount(element)):
        if said and said.strip():
            yield said.strip()
    for inner in element if name not in {"text", "originalText"} else ():
        yield from _said(tree, inner)


def _amount(element: Element) -> str | None:
    """A value with its unit, as it is written; a reference's is an address and no amount."""
    value = element.get("value")
    if not value or local(element) == "reference":
        return None
    unit = element.get("unit")
    return f"{value} {unit}" if unit and unit != "1" else value
