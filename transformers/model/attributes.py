"""The attributes of a clinical document in one spelling, before anybody reads it.

A sender may write a code system as an OID or a URN and put blanks around a code: XML Schema lets blanks stand at the
ends of a token, and senders let them stand elsewhere. Reader, transcoder, translator, page and own rules read a tree
that `canonical` has been over, so that none of them knows a spelling which another does not. Words (a display, a name
of a code system) and narrative are never touched, nor what stands inside a value.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from transformers.model.spelling import object_id, trimmed, truth
from trust.xml import Element

_TOKENS: Final = (
    *("code", "codeSystemVersion", "extension", "value", "unit", "nullFlavor", "classCode", "moodCode", "typeCode"),
    *("determinerCode", "contextControlCode", "operator", "use", "mediaType", "representation", "compression"),
    *("integrityCheckAlgorithm", "integrityCheck", "{http://www.w3.org/2001/XMLSchema-instance}type"),
)
_TRUTHS: Final = (
    *("negationInd", "inversionInd", "independentInd", "institutionSpecified", "inclusive", "contextConductionInd"),
)
EARLIER_SYSTEMS: Final[Mapping[str, str]] = {
    "1.3.6.1.4.1.12559.11.10.1.3.1.44.1": "0.4.0.127.0.16.1.1.2.1",
}
"""Code systems under the OID of an earlier wave: EDQM Standard Terms had one of epSOS until wave 7, with its codes."""


def _code_system(text: str) -> str:
    system = object_id(text)
    return EARLIER_SYSTEMS.get(system, system)


_SPELLINGS: Final[Mapping[str, Callable[[str], str]]] = {
    **dict.fromkeys(_TOKENS, trimmed),
    **dict.fromkeys(_TRUTHS, truth),
    "codeSystem": _code_system,
    "root": object_id,
}
_SUSPECT: Final = frozenset(" \t\r\nuU")
"""First and last characters of values that may be spelled otherwise: blanks, and the first letter of a URN."""
_EARLIER: Final = frozenset(EARLIER_SYSTEMS)
_UUID_LENGTH: Final = 36


def canonical(elements: Iterable[Element]) -> list[Element]:
    """Give the attributes of these elements their one spelling, in place; those that were spelled otherwise."""
    changed = []
    for element in elements:
        for value in element.values():
            size = len(value)
            if size < 2 or size == _UUID_LENGTH or value[0] in _SUSPECT or value[-1] in _SUSPECT or value in _EARLIER:
                if _respell(element):
                    changed.append(element)
                break
    return changed


def _respell(element: Element) -> bool:
    changed = False
    for name, value in zip(map(str, element.keys()), map(str, element.values()), strict=True):
        spelling = _SPELLINGS.get(name)
        plain = value if spelling is None else spelling(value)
        if plain != value:
            element.set(name, plain)
            changed = True
    return changed
