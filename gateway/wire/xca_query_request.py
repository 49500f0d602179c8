"""ITI-38 Cross Gateway Query, the request (IHE ITI TF-2 3.18.4.1.2 FindDocuments, 3.38; ebRIM 3.0)."""

import re
from datetime import UTC, datetime
from typing import Final

from gateway.errors import BodyElementUnknown, ClassCodeUnknown, FilterUnknown, QueryUnsupported, RequestMalformed
from gateway.messages import FindDocuments, PatientIdentifier
from gateway.wire.elements import in_request
from gateway.wire.identifiers import read_cx, read_oid, write_oid
from gateway.wire.names import FIND_DOCUMENTS, QUERY, RIM
from gateway.wire.printing import render
from trust.xml import XML_BLANKS, Element

_QUERY_ID: Final = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
_APPROVED: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
_STABLE: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_RIM, _QUERY = in_request(RIM), in_request(QUERY)

_PREFIX = "$XDSDocumentEntry"
_PATIENT, _CLASS, _STATUS = f"{_PREFIX}PatientId", f"{_PREFIX}ClassCode", f"{_PREFIX}Status"
_TYPE = f"{_PREFIX}Type"
_AFTER, _BEFORE = f"{_PREFIX}FilterCreatedAfter", f"{_PREFIX}FilterCreatedBefore"
_SIZE = f"{_PREFIX}FilterMaximumSize"
_KNOWN = frozenset({_PATIENT, _CLASS, _STATUS, _TYPE, _AFTER, _BEFORE, _SIZE})

_LONGEST_SLOT: Final = 4096
"""Characters of one slot: a hundred class codes with their system, where our peers ask for ten."""

_QUOTED = re.compile(r"'((?:[^']|'')*)'")
# Possessive throughout: a sender's white space and quotes never make the matcher go back.
_LIST = re.compile(r"\s*+'(?:[^']|'')*+'(?:\s*+,\s*+'(?:[^']|'')*+')*+\s*+", re.ASCII)
_CODE = re.compile(r"\s*([^\s,^]+)\^\^([^\s,^]+)\s*", re.ASCII)
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)", re.ASCII)

Slots = dict[str, list[str]]


def read_find_documents(body: Element) -> FindDocuments:
    """The FindDocuments query a body asks for.

    A slot this node does not know is refused, because dropping a filter lists more than was asked for. Raises
    BodyElementUnknown, QueryUnsupported, RequestMalformed, ClassCodeUnknown, FilterUnknown.
    """
    if body.tag != FIND_DOCUMENTS:
        raise BodyElementUnknown
    query = _RIM.one(body, "AdhocQuery")
    _check_kind(body, query)
    slots = _slots(query)
    _check_filters(slots)
    home = query.get("home")
    return FindDocuments(
        patient=_patient(slots),
        class_codes=_class_codes(slots),
        created_after=_instant(slots, _AFTER),
        created_before=_instant(slots, _BEFORE),
        maximum_size=_size(slots),
        home_community=read_oid(home) if home else None,
    )


def write_find_documents(request: FindDocuments) -> bytes:
    """The query as OpenNCP 9 writes it: each class code in its own quotes."""
    codes = ",".join(f"'{code}^^{system}'" for code, system in request.class_codes)
    slots = {
        _PATIENT: f"'{request.patient.cx().replace(chr(39), chr(39) * 2)}'",
        _STATUS: f"('{_APPROVED}')",
        _CLASS: f"({codes})",
    }
    if request.maximum_size is not None:
        slots[_SIZE] = str(request.maximum_size)
    for name, instant in ((_BEFORE, request.created_before), (_AFTER, request.created_after)):
        if instant is not None:
            slots[name] = instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
    home = write_oid(request.home_community) if request.home_community else None
    return render("find_documents", {"query_id": _QUERY_ID, "home": home, "slots": slots})


def _check_kind(body: Element, query: Element) -> None:
    """FindDocuments, answered with whole entries."""
    option = _QUERY.maybe(body, "ResponseOption")
    wanted = option.get("returnType", "LeafClass") if option is not None else "LeafClass"
    if query.get("id", "").lower() != _QUERY_ID or wanted != "LeafClass":
        raise QueryUnsupported


def _slots(query: Element) -> Slots:
    slots: Slots = {}
    for slot in _RIM.all(query, "Slot"):
        name = _RIM.attribute(slot, "name", "Slot")
        if name in slots:
            raise RequestMalformed("Slot/@name")
        values = [(value.text or "").strip(XML_BLANKS) for value in _RIM.all(slot, "ValueList/Value")]
        if sum(map(len, values)) > _LONGEST_SLOT:
            raise RequestMalformed(name if name in _KNOWN else "Slot")
        slots[name] = values
    return slots


def _check_filters(slots: Slots) -> None:
    """Every slot is one we apply; status and type, when given, include the one kind of entry there is."""
    if slots.keys() - _KNOWN:
        raise FilterUnknown
    for name, only in ((_STATUS, _APPROVED), (_TYPE, _STABLE)):
        if name in slots and only not in _quoted(slots[name], name):
            raise FilterUnknown


def _quoted(values: list[str], name: str) -> list[str]:
    """The strings in ``'a'``, ``('a')`` and ``('a','b')``, over all Values of a slot."""
    strings: list[str] = []
    for value in values:
        listed = value[1:-1] if value.startswith("(") and value.endswith(")") else value
        if not _LIST.fullmatch(listed):
            raise RequestMalformed(name)
        strings += [quoted.replace("''", "'") for quoted in _QUOTED.findall(listed)]
    return strings


def _patient(slots: Slots) -> PatientIdentifier:
    strings = _quoted(slots.get(_PATIENT, []), _PATIENT)
    patient = read_cx(strings[0]) if len(strings) == 1 else None
    if patient is None:
        raise RequestMalformed(_PATIENT)
    return patient


def _class_codes(slots: Slots) -> tuple[tuple[str, str], ...]:
    """Codes with their systems. OpenNCP 7 and 8 put several in one pair of quotes: ``('a^^S,b^^S')``."""
    codes: list[tuple[str, str]] = []
    for string in _quoted(slots.get(_CLASS, []), _CLASS):
        for text in string.split(","):
            code = _CODE.fullmatch(text)
            if code is None:
                raise ClassCodeUnknown
            codes.append((code[1], code[2]))
    if not codes:
        raise ClassCodeUnknown
    return tuple(codes)


def _instant(slots: Slots, name: str) -> datetime | None:
    """An instant as java.time.Instant prints it, quoted or not; to the microsecond."""
    text = _only(slots, name)
    if text is None:
        return None
    if not _INSTANT.fullmatch(text):
        raise FilterUnknown
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise FilterUnknown from None


def _size(slots: Slots) -> int | None:
    text = _only(slots, _SIZE)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 12):
        raise FilterUnknown
    return int(text)


def _only(slots: Slots, name: str) -> str | None:
    """The one value of a filter, None when the asker left it out."""
    if name not in slots:
        return None
    if len(slots[name]) != 1:
        raise FilterUnknown
    return slots[name][0].strip("'")
