"""Persons, professionals and organisations of the pivot."""

from dataclasses import dataclass
from enum import StrEnum

from transformers.model.values import Coded, Identifier, Moment, Period


class Gender(StrEnum):
    """Administrative gender, eHDSI value set 42.34. Unknown is None where a Gender is expected, never a member."""

    FEMALE = "F"
    MALE = "M"
    UNDIFFERENTIATED = "UN"


@dataclass(frozen=True, slots=True)
class Name:
    """Given names in order (a Norwegian middle name is an additional given), and family name."""

    given: tuple[str, ...]
    family: str
    prefix: str | None = None
    use: str | None = None
    """HL7 EntityNameUse, where the source states one: L legal, P pseudonym, A artist's, …"""

    def plain(self) -> str:
        """Given names and family name, as shown."""
        return " ".join((*self.given, self.family))


@dataclass(frozen=True, slots=True)
class Address:
    """A postal address; ``country`` is ISO 3166-1 alpha-2."""

    lines: tuple[str, ...] = ()
    postal_code: str | None = None
    city: str | None = None
    country: str | None = None
    use: str | None = None
    """HL7 PostalAddressUse, where the source states one: HP primary home, TMP temporary, WP work, …"""


@dataclass(frozen=True, slots=True)
class Telecom:
    """``value`` is a URI (``tel:+4799999999``, ``mailto:…``); ``use`` of value set 42.40 (H, HP, WP, MC, …)."""

    value: str
    use: str | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation with its identifiers."""

    name: str | None
    identifiers: tuple[Identifier, ...] = ()
    address: Address | None = None
    telecoms: tuple[Telecom, ...] = ()


@dataclass(frozen=True, slots=True)
class Professional:
    """A health professional; ``role`` as coded by the source (9060, ISCO)."""

    name: Name | None
    identifiers: tuple[Identifier, ...] = ()
    role: Coded | None = None
    organisation: Organisation | None = None
    telecoms: tuple[Telecom, ...] = ()
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """Someone to reach about the patient: next of kin, emergency contact, guardian, preferred professional."""

    role: str
    """``NOK``, ``ECON`` (value set 42.39), ``GUARD``, ``PCP``, or ``PRS``: a personal relationship not said closer."""
    name: Name | None = None
    organisation: Organisation | None = None
    relationship: Coded | None = None
    telecoms: tuple[Telecom, ...] = ()
    address: Address | None = None
    period: Period | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """The patient. The first identifier is the current one; ``address`` is None when absent or protected."""

    identifiers: tuple[Identifier, ...]
    name: Name
    gender: Gender | None
    birth: Moment
    death: Moment | None = None
    address: Address | None = None
    telecoms: tuple[Telecom, ...] = ()
    languages: tuple[str, ...] = ()
    contacts: tuple[Contact, ...] = ()
    other_names: tuple[Name, ...] = ()
    """Names beside the legal one or the one in force: a pseudonym, an earlier name."""
    other_addresses: tuple[Address, ...] = ()
    """Addresses beside the one to be used: temporary, of work, earlier or bad ones."""


@dataclass(frozen=True, slots=True)
class Device:
    """The system that composed a document."""

    software: str
    model: str | None = None
    organisation: Organisation | None = None
    identifiers: tuple[Identifier, ...] = ()
