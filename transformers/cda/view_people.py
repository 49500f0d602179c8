"""Names, addresses, telecoms and organisations as CDA prints them (EN, AD, TEL of data types R1).

Absent is NI, said once; a country is ISO 3166-1 alpha-2; a telecom is a URI with a scheme, telephone numbers of digits,
signs and no blanks. What does not fit is left out here: it is text that no machine may act on.
"""

import re
from dataclasses import dataclass

from transformers.cda.identifiers import Id, usable_ids
from transformers.cda.vocabulary import TELECOM_USES
from transformers.model.people import Address, Name, Organisation, Professional, Telecom

_TELEPHONE = re.compile(r"(tel|fax):\+?[0-9().-]*[0-9][0-9().-]*")
_URI = re.compile(r"[a-z][a-z0-9+.-]*:[!#$&-;=?-Z_a-z~%\[\]]+")
_COUNTRY = re.compile(r"[A-Z]{2}")
_BLANKS = re.compile(r"[ .()-]+")


@dataclass(frozen=True, slots=True)
class NameView:
    """Parts of a person's name, none of them blank; an empty ``given`` or ``family`` prints as NI."""

    prefix: str | None
    given: tuple[str, ...]
    family: str | None


@dataclass(frozen=True, slots=True)
class AddressView:
    """An address with at least one part."""

    lines: tuple[str, ...]
    city: str | None
    postal_code: str | None
    country: str | None


@dataclass(frozen=True, slots=True)
class TelecomView:
    """A URI and its use."""

    value: str
    use: str | None


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """What every organisation of the header prints; ``name`` None prints as NI."""

    ids: tuple[Id, ...]
    name: str | None
    telecoms: tuple[TelecomView, ...]
    address: AddressView | None


@dataclass(frozen=True, slots=True)
class PersonView:
    """A professional: ids, how to reach, name, organisation."""

    ids: tuple[Id, ...]
    name: NameView | None
    address: AddressView | None
    telecoms: tuple[TelecomView, ...]
    organisation: OrganisationView


def name_view(name: Name | None) -> NameView | None:
    """The name without blank parts, None when nothing is left."""
    if name is None:
        return None
    given = tuple(part.strip() for part in name.given if part.strip())
    family = name.family.strip() or None
    if not given and family is None:
        return None
    return NameView((name.prefix or "").strip() or None, given, family)


def address_view(address: Address | None) -> AddressView | None:
    """The address without blank or repeated parts, None when nothing is left."""
    if address is None:
        return None
    lines = tuple(dict.fromkeys(line.strip() for line in address.lines if line.strip()))
    city, code, country = (_text(part) for part in (address.city, address.postal_code, address.country))
    country = country if country and _COUNTRY.fullmatch(country) else None
    if not lines and city is None and code is None and country is None:
        return None
    return AddressView(lines, city, code, country)


def telecom_views(telecoms: tuple[Telecom, ...]) -> tuple[TelecomView, ...]:
    """Those that are URIs, each once."""
    made: dict[str, TelecomView] = {}
    for telecom in telecoms:
        uri = telecom_uri(telecom)
        if uri is not None:
            made.setdefault(uri, TelecomView(uri, telecom.use if telecom.use in TELECOM_USES else None))
    return tuple(made.values())


def telecom_uri(telecom: Telecom) -> str | None:
    """The URI as printed, None when it is none; the scheme of a number that lacks one is not guessed."""
    value = telecom.value.strip()
    scheme, _, rest = value.partition(":")
    if scheme.lower() not in {"tel", "fax"}:
        return value if _URI.fullmatch(value) else None
    dialled = f"{scheme.lower()}:{_BLANKS.sub('', rest)}"
    return dialled if _TELEPHONE.fullmatch(dialled) else None


def country_known(address: Address | None) -> bool:
    """False when the address names a country that is no alpha-2 code and so is not printed."""
    country = None if address is None else _text(address.country)
    return country is None or _COUNTRY.fullmatch(country) is not None


def organisation_view(organisation: Organisation) -> OrganisationView:
    """The organisation; what is missing prints as NI."""
    return OrganisationView(
        usable_ids(organisation.identifiers),
        _text(organisation.name),
        telecom_views(organisation.telecoms),
        address_view(organisation.address),
    )


def person_view(professional: Professional, fallback: Organisation | None) -> PersonView:
    """The professional, with ``fallback`` when no organisation is known; without either it prints as NI."""
    organisation = professional.organisation or fallback or Organisation(None)
    return PersonView(
        usable_ids(professional.identifiers),
        name_view(professional.name),
        address_view(professional.address),
        telecom_views(professional.telecoms),
        organisation_view(organisation),
    )


def _text(text: str | None) -> str | None:
    return text.strip() or None if text is not None else None
