"""What a person entered in a country's mask, held against it before anything is sent.

An identifier is sent with the root that the mask gives it (XCPD livingSubjectId), a prescription's id in the TRC.
The country's own look at the number is the one that counts: here a slip of the finger is found, nothing more.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from gateway.counter.errors import EntryMissing, EntryRefused, MaskFieldLacking
from gateway.counter.mask import MaskField, MaskScope, PersonSearch, SearchMask, Trait
from gateway.counter.patterns import fits
from gateway.messages import PatientIdentifier
from trust.xml import XML_BLANKS

_TEXTS: Final = frozenset({"familyName", "firstName"})
"""The text fields that our question for a patient (ITI-55) carries; it has no address."""
_NEVER_SENT: Final = frozenset({Trait.ACCESS_CODE, Trait.PIN_CODE})
"""Our question has no access code, and the TRC of a session of ours no PIN."""
_GENDERS: Final = frozenset({"F", "M", "UN"})


@dataclass(frozen=True, slots=True)
class MaskEntries:
    """What was entered. ``chosen`` has for each identifier of the mask the number of its option, from 0.

    ``identifiers`` are in the mask's order for these options, None for one that was left empty; every other field is by
    its label.
    """

    chosen: tuple[int, ...]
    identifiers: tuple[str | None, ...] = field(repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class CheckedEntries:
    """What may be sent: identifiers with their roots, and of the person and the document what was entered."""

    identifiers: tuple[PatientIdentifier, ...] = field(repr=False)
    family: str | None = field(default=None, repr=False)
    given: str | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    gender: str | None = None
    prescription_id: str | None = field(default=None, repr=False)


def fields_of_form(mask: SearchMask, scope: MaskScope) -> tuple[MaskField, ...]:
    """What the form for documents of ``scope`` asks for beside the identifiers, in the mask's order.

    An optional field that we cannot send is left out. Raises MaskFieldLacking with the label of a mandatory one.
    """
    fields = list(mask.patient.fields)
    for search in mask.documents:
        if search.scope in (None, MaskScope.ALL, scope):
            fields += search.fields
    for one in fields:
        if one.mandatory and not can_ask(one):
            raise MaskFieldLacking(one.label)
    return tuple(one for one in fields if can_ask(one))


def check_entries(mask: SearchMask, entries: MaskEntries, scope: MaskScope) -> CheckedEntries:
    """What was entered, for documents of ``scope``.

    XML's four blanks around an entry are dropped, and an empty one is none.

    Raises EntryMissing for an empty mandatory field, or when there is no identifier at all, and EntryRefused for one
    that does not have the country's form, that the mask has not, or for an option that it has not; both name the label.
    Raises MaskFieldLacking as `fields_of_form`.
    """
    wanted = fields_of_form(mask, scope)
    identifiers = _identifiers(mask.patient, entries)
    labels = {one.label for one in wanted}
    for label in entries.fields:
        if label not in labels:
            raise EntryRefused(label)
    values = _values(wanted, entries.fields)
    born = values.get("birthDate")
    return CheckedEntries(
        identifiers,
        values.get("familyName"),
        values.get("firstName"),
        None if born is None else _day(born),
        values.get("gender"),
        values.get("ePrescriptionId"),
    )


def _identifiers(person: PersonSearch, entries: MaskEntries) -> tuple[PatientIdentifier, ...]:
    """The identifiers with their roots; an entry too many or too few is the form's fault, and refused."""
    if len(entries.chosen) != len(person.identifiers):
        raise EntryRefused("identifier")
    fields: list[MaskField] = []
    for options, at in zip(person.identifiers, entries.chosen, strict=True):
        if not 0 <= at < len(options):
            raise EntryRefused("identifier")
        fields += options[at].ids
    if len(fields) != len(entries.identifiers):
        raise EntryRefused("identifier")
    found = [
        PatientIdentifier(one.domain, value)
        for one, entry in zip(fields, entries.identifiers, strict=True)
        if (value := _checked(one, entry)) is not None and one.domain is not None
    ]
    if not found:
        raise EntryMissing(fields[0].label)
    return tuple(found)


def _values(wanted: Iterable[MaskField], stated: Mapping[str, str]) -> dict[str, str]:
    """By label; a label that several parts of the mask have must fit each of them."""
    found = {}
    for one in wanted:
        value = _checked(one, stated.get(one.label))
        if value is not None:
            found[one.label] = value
    return found


def _checked(one: MaskField, entry: str | None) -> str | None:
    value = (entry or "").strip(XML_BLANKS)
    if not value:
        if one.mandatory:
            raise EntryMissing(one.label)
        return None
    if one.trait is Trait.BIRTH_DATE:
        _day(value)
    elif one.trait is Trait.GENDER:
        if value not in _GENDERS:
            raise EntryRefused(one.label)
    elif not fits(value, one.pattern, one.label):
        raise EntryRefused(one.label)
    return value


def _day(value: str) -> date:
    """Our form gives a day as HL7 writes it, whatever notation the mask describes."""
    if len(value) == 8 and value.isascii() and value.isdigit():
        try:
            return datetime.strptime(value, "%Y%m%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            pass
    raise EntryRefused("birthDate")


def can_ask(one: MaskField) -> bool:
    """Whether a message of ours carries the field."""
    return one.label in _TEXTS if one.trait is Trait.TEXT else one.trait not in _NEVER_SENT
