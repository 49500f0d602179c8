"""What belongs to a statement (severity, certainty, comment, …): by code, template and typeCode, never by place.

Each part's code and templates stand here once, for those who read it and those who print it: eHDSI entry templates
E.3.* (wave 8), by code also older waves and C-CDA. A part is a part wherever it hangs: see `forms`.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Final, NamedTuple

from transformers.cda.statements.signs import affirmed, keep, takes_back
from transformers.cda.types.composer import EntryPlace
from transformers.cda.types.elements import CodeView, code, fixed_code, reference, templates
from transformers.cda.types.tree import Element, Tree, child, children, local, type_of
from transformers.cda.types.values import coded, identifier, is_code
from transformers.cda.types.vocabulary import CCD, E3, IHE, PROBLEM, SIMPLE_OBSERVATION, FixedCode, loinc
from transformers.model.standing import REFUTED, Standing
from transformers.model.values import Coded, Provenance


class PartForm(NamedTuple):
    """A coded observation, comment or instruction below a statement."""

    kind: str
    """What it is to its statement; its words stand at an anchor that ends in it."""
    code: FixedCode
    templates: tuple[str, ...]
    link: str = "SUBJ"
    value: str = "CE"
    null: bool = True
    """Whether its template takes a value without a European code."""
    member: str = ""
    """The statement's member in the pivot, where it is named otherwise than the kind."""


_ACT_CODE: Final = "2.16.840.1.113883.5.4"
IHE_ACT_CODE: Final = "1.3.6.1.4.1.19376.1.5.3.2"
_CONDITION_STATUS: Final = loinc("66455-7", "Condition status")
_STATUS: Final = loinc("33999-4", "Status")
SEVERITY: Final = PartForm(
    "severity", FixedCode("SEV", _ACT_CODE, "ActCode", "Severity"), (f"{E3}8", f"{CCD}55"), value="CD"
)
CRITICALITY: Final = PartForm(
    "criticality", loinc("82606-5", "Allergy or intolerance criticality"), (f"{E3}33",), null=False
)
ALLERGY_CERTAINTY: Final = PartForm("certainty", _CONDITION_STATUS, (f"{E3}35",), null=False)
PROBLEM_CERTAINTY: Final = PartForm("certainty", _CONDITION_STATUS, (f"{E3}49",), null=False)
ALLERGY_STATUS: Final = PartForm("status", _STATUS, (f"{E3}34",), "REFR")
PROBLEM_STATUS: Final = PartForm("status", _STATUS, (f"{E3}9", f"{CCD}57", f"{CCD}50"), "REFR")
HEALTH_STATUS: Final = PartForm(
    "health", loinc("11323-3", "Health status"), (f"{E3}10",), "REFR", member="health_status"
)
DOSE_NUMBER: Final = PartForm("dose", loinc("30973-2", "Dose number"), (f"{E3}28", f"{CCD}46"))
COMMENT: Final = PartForm(
    "comment", loinc("48767-8", "Annotation comment [Interpretation] Narrative"), (f"{E3}11", f"{CCD}40")
)
TO_PATIENT: Final = PartForm(
    "instruction",
    FixedCode("PINSTRUCT", IHE_ACT_CODE, "IHEActCode", "Patient Medication Instructions"),
    (f"{E3}12", f"{CCD}49", f"{IHE}3"),
)
TO_DISPENSER: Final = PartForm(
    "dispenser",
    FixedCode("FINSTRUCT", IHE_ACT_CODE, "IHEActCode", "Medication Fulfillment Instructions"),
    (f"{E3}13", f"{CCD}43", f"{IHE}3.1"),
)
REACTION: Final = f"{E3}44"
"""A reaction and a reason have the code of a finding or problem: their template or their link tells them."""
REASON: Final = (f"{E3}41", SIMPLE_OBSERVATION)
_VALUED: Final = (
    *(SEVERITY, CRITICALITY, ALLERGY_CERTAINTY, PROBLEM_CERTAINTY, ALLERGY_STATUS, PROBLEM_STATUS, HEALTH_STATUS),
)
_CODED: Final = (*_VALUED, DOSE_NUMBER, COMMENT, TO_PATIENT, TO_DISPENSER)
PART_CODES: Final = tuple(form.code for form in _CODED)
"""Codes that the parts' templates fix."""
VALUE_TYPES: Final = {**{form.templates[0]: form.value for form in _VALUED}, REACTION: "CD", REASON[0]: "CE"}
"""Type of the coded value of a part, by its template."""
_BY_CODE: Final = {
    **{form.code.code: form.kind for form in _CODED},
    "225773000": "priority",
    "75328-5": "prognosis",
    "170967006": "prognosis",
}
"""A priority (C-CDA 22.4.143) and a prognosis (22.4.113) have no place in the pivot: they are named, no statement."""
_BY_TEMPLATE: Final = {
    **{form.templates[0]: form.kind for form in _CODED},
    REACTION: "reaction",
    REASON[0]: "reason",
    f"{E3}48": "care",
    "2.16.840.1.113883.10.20.22.4.143": "priority",
    "2.16.840.1.113883.10.20.22.4.113": "prognosis",
}
_BY_TYPE: Final = {"MFST": "reaction", "RSON": "reason", "COMP": "component"}


def parts_below(element: Element) -> dict[str, list[Element]]:
    """The statements below an entry by what they are to it; ``other`` what no rule tells."""
    found: dict[str, list[Element]] = defaultdict(list)
    for link, inner in linked(element):
        found[kind_of_part(link, inner)].append(inner)
    return found


def linked(element: Element) -> Iterator[tuple[Element, Element]]:
    """The acts below an act, each with the link that leads to it."""
    for link in children(element, "entryRelationship"):
        for inner in link.iterchildren("*"):
            if local(inner) not in {"sequenceNumber", "seperatableInd"}:
                yield link, inner


def kind_of_part(link: Element | None, inner: Element) -> str:
    """What an act is to the one that it hangs below, ``other`` when no rule tells."""
    code = child(inner, "code")
    kind = None if code is None else _BY_CODE.get(code.get("code") or "")
    for template in children(inner, "templateId") if kind is None else ():
        kind = kind or _BY_TEMPLATE.get(template.get("root") or "")
    return kind or _BY_TYPE.get("" if link is None else link.get("typeCode") or "", "other")


def verification_of(element: Element, parts: dict[str, list[Element]]) -> str | None:
    """The code with which a certainty, a status or the value itself takes a statement back (refuted, known absent, BL
    false); None without."""
    said = [element, *(part for kind in ("certainty", "status") for part in parts.get(kind, ()))]
    for value in (value for one in said for value in children(one, "value")):
        if type_of(value) == "BL" and value.get("value") == "false":
            return REFUTED
        for told in (value, *value.iter("{*}translation")):
            if takes_back(told.get("code")):
                return told.get("code")
    return None


def side_value(tree: Tree, parts: dict[str, list[Element]], kind: str) -> Coded | None:
    """The coded value of the parts of that kind: a severity, a certainty, a status. Of two values none is chosen: both
    are kept in words."""
    found = [(part, value) for part in parts.get(kind, ()) if (value := tree.attempt(partial(_side, tree, part)))]
    if len({value.target or value.original or value.text for _, value in found}) > 1:
        for part, _ in found:
            keep(tree, part, Standing.UNPLACED, "The statement says two things of the same kind: both are in words.")
        return None
    return found[0][1] if found else None


def _side(tree: Tree, element: Element) -> Coded | None:
    if not affirmed(tree, element, "part"):
        return None
    is_code(tree, child(element, "code"), *_BY_CODE)
    completed(tree, element)
    statement_id(tree, element)
    text = child(element, "text")
    tree.use(text)
    return coded(tree, child(element, "value"), None if _of_whole_row(element, text) else text)


def _of_whole_row(part: Element, text: Element | None) -> bool:
    """Whether a part's words are those of the statement around it, by the same reference: they are no words of it."""
    around = part.getparent()
    around = None if around is None else around.getparent()
    stated = None if text is None else child(text, "reference")
    whole = None if around is None else around.find("{*}text/{*}reference")
    return stated is not None and whole is not None and stated.get("value") == whole.get("value")


def only(tree: Tree, found: Iterable[Element], what: str) -> Element | None:
    """The first of what a statement has once; each further one is kept in words, for it may be another statement."""
    every = list(found)
    for surplus in every[1:]:
        keep(tree, surplus, Standing.OTHER_FORM, f"A second {what} of one statement: its words are kept.")
    return every[0] if every else None


def print_part(form: PartForm, value: Coded | None, place: EntryPlace) -> str:
    """A coded part of the statement at ``place``; nothing for None, or without a European code where none may lack."""
    if value is None:
        return ""
    view = place.view(value, form.member or form.kind, form.kind)
    return "" if view.code is None and not form.null else print_part_view(form, view, place.anchor)


def print_part_view(form: PartForm, view: CodeView, anchor: str) -> str:
    """The same of a code; ``anchor`` is the statement's."""
    inverted = "false" if form.link == "REFR" else "true"
    return (
        f'<entryRelationship typeCode="{form.link}" inversionInd="{inverted}"><observation classCode="OBS" '
        f'moodCode="EVN">{templates(*form.templates)}\n{fixed_code("code", form.code)}'
        f'{reference(f"{anchor}-{form.kind}")}<statusCode code="completed"/>{code("value", view, form.value)}'
        "</observation></entryRelationship>"
    )


def comment(tree: Tree, parts: dict[str, list[Element]], own: str | None = None) -> str | None:
    """The words of the comments below an entry (E.3.11), and ``own``: words that stand in the entry itself."""
    told = [own] if own else []
    for element in parts.get("comment", ()):
        if not affirmed(tree, element, "part"):
            continue
        is_code(tree, child(element, "code"), COMMENT.code.code)
        completed(tree, element)
        words = tree.words(child(element, "text"))
        if words:
            told.append(words)
    return "\n".join(told) or None


def instruction(tree: Tree, found: Iterable[Element], form: PartForm) -> str | None:
    """The words of every instruction that is affirmed, each on lines of its own; None without any."""
    told: list[str] = []
    for element in found:
        if not affirmed(tree, element, "instruction"):
            continue
        is_code(tree, child(element, "code"), form.code.code)
        is_code(tree, child(element, "statusCode"), "completed", "active")
        words = tree.words(child(element, "text"))
        told += [words] if words else []
    return "\n".join(told) or None


def print_words(form: PartForm, anchor: str | None) -> str:
    """A comment (E.3.11) or instruction (E.3.12, E.3.13), whose words stand at ``anchor``; nothing without words."""
    if anchor is None:
        return ""
    mood = "EVN" if form is COMMENT else "INT"
    return (
        f'\n<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="{mood}">'
        f"{templates(*form.templates)}\n{fixed_code('code', form.code)}{reference(anchor)}"
        '<statusCode code="completed"/></act></entryRelationship>'
    )


def read_reason(tree: Tree, found: Iterable[Element]) -> Coded | None:
    """The first reason that is affirmed and says something; a second one stays unread."""
    for element in found:
        text, _ = own_words(tree, element)
        reason = coded(tree, child(element, "value"), text) if affirmed(tree, element, "part") else None
        if reason is not None:
            is_code(tree, child(element, "code"), PROBLEM.code)
            completed(tree, element)
            statement_id(tree, element)
            return reason
    return None


def print_reason(reason: Coded | None, of: Provenance, entry: str, place: EntryPlace) -> str:
    """Medication reason E.3.41 of the statement with that provenance and id, which is printed at ``place``."""
    if reason is None:
        return ""
    identity = place.composer.entry_id(of, entry, "medication-reason")
    value = code("value", place.view(reason, "reason"), "CE")
    return (
        '\n<entryRelationship typeCode="RSON" inversionInd="false"><observation classCode="OBS" moodCode="EVN">'
        f'{templates(*REASON)}<id root="{identity}"/>\n{fixed_code("code", PROBLEM)}'
        f'{reference(f"{place.anchor}-reason")}<statusCode code="completed"/><effectiveTime nullFlavor="UNK"/>{value}'
        "</observation></entryRelationship>"
    )


def statement_id(tree: Tree, element: Element) -> str:
    """The first id with a root, as ``extension`` or, without one, its root; empty when there is none."""
    found = ""
    for each in children(element, "id"):
        one = identifier(tree, each)
        if one is not None and not found:
            found = one.extension or one.root
    return found


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
