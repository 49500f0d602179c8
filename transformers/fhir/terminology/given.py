"""What a request asks: parameters of a query or of a Parameters resource, typed by the operation's table.

FHIR R4 operations (3.2): primitives in a URL, everything in Parameters. A parameter outside the table is refused: one
that is left unheeded would change the answer without a word.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from transformers.fhir.terminology.errors import (
    UNPRINTABLE,
    ParameterMalformed,
    ParameterMissing,
    ParameterRepeated,
    ParametersContradict,
    ParameterUnsupported,
    ResourceUnexpected,
)

Kind = Literal["text", "texts", "integer", "flag", "coding", "concept"]
Table = Mapping[str, Kind]
"""Kind by name of a parameter."""

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,9})")
_LARGEST = 2**31 - 1
_LONGEST = 4096
_VALUES: Mapping[str, tuple[str, ...]] = {
    "text": ("valueUri", "valueCode", "valueString", "valueCanonical", "valueUrl", "valueId", "valueOid"),
    "integer": ("valueInteger", "valueUnsignedInt", "valuePositiveInt"),
    "flag": ("valueBoolean",),
    "coding": ("valueCoding",),
    "concept": ("valueCodeableConcept",),
}


@dataclass(frozen=True, slots=True)
class RequestedCode:
    """A code as the client names it; ``system`` is a URI, empty when there is none."""

    system: str
    code: str
    version: str = ""
    display: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """Parameters by name, their types checked."""

    values: Mapping[str, tuple[Any, ...]]

    def text(self, name: str) -> str:
        """A text, empty when it is not given."""
        values = self.values.get(name, ())
        return str(values[0]) if values else ""

    def required(self, name: str) -> str:
        """A text that must be given. Raises ParameterMissing."""
        found = self.text(name)
        if not found:
            raise ParameterMissing(name)
        return found

    def texts(self, name: str) -> tuple[str, ...]:
        """All of a parameter that may repeat."""
        return self.values.get(name, ())

    def count(self, name: str) -> int | None:
        """A whole number of at least 0, None when it is not given. Raises ParameterMalformed."""
        values = self.values.get(name, ())
        if values and not 0 <= values[0] <= _LARGEST:
            raise ParameterMalformed(name)
        return values[0] if values else None

    def flag(self, name: str) -> bool:
        """True or false, false when it is not given."""
        return bool(self.values.get(name, (False,))[0])

    def coding(self, name: str) -> RequestedCode | None:
        """A Coding, None when it is not given."""
        values = self.values.get(name, ())
        return values[0] if values else None

    def concept(self, name: str) -> tuple[RequestedCode, ...] | None:
        """The codings of a CodeableConcept, None when it is not given."""
        values = self.values.get(name, ())
        return values[0] if values else None


def from_query(pairs: Iterable[tuple[str, str]], table: Table) -> Given:
    """Parameters of a URL. Raises ParameterUnsupported, ParameterMalformed, ParameterRepeated."""
    found: dict[str, tuple[Any, ...]] = {}
    for name, value in pairs:
        if name in ("_format", "_pretty"):
            continue
        _put(found, table, name, _of_text(name, value, _kind(table, name)))
    return Given(found)


def from_parameters(resource: object, table: Table) -> Given:
    """Parameters of a Parameters resource. Raises ResourceUnexpected and as `from_query`."""
    if not isinstance(resource, dict) or resource.get("resourceType") != "Parameters":
        raise ResourceUnexpected("Parameters")
    said = resource.get("parameter", [])
    if not isinstance(said, list) or not all(isinstance(one, dict) for one in said):
        raise ResourceUnexpected("Parameters")
    found: dict[str, tuple[Any, ...]] = {}
    for one in said:
        name = one.get("name")
        if not isinstance(name, str) or UNPRINTABLE.search(name):
            raise ParameterMalformed("name")
        kind = _kind(table, name)
        values = [key for key in one if key not in ("name", "id", "extension")]
        if len(values) != 1 or values[0] not in _VALUES["text" if kind == "texts" else kind]:
            raise ParameterMalformed(name)
        _put(found, table, name, _of_value(name, one[values[0]], kind))
    return Given(found)


def printable(name: str, value: object) -> str:
    """A FHIR string: not empty, without control characters. Raises ParameterMalformed."""
    if not isinstance(value, str) or not value or len(value) > _LONGEST or UNPRINTABLE.search(value):
        raise ParameterMalformed(name)
    return value


def _kind(table: Table, name: str) -> Kind:
    kind = table.get(name)
    if kind is None:
        raise ParameterUnsupported(name)
    return kind


def _put(found: dict[str, tuple[Any, ...]], table: Table, name: str, value: object) -> None:
    if name in found and table[name] != "texts":
        raise ParameterRepeated(name)
    found[name] = (*found.get(name, ()), value)


def _of_text(name: str, value: str, kind: Kind) -> object:
    if kind == "integer" and _INTEGER.fullmatch(value):
        return int(value)
    if kind == "flag" and value in ("true", "false"):
        return value == "true"
    if kind in ("text", "texts"):
        return printable(name, value)
    raise ParameterMalformed(name)


def _of_value(name: str, value: object, kind: Kind) -> object:
    if kind in ("text", "texts"):
        return printable(name, value)
    if kind == "integer" and isinstance(value, int) and not isinstance(value, bool):
        return value
    if kind == "flag" and isinstance(value, bool):
        return value
    if kind == "coding":
        return _asked(name, value)
    if kind == "concept" and isinstance(value, dict) and isinstance(value.get("coding"), list) and value["coding"]:
        return tuple(_asked(name, one) for one in value["coding"])
    raise ParameterMalformed(name)


def _asked(name: str, value: object) -> RequestedCode:
    if not isinstance(value, dict):
        raise ParameterMalformed(name)
    more = {key: printable(name, value[key]) for key in ("system", "version", "display") if key in value}
    return RequestedCode(code=printable(name, value.get("code")), **{"system": "", **more})


def asked_codes(given: Given, system: str, version: str) -> tuple[RequestedCode, ...]:
    """The codes a request is about, given one way: ``code``, ``coding`` or ``codeableConcept``.

    ``system`` and ``version`` name the parameters that go with ``code``. Raises ParameterMissing, ParametersContradict.
    """
    code, coding, concept = given.text("code"), given.coding("coding"), given.concept("codeableConcept")
    alone = (RequestedCode(given.text(system), code, given.text(version), given.text("display")),) if code else None
    ways = [way for way in (alone, (coding,) if coding else None, concept) if way]
    if not ways:
        raise ParameterMissing("code")
    if len(ways) > 1:
        raise ParametersContradict("code, coding and codeableConcept are one of them")
    stray = [name for name in (system, version, "display") if name != "url" and name in given.values]
    if stray and not code:
        raise ParametersContradict(f"{stray[0]} without code")
    return ways[0]
