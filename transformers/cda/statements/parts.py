"""What belongs to a statement, and which statements an entry holds: by template, code and typeCode, never by place.

eHDSI entry templates E.3.* (wave 8 and, by code, older ones and C-CDA). A part is a part wherever it hangs: within its
statement it is that statement's; beside it, only where there is exactly one that it can belong to; else it is kept in
words and named (`part-unplaced`).
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from transformers.cda.statements.signs import keep, stands
from transformers.cda.types.tree import Element, Tree, child, children, local
from transformers.model.standing import Signs, Standing, standing

E3: Final = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
PART_CODES: Final = {
    "SEV": "severity",
    "82606-5": "criticality",
    "66455-7": "certainty",
    "33999-4": "status",
    "11323-3": "health",
    "30973-2": "dose",
    "48767-8": "comment",
    "PINSTRUCT": "instruction",
    "FINSTRUCT": "dispenser",
    "225773000": "priority",
    "75328-5": "prognosis",
    "170967006": "prognosis",
}
"""A priority (C-CDA 22.4.143) and a prognosis (22.4.113) have no place in the pivot: they are named, no statement."""
PART_TEMPLATES: Final = {
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
    f"{E3}44": "reaction",
    f"{E3}41": "reason",
    f"{E3}48": "care",
    "2.16.840.1.113883.10.20.22.4.143": "priority",
    "2.16.840.1.113883.10.20.22.4.113": "prognosis",
}
_BY_TYPE: Final = {"MFST": "reaction", "RSON": "reason", "COMP": "component"}
_STATEMENT: Final = "statement"
CLINICAL: Final = frozenset(
    {"observation", "organizer", "procedure", "substanceAdministration", "supply", "encounter", "observationMedia"}
)
"""Acts that may state something; an ``act`` is a frame, a comment, an instruction or a reference."""


@dataclass(frozen=True, slots=True)
class StatementForm:
    """By what a statement of one kind is known."""

    section: str
    elements: frozenset[str]
    templates: frozenset[str]
    codes: frozenset[str] = frozenset()
    """Codes of what it is; empty: any that no other form claims."""
    frame: str | None = None
    """Template of the concern act around it; None for a statement that stands by itself."""


_OBSERVATION: Final = frozenset({"observation"})
_ADMINISTRATION: Final = frozenset({"substanceAdministration"})
ALLERGY: Final = StatementForm(
    "allergies",
    _OBSERVATION,
    frozenset({f"{E3}17"}),
    frozenset({"609328004", "782197009", "420134006", "419199007", "418038007", "418471000", "419511003"})
    | frozenset({"416098002", "414285001", "426232007", "59037007", "235719002", "281647001", "106190000"})
    | frozenset({"ALG", "DALG", "EALG", "FALG", "OINT", "DINT", "EINT", "FINT", "DNAINT", "FNAINT", "ENAINT"})
    | frozenset({"ASSERTION"}),
    f"{E3}16",
)
"""Value set 42.18 and the SNOMED CT codes of older waves; ActCode ObservationIntoleranceType; C-CDA's ASSERTION."""
PROBLEM: Final = StatementForm(
    "problems",
    _OBSERVATION,
    frozenset({f"{E3}7"}),
    frozenset({"55607006", "404684003", "409586006", "282291009", "64572001", "248536006", "418799008", "439401001"})
    | frozenset({"75326-9", "29308-4", "75323-6", "75322-8", "75321-0", "75275-8", "ASSERTION"}),
    f"{E3}15",
)
"""Value set 42.23 and its LOINC counterparts; C-CDA's ASSERTION."""
PROCEDURE: Final = StatementForm("procedures", frozenset({"procedure"}), frozenset({f"{E3}26"}))
DEVICE: Final = StatementForm("devices", frozenset({"supply"}), frozenset({f"{E3}5"}))
IMMUNISATION: Final = StatementForm(
    "immunisations", _ADMINISTRATION, frozenset({f"{E3}19"}), frozenset({"IMMUNIZ"}), None
)
MEDICINE: Final = StatementForm("medications", _ADMINISTRATION, frozenset({f"{E3}4"}), frozenset({"DRUG"}), None)
OBSERVATION: Final = StatementForm("observations", _OBSERVATION, frozenset({f"{E3}{n}" for n in (22, 23, 24, 25, 40)}))
GROUP: Final = StatementForm(
    "groups", frozenset({"observation", "organizer"}), frozenset({f"{E3}{n}" for n in (21, 22, 25, 39, 40, 42, 43)})
)
_FORMS: Final = (ALLERGY, PROBLEM, PROCEDURE, DEVICE, IMMUNISATION, MEDICINE)
_IHE: Final = "1.3.6.1.4.1.19376.1.5.3.1.4."
_CCDA: Final = "2.16.840.1.113883.10.20.22.4."
_OWNED: Final = {
    **{template: form for form in _FORMS for template in form.templates},
    f"{_IHE}12": IMMUNISATION,
    f"{_IHE}6": ALLERGY,
    f"{_CCDA}7": ALLERGY,
    f"{_CCDA}4": PROBLEM,
    f"{_IHE}5": PROBLEM,
    f"{_IHE}7": MEDICINE,
}
"""Whose a template is. Of several on one act the first row decides: an allergy claims IHE's problem template too."""
_CONCERNS: Final = frozenset(
    {f"{_IHE}5.1", f"{_IHE}5.2", f"{_IHE}5.3", "2.16.840.1.113883.10.20.1.27", f"{_CCDA}3", f"{_CCDA}30"}
)
"""Concern acts of IHE PCC, CCD and C-CDA, whatever their code."""
_RANKS: Final = {template: rank for rank, template in enumerate(_OWNED)}
_OWNED_CODES: Final = {code: form for form in (IMMUNISATION, MEDICINE) for code in form.codes}
_OBSERVED: Final = frozenset({"severity", "criticality", "certainty", "status", "comment", "instruction", "dispenser"})
"""Parts that are no observation of their own in a section of observations; a health status or a dose number may be."""


def parts_below(element: Element) -> dict[str, list[Element]]:
    """The statements below an entry by what they are to it; ``other`` what no rule tells."""
    found: dict[str, list[Element]] = defaultdict(list)
    for link, inner in _linked(element):
        found[_kind(link, inner)].append(inner)
    return found


def _linked(element: Element) -> Iterator[tuple[Element, Element]]:
    for link in children(element, "entryRelationship"):
        for inner in link.iterchildren("*"):
            if local(inner) not in {"sequenceNumber", "seperatableInd"}:
                yield link, inner


def _kind(link: Element | None, inner: Element) -> str:
    code = child(inner, "code")
    kind = None if code is None else PART_CODES.get(code.get("code") or "")
    for template in children(inner, "templateId") if kind is None else ():
        kind = kind or PART_TEMPLATES.get(template.get("root") or "")
    return kind or _BY_TYPE.get("" if link is None else link.get("typeCode") or "", "other")


def is_statement(element: Element, form: StatementForm) -> bool:
    """Whether an act that is no part is a statement of the form: by its template, else by its code.

    Without a template of any statement, the code decides; without a code too, a form that is bound to no code takes
    the act of its element name. A template or code of another form is never taken.
    """
    if local(element) not in form.elements:
        return False
    claimed = [root for t in children(element, "templateId") if (root := t.get("root") or "")]
    owned = min((root for root in claimed if root in _RANKS), key=_RANKS.__getitem__, default=None)
    if owned is not None:
        return _OWNED[owned] is form
    if not form.templates.isdisjoint(claimed):
        return True
    code = child(element, "code")
    named = None if code is None else code.get("code")
    if form.frame is not None:
        return _linked_as_subject(element) and (
            named in form.codes or (named is None and form is ALLERGY and _has_agent(element))
        )
    return _OWNED_CODES.get(named or "", form) is form


def _linked_as_subject(element: Element) -> bool:
    """What has no template is its concern's statement only as its subject: a cause or a reference is something else."""
    link = element.getparent()
    return link is None or link.get("typeCode") in {None, "SUBJ", "COMP"}


def _has_agent(element: Element) -> bool:
    """An allergy without a code of its kind is known by the agent that takes part in it."""
    return element.find("{*}participant/{*}participantRole/{*}playingEntity/{*}code") is not None


@dataclass(frozen=True, slots=True)
class Held:
    """A statement that a concern or an entry holds, with its parts; ``frame`` is the concern around it."""

    element: Element
    parts: dict[str, list[Element]]
    frame: Element | None = None


def held_in(tree: Tree, entry: Element, form: StatementForm) -> list[Held]:
    """The statements in an entry of a section whose statements stand in concerns; usually one.

    An entry that is a part alone, or of another form, is kept in words. A concern that is denied, planned or withdrawn
    holds none.
    """
    if local(entry) == "act" and _frames(entry, form):
        return _in_frame(tree, entry, form) if stands(tree, entry, "concern") else []
    kind = _kind(None, entry)
    if kind != "other":
        keep(tree, entry, Standing.UNPLACED)
    elif is_statement(entry, form):
        return [_alone(tree, entry, form)]
    else:
        keep(tree, entry, Standing.OTHER_FORM)
    return []


def _frames(entry: Element, form: StatementForm) -> bool:
    """A concern by template or by code; an act that bears neither frames what it holds, another code does not."""
    if any(t.get("root") in {form.frame, *_CONCERNS} for t in children(entry, "templateId")):
        return True
    code = child(entry, "code")
    return code is None or code.get("code") in {None, "CONC"}


def _alone(tree: Tree, element: Element, form: StatementForm, frame: Element | None = None) -> Held:
    """A statement with what hangs below it; a second statement below it is kept in words, for nothing says how the two
    belong together."""
    parts = parts_below(element)
    for other in parts.get("other", ()):
        if is_statement(other, form):
            keep(tree, other, Standing.OTHER_FORM)
    return Held(element, parts, frame)


def _in_frame(tree: Tree, frame: Element, form: StatementForm) -> list[Held]:
    before = len(tree.kept)
    statements: list[Element] = []
    loose: list[tuple[str, Element]] = []
    for link, inner in _linked(frame):
        kind = _kind(link, inner)
        if kind not in {"other", "component"}:
            loose.append((kind, inner))
        elif is_statement(inner, form):
            statements.append(inner)
        elif local(inner) in CLINICAL:
            keep(tree, inner, Standing.OTHER_FORM)
    held = [_alone(tree, element, form, frame) for element in statements]
    for kind, part in loose:
        if len(held) == 1 and _may_hold(kind):
            held[0].parts.setdefault(kind, []).append(part)
        else:
            keep(tree, part, Standing.UNPLACED)
    if not held and len(tree.kept) == before:
        keep(tree, frame, Standing.NOT_READABLE)
    return held


def _may_hold(kind: str) -> bool:
    """Whether the pivot has a place for such a part at all."""
    return kind not in {"priority", "prognosis", "care", "dose"}


def single(tree: Tree, entry: Element, form: StatementForm, signs: str) -> bool:
    """Whether an entry is a statement of a form that stands by itself and affirms; if not, it is kept in words."""
    if not is_statement(entry, form):
        keep(tree, entry, Standing.OTHER_FORM)
        return False
    return stands(tree, entry, signs)


def observed(tree: Tree, element: Element, form: StatementForm) -> bool:
    """The same for observations of any code: a part that stands alone is none."""
    if _kind(None, element) in _OBSERVED | {"reaction"}:
        keep(tree, element, Standing.UNPLACED)
        return False
    return single(tree, element, form, "observation")


def verification_of(parts: dict[str, list[Element]]) -> str | None:
    """The code of the first certainty or status that takes a statement back (refuted, known absent); None without."""
    for kind in ("certainty", "status"):
        for part in parts.get(kind, ()):
            value = child(part, "value")
            code = None if value is None else value.get("code")
            if code and standing("part", Signs(verification=code)) is not Standing.AFFIRMED:
                return code
    return None
