"""Country A, identify: ITI-55 without the protocol."""

from gateway.admission import VerifiedRequest
from gateway.exchange.country_a.person import known_person, same_person
from gateway.exchange.ports import CountryOfAffiliation, Trail
from gateway.messages import FindPatient, FoundPatient, PatientIdentifier, PatientsReply
from gateway.national.ports import AddressConfidentiality, RegisteredPerson

_SHOWN = (AddressConfidentiality.UNCLASSIFIED,)


def identify(
    request: VerifiedRequest, asked: FindPatient, country: CountryOfAffiliation, trail: Trail
) -> PatientsReply:
    """The one person with that identifier, under her current one. Raises IdentityRefused or NationalRefused leaves."""
    trail.categories.append("identity")
    person, _ = known_person(request, country, trail)
    same_person(asked, person)
    return PatientsReply((found(person),))


def found(person: RegisteredPerson) -> FoundPatient:
    """What country B may know of a person: no address when it is confidential (kode 7)."""
    who = person.person
    current = who.identifiers[0]
    address = who.address if person.confidentiality in _SHOWN else None
    return FoundPatient(
        identifier=PatientIdentifier(current.root, current.extension or ""),
        family=who.name.family,
        given=who.name.given,
        gender=None if who.gender is None else who.gender.value,
        birth_date=who.birth.hl7(),
        street=", ".join(address.lines) or None if address else None,
        postal_code=address.postal_code if address else None,
        city=address.city if address else None,
        country=address.country if address else None,
    )
