"""Documents issued to other countries: an opaque id that any node on the database resolves to type, person and bytes.

IHE ITI TF-2 3.43: repositoryUniqueId and documentUniqueId alone retrieve a document, so the id must lead to everything.
The bytes retrieved are the bytes listed. Person, content and metadata are sealed; every plain column is bound to the
seal.
"""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from gateway.errors import StoreTampered
from gateway.messages import PatientIdentifier
from gateway.store.canonical import canonical
from gateway.store.engine import Store
from gateway.store.keys import KeyRing, Sealed
from gateway.store.moments import from_microseconds, to_microseconds
from gateway.store.tables import issued_documents, listings

_CONTENT = "issued-document/content"
_ABOUT = "issued-document/about"
_SEALED = ("key_id", "content", "about")


@dataclass(frozen=True, slots=True)
class IssuedDocument:
    """A document as it was listed. ``unique_id`` is ``root^extension``, the extension an opaque random UUID."""

    unique_id: str
    person: PatientIdentifier
    class_code: str
    format_code: str
    created: datetime
    expires: datetime
    terminology_release: str
    wave: int
    content: bytes = field(repr=False)
    metadata: Mapping[str, Any] = field(repr=False)
    """What the listing says besides; canonical JSON values (`gateway/store/canonical.py`)."""
    made_of: str | None = field(default=None, repr=False)
    """Digest of the content it was made of, by whoever issues it; None when that is never asked for."""

    @property
    def sha1(self) -> str:
        """Hex SHA-1 of the bytes: XDS ``hash``, an address of the bytes and no protection of ours."""
        return hashlib.sha1(self.content, usedforsecurity=False).hexdigest()

    @property
    def size(self) -> int:
        """Number of bytes: XDS ``size``."""
        return len(self.content)


class IssuedDocuments:
    """The documents of every node on this database."""

    def __init__(self, store: Store, keys: KeyRing) -> None:
        self._store = store
        self._keys = keys
        self._insert = sqlite.insert if store.engine.dialect.name == "sqlite" else postgresql.insert

    def keep(self, *documents: IssuedDocument) -> None:
        """Keep them, all or none, durable when this returns. Raises StoreUnavailable (also for an id that is taken)."""
        rows = [self._row(document) for document in documents]
        if rows:
            with self._store.unit_of_work() as unit:
                unit.connection.execute(insert(issued_documents), rows)

    def issued_of(
        self, contents: Collection[str], since: datetime, now: datetime, expires: datetime
    ) -> tuple[IssuedDocument, ...]:
        """What was issued of contents (``made_of``) after ``since`` and is kept at ``now``: from now on to ``expires``.

        Under the current key alone: after a rotation the same content is issued once more. Raises StoreTampered,
        StoreUnavailable.
        """
        c = issued_documents.c
        keyed = [self._keys.made_of(content) for content in contents]
        wanted = select(issued_documents).where(
            c.made_of.in_(keyed), c.created > to_microseconds(since), c.expires > to_microseconds(now)
        )
        with self._store.reading() as connection:
            if not connection.execute(wanted.with_only_columns(c.unique_id).limit(1)).all():
                return ()
        with self._store.unit_of_work() as unit:
            rows = unit.connection.execute(wanted).mappings().all()
            found = [replace(self._opened(row), expires=expires) for row in rows]
            for document in found:
                row = self._row(document)
                unit.connection.execute(update(issued_documents).where(c.unique_id == document.unique_id).values(row))
        return tuple(found)

    def _row(self, document: IssuedDocument) -> dict[str, Any]:
        row = {
            "unique_id": document.unique_id,
            "person": str(self._keys.person(document.person)),
            "class_code": document.class_code,
            "format_code": document.format_code,
            "created": to_microseconds(document.created),
            "expires": to_microseconds(document.expires),
            "sha1": document.sha1,
            "size": document.size,
            "terminology_release": document.terminology_release,
            "wave": document.wave,
            "made_of": None if document.made_of is None else self._keys.made_of(document.made_of),
        }
        bound = _bound(row)
        person = {"root": document.person.root, "extension": document.person.extension}
        about = canonical({"person": person, "metadata": document.metadata, "made_of": document.made_of}).encode()
        content = self._keys.seal(_CONTENT, document.unique_id, document.content, bound)
        sealed = self._keys.seal(_ABOUT, document.unique_id, about, bound)
        return row | {"key_id": content.key_id, "content": content.data, "about": sealed.data}

    def note_listed(self, unique_ids: Collection[str], country: str, now: datetime, expires: datetime) -> None:
        """Remember that they were listed to a country, to ``expires``; durable when this returns.

        Raises StoreUnavailable.
        """
        at, until = to_microseconds(now), to_microseconds(expires)
        rows = [{"unique_id": one, "country": country, "listed": at, "expires": until} for one in unique_ids]
        if not rows:
            return
        new = self._insert(listings).values(rows)
        newest = {name: new.excluded[name] for name in ("listed", "expires")}
        with self._store.unit_of_work() as unit:
            unit.connection.execute(new.on_conflict_do_update(index_elements=["unique_id", "country"], set_=newest))

    def listed(self, unique_id: str, country: str) -> datetime | None:
        """When that document was last listed to the country; None: never, or forgotten. Raises StoreUnavailable."""
        c = listings.c
        wanted = select(c.listed).where(c.unique_id == unique_id, c.country == country)
        with self._store.reading() as connection:
            found = connection.execute(wanted).scalar_one_or_none()
        return None if found is None else from_microseconds(found)

    def find(self, unique_id: str, now: datetime) -> IssuedDocument | None:
        """The document with that id, None when there is none or ``now`` is at or after its end.

        Raises StoreTampered for a row that was changed or sealed under a key the ring lacks; StoreUnavailable.
        """
        wanted = select(issued_documents).where(
            issued_documents.c.unique_id == unique_id, issued_documents.c.expires > to_microseconds(now)
        )
        with self._store.reading() as connection:
            row = connection.execute(wanted).mappings().one_or_none()
        return None if row is None else self._opened(row)

    def opens_newest_of(self, key_id: str) -> bool:
        """Whether the newest row sealed under that key can be opened; True where there is none.

        Raises StoreUnavailable.
        """
        c = issued_documents.c
        newest = select(issued_documents).where(c.key_id == key_id).order_by(c.created.desc()).limit(1)
        with self._store.reading() as connection:
            row = connection.execute(newest).mappings().one_or_none()
        try:
            return row is None or bool(self._opened(row))
        except StoreTampered:
            return False

    def size(self) -> int:
        """How many are kept. Raises StoreUnavailable."""
        with self._store.reading() as connection:
            return int(connection.execute(select(func.count()).select_from(issued_documents)).scalar_one())

    def purge(self, now: datetime) -> int:
        """Delete what ended at or before ``now``; returns how many documents. Raises StoreUnavailable."""
        ended = delete(issued_documents).where(issued_documents.c.expires <= to_microseconds(now))
        with self._store.unit_of_work() as unit:
            unit.connection.execute(delete(listings).where(listings.c.expires <= to_microseconds(now)))
            return unit.connection.execute(ended).rowcount

    def _opened(self, row: RowMapping) -> IssuedDocument:
        bound = _bound({name: value for name, value in row.items() if name not in _SEALED})
        unique_id, key_id = row["unique_id"], row["key_id"]
        content = self._keys.unseal(_CONTENT, unique_id, Sealed(key_id, row["content"]), bound)
        about = json.loads(self._keys.unseal(_ABOUT, unique_id, Sealed(key_id, row["about"]), bound))
        return IssuedDocument(
            unique_id=unique_id,
            person=PatientIdentifier(**about["person"]),
            class_code=row["class_code"],
            format_code=row["format_code"],
            created=from_microseconds(row["created"]),
            expires=from_microseconds(row["expires"]),
            terminology_release=row["terminology_release"],
            wave=row["wave"],
            content=content,
            metadata=about["metadata"],
            made_of=about.get("made_of"),
        )


def _bound(row: Mapping[str, Any]) -> bytes:
    """Every plain column, as the seal's associated data: none can be changed, or moved to another row, unseen.

    Rows of before there was ``made_of`` have none, and are bound without it.
    """
    said = {name: repr(value) for name, value in row.items() if name != "made_of" or value is not None}
    return canonical(said).encode()
