"""Statements of absence in a foreign summary: the IPS codes of eHDSI waves 4 to 9, and SNOMED CT's of waves 1 to 3.

Value sets 42.47 to 42.51; epSOSUnknownInformation (42.17) before them. "No information" is not "none".
"""

from collections.abc import Mapping
from typing import Final

from transformers.cda.read_tree import Element, Tree
from transformers.cda.read_values import coding_of
from transformers.cda.vocabulary import IPS_ABSENT, KNOWN_ABSENT, NO_INFORMATION, SNOMED

_LEGACY: Final[Mapping[str, str]] = {
    "160244002": "no-known-allergies",
    "716186003": "no-known-allergies",
    "409137002": "no-known-medication-allergies",
    "428607008": "no-known-environmental-allergies",
    "429625007": "no-known-food-allergies",
    "182849000": "no-known-medications",
    "182904002": "no-medication-info",
    "160245001": "no-known-problems",
}
"""SNOMED CT codes of older waves."""
_SAYING: Final[Mapping[str, tuple[str, ...]]] = {
    "allergies": ("{*}entryRelationship/{*}observation/{*}value", "{*}entryRelationship/{*}observation/{*}code"),
    "problems": ("{*}entryRelationship/{*}observation/{*}value", "{*}entryRelationship/{*}observation/{*}code"),
    "past_illness": ("{*}entryRelationship/{*}observation/{*}value",),
    "medications": ("{*}code", "{*}consumable/{*}manufacturedProduct/{*}manufacturedMaterial/{*}code"),
    "procedures": ("{*}code",),
    "devices": ("{*}participant/{*}participantRole/{*}playingDevice/{*}code",),
}
"""Where an entry of the section may say that there is none."""


def absence_of(tree: Tree, section: str, entry: Element) -> str | None:
    """The IPS code that the entry states for its section, None when it is a statement like any other."""
    for path in _SAYING.get(section, ()):
        for element in entry.iterfind(path):
            kind = _kind(element)
            if kind is not None and _belongs(section, kind):
                _use_all(tree, entry, element)
                return kind
    return None


def is_no_information(kind: str) -> bool:
    """Whether the code says that nothing is known, not that there is nothing."""
    return kind in {code.code for code in NO_INFORMATION.values()}


def _kind(element: Element) -> str | None:
    system, code = element.get("codeSystem"), element.get("code") or ""
    if system == SNOMED:
        return _LEGACY.get(code)
    return code if system == IPS_ABSENT else None


def _belongs(section: str, kind: str) -> bool:
    known = KNOWN_ABSENT.get("problems" if section == "past_illness" else section, {})
    none = NO_INFORMATION.get("problems" if section == "past_illness" else section)
    return kind in known or (none is not None and none.code == kind)


def _use_all(tree: Tree, entry: Element, saying: Element) -> None:
    """The skeleton around an absence code says nothing of its own: ids, the form's codes and statuses."""
    coding_of(tree, saying)
    for element in entry.iter("*"):
        name = element.tag.rpartition("}")[2]
        if name in {"id", "statusCode", "code"} and not (name == "code" and element.get("code") not in _FORM_CODES):
            tree.use(element, "root", "extension", "code", "codeSystem", "codeSystemName", "codeSystemVersion", _SHOWN)


_SHOWN: Final = "displayName"
_FORM_CODES: Final = frozenset(
    {"CONC", "609328004", "420134006", "419199007", "404684003", "55607006", "282291009", "64572001", "DRUG", None}
)
"""Kinds of statement that stand beside an absence code without saying more (older reference documents have them)."""
