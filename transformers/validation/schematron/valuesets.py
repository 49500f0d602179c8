"""Value sets as the rules of the ART-DECOR generator ask for them, and those questions rewritten to map look-ups.

The generator writes ``concat(@code, @codeSystem) = doc('include/voc-<id>-DYNAMIC.xml')//valueSet[1]/…``. Asked so, a
file is read and scanned per node and a missing file ends the run; as a map the answer is the same and takes no time.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from lxml import etree

from transformers.validation.schematron.model import SchematronUnsupported

Kind = Literal["joined", "exact", "codes", "members", "complete", "messages"]
Keys = dict[str, str | bool]
"""What a map holds: a message, or True for every key (one object in Saxon, not thousands of strings)."""
MAP = "Q{http://www.w3.org/2005/xpath-functions/map}"


@dataclass(frozen=True, slots=True)
class SchematronValueSet:
    """``concepts`` are (code, codeSystem); ``exceptions`` further codes (null flavours).

    ``complete`` are whole code systems; ``messages`` is only filled for the list of units: unit to verdict.
    """

    concepts: tuple[tuple[str, str], ...] = ()
    exceptions: tuple[str, ...] = ()
    complete: tuple[str, ...] = ()
    messages: dict[str, str] = field(default_factory=dict)

    def keys(self, kind: Kind) -> Keys:
        """The map a question of that kind looks into; values matter for ``messages`` only."""
        if kind == "messages":
            return dict(self.messages)
        if kind == "joined":
            return {code + system: True for code, system in self.concepts}
        if kind == "exact":
            return {f"{code}|{system}": True for code, system in self.concepts}
        if kind == "complete":
            return dict.fromkeys(self.complete, True)
        codes: Keys = dict.fromkeys((code for code, _ in self.concepts), True)
        return codes | dict.fromkeys(self.exceptions, True) if kind == "members" else codes


class ValueSets(Protocol):
    """Where value sets come from: the files beside the schema, or a terminology release."""

    def find(self, oid: str) -> SchematronValueSet | None:
        """The value set with that OID (or the word ``UCUM``); None when it is not at hand."""


def read_value_set(root: etree._Element) -> SchematronValueSet:
    """A value set from an ART-DECOR ``valueSets`` or ``ucums`` file (elements without namespace)."""
    if root.tag == "ucums":
        return SchematronValueSet(messages={u.get("unit", ""): u.get("message", "") for u in root.iter("ucum")})
    found = root.findall("valueSet")
    if len(found) != 1:
        raise SchematronUnsupported(f"{len(found)} value sets in one file")
    members = [m for part in found[0].findall("conceptList") for m in part]
    return SchematronValueSet(
        concepts=tuple(
            (m.get("code", ""), m.get("codeSystem", "")) for m in members if m.tag == "concept" and m.get("code")
        ),
        exceptions=tuple(m.get("code", "") for m in members if m.tag != "concept" and m.get("code")),
        complete=tuple(c.get("codeSystem", "") for c in found[0].findall("completeCodeSystem")),
    )


_FILE = r"(?:doc|document)\(\s*'(?:[^']*/)?voc-(?P<oid>[\w.]+?)(?:-DYNAMIC|-\d{4}[\dT:-]*)?\.xml'\s*\)"
_SET = r"(?://valueSet\[1\]|/\*/valueSet)"
_CODE = r"conceptList/concept\[@code\s*=\s*(?P<code>\$[\w.-]+)\]"
_PAIR = _CODE + r"\[@codeSystem\s*=\s*(?P<system>\$[\w.-]+|'[\d.]+')\]"
_WHOLE = r"completeCodeSystem\[@codeSystem\s*=\s*(?P=system)\]"
_HAS = f"{MAP}contains"

# What the generator writes, the kinds of map we ask, what we ask instead. The first that matches is used.
_IDIOMS: tuple[tuple[str, tuple[Kind, ...], str], ...] = (
    (
        rf"concat\(@code,\s*@codeSystem\)\s*=\s*{_FILE}{_SET}/conceptList/concept/concat\(@code,\s*@codeSystem\)",
        ("joined",),
        f"{_HAS}({{0}}, concat(@code, @codeSystem))",
    ),
    (rf"@code\s*=\s*{_FILE}{_SET}/conceptList/\*/@code", ("members",), f"{_HAS}({{0}}, string(@code))"),
    (rf"\.\s*=\s*\(\s*{_FILE}{_SET}/conceptList/concept/@code\s*\)", ("codes",), f"{_HAS}({{0}}, string(.))"),
    (rf"(?<=, ){_FILE}{_SET}/conceptList/concept/@code(?=\s*\))", ("codes",), f"{MAP}keys({{0}})"),
    (
        rf"@codeSystem\s*=\s*{_FILE}{_SET}/completeCodeSystem/@codeSystem",
        ("complete",),
        f"@codeSystem = {MAP}keys({{0}})",
    ),
    (rf"exists\(\s*{_FILE}{_SET}\[{_PAIR}\]\s*\)", ("exact",), f"{_HAS}({{0}}, concat({{code}}, '|', {{system}}))"),
    (
        rf"exists\(\s*{_FILE}{_SET}\[{_PAIR}\s*\|\s*{_WHOLE}\]\s*\)",
        ("exact", "complete"),
        f"({_HAS}({{0}}, concat({{code}}, '|', {{system}})) or {{system}} = {MAP}keys({{1}}))",
    ),
    # `X or completeCodeSystem` inside exists() is a boolean and so always exists: the official rule never fires.
    (
        rf"exists\(\s*{_FILE}{_SET}/{_CODE}(?=\s+or\s)",
        ("codes",),
        f"exists({_HAS}({{0}}, string({{code}}))",
    ),
    (
        rf"{_FILE}/\*/ucum\[@unit\s*=\s*(?P<code>\$[\w.-]+)\]/@message",
        ("messages",),
        f"{MAP}get({{0}}, string({{code}}))",
    ),
)
_COMPILED = tuple((re.compile(pattern), kinds, instead) for pattern, kinds, instead in _IDIOMS)
_LOOKS_OUTSIDE = re.compile(
    r"(?<![\w.-])(?:doc|document|doc-available|collection|uri-collection|unparsed-text(?:-lines|-available)?|json-doc"
    r"|environment-variable|available-environment-variables|transform|load-xquery-module)\s*[(#]"
)
_LITERAL = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")


def ask_maps(xpath: str, variable: Callable[[str, Kind], str]) -> str:
    """``xpath`` with every question to a value-set file asked of a map instead.

    ``variable`` gives the name of the variable that holds the map of a value set (OID, kind), with its ``$``. Raises
    SchematronUnsupported when the expression still looks outside the document afterwards.
    """
    for pattern, kinds, instead in _COMPILED if "doc" in xpath else ():

        def replaced(found: re.Match[str], kinds: tuple[Kind, ...] = kinds, instead: str = instead) -> str:
            parts = found.groupdict()
            words = {f"{{{place}}}": variable(parts["oid"], kind) for place, kind in enumerate(kinds)}
            words |= {f"{{{name}}}": value for name in ("code", "system") if (value := parts.get(name))}
            return re.sub(r"\{(?:\d|code|system)\}", lambda m: words[m.group(0)], instead)

        xpath = pattern.sub(replaced, xpath)
    if _LOOKS_OUTSIDE.search(_LITERAL.sub("''", xpath)):
        raise SchematronUnsupported(f"looks outside the document in a way this compiler does not know: {xpath}")
    return xpath
