"""Which statements an entry holds: by template, code and typeCode, never by place; and the concern around them.

Each statement's file states its own form; who reads a document's sections knows them all (`StatementForms`). A part is
a part wherever it hangs: within its statement it is that statement's; beside it, only where there is exactly one that
it can belong to; else it is kept in words and named (`part-unplaced`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from transformers.cda.statements.parts import kind_of_part, linked, own_words, parts_below, statement_id, status_of
from transformers.cda.statements.signs import keep, stands
from transformers.cda.types.elements import fixed_code, templates
from transformers.cda.types.tree import Element, Tree, child, children, local
from transformers.cda.types.values import coded, is_code, moment
from transformers.cda.types.vocabulary import CCD, IHE, FixedCode
from transformers.model.finding import Severity
from transformers.model.standing import Standing
from transformers.model.values import Coded, Period, Provenance

CCDA: Final = "2.16.840.1.113883.10.20.22.4."
CLINICAL: Final = frozenset(
    {"observation", "organizer", "procedure", "substanceAdministration", "supply", "encounter", "observationMedia"}
)
"""Acts that may state something; an ``act`` is a frame, a comment, an instruction or a reference."""
_TAKES_PART: Final = {None, "CSM", "DEV", "IND"}
_PLAYS: Final = {"MANU", "AGNT"}
"""typeCode and classCode of who or what a statement is about; a place, an author or a witness is something else."""
CONCERN: Final = FixedCode("CONC", "2.16.840.1.113883.5.6", "ActClass", "Concern")
_CONCERN_STATUSES: Final = frozenset({"active", "suspended", "aborted", "completed"})
CCD_CONCERN: Final = f"{CCD}27"
_CONCERNS: Final = frozenset({f"{IHE}5.1", f"{IHE}5.2", f"{IHE}5.3", CCD_CONCERN, f"{CCDA}3", f"{CCDA}30"})
"""Concern acts of IHE PCC, CCD and C-CDA, whatever their code."""
_OBSERVED: Final = frozenset({"severity", "criticality", "certainty", "status", "comment", "instruction", "dispenser"})
"""Parts that are no observation of their own in a section of observations; a health status or a dose number may be."""


def roles(element: Element) -> Iterator[Element]:
    """The participantRoles of what a statement is about: an agent, a device, a target disease; by their codes."""
    for participant in children(element, "participant"):
        for role in children(participant, "participantRole"):
            if participant.get("typeCode") in _TAKES_PART or role.get("classCode") in _PLAYS:
                yield role


def agent_codes(element: Element) -> Iterator[Element]:
    """The codes of the agents that take part in an act."""
    for role in roles(element):
        yield from role.iterfind("{*}playingEntity/{*}code")


@dataclass(frozen=True, slots=True, eq=False)
class StatementForm:
    """By what a statement of one kind is known, and what is printed of it."""

    tags: frozenset[str]
    templates: tuple[str, ...]
    """As printed; the first one is eHDSI's, by which it is known."""
    codes: frozenset[str] = frozenset()
    """Codes of what it is; empty: any that no other form claims."""
    frame: tuple[str, ...] = ()
    """Templates of the concern act around it; none for a statement that stands by itself."""
    older: tuple[str, ...] = ()
    """Templates of others by which it is known too."""
    by_agent: bool = False
    """Without a code it is known by the agent that takes part in it."""


class StatementForms:
    """All forms of a document: whose a template or code is. Of several on one act the first of them decides."""

    def __init__(self, forms: Sequence[StatementForm]) -> None:
        own = {form.templates[0]: form for form in forms}
        self._owned = {**own, **{template: form for form in forms for template in form.older}}
        self._ranks = {template: rank for rank, template in enumerate(self._owned)}
        self._codes = {code: form for form in forms if not form.frame for code in form.codes}

    def claim(self, element: Element, form: StatementForm) -> bool:
        """Whether an act that is no part is a statement of the form: by its template, else by its code.

        Without a template of any statement, the code decides; without a code too, a form that is bound to no code takes
        the act of its element name. A template or code of another form is never taken.
        """
        if local(element) not in form.tags:
            return False
        claimed = [root for t in children(element, "templateId") if (root := t.get("root") or "")]
        owned = min((root for root in claimed if root in self._ranks), key=self._ranks.__getitem__, default=None)
        if owned is not None:
            return self._owned[owned] is form
        if any(root in form.older or root in form.templates[:1] for root in claimed):
            return True
        code = child(element, "code")
        named = None if code is None else code.get("code")
        if form.frame:
            return _linked_as_subject(element) and (
                named in form.codes or (named is None and form.by_agent and any(True for _ in agent_codes(element)))
            )
        return self._codes.get(named or "", form) is form


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a document's statements come from, as shown to a reader, and by what they are known."""

    source: str
    forms: StatementForms
    section: str = ""
    """The section of the pivot whose entries are read."""


@dataclass(frozen=True, slots=True)
class Held:
    """A statement that a concern or an entry holds, with its parts; ``frame`` is the concern around it."""

    element: Element
    parts: dict[str, list[Element]]
    frame: Element | None = None


def _linked_as_subject(element: Element) -> bool:
    """What has no template is its concern's statement only as its subject: a cause or a reference is something else."""
    link = element.getparent()
    return link is None or link.get("typeCode") in {None, "SUBJ", "COMP"}


def held_in(tree: Tree, entry: Element, form: StatementForm, origin: Origin) -> list[Held]:
    """The statements in an entry of a section whose statements stand in concerns; usually one.

    An entry that is a part alone, or of another form, is kept in words. A concern that is denied, planned or withdrawn
    holds none.
    """
    if local(entry) == "act" and _frames(entry, form):
        return _in_frame(tree, entry, form, origin) if stands(tree, entry, "concern") else []
    if kind_of_part(None, entry) != "other":
        keep(tree, entry, Standing.UNPLACED)
    elif origin.forms.claim(entry, form):
        return [_alone(tree, entry, form, origin)]
    else:
        keep(tree, entry, Standing.OTHER_FORM)
    return []


def _frames(entry: Element, form: StatementForm) -> bool:
    """A concern by template or by code; an act that bears neither frames what it holds, another code does not."""
    if any(t.get("root") in {*form.frame, *_CONCERNS} for t in children(entry, "templateId")):
        return True
    code = child(entry, "code")
    return code is None or code.get("code") in {None, CONCERN.code}


def _alone(tree: Tree, element: Element, form: StatementForm, origin: Origin) -> Held:
    """A statement with what hangs below it; a second statement below it is kept in words, for nothing says how the two
    belong together."""
    parts = parts_below(element)
    for other in parts.get("other", ()):
        if origin.forms.claim(other, form):
            keep(tree, other, Standing.OTHER_FORM)
    return Held(element, parts)


def _in_frame(tree: Tree, frame: Element, form: StatementForm, origin: Origin) -> list[Held]:
    before = len(tree.kept)
    statements: list[Element] = []
    loose: list[tuple[str, Element]] = []
    for link, inner in linked(frame):
        kind = kind_of_part(link, inner)
        if kind not in {"other", "component"}:
            loose.append((kind, inner))
        elif origin.forms.claim(inner, form):
            statements.append(inner)
        elif local(inner) in CLINICAL:
            keep(tree, inner, Standing.OTHER_FORM)
    held = [Held(element, _alone(tree, element, form, origin).parts, frame) for element in statements]
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


def single(tree: Tree, entry: Element, form: StatementForm, signs: str, origin: Origin) -> bool:
    """Whether an entry is a statement of a form that stands by itself and affirms; if not, it is kept in words."""
    if not origin.forms.claim(entry, form):
        keep(tree, entry, Standing.OTHER_FORM)
        return False
    return stands(tree, entry, signs)


def observed(tree: Tree, element: Element, form: StatementForm, origin: Origin) -> bool:
    """The same for observations of any code: a part that stands alone is none."""
    if kind_of_part(None, element) in _OBSERVED | {"reaction"}:
        keep(tree, element, Standing.UNPLACED)
        return False
    return single(tree, element, form, "observation", origin)


def provenance(tree: Tree, element: Element, origin: Origin) -> Provenance:
    """Who keeps the statement, its id there, and when its author recorded it."""
    author = child(element, "author")
    recorded = None if author is None else moment(tree, child(author, "time"))
    return Provenance(origin.source, statement_id(tree, element) or None, recorded)


def read_concern(tree: Tree, held: Held) -> tuple[str | None, str | None, str]:
    """Status, words and id of the concern around a statement; nothing for a statement that stands by itself."""
    frame = held.frame
    if frame is None:
        return None, None, ""
    is_code(tree, child(frame, "code"), CONCERN.code)
    return status_of(tree, frame, _CONCERN_STATUSES), own_words(tree, frame)[1], statement_id(tree, frame)


def print_concern(form: StatementForm, identity: str, status: str | None, time: str, statement: str) -> str:
    """The concern around a printed statement; ``identity`` and ``time`` are its id and effectiveTime as printed."""
    stated = "" if status is None else f'<statusCode code="{status}"/>'
    return (
        f'<act classCode="ACT" moodCode="EVN">{templates(*form.frame)}{identity}\n{fixed_code("code", CONCERN)}'
        f'{stated}{time}\n<entryRelationship typeCode="SUBJ" inversionInd="false">{statement}</entryRelationship></act>'
    )


def differs(tree: Tree, element: Element, concern: Period, stated: Period) -> None:
    """Report a concern whose time is another than its statement's: the statement's is kept."""
    if stated != Period() and concern not in {stated, Period()}:
        text = "The concern has another time than the statement in it; the statement's is kept."
        tree.note(Severity.WARNING, "concern-time-differs", element, text)


def kind_of(tree: Tree, element: Element | None, usual: FixedCode) -> Coded | None:
    """The kind of a finding (42.23); None for the usual one, which the form gives, whatever its words' language."""
    layers = [] if element is None else [element, *element.iter("{*}translation")]
    if layers and all(one.get("code") == usual.code for one in layers):
        for one in layers:
            is_code(tree, one, usual.code)
        return None
    return coded(tree, element)
