"""The only place that makes a `VerifiedRequest` or a `VerifiedTreatment`.

A verified caller (from trust), a parsed request and policy become a value that opens national doors, or a refusal.
Nothing here calls anything: what the message and our configuration decide is decided before any national call.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from gateway.configuration.settings import CountryRow
from gateway.errors import (
    ClassCodeUnknown,
    CountryADisabled,
    CountryUnknown,
    PatientDiffers,
    PatientIdentifierInvalid,
    PatientIdentifierMissing,
    PermissionMissing,
    ReceiverWrong,
    RequestMalformed,
    RoleForbidden,
    SenderWrong,
    ServiceNotAgreed,
)
from gateway.messages import FindDocuments, FindPatient, PatientIdentifier, RetrieveDocuments
from trust.errors import TrcMissing
from trust.saml.model import TrcAssertion, VerifiedCaller
from trust.saml.tables import PermissionMatrix, permission_missing

_DISPENSING = "ed"
_REFERENCE_NUMBER = re.compile(r"[0-9]{1,20}")


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, as national services and evidence need it."""

    country: str
    """ISO 3166-1 alpha-2 of country B."""
    home_community: str
    professional_id: str = field(repr=False)
    professional_name: str = field(repr=False)
    role: str
    """ISCO code."""
    national_role: str
    """Volven 9060 code that stands for it, by `config/roles.csv`."""
    organisation: str
    organisation_id: str | None
    purpose: str
    """``TREATMENT`` or ``EMERGENCY``."""
    access_basis: str
    """``nhn-access-basis`` (SAMTYKKE, AKUTT, …) by `config/policies.toml`."""
    next_of_kin: bool = False
    """A NOK assertion came with the request."""


@dataclass(frozen=True, slots=True)
class VerifiedRequest:
    """A request of a verified health professional. Opens the person register and the privacy services."""

    asker: Asker
    transaction: str
    patient: PatientIdentifier
    wave: int
    now: datetime
    correlation: str
    """UUID, ours, sent as event id to national services and kept in evidence."""


@dataclass(frozen=True, slots=True)
class VerifiedTreatment:
    """A verified request with a confirmed treatment relationship (TRC) to this very patient. Opens clinical doors."""

    request: VerifiedRequest
    assertion_id: str
    """@ID of the TRC."""
    reference_numbers: frozenset[str] = field(default=frozenset(), repr=False)
    """What the TRC carries to open a locked prescription (prescriptionId, dispensationPinCode), of digits alone."""


@dataclass(frozen=True, slots=True)
class ResumedRequest:
    """Work on a prescription that a verified treatment began, going on after its request: opens what ends it, no more.

    The journal alone makes one (`gateway/journal/resumed.py`), of a row whose evidence verifies.
    """

    country: str
    professional_id: str = field(repr=False)
    now: datetime
    correlation: str
    """Of the request that began it."""


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """What decides, all of it configuration."""

    enabled: bool
    home_community: str
    countries: Mapping[str, CountryRow]
    permissions: PermissionMatrix
    services: Mapping[tuple[str, str], str]
    """Class code and its code system, of every kind of document this node makes, to the service it belongs to."""
    national_roles: Mapping[str, str]
    """ISCO code to Volven 9060."""
    access_basis: Mapping[str, str]
    patient_systems: frozenset[str]
    number_is_valid: Callable[[PatientIdentifier], bool]


@dataclass(frozen=True, slots=True)
class TransactionMoment:
    """When a transaction is decided, and the id it is known by."""

    now: datetime
    correlation: str


def admit_discovery(
    caller: VerifiedCaller, asked: FindPatient, policy: AdmissionPolicy, moment: TransactionMoment
) -> VerifiedRequest:
    """ITI-55. Raises MessageRefused and AdmissionRefused leaves."""
    country = _country(caller, policy)
    if not country.asks:
        raise ServiceNotAgreed
    _permitted(caller, policy, "ITI-55", "")
    if asked.receiver != policy.home_community:
        raise ReceiverWrong
    if asked.sender != caller.home_community:
        raise SenderWrong
    return _request(caller, "ITI-55", _one_identifier(asked, policy), country, policy, moment)


def admit_query(
    caller: VerifiedCaller, asked: FindDocuments, policy: AdmissionPolicy, moment: TransactionMoment
) -> VerifiedTreatment:
    """ITI-38. Every class asked for must be known, agreed and permitted; the patient is the TRC's."""
    country = _country(caller, policy)
    trc = _trc(caller)
    if asked.home_community not in (None, policy.home_community):
        raise ReceiverWrong
    if not asked.class_codes:
        raise ClassCodeUnknown
    for class_code in asked.class_codes:
        if class_code not in policy.services:
            raise ClassCodeUnknown
        _agreed(country, policy.services[class_code])
        _permitted(caller, policy, "ITI-38", class_code[0])
    if asked.patient != PatientIdentifier(*trc.patient):
        raise PatientDiffers
    return _treatment(caller, "ITI-38", country, policy, moment)


def admit_retrieve(
    caller: VerifiedCaller, asked: RetrieveDocuments, policy: AdmissionPolicy, moment: TransactionMoment
) -> VerifiedTreatment:
    """ITI-39. Which class a document is of is known only when it is found: `admit_document` decides each then."""
    country = _country(caller, policy)
    if not country.asks:
        raise ServiceNotAgreed
    if not asked.requests:
        raise RequestMalformed("DocumentRequest")
    return _treatment(caller, "ITI-39", country, policy, moment)


def admit_provide(
    caller: VerifiedCaller, class_code: str, policy: AdmissionPolicy, moment: TransactionMoment, *, takes_back: bool
) -> VerifiedTreatment:
    """ITI-41 of documents of that class. Whose they are is decided with the documents.

    What ``takes_back`` a dispensation discloses nothing and removes: no agreement that has ended stands in its way.
    """
    country = _country(caller, policy)
    if not takes_back:
        _agreed(country, _DISPENSING)
    _permitted(caller, policy, "ITI-41", class_code)
    return _treatment(caller, "ITI-41", country, policy, moment)


def admit_document(caller: VerifiedCaller, service: str, class_code: str, policy: AdmissionPolicy) -> None:
    """A document of that service and class may go to this caller, or an AdmissionRefused leaf is raised."""
    _agreed(_country(caller, policy), service)
    _permitted(caller, policy, "ITI-39", class_code)


def _country(caller: VerifiedCaller, policy: AdmissionPolicy) -> CountryRow:
    if not policy.enabled:
        raise CountryADisabled
    country = policy.countries.get(caller.country)
    if country is None:
        raise CountryUnknown
    return country


def _agreed(country: CountryRow, service: str) -> None:
    if service not in country.asks:
        raise ServiceNotAgreed


def _permitted(caller: VerifiedCaller, policy: AdmissionPolicy, transaction: str, class_code: str) -> None:
    if permission_missing(policy.permissions, transaction, class_code, caller):
        raise PermissionMissing


def _one_identifier(asked: FindPatient, policy: AdmissionPolicy) -> PatientIdentifier:
    """The Norwegian identifier asked by. Two different ones are refused: neither is guessed to be meant."""
    if not asked.identifiers:
        raise PatientIdentifierMissing
    norwegian = {i for i in asked.identifiers if i.root in policy.patient_systems}
    if len(norwegian) > 1:
        raise RequestMalformed("livingSubjectId")
    if not norwegian:
        raise PatientIdentifierInvalid
    return norwegian.pop()


def _trc(caller: VerifiedCaller) -> TrcAssertion:
    if caller.trc is None:
        raise TrcMissing
    return caller.trc


def _treatment(
    caller: VerifiedCaller, transaction: str, country: CountryRow, policy: AdmissionPolicy, moment: TransactionMoment
) -> VerifiedTreatment:
    trc = _trc(caller)
    patient = PatientIdentifier(*trc.patient)
    request = _request(caller, transaction, patient, country, policy, moment)
    carried = (number.strip() for number in (trc.prescription_id, trc.pin_code) if number is not None)
    return VerifiedTreatment(request, trc.id, frozenset(filter(_REFERENCE_NUMBER.fullmatch, carried)))


def _request(
    caller: VerifiedCaller,
    transaction: str,
    patient: PatientIdentifier,
    country: CountryRow,
    policy: AdmissionPolicy,
    moment: TransactionMoment,
) -> VerifiedRequest:
    if patient.root not in policy.patient_systems or not policy.number_is_valid(patient):
        raise PatientIdentifierInvalid
    return VerifiedRequest(
        asker=_asker(caller, policy),
        transaction=transaction,
        patient=patient,
        wave=country.wave_of(caller.home_community),
        now=moment.now,
        correlation=moment.correlation,
    )


def _asker(caller: VerifiedCaller, policy: AdmissionPolicy) -> Asker:
    hcp = caller.hcp
    national_role = policy.national_roles.get(hcp.role)
    if national_role is None:
        raise RoleForbidden
    purpose = (caller.trc.purpose if caller.trc is not None else None) or hcp.purpose
    return Asker(
        country=caller.country,
        home_community=caller.home_community,
        professional_id=hcp.provided_id or hcp.npi or hcp.name_id.value,
        professional_name=hcp.name,
        role=hcp.role,
        national_role=national_role,
        organisation=hcp.organisation or hcp.locality,
        organisation_id=hcp.organisation_id,
        purpose=purpose,
        access_basis=policy.access_basis[purpose],
        next_of_kin=caller.nok is not None,
    )
