"""Country A: what a listed document was made of, as one digest: the same content is composed and printed once.

Everything that decides what a document says goes in, and its id and time do not. Whoever lists the same content again
gets the document that is listed already, for as long as that is kept.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib.metadata import version
from typing import Final

from gateway.exchange.country_a.compose import Composer
from gateway.exchange.country_a.gather import Gathered
from gateway.national.ports import OfferedPrescription, RegisteredPerson

_PROGRAM: Final = version("ncpeh")
"""Another program may write the same content otherwise."""


def summary_key(person: RegisteredPerson, gathered: Gathered, composer: Composer, wave: int) -> str:
    """Of a summary: SHA-256, hexadecimal."""
    said = (gathered.content, gathered.unavailable, gathered.unread, gathered.guardian_reserved)
    return _digest("ps", person, said, composer, composer.required_codes, wave)


def prescription_key(person: RegisteredPerson, offered: OfferedPrescription, composer: Composer, wave: int) -> str:
    """Of a prescription as it stands: SHA-256, hexadecimal."""
    said = (offered.item, offered.state, offered.guardian_reserved)
    return _digest("ep", person, said, composer, composer.required_codes_of_prescriptions, wave)


def _digest(
    service: str,
    person: RegisteredPerson,
    said: tuple[object, ...],
    composer: Composer,
    required: frozenset[str],
    wave: int,
) -> str:
    by = (
        composer.author,
        composer.custodian,
        composer.legal_authenticator,
        composer.root,
        composer.home_community,
        composer.default_language,
        composer.words,
        composer.gate.layers,
        composer.gate.refused,
    )
    whole = (_PROGRAM, service, wave, composer.release(wave).id, required, by, person, said)
    return hashlib.sha256(canonical_form(whole).encode("ascii")).hexdigest()


def canonical_form(value: object) -> str:
    """A value as JSON in ASCII that no other value has. TypeError for one that has no such form."""
    return json.dumps(_form(value), separators=(",", ":"))


def _form(value: object) -> object:
    """Each of its type's name and its members in order."""
    kind = type(value)
    if value is None or kind in (str, int, bool):
        return value
    if isinstance(value, tuple):
        return [_form(each) for each in value]
    if isinstance(value, Enum):
        return {kind.__name__: value.name}
    if is_dataclass(kind):
        return {kind.__name__: [_form(getattr(value, name)) for name in _names(kind)]}
    if isinstance(value, frozenset):
        return {kind.__name__: sorted(json.dumps(_form(each)) for each in value)}
    if isinstance(value, Mapping):
        return {"Mapping": sorted((json.dumps(_form(key)), _form(each)) for key, each in value.items())}
    if isinstance(value, Decimal | date):
        return {kind.__name__: str(value)}
    raise TypeError(f"no form for {kind.__name__}")


@cache
def _names(kind: type) -> tuple[str, ...]:
    return tuple(each.name for each in fields(kind))
