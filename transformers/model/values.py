"""Values of the pivot: codes, quantities, points in time, identifiers, provenance.

Shaped like the Xt-EHR logical model's datatypes. Nothing here invents: what the source did not say is ``None``.
"""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

_MOMENT = re.compile(r"\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?)?)?", re.ASCII)
_TO_THE_MINUTE = re.compile(r"[^T]{10}T[0-9:]{5}[^:].*")


@dataclass(frozen=True, slots=True)
class Coding:
    """One code of one code system. ``system`` is a dotted OID without ``urn:oid:``."""

    code: str
    system: str
    display: str | None = None
    system_name: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Coded:
    """A concept as the source said it, and as Europe reads it.

    ``original`` and ``others`` are the source's own codings (main one first), ``text`` what was written. ``target`` is
    set by transcoding, together with ``map_entry``, the id of the map row that was used; an unmapped code has neither.
    """

    text: str | None = None
    original: Coding | None = None
    others: tuple[Coding, ...] = ()
    target: Coding | None = None
    map_entry: str | None = None

    def __post_init__(self) -> None:
        if self.text is None and self.original is None and self.target is None:
            raise ValueError("a Coded says something: text, original or target")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit: UCUM or EDQM when mapped, else the national code and text; None is a bare count."""

    value: Decimal
    unit: Coded | None = None


@dataclass(frozen=True, slots=True, order=True)
class Moment:
    """A point in time as precise as its source: ``YYYY``, ``YYYY-MM``, ``YYYY-MM-DD`` or a date-time with zone."""

    iso: str

    def __post_init__(self) -> None:
        if not _MOMENT.fullmatch(self.iso):
            raise ValueError("not an ISO 8601 moment of year, month, day or zoned time")
        text = self.iso
        if len(text) > 10:
            datetime.fromisoformat(text)
        else:
            date.fromisoformat((text + "-01-01")[:10] if len(text) == 4 else (text + "-01")[:10])

    @classmethod
    def at(cls, instant: datetime) -> "Moment":
        """The moment of an aware instant, to the second."""
        if instant.tzinfo is None:
            raise ValueError("an instant is aware")
        return cls(instant.isoformat(timespec="seconds"))

    def hl7(self) -> str:
        """HL7 v3 TS: digits, zone as +hhmm, no more digits than the source wrote."""
        if len(self.iso) <= 10:
            return self.iso.replace("-", "")
        instant = datetime.fromisoformat(self.iso)
        return instant.strftime("%Y%m%d%H%M%z" if self.to_the_minute else "%Y%m%d%H%M%S%z")

    @property
    def to_the_minute(self) -> bool:
        """A clock time without seconds."""
        return _TO_THE_MINUTE.fullmatch(self.iso) is not None


@dataclass(frozen=True, slots=True)
class Period:
    """From ``start`` to ``end``, both inclusive; an open end is None."""

    start: Moment | None = None
    end: Moment | None = None


@dataclass(frozen=True, slots=True)
class Identifier:
    """An instance identifier. ``root`` is a dotted OID (or upper-case UUID); the extension prints masked."""

    root: str
    extension: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a statement comes from: the register, the id of its row there, when and by whom it was recorded."""

    source: str
    """Name of the source system as shown to a reader, e.g. ``Kjernejournal – kritisk informasjon``."""
    source_id: str | None = None
    recorded: Moment | None = None
    recorded_by: "str | None" = None
    """Name and role of who recorded it, as text; None when the source does not say or address protection hides it."""
