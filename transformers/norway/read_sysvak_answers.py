"""SYSVAK's other answers (namespaces 2008-01-01): KodeverkResponse, its code lists; HendelseResponse, a registration.

A contact point registers no vaccination and asks for no lists; both are read where they are given, so that no message
of the service is unknown. Patient numbers of a receipt are not kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lxml import etree

from transformers.model.values import Coding
from transformers.norway.code_systems import CodeSystems
from transformers.norway.errors import Malformed, Rejected
from transformers.norway.read_msghead import read_msghead, the_payload
from transformers.norway.xml_fields import child, children, code, coding_of, flag, name_of, plain, required, text

CODE_LISTS = frozenset({"http://www.kith.no/xmlstds/sysvak/kodeverkresponse/2008-01-01"})
REGISTERED = frozenset({"http://www.kith.no/xmlstds/sysvak/hendelseresponse/2008-01-01"})


@dataclass(frozen=True, slots=True)
class CodeLists:
    """``coded``: lists with a code system (Vaksine, Preparat, …); ``plain``: code to term of those without (Bydel, …).

    A code that a list without system gives twice keeps every term.
    """

    coded: Mapping[str, tuple[Coding, ...]]
    plain: Mapping[str, tuple[tuple[str, str], ...]]


def read_code_lists(data: bytes, systems: CodeSystems) -> CodeLists:
    """Read a KodeverkResponse; raises ``Malformed``, ``UnknownVersion``, ``Rejected``."""
    payload = the_payload(read_msghead(data), "KodeverkResponse", CODE_LISTS)
    _accepted(payload)
    coded: dict[str, list[Coding]] = {}
    without: dict[str, list[tuple[str, str]]] = {}
    for element in payload:
        name = name_of(element)
        if name == "Behandlingsresultat":
            continue
        value = plain(element.get("V"))
        if value is None:
            raise Malformed(name)
        coding = coding_of(element, systems)
        if coding is not None:
            coded.setdefault(name, []).append(coding)
        else:
            without.setdefault(name, []).append((value, plain(element.get("DN")) or ""))
    return CodeLists(
        {name: tuple(found) for name, found in coded.items()}, {name: tuple(found) for name, found in without.items()}
    )


def read_registration(data: bytes, *, patient: frozenset[str]) -> bool:
    """Read a HendelseResponse: whether SYSVAK found the person the event was for.

    Raises ``Malformed``, ``UnknownVersion``, ``Rejected``.
    """
    payload = the_payload(read_msghead(data), "HendelseResponse", REGISTERED)
    _accepted(payload)
    ident = child(payload, "VaksinandIdent")
    return ident is not None and text(ident, "Id") in patient


def _accepted(payload: etree._Element) -> None:
    result = required(payload, "Behandlingsresultat")
    if flag(result, "HarValideringsFeil") is not False:
        raise Rejected(tuple(c for m in children(result, "Valideringsmelding") if (c := code(m, "Arsak")) is not None))
