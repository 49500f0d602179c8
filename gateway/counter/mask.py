"""A country's International Search Mask as values: what a person is asked for before her country is asked for her.

eHDSI ISM 2023 (`ehdsi-ism-2023.xsd`). Reading and writing it are `read_mask` and `write_mask`; what was entered is held
against it by `entered`.
"""

from dataclasses import dataclass
from enum import StrEnum

PREFIX = "label.ism."
"""How every label begins."""


class Trait(StrEnum):
    """What a field asks for: the element of the schema."""

    ID = "id"
    TEXT = "textField"
    BIRTH_DATE = "birthDate"
    GENDER = "gender"
    ACCESS_CODE = "accessCode"
    PRESCRIPTION_ID = "prescriptionId"
    PIN_CODE = "dispensationPINCode"


class MaskScope(StrEnum):
    """For which documents a part of the mask is."""

    ALL = "ALL"
    PATIENT_SUMMARY = "PS"
    PRESCRIPTION = "EP"


@dataclass(frozen=True, slots=True)
class MaskField:
    """One field. All words are the country's own and untrusted: they are shown as text, ``pattern`` is never run but by
    the linear engine."""

    trait: Trait
    label: str
    """Without `PREFIX`: ``nationalPersonIdentifier``."""
    pattern: str
    """``format``: a regular expression, but for birth date and gender, where it describes a notation."""
    description: str
    original_description: str | None = None
    mandatory: bool = False
    domain: str | None = None
    """OID: of an id the root it is sent with (XCPD), of a prescription's id or PIN its assigner."""


@dataclass(frozen=True, slots=True)
class MaskOption:
    """One set of identifiers of which a person enters all; ``display`` is None where there is no choice."""

    display: str | None
    ids: tuple[MaskField, ...]


@dataclass(frozen=True, slots=True)
class PersonSearch:
    """What identifies a person: of each member of ``identifiers`` one option (``CHOICE``), or its only one."""

    identifiers: tuple[tuple[MaskOption, ...], ...]
    fields: tuple[MaskField, ...] = ()
    scope: MaskScope = MaskScope.ALL
    has_media: bool = False
    """The country sent a picture, which is not kept: bytes from abroad that no reader of ours opens."""


@dataclass(frozen=True, slots=True)
class DocumentSearch:
    """What opens a document, beside who the person is; it travels in the TRC assertion."""

    fields: tuple[MaskField, ...]
    scope: MaskScope | None = None
    has_media: bool = False


@dataclass(frozen=True, slots=True)
class SearchMask:
    """The whole mask of one country (ISO 3166, ``EU`` too)."""

    country: str
    label: str
    patient: PersonSearch
    documents: tuple[DocumentSearch, ...] = ()
    next_of_kin: PersonSearch | None = None
