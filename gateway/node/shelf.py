"""The exchange's shelf of listed documents, on the store's issued documents: values across, nothing decided."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import datetime
from typing import Any

from gateway.exchange.ports import KeptDocument
from gateway.messages import DocumentEntry, EventCode, PatientIdentifier
from gateway.national.ports import PrescriptionState
from gateway.store.documents import IssuedDocument, IssuedDocuments

_SAID = ("title", "description", "language", "confidentiality", "repository", "home_community")
"""What an entry says besides what the row itself keeps."""
_TWIN = "transformed_from"
"""The same of an original alone: what it is the original of."""


class Shelf:
    """`exchange.ports.DocumentShelf`."""

    def __init__(self, documents: IssuedDocuments) -> None:
        self._documents = documents

    def keep(self, *documents: KeptDocument) -> None:
        """Keep them, all or none, durable when this returns."""
        self._documents.keep(*map(_issued, documents))

    def listed_of(
        self, contents: Collection[str], since: datetime, now: datetime, expires: datetime
    ) -> tuple[KeptDocument, ...]:
        """What was listed of these contents and is there, kept to ``expires`` from now on."""
        return tuple(map(_kept, self._documents.issued_of(contents, since, now, expires)))

    def note_listed(self, unique_ids: Collection[str], country: str, now: datetime, expires: datetime) -> None:
        """Remember to ``expires`` that they were listed to a country."""
        self._documents.note_listed(unique_ids, country, now, expires)

    def listed(self, unique_id: str, country: str) -> datetime | None:
        """When that document was last listed to the country; None: never, or forgotten."""
        return self._documents.listed(unique_id, country)

    def find(self, unique_id: str, now: datetime) -> KeptDocument | None:
        """The document of that id; None when unknown or expired."""
        issued = self._documents.find(unique_id, now)
        return None if issued is None else _kept(issued)


def _issued(document: KeptDocument) -> IssuedDocument:
    entry = asdict(document.entry)
    metadata: dict[str, Any] = {name: entry[name] for name in (*_SAID, _TWIN)}
    metadata |= {"service": document.service, "warnings": list(document.warnings)}
    metadata["guardian_reserved"] = document.guardian_reserved
    if document.prescription is not None:
        metadata["prescription"] = asdict(document.prescription)
    metadata["events"] = [asdict(event) for event in document.entry.events]
    return IssuedDocument(
        unique_id=document.entry.unique_id,
        person=document.patient,
        class_code=document.entry.class_code,
        format_code=document.entry.format_code,
        created=document.created,
        expires=document.expires,
        terminology_release=document.release,
        wave=document.wave,
        content=document.content,
        metadata=metadata,
        made_of=document.made_of,
    )


def _kept(issued: IssuedDocument) -> KeptDocument:
    metadata = issued.metadata
    said: dict[str, str] = {name: str(metadata[name]) for name in _SAID}
    entry = DocumentEntry(
        unique_id=issued.unique_id,
        patient=issued.person,
        class_code=issued.class_code,
        format_code=issued.format_code,
        created=issued.created,
        size=issued.size,
        sha1=issued.sha1,
        events=tuple(EventCode(**event) for event in metadata.get("events", ())),
        transformed_from=metadata.get(_TWIN),
        **said,
    )
    return KeptDocument(
        entry=entry,
        patient=PatientIdentifier(issued.person.root, issued.person.extension),
        service=str(metadata["service"]),
        content=issued.content,
        warnings=tuple(str(code) for code in metadata["warnings"]),
        release=issued.terminology_release,
        wave=issued.wave,
        created=issued.created,
        expires=issued.expires,
        guardian_reserved=metadata["guardian_reserved"] is True,
        prescription=PrescriptionState(**metadata["prescription"]) if "prescription" in metadata else None,
        made_of=issued.made_of,
    )
