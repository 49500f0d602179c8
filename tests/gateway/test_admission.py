"""What may happen: every rule of admission, each with the valid twin that passes. Nothing here calls Norway."""

from dataclasses import replace

import pytest

from gateway.admission import admit_discovery, admit_document, admit_query, admit_retrieve
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
from gateway.messages import DocumentRequest, FindDocuments, FindPatient, PatientIdentifier, RetrieveDocuments
from tests.support.callers.verified import (
    DNR,
    EP,
    FNR,
    MOMENT,
    NORWAY,
    NOW,
    OTHER,
    PATIENT,
    PORTUGAL,
    PS,
    caller,
    country,
    hcp,
    nok,
    policy,
    trc,
)
from transformers.model.decisions import TABLE, DecisionKind
from trust.errors import TrcMissing

DISCOVERY = FindPatient(receiver=NORWAY, sender=PORTUGAL, identifiers=(PATIENT,))
QUERY = FindDocuments(PATIENT, (PS,))
RETRIEVE = RetrieveDocuments((DocumentRequest("1.2^A"),))


def without(*permissions: str):
    usual = hcp()
    return caller(hcp=replace(usual, permissions=usual.permissions - set(permissions)))


def discover(asked=DISCOVERY, *, by=None, under=None):
    return admit_discovery(by or caller(trc=None), asked, under or policy(), MOMENT)


def query(asked=QUERY, *, by=None, under=None):
    return admit_query(by or caller(), asked, under or policy(), MOMENT)


def retrieve(asked=RETRIEVE, *, by=None, under=None):
    return admit_retrieve(by or caller(), asked, under or policy(), MOMENT)


def test_a_discovery_becomes_a_verified_request_with_every_fact_of_its_asker():
    request = discover()
    assert (request.transaction, request.patient, request.wave) == ("ITI-55", PATIENT, 8)
    assert (request.now, request.correlation) == (NOW, MOMENT.correlation)
    asker = request.asker
    assert (asker.country, asker.home_community) == ("PT", PORTUGAL)
    assert (asker.professional_id, asker.professional_name) == ("dr-1", "Demo Clinician")
    assert (asker.role, asker.national_role) == ("221", "LE")
    assert (asker.organisation, asker.organisation_id) == ("Hospital", "urn:oid:1.2.3")
    assert (asker.purpose, asker.access_basis, asker.next_of_kin) == ("TREATMENT", "SAMTYKKE", False)


def test_the_numbers_that_a_trc_carries_open_locked_prescriptions_when_they_can_be_some():
    for carried, numbers in (
        ({}, ()),
        ({"prescription_id": " 90000000000019 "}, ("90000000000019",)),
        ({"pin_code": "4711", "prescription_id": "4711"}, ("4711",)),
        ({"pin_code": "4711", "prescription_id": "1.2.3^eP-1"}, ("4711",)),
        ({"prescription_id": "1" * 21}, ()),
        ({"prescription_id": "٣٤"}, ()),
    ):
        admitted = query(by=caller(trc=trc(**carried)))
        assert admitted.reference_numbers == frozenset(numbers)
        assert "4711" not in repr(admitted)


def test_a_query_becomes_a_verified_treatment_that_names_its_trc():
    treatment = query()
    assert (treatment.assertion_id, treatment.request.transaction) == ("_trc", "ITI-38")
    assert treatment.request.patient == PATIENT


def test_a_retrieve_becomes_a_verified_treatment_about_the_trc_patient():
    treatment = retrieve()
    assert (treatment.assertion_id, treatment.request.transaction) == ("_trc", "ITI-39")
    assert treatment.request.patient == PATIENT


@pytest.mark.parametrize("admit", [discover, query, retrieve])
def test_refuses_everything_while_country_a_is_disabled(admit):
    with pytest.raises(CountryADisabled):
        admit(under=policy(enabled=False))


@pytest.mark.parametrize("admit", [discover, query, retrieve])
def test_refuses_a_country_that_is_not_in_the_directory(admit):
    with pytest.raises(CountryUnknown):
        admit(under=policy(countries={}))


@pytest.mark.parametrize("admit", [discover, query, retrieve])
def test_refuses_a_country_with_which_nothing_is_agreed(admit):
    with pytest.raises(ServiceNotAgreed):
        admit(under=policy(countries={"PT": country(asks=frozenset())}))


def test_refuses_a_query_for_a_service_that_is_not_agreed_though_another_is():
    only_prescriptions = policy(countries={"PT": country(asks=frozenset({"ep"}))})
    with pytest.raises(ServiceNotAgreed):
        query(under=only_prescriptions)
    assert query(FindDocuments(PATIENT, (EP,)), under=only_prescriptions)
    assert discover(under=only_prescriptions)
    assert retrieve(under=only_prescriptions)


def test_refuses_a_document_of_a_service_that_is_not_agreed():
    only_prescriptions = policy(countries={"PT": country(asks=frozenset({"ep"}))})
    with pytest.raises(ServiceNotAgreed):
        admit_document(caller(), "ps", PS[0], only_prescriptions)
    admit_document(caller(), "ep", EP[0], only_prescriptions)


def test_refuses_a_document_while_country_a_is_disabled():
    with pytest.raises(CountryADisabled):
        admit_document(caller(), "ps", PS[0], policy(enabled=False))


def test_refuses_discovery_without_its_permission():
    with pytest.raises(PermissionMissing):
        discover(by=without("PRD-006"))
    assert discover(by=without("PRD-003"))


@pytest.mark.parametrize("missing", ["PRD-003", "PRD-005"])
def test_refuses_a_query_without_one_of_its_permissions(missing):
    with pytest.raises(PermissionMissing):
        query(by=without(missing))
    assert query(by=without("PRD-006", "PRD-016"))


@pytest.mark.parametrize("missing", ["PRD-003", "PRD-016"])
def test_refuses_a_document_without_one_of_its_permissions(missing):
    with pytest.raises(PermissionMissing):
        admit_document(without(missing), "ps", PS[0], policy())
    admit_document(without("PRD-005", "PRD-006"), "ps", PS[0], policy())


def test_refuses_a_discovery_addressed_to_another_community():
    with pytest.raises(ReceiverWrong):
        discover(replace(DISCOVERY, receiver="1.2.3"))


def test_refuses_a_discovery_whose_sender_is_not_the_callers_community():
    with pytest.raises(SenderWrong):
        discover(replace(DISCOVERY, sender="1.2.208"))


def test_refuses_a_discovery_by_demographics_alone():
    with pytest.raises(PatientIdentifierMissing):
        discover(replace(DISCOVERY, identifiers=()))


def test_refuses_two_different_norwegian_identifiers():
    with pytest.raises(RequestMalformed):
        discover(replace(DISCOVERY, identifiers=(PATIENT, OTHER)))


def test_takes_the_same_identifier_given_twice_and_leaves_foreign_ones_aside():
    foreign = PatientIdentifier("2.16.620.1", "999")
    assert discover(replace(DISCOVERY, identifiers=(foreign, PATIENT, PATIENT))).patient == PATIENT


def test_refuses_a_discovery_with_foreign_identifiers_only():
    with pytest.raises(PatientIdentifierInvalid):
        discover(replace(DISCOVERY, identifiers=(PatientIdentifier("2.16.620.1", "999"),)))


def test_refuses_a_number_that_is_not_valid():
    with pytest.raises(PatientIdentifierInvalid):
        discover(replace(DISCOVERY, identifiers=(PatientIdentifier(FNR, "no number"),)))
    assert discover(replace(DISCOVERY, identifiers=(PatientIdentifier(DNR, "53837424032"),)))


@pytest.mark.parametrize("patient", [(FNR, "no number"), ("1.2.3", PATIENT.extension)])
def test_refuses_a_trc_about_a_number_that_is_no_norwegian_one(patient):
    stranger = caller(trc=trc(patient=patient))
    with pytest.raises(PatientIdentifierInvalid):
        query(FindDocuments(PatientIdentifier(*patient), (PS,)), by=stranger)
    with pytest.raises(PatientIdentifierInvalid):
        retrieve(by=stranger)


def test_refuses_a_query_for_another_patient_than_the_trcs():
    with pytest.raises(PatientDiffers):
        query(FindDocuments(OTHER, (PS,)))


def test_refuses_a_query_without_a_class_code():
    with pytest.raises(ClassCodeUnknown):
        query(FindDocuments(PATIENT, ()))


@pytest.mark.parametrize("unknown", [("60591-5", "1.2.3"), ("11369-6", PS[1])])
def test_refuses_a_query_with_one_unknown_class_code_among_known_ones(unknown):
    with pytest.raises(ClassCodeUnknown):
        query(FindDocuments(PATIENT, (PS, unknown)))
    assert query(FindDocuments(PATIENT, (PS, EP)))


def test_refuses_a_query_for_another_home_community():
    with pytest.raises(ReceiverWrong):
        query(replace(QUERY, home_community="1.2.208"))
    assert query(replace(QUERY, home_community=NORWAY))


def test_refuses_a_retrieve_that_asks_for_nothing():
    with pytest.raises(RequestMalformed):
        retrieve(RetrieveDocuments(()))


@pytest.mark.parametrize("admit", [query, retrieve])
def test_refuses_clinical_transactions_without_a_trc(admit):
    with pytest.raises(TrcMissing):
        admit(by=caller(trc=None))


def test_refuses_a_role_for_which_norway_has_no_code():
    with pytest.raises(RoleForbidden):
        discover(under=policy(national_roles={"2221": "SP"}))


def test_the_trcs_purpose_decides_the_access_basis():
    emergency = query(by=caller(trc=trc(purpose="EMERGENCY")))
    assert (emergency.request.asker.purpose, emergency.request.asker.access_basis) == ("EMERGENCY", "AKUTT")


def test_without_a_purpose_in_the_trc_the_hcps_decides():
    emergency = query(by=caller(hcp=hcp(purpose="EMERGENCY"), trc=trc(purpose=None)))
    assert emergency.request.asker.access_basis == "AKUTT"


def test_a_next_of_kin_is_told_apart():
    assert query(by=caller(nok=nok())).request.asker.next_of_kin is True


@pytest.mark.parametrize(
    ("changes", "known_as"),
    [({}, "dr-1"), ({"provided_id": None}, "npi-1"), ({"provided_id": None, "npi": None}, "dr")],
)
def test_the_professional_is_known_by_provided_id_then_npi_then_name_id(changes, known_as):
    assert discover(by=caller(hcp=hcp(**changes), trc=None)).asker.professional_id == known_as


def test_without_an_organisation_the_locality_stands_for_it():
    assert discover(by=caller(hcp=hcp(organisation=None), trc=None)).asker.organisation == "Porto"


ABSENT = {
    "caller's country": lambda: query(under=policy(countries={})),
    "agreement": lambda: query(under=policy(countries={"PT": country(asks=frozenset())})),
    "treatment relationship": lambda: query(by=caller(trc=None)),
    "patient identifier": lambda: discover(replace(DISCOVERY, identifiers=())),
    "class code": lambda: query(FindDocuments(PATIENT, ())),
    "permission": lambda: query(by=caller(hcp=replace(hcp(), permissions=frozenset()))),
    "role": lambda: query(under=policy(national_roles={})),
    "home community": lambda: query(replace(QUERY, home_community=None)),
}


@pytest.mark.parametrize("row", TABLE[DecisionKind.ADMIT], ids=lambda row: row.name)
def test_what_is_absent_is_refused_by_its_row_or_has_the_default(row):
    assert query() and discover()
    if row.reason is None:
        assert ABSENT[row.name]() == query()
        return
    with pytest.raises(Exception) as refused:
        ABSENT[row.name]()
    assert type(refused.value).__name__ == row.reason
