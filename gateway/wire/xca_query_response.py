"""ITI-38 Cross Gateway Query, the answer (IHE ITI TF-3 4.2, ebRIM 3.0), with the metadata of MyHealth@EU.

Entries are written as OpenNCP 8 and 9 write them, which is also what their clients need: every Classification has a
Slot, every ExtrinsicObject and ExternalIdentifier a Name.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import NAMESPACE_OID, uuid5

from gateway.configuration.document_types import DocumentTypes
from gateway.configuration.refusals import RefusalRow
from gateway.errors import AnswerMalformed
from gateway.messages import DocumentEntry, DocumentsReply, EventCode, PatientIdentifier, Remark
from gateway.wire.elements import in_answer
from gateway.wire.identifiers import read_cx, read_oid, write_oid
from gateway.wire.names import DOCUMENTS, RIM, Sender, xds_time
from gateway.wire.printing import render
from gateway.wire.registry import Status, answer_view, read_problems, read_status, refusal_view, status_of
from gateway.wire.xds_metadata import (
    CLASS_CODE,
    CONFIDENTIALITY,
    EVENT,
    FORMAT_CODE,
    PATIENT_ID,
    PATIENT_ID_NAME,
    UNIQUE_ID,
    UNIQUE_ID_NAME,
    facts_of,
    first_of,
    localized,
    slot_values,
)
from trust.xml import XML_BLANKS, Element

_RIM = in_answer(RIM)
ENTRY_UNREADABLE: Final = "NO_ENTRY_UNREADABLE"
TIME_UNKNOWN: Final = "NO_CREATION_TIME_UNKNOWN"
"""Our own remarks on a peer's list: of no list of codes, and never sent."""
_LONGEST_SIZE: Final = 18
_DTM: Final = re.compile(r"([0-9]{4}(?:[0-9]{2}){0,5})(?:(?<=[0-9]{14})\.[0-9]+)?(?:([+-][0-9]{2})([0-9]{2}))?")
_FARTHEST: Final = timedelta(hours=14)
"""From UTC to the farthest zone (ISO 8601, IANA)."""
_XFRM: Final = "urn:ihe:iti:2007:AssociationType:XFRM"


@dataclass(frozen=True, slots=True)
class DocumentsAnswer:
    """A peer's answer. ``status`` None: it gave none, as OpenNCP 8 and 9 do when they reject the asker."""

    status: Status | None
    entries: tuple[DocumentEntry, ...]
    problems: tuple[Remark, ...]

    @property
    def rejected(self) -> bool:
        """No success of any kind: entries of such an answer are not to be used."""
        return self.status is None or self.status == "Failure"


def write_documents(reply: DocumentsReply, types: DocumentTypes, sender: Sender) -> bytes:
    """The answer with its entries and warnings; ValueError when it has neither.

    Ids inside are made of the documents' own, so the same document has the same entry in every answer.
    """
    status = status_of(something=bool(reply.entries), problems=reply.problems)
    entries = [_entry_view(entry, types, sender) for entry in reply.entries]
    links = [_link_view(entry) for entry in reply.entries if entry.transformed_from is not None]
    return render("documents", {**answer_view(status, reply.problems), "entries": entries, "links": links})


def write_find_documents_refusal(row: RefusalRow) -> bytes:
    """The answer to a refused query: its status and one RegistryError, never empty."""
    return render("documents", {**refusal_view(row), "entries": [], "links": []})


def read_documents(body: Element) -> DocumentsAnswer:
    """A peer's answer; an entry without unique id, class or patient is left out, and a remark says so.

    What a peer may leave out is empty: ``size`` 0, ``sha1`` ``""`` and ``created`` None when it gives none that can be
    read. Raises AnswerMalformed for another message, and when no entry of several can be read.
    """
    if body.tag != DOCUMENTS:
        raise AnswerMalformed("AdhocQueryResponse")
    objects = _RIM.all(body, "RegistryObjectList/ExtrinsicObject")
    unique_ids = {item.get("id", ""): _maybe_unique_id(item) for item in objects}
    sources = {
        link.get("sourceObject", ""): unique_ids.get(link.get("targetObject", ""))
        for link in _RIM.all(body, "RegistryObjectList/Association")
        if link.get("associationType") == _XFRM
    }
    entries, remarks = _entries(objects, sources)
    return DocumentsAnswer(read_status(body), entries, (*read_problems(body), *remarks))


def _entries(
    objects: Sequence[Element], sources: Mapping[str, str | None]
) -> tuple[tuple[DocumentEntry, ...], list[Remark]]:
    """The entries that can be read, and our remarks on those that cannot, wholly or in their time."""
    entries, remarks, faults = [], [], []
    for place, item in enumerate(objects):
        where = f"ExtrinsicObject[{place}]"
        try:
            entry = _entry(item, sources.get(item.get("id", "")))
        except AnswerMalformed as fault:
            faults.append(fault)
            remarks.append(Remark(ENTRY_UNREADABLE, "Warning", "One entry of the list could not be read.", where))
            continue
        entries.append(entry)
        if entry.created is None:
            remarks.append(Remark(TIME_UNKNOWN, "Warning", "When the document was made is not known.", where))
    if faults and not entries:
        raise faults[0]
    return tuple(entries), remarks


def _urn(entry_id: str, part: str = "") -> str:
    """``urn:uuid:`` of a part of an entry; the entry itself without ``part``."""
    return uuid5(NAMESPACE_OID, f"{entry_id}#{part}").urn


def _entry_view(entry: DocumentEntry, types: DocumentTypes, sender: Sender) -> Mapping[str, object]:
    """An entry as the template prints it; a slot without a value is left out."""
    slots = {
        "creationTime": "" if entry.created is None else xds_time(entry.created),
        "hash": entry.sha1,
        "languageCode": entry.language,
        "repositoryUniqueId": entry.repository or sender.repository,
        "size": entry.size,
        "sourcePatientId": entry.patient.cx(),
    }
    identifiers = (
        (PATIENT_ID, PATIENT_ID_NAME, entry.patient.cx()),
        (UNIQUE_ID, UNIQUE_ID_NAME, entry.unique_id),
    )
    facts = facts_of(types.of_format(entry.class_code, entry.format_code), entry.confidentiality, types, sender)
    return {
        "id": _urn(entry.unique_id),
        "home": write_oid(entry.home_community or sender.home_community),
        "mime_type": types.mime_type,
        "object_type": types.object_type,
        "version": types.version,
        "title": entry.title,
        "description": entry.description,
        "slots": {name: value for name, value in slots.items() if value != ""},
        "classifications": [
            *({"id": _urn(entry.unique_id, s), "scheme": s, "fact": fact} for s, fact in facts),
            *_event_views(entry),
        ],
        "identifiers": [
            {"id": _urn(entry.unique_id, s), "scheme": s, "name": name, "value": value}
            for s, name, value in identifiers
        ],
    }


def _event_views(entry: DocumentEntry) -> list[Mapping[str, object]]:
    """The event codes, each with its coding scheme and name, as OpenNCP's clients look for them."""
    return [
        {
            "id": _urn(entry.unique_id, f"{EVENT}#{n}"),
            "scheme": EVENT,
            "fact": {"code": event.code, "system": event.system, "display": event.display},
        }
        for n, event in enumerate(entry.events)
    ]


def _link_view(entry: DocumentEntry) -> Mapping[str, str]:
    """The association from a rendering (PDF) to what it renders (XML)."""
    return {
        "id": _urn(entry.unique_id, _XFRM),
        "type": _XFRM,
        "source": _urn(entry.unique_id),
        "target": _urn(entry.transformed_from or ""),
    }


def _entry(item: Element, transformed_from: str | None) -> DocumentEntry:
    slots = {slot.get("name", ""): slot_values(slot) for slot in _RIM.all(item, "Slot")}
    codes = {fact.get("classificationScheme", ""): fact for fact in _RIM.all(item, "Classification")}
    size = first_of(slots.get("size", ()))
    return DocumentEntry(
        unique_id=_unique_id(item),
        patient=_patient(item, slots),
        class_code=_required(codes, CLASS_CODE, "classCode"),
        format_code=_required(codes, FORMAT_CODE, "formatCode"),
        title=localized(item, "Name"),
        description=localized(item, "Description"),
        created=_created(slots.get("creationTime", ())),
        language=first_of(slots.get("languageCode", ())),
        size=int(size) if size.isascii() and size.isdigit() and len(size) <= _LONGEST_SIZE else 0,
        sha1=first_of(slots.get("hash", ())).lower(),
        confidentiality=codes[CONFIDENTIALITY].get("nodeRepresentation", "") if CONFIDENTIALITY in codes else "",
        repository=read_oid(first_of(slots.get("repositoryUniqueId", ()))),
        home_community=read_oid(item.get("home", "")),
        mime_type=item.get("mimeType", "").strip(XML_BLANKS),
        transformed_from=transformed_from,
        events=tuple(
            EventCode(fact.get("nodeRepresentation", ""), first_of(_scheme_of(fact)), localized(fact, "Name"))
            for fact in _RIM.all(item, "Classification")
            if fact.get("classificationScheme") == EVENT
        ),
    )


def _scheme_of(fact: Element) -> Sequence[str]:
    """The codingScheme of a classification; nothing when a peer leaves it out."""
    return next((slot_values(slot) for slot in _RIM.all(fact, "Slot") if slot.get("name") == "codingScheme"), ())


def _unique_id(item: Element) -> str:
    """The document's id: by scheme, or by name as OpenNCP finds it, in any case."""
    for identifier in _RIM.all(item, "ExternalIdentifier"):
        named = localized(identifier, "Name").lower() == UNIQUE_ID_NAME.lower()
        if named or identifier.get("identificationScheme") == UNIQUE_ID:
            return _RIM.attribute(identifier, "value", "uniqueId")
    raise AnswerMalformed("uniqueId")


def _maybe_unique_id(item: Element) -> str | None:
    try:
        return _unique_id(item)
    except AnswerMalformed:
        return None


def _patient(item: Element, slots: Mapping[str, Sequence[str]]) -> PatientIdentifier:
    """The patient the entry is about: patientId, and sourcePatientId where a peer leaves it out."""
    texts = [
        identifier.get("value", "")
        for identifier in _RIM.all(item, "ExternalIdentifier")
        if identifier.get("identificationScheme") == PATIENT_ID
    ]
    patient = read_cx(first_of(texts) or first_of(slots.get("sourcePatientId", ())))
    if patient is None:
        raise AnswerMalformed("patientId")
    return patient


def _required(codes: Mapping[str, Element], scheme: str, name: str) -> str:
    if scheme not in codes:
        raise AnswerMalformed(name)
    return _RIM.attribute(codes[scheme], "nodeRepresentation", name)


def _created(written: Sequence[str]) -> datetime | None:
    """An XDS DTM (ITI TF-3 table 4.2.3.1.7-2) as an instant; shorter ones are their first one. UTC without an offset.

    Some peers write HL7's offset nevertheless, and it is heeded. None when there is no time, or none that can be read.
    """
    match = _DTM.fullmatch(written[0]) if len(written) == 1 else None
    if match is None:
        return None
    digits, hours, minutes = match[1], match[2], match[3]
    offset = timedelta(hours=int(hours or 0), minutes=int(f"{(hours or '+')[0]}{minutes or 0}"))
    try:
        local = datetime.strptime(digits + "00000101000000"[len(digits) :], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
        return local - offset if abs(offset) <= _FARTHEST and int(minutes or 0) < 60 else None
    except (ValueError, OverflowError):
        return None
