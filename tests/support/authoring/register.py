"""Persontjenesten's answer and the privacy answers of a sample person.

Member names: Persontjenesten API version 2 as published in NorskHelsenett/HelseID.Samples (openapi.yaml, Person).
"""

import json
from datetime import date
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tests.support.authoring.people import Individual

REGISTERED = "2024-02-01T09:30:00+01:00"


def instance_id(*path: str) -> str:
    """A stable UUID for a thing of the samples."""
    return str(uuid5(NAMESPACE_URL, "urn:ncpeh:samples:" + "/".join(path)))


def as_json(value: object) -> bytes:
    """Readable JSON, stable."""
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _fact(*, valid: bool = True, **members: object) -> dict[str, object]:
    return {"registeredAt": REGISTERED, "isValid": valid, "source": "Synutopia", **members}


def _day(day: date) -> str:
    return f"{day.isoformat()}T00:00:00"


def person(who: Individual) -> bytes:
    """``person.json``."""
    kind = "DNumber" if who.d_number else "NationalIdentityNumber"
    numbers = [
        _fact(valid=False, status="Discontinued", identificationNumber=old, identificationNumberType=kind)
        for old in who.old
    ]
    numbers.append(_fact(status="InUse", identificationNumber=who.number, identificationNumberType=kind))
    names = []
    if who.former_name:
        names.append(_fact(valid=False, givenName=who.former_name[0], familyName=who.former_name[1]))
    names.append(_fact(givenName=who.given, middleName=who.middle, familyName=who.family))
    number, name = who.municipality
    street = {
        "municipalityNumber": number,
        "municipalityName": name,
        "addressName": who.street,
        "addressNumber": {"houseNumber": who.house},
        "city": {"cityName": who.city, "postalCode": who.postal_code},
    }
    answer: dict[str, Any] = {
        "id": instance_id(who.id, "person"),
        "norwegianIdentificationNumber": numbers,
        "status": [_fact(status=who.status)],
        "gender": [_fact(gender="Female" if who.sex == "F" else "Male")],
        "birth": [_fact(birthDate=_day(who.born), birthYear=str(who.born.year))],
        "death": _fact(deceasedDate=_day(who.died)) if who.died else None,
        "name": names,
        "addressProtection": [_fact(protectionLevel=who.protection)],
        "residentialAddress": [_fact(streetAddress=street, addressConfidentiality=who.protection)],
        "commonContactRegisterInformation": {
            "contactInformation": {"email": who.email, "phoneNumber": who.mobile},
            "language": who.language,
        },
    }
    if who.language == "se":
        answer["useOfSamiLanguage"] = [_fact(language=["Nordsamisk"])]
    return as_json(answer)


def privacy(who: Individual, changed: dict[str, str]) -> bytes:
    """``privacy.json``: PVK's and ``/status``'s answers; ``changed``: last change per kind of critical information."""
    return as_json(
        {
            "pvk": {"status": who.pvk, "blokkerteHelsepersonell": list(who.blocked)},
            "status": {
                "hasCriticalInformation": bool(changed),
                "privacy": {"reservation": False, "restriction": False, "blockedPersonnel": bool(who.blocked)},
                "lastChanged": changed,
            },
        }
    )
