"""What hangs below a medicine in summaries and prescriptions alike, read and printed: its reason and its instructions.

Medication reason E.3.41; instructions to the patient E.3.12 and to the dispenser E.3.13, in the narrative's words.
"""

from collections.abc import Iterable
from typing import Final

from transformers.cda.statements.entry import completed, own_words, statement_id
from transformers.cda.statements.signs import affirmed
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer
from transformers.cda.types.tree import Element, Tree, child
from transformers.cda.types.values import coded, is_code
from transformers.cda.types.vocabulary import PROBLEM, FixedCode
from transformers.model.values import Coded, Provenance

IHE_ACT_CODE: Final = "1.3.6.1.4.1.19376.1.5.3.2"
TO_PATIENT: Final = FixedCode("PINSTRUCT", IHE_ACT_CODE, "IHEActCode", "Patient Medication Instructions")
TO_DISPENSER: Final = FixedCode("FINSTRUCT", IHE_ACT_CODE, "IHEActCode", "Medication Fulfillment Instructions")
_TEMPLATES: Final = {
    TO_PATIENT: ("1.3.6.1.4.1.12559.11.10.1.3.1.3.12", "2.16.840.1.113883.10.20.1.49", "1.3.6.1.4.1.19376.1.5.3.1.4.3"),
    TO_DISPENSER: (
        "1.3.6.1.4.1.12559.11.10.1.3.1.3.13",
        "2.16.840.1.113883.10.20.1.43",
        "1.3.6.1.4.1.19376.1.5.3.1.4.3.1",
    ),
}
_REASON: Final = ("1.3.6.1.4.1.12559.11.10.1.3.1.3.41", "1.3.6.1.4.1.19376.1.5.3.1.4.13")


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


def read_instruction(tree: Tree, found: Iterable[Element], kind: FixedCode) -> str | None:
    """The words of every instruction that is affirmed, each on lines of its own; None without any."""
    said: list[str] = []
    for element in found:
        if not affirmed(tree, element, "instruction"):
            continue
        is_code(tree, child(element, "code"), kind.code)
        is_code(tree, child(element, "statusCode"), "completed", "active")
        words = tree.words(child(element, "text"))
        said += [words] if words else []
    return "\n".join(said) or None


def print_reason(
    reason: Coded | None, of: Provenance, entry: str, place: tuple[str, str], composer: CdaComposer
) -> str:
    """E.3.41 of the statement with that provenance and id; ``place``: its words' anchor, its path in the pivot."""
    if reason is None:
        return ""
    anchor, path = place
    identity = composer.entry_id(of, entry, "medication-reason")
    value = elements.code("value", composer.code(reason, path, anchor), "CE")
    return (
        '\n<entryRelationship typeCode="RSON" inversionInd="false"><observation classCode="OBS" moodCode="EVN">'
        f'{elements.templates(*_REASON)}<id root="{identity}"/>\n{elements.fixed_code("code", PROBLEM)}'
        f'{elements.reference(anchor)}<statusCode code="completed"/><effectiveTime nullFlavor="UNK"/>{value}'
        "</observation></entryRelationship>"
    )


def print_instruction(kind: FixedCode, anchor: str | None) -> str:
    """E.3.12 or E.3.13, whose words stand at ``anchor``; nothing without words."""
    if anchor is None:
        return ""
    return (
        '\n<entryRelationship typeCode="SUBJ" inversionInd="true"><act classCode="ACT" moodCode="INT">'
        f"{elements.templates(*_TEMPLATES[kind])}\n{elements.fixed_code('code', kind)}{elements.reference(anchor)}"
        '<statusCode code="completed"/></act></entryRelationship>'
    )
