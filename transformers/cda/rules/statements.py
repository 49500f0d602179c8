"""Own rules for clinical statements: absence in today's codes, concerns that ended, what a section is made of.

eHDSI CDA, entries of the Patient Summary (E.3.4 to E.3.26) and the internal reference (E.3.14). The wave-8 Schematron
takes a statement it does not recognise for none of its business; a receiver then shows nothing, or the contrary.
"""

from collections.abc import Iterator
from typing import Final

from transformers.cda.kinds import TEMPLATES
from transformers.cda.statements import allergies, devices, immunisations, medications, problems, procedures
from transformers.cda.types.vocabulary import INTERNAL_REFERENCE, SECTIONS
from transformers.cda.types.walk import HL7, Breach, DocumentElements, Element, Rule, child, children
from transformers.model.absence import OF_SCOPE, SITUATIONS, SNOMED

_CONCERNS: Final = (problems.FORM.frame[0], allergies.FORM.frame[0])
_IMMUNISATION: Final = immunisations.FORM.templates[0]
_STATEMENTS: Final = {
    "medications": ("substanceAdministration", medications.FORM.templates[0]),
    "allergies": ("act", allergies.FORM.frame[0]),
    "problems": ("act", problems.FORM.frame[0]),
    "procedures": ("procedure", procedures.FORM.templates[0]),
    "devices": ("supply", devices.FORM.templates[0]),
    "past_illness": ("act", problems.FORM.frame[0]),
    "immunisations": ("substanceAdministration", _IMMUNISATION),
}
_ENTRIES: Final = {SECTIONS[name].code.code: statement for name, statement in _STATEMENTS.items()}
"""Section code: the statement each of its entries is, and the statement's template."""
_SAYING: Final = ("value", "code")
_OTHERWISE_CODED: Final = frozenset(
    code for code, it in SITUATIONS.items() if it.kind != OF_SCOPE and "immunisations" not in it.sections
)
"""Situations for which value sets 42.47 to 42.51 have a code."""


def _absence_of_today(document: DocumentElements) -> Iterator[Breach]:
    """That there is nothing is said with a code for absence (IPS), not with the SNOMED CT findings of older waves."""
    if not document.claims(document.root, TEMPLATES["ps-l3"]):
        return
    for element in document.named(*(f"{HL7}{name}" for name in _SAYING)):
        if element.get("codeSystem") == SNOMED and element.get("code") in _OTHERWISE_CODED:
            yield Breach(element, "Absence in a code of older waves.")


def _ended_when_completed(document: DocumentElements) -> Iterator[Breach]:
    """A concern that is completed has an end, if only one that nobody knows."""
    for act in document.named(f"{HL7}act"):
        status, period = child(act, "statusCode"), child(act, "effectiveTime")
        if status is None or status.get("code") != "completed" or not document.claims(act, *_CONCERNS):
            continue
        if period is None or (
            period.get("nullFlavor") is None and not any(child(period, edge) is not None for edge in ("high", "width"))
        ):
            yield Breach(act, "The concern is completed and has no end.")


def _sections_of_their_entries(document: DocumentElements) -> Iterator[Breach]:
    """Each entry of a section is the statement that the section is for."""
    if not document.claims(document.root, TEMPLATES["ps-l3"]):
        return
    for section in document.named(f"{HL7}section"):
        code = child(section, "code")
        expected = _ENTRIES.get("" if code is None else code.get("code") or "")
        for entry in children(section, "entry") if expected else ():
            name, template = expected or ("", "")
            statement = child(entry, name)
            if statement is None or not document.claims(statement, template):
                yield Breach(entry, "The entry is not of the template that the section is made of.")


def _immunisation_coded(document: DocumentElements) -> Iterator[Breach]:
    """An immunisation is IMMUNIZ of the code system as the specification spells it."""
    for statement in document.named(f"{HL7}substanceAdministration"):
        if not document.claims(statement, _IMMUNISATION):
            continue
        code = child(statement, "code")
        if code is None or (code.get("code"), code.get("codeSystem")) != (
            immunisations.CODE.code,
            immunisations.CODE.system,
        ):
            yield Breach(statement if code is None else code, "No IMMUNIZ of the code system the templates name.")


def _internal_references_lead(document: DocumentElements) -> Iterator[Breach]:
    """An internal reference names the id of another statement of the document, in the same mood and with its code."""
    statements: dict[tuple[str | None, str | None], Element] = {}
    references: list[Element] = []
    for element in document.having("moodCode"):
        if not str(element.tag).startswith(HL7):
            continue
        ids = list(children(element, "id"))
        if ids and document.claims(element, INTERNAL_REFERENCE):
            references.append(element)
            continue
        for known in ids:
            statements.setdefault((known.get("root"), known.get("extension")), element)
    for act in references:
        identity = child(act, "id")
        if identity is None or identity.get("nullFlavor") is not None:
            continue
        target = statements.get((identity.get("root"), identity.get("extension")))
        if target is None:
            yield Breach(identity, "No other statement of the document has this id.")
        elif act.get("moodCode") != target.get("moodCode") or not _same_code(act, target):
            yield Breach(act, "Mood or code differ from the statement that is referred to.")


def _same_code(act: Element, target: Element) -> bool:
    own, other = child(act, "code"), child(target, "code")
    if own is None or own.get("nullFlavor") is not None:
        return True
    return other is not None and own.get("code") == other.get("code")


STATEMENT_RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("own-absence-1", _absence_of_today),
    ("own-concern-1", _ended_when_completed),
    ("own-section-2", _sections_of_their_entries),
    ("own-immunisation-1", _immunisation_coded),
    ("own-reference-3", _internal_references_lead),
)
