"""The gate before every answer about a person: the register, then the privacy services, each a refusal of its own.

A person with a strictly confidential address (kode 6) is answered as unknown, and so, by policy, is a reserved or
deceased one. Nothing is decided before all services have answered: who is answered as unknown causes the calls that an
unknown one causes, and waits for the same services. Confidentiality as Persontjenesten, reservation and blocking as
Personvernkomponenten name them.
"""

from gateway.admission import VerifiedRequest
from gateway.errors import (
    DemographicsDiffer,
    GuardianForbidden,
    PatientDeceased,
    PatientProtected,
    PatientReserved,
    PatientUnknown,
    SharingBlocked,
)
from gateway.exchange.ports import CountryOfAffiliation, Trail
from gateway.messages import DayRange, FindPatient, PatientIdentifier
from gateway.national.ports import AddressConfidentiality, PrivacyStatus, RegisteredPerson, Sharing


def known_person(
    request: VerifiedRequest, country: CountryOfAffiliation, trail: Trail
) -> tuple[RegisteredPerson, PrivacyStatus]:
    """The person the request names and what she allows. Raises an IdentityRefused or NationalRefused leaf.

    A service that did not answer as it must is the refusal of everybody alike, unknown persons too: without its answer
    a reserved person cannot be told from another.
    """
    doors, policy = country.doors, country.policy
    trail.patient = request.patient
    trail.origins.append("person-register")
    person = doors.persons.find(request, request.patient)
    if person is not None:
        current = person.person.identifiers[0]
        trail.patient = PatientIdentifier(current.root, current.extension or "")
    trail.origins.append("privacy-services")
    privacy = doors.privacy.status(request, trail.patient)
    if person is None:
        raise PatientUnknown
    if person.confidentiality is AddressConfidentiality.STRICTLY_CONFIDENTIAL:
        raise PatientProtected
    if person.deceased and policy.deceased_as_unknown:
        raise PatientDeceased
    if privacy.sharing is Sharing.RESERVED:
        raise PatientReserved if policy.reserved_as_unknown else SharingBlocked
    return person, privacy


def may_share_clinical(request: VerifiedRequest, privacy: PrivacyStatus) -> None:
    """Clinical data may leave, or SharingBlocked or GuardianForbidden is raised."""
    if privacy.sharing is not Sharing.ALLOWED:
        raise SharingBlocked
    if request.asker.next_of_kin and privacy.guardian_reserved:
        raise GuardianForbidden


def same_person(asked: FindPatient, person: RegisteredPerson) -> None:
    """Birth date and gender, where the asker gave them, are the register's as far as both know.

    The register may know the year alone (Folkeregisteret: foedselsdato 0..1, foedselsaar 1..1). Names are not compared:
    spelling differs across borders, and the identifier is what finds the person. Raises DemographicsDiffer.
    """
    known = person.person
    born = DayRange.of_hl7(known.birth.iso[:10].replace("-", ""))
    if asked.birth is not None and born is not None and not asked.birth.meets(born):
        raise DemographicsDiffer
    if asked.gender in ("F", "M") and known.gender is not None and asked.gender != known.gender.value:
        raise DemographicsDiffer
