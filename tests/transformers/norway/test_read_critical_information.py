"""Kritisk informasjon: every profile, every status, unknown kinds kept as text, sensitive elements by policy."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.support.norway.source_messages import FORMER, NOW, PATIENT, STRANGER, SYSTEMS
from transformers.model.finding import Report
from transformers.model.standing import Standing
from transformers.model.summary import (
    Allergy,
    ImplantedDevice,
    KeptInWords,
    NoInformation,
    NotReadable,
    Present,
    Problem,
    Procedure,
)
from transformers.norway.errors import Malformed, WrongPatient
from transformers.norway.fhir_fields import Context
from transformers.norway.read_critical_information import CriticalSections, read_critical_information

VOLVEN = "urn:oid:2.16.578.1.12.4.1.1."
KJ = "http://nhn.no/kj/fhir/StructureDefinition/"
POLICY = {"7517#6": False, "7517#8": False, "7522#1": True, "category#8": False}
WHO = {"identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": PATIENT}}


def coded(system: str, code: str, display: str, **more: object) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, "display": display}], **more}


def resource(kind: str, **parts: object) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": kind,
        "id": "r-1",
        "meta": {"versionId": "3"},
        "contained": [
            {
                "resourceType": "PractitionerRole", "id": "who",
                "practitioner": {"display": "Skogstjerne, Blid"}, "organization": {"display": "Lia legesenter"},
                "code": [coded("http://nhn.no/kj/fhir/CodeSystem/CategoriesOfHealthProfessionals", "LE", "Lege")],
            }
        ],
        "extension": [
            {"url": f"{KJ}KjSourceOfInformation", "valueCoding": {"code": "3", "display": "Pasientens opplysninger"}},
            {"url": f"{KJ}Updater", "valueReference": {"reference": "#who"}},
            {"url": f"{KJ}UpdatedDateTime", "valueDateTime": "2024-05-06T11:20:30+02:00"},
        ],
    }  # fmt: skip
    made |= parts
    return {name: value for name, value in made.items() if value is not None}


def allergy(*, verification: str = "confirmed", presumed: bool = False, **parts: object) -> dict[str, Any]:
    status = coded("http://terminology.hl7.org/CodeSystem/allergyintolerance-verification", verification, verification)
    if presumed:
        status["extension"] = [{"url": f"{KJ}Presumed", "valueBoolean": True}]
    usual = {
        "verificationStatus": status,
        "clinicalStatus": coded(
            "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "active", "Active"
        ),
        "category": ["medication"],
        "criticality": "high",
        "code": coded(f"{VOLVEN}7180", "J01CE02", "Fenoksymetylpenicillin"),
        "patient": WHO,
        "reaction": [{"manifestation": [coded("urn:uid:2.16.578.1.12.4.1.1.7497", "1", "Anafylaktisk reaksjon")]}],
    }
    return resource("AllergyIntolerance", **(usual | parts))


def condition(category: str = "5", *, verification: str = "confirmed", **parts: object) -> dict[str, Any]:
    usual = {
        "verificationStatus": coded("http://terminology.hl7.org/CodeSystem/condition-ver-status", verification, "x"),
        "clinicalStatus": coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "active", "Active"),
        "category": [coded("http://nhn.no/kj/fhir/CodeSystem/CriticalInfoType", category, "Type")],
        "code": coded(f"{VOLVEN}7110", "I48", "Atrieflimmer"),
        "subject": WHO,
        "onsetDateTime": "2019-09",
    }
    return resource("Condition", **(usual | parts))


def procedure(code: str = "4", **parts: object) -> dict[str, Any]:
    usual = {
        "status": "in-progress",
        "category": coded("http://nhn.no/kj/fhir/CodeSystem/CriticalInfoType", "6", "Pågående behandling"),
        "code": coded(f"{VOLVEN}7517", code, "Behandling"),
        "subject": WHO,
        "performedPeriod": {"start": "2019-09-20"},
    }
    return resource("Procedure", **(usual | parts))


def device(**parts: object) -> dict[str, Any]:
    made = resource(
        "DeviceUseStatement", **({"status": "active", "subject": WHO, "device": {"reference": "#d"}} | parts)
    )
    made["contained"].append({"resourceType": "Device", "id": "d", "type": coded(f"{VOLVEN}7518", "9", "Pacemaker")})
    made["extension"].append({"url": f"{KJ}Implanted", "valueDateTime": "2020-01-30"})
    return made


def flagged(code: str = "3", **parts: object) -> dict[str, Any]:
    usual = {
        "status": "active",
        "category": [coded("http://nhn.no/kj/fhir/CodeSystem/CriticalInfoType", "9", "Annen prosedyreendring")],
        "code": coded(f"{VOLVEN}7522", code, "Kontakt lege"),
        "subject": WHO,
        "period": {"start": "2024-02-01"},
    }
    return resource("Flag", **(usual | parts))


def read(
    *resources: dict[str, Any], protected: bool = False, patient: str = PATIENT, now: datetime = NOW
) -> tuple[CriticalSections, Report]:
    report = Report()
    context = Context(frozenset({patient}), SYSTEMS, POLICY, now, protected, report)
    entries = [{"resource": {**r, "id": f"{r['id']}-{n}"}} for n, r in enumerate(resources)]
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": entries}
    return read_critical_information({"Alt": bundle}, context), report


def the_allergy(*resources: dict[str, Any], protected: bool = False) -> Allergy:
    section = read(*resources, protected=protected)[0].allergies
    assert isinstance(section, Present)
    return section.entries[0]


def the_problem(*resources: dict[str, Any], protected: bool = False) -> Problem:
    section = read(*resources, protected=protected)[0].problems
    assert isinstance(section, Present)
    return section.entries[0]


def the_device(*resources: dict[str, Any]) -> ImplantedDevice:
    section = read(*resources)[0].devices
    assert isinstance(section, Present)
    return section.entries[0]


def the_procedure(*resources: dict[str, Any]) -> Procedure:
    section = read(*resources)[0].procedures
    assert isinstance(section, Present)
    return section.entries[0]


def left_out(*resources: dict[str, Any]) -> list[str]:
    """Finding codes of resources none of which became an entry."""
    sections, report = read(*resources)
    for section in (sections.allergies, sections.problems, sections.procedures, sections.devices):
        assert isinstance(section, NoInformation)
    return [f.code for f in report.findings]


def test_nothing_recorded_states_nothing():
    assert left_out() == []


def test_an_allergy_keeps_agent_reaction_certainty_and_origin():
    one = the_allergy(allergy())
    assert one.agent.original is not None
    assert [(c.system[-4:], c.code) for c in (one.agent.original, *one.agent.others)] == [
        ("7180", "J01CE02"), ("6.73", "J01CE02"),
    ]  # fmt: skip
    assert (one.agent_is_medicine, one.kind.text) == (True, "Legemiddelreaksjon")
    assert one.reactions[0].manifestation.original is not None
    assert one.reactions[0].manifestation.original.system == "2.16.578.1.12.4.1.1.7497"
    assert one.criticality is not None
    assert one.certainty is not None
    assert (one.criticality.text, one.certainty.text) == ("Alvorlig", "Bekreftet")
    assert one.provenance.source_id == "r-1-0/_history/3"
    assert one.provenance.recorded is not None
    assert one.provenance.recorded.iso == "2024-05-06T11:20:30+02:00"
    assert one.provenance.recorded_by == "Skogstjerne, Blid (Lege), Lia legesenter"
    assert one.note == "Kilde: Pasientens opplysninger"


def test_presumed_stays_sannsynlig_beside_its_code():
    certainty = the_allergy(allergy(verification="unconfirmed", presumed=True)).certainty
    assert certainty is not None
    assert certainty.original is not None
    assert (certainty.text, certainty.original.code) == ("Sannsynlig", "unconfirmed")


def test_unconfirmed_without_more_is_mistenkt():
    certainty = the_allergy(allergy(verification="unconfirmed")).certainty
    assert certainty is not None
    assert certainty.text == "Mistenkt"


@pytest.mark.parametrize("verification", ["refuted", "entered-in-error"])
def test_refuted_and_deleted_allergies_are_named_only(verification: str):
    assert left_out(allergy(verification=verification)) == [verification]
    _, report = read(allergy(verification=verification))
    assert [finding.original for finding in report.findings if finding.code == verification] == [
        "Fenoksymetylpenicillin"
    ]


def test_the_users_choice_is_the_main_coding_and_the_others_follow():
    agent = the_allergy(
        allergy(
            code={
                "coding": [
                    {"system": f"{VOLVEN}7180", "code": "M01AB05", "display": "Diklofenak", "userSelected": False},
                    {"system": f"{VOLVEN}7514", "code": "15", "display": "Annen", "userSelected": True},
                ]
            }
        )
    ).agent
    assert agent.original is not None
    assert (agent.text, agent.original.code, [c.code for c in agent.others]) == ("Annen", "15", ["M01AB05", "M01AB05"])


def test_a_code_system_without_oid_stays_as_text():
    sections, report = read(
        allergy(code=coded("http://nhn.no/kj/fhir/CodeSystem/ActiveSubstance", "ID_1", "Klorheksidin"))
    )
    assert isinstance(sections.allergies, Present)
    agent = sections.allergies.entries[0].agent
    assert (agent.text, agent.original) == ("Klorheksidin", None)
    assert [f.code for f in report.findings] == ["code-system-without-oid"]


def test_an_excipient_is_said():
    code = coded(
        f"{VOLVEN}7180", "J01CE02", "X", extension=[{"url": f"{KJ}KjInactiveIngredient", "valueBoolean": True}]
    )
    assert "Hjelpestoffreaksjon" in (the_allergy(allergy(code=code)).note or "")


def test_several_manifestations_are_several_reactions():
    reaction = [
        {"severity": "severe", "manifestation": [coded(f"{VOLVEN}7497", "1", "A"), coded(f"{VOLVEN}7497", "2", "B")]}
    ]
    assert [r.manifestation.text for r in the_allergy(allergy(reaction=reaction)).reactions] == ["A", "B"]


def test_a_condition_is_a_problem_with_its_code():
    one = the_problem(condition())
    assert one.condition.original is not None
    assert (one.condition.original.code, one.condition.original.system) == ("I48", "2.16.578.1.12.4.1.1.7110")
    assert one.period.start is not None
    assert (one.period.start.iso, one.resolved) == ("2019-09", False)


def test_an_inactive_condition_is_resolved():
    inactive = coded("http://terminology.hl7.org/CodeSystem/condition-clinical", "inactive", "Inactive")
    assert the_problem(condition(clinicalStatus=inactive)).resolved


def test_the_text_specifies_the_code():
    named = coded(f"{VOLVEN}7518", "19", "Ortopedisk protese", text="Venstre hofte")
    assert the_device(condition("7", code=named)).device.text == "Ortopedisk protese: Venstre hofte"


def test_a_condition_without_code_keeps_its_text():
    assert the_problem(condition(code={"text": "Sjelden bindevevssykdom"})).condition.text == "Sjelden bindevevssykdom"


def test_anaesthesia_findings_are_said_in_the_note():
    evidence = [{"code": [coded(f"{VOLVEN}7515", "3", "Grad 3")]}]
    assert "Cormack-Lehane: Grad 3" in (the_problem(condition("3", evidence=evidence)).note or "")


@pytest.mark.parametrize("code", ["20", "26"])
def test_a_transplant_is_no_device(code: str):
    assert the_problem(condition("7", code=coded(f"{VOLVEN}7518", code, "Transplantert nyre")))


@pytest.mark.parametrize("code", ["19", "27", "28"])
def test_another_foreign_body_is_a_device(code: str):
    assert the_device(condition("7", code=coded(f"{VOLVEN}7518", code, "Karprotese")))


@pytest.mark.parametrize("made", [condition, procedure, device, flagged])
def test_deleted_records_are_named_only(made: Any):
    deleted = made(verification="entered-in-error") if made is condition else made(status="entered-in-error")
    assert [c for c in left_out(deleted) if c != "code-system-without-oid"] == ["entered-in-error"]


@pytest.mark.parametrize(
    "refuted",
    [
        condition(verification="refuted"),
        procedure(status="completed"),
        device(status="completed"),
        flagged(status="inactive"),
    ],
    ids=["condition", "procedure", "device", "flag"],
)
def test_refuted_records_are_named_only(refuted: dict[str, Any]):
    assert left_out(refuted) == ["refuted"]


def test_a_treatment_that_states_its_end_was_given():
    done = the_procedure(procedure(status="completed", performedPeriod={"start": "2012-03-01", "end": "2012-04-19"}))
    assert (done.status, done.performed.end is not None) == ("completed", True)


def test_an_ongoing_treatment_is_active():
    assert the_procedure(procedure()).status == "active"


@pytest.mark.parametrize("code", ["6", "8"])
def test_sensitive_treatments_stay_home_by_policy_named_by_key(code: str):
    assert left_out(procedure(code)) == ["withheld-by-policy"]


def test_blood_refusal_leaves_by_policy():
    sections, report = read(flagged("1"))
    assert isinstance(sections.problems, Present)
    assert [f.code for f in report.findings] == ["flag-as-problem"]


def test_limits_of_treatment_stay_home_by_policy():
    consent = resource(
        "Consent", status="active", patient=WHO,
        category=[coded("http://nhn.no/kj/fhir/CodeSystem/CriticalInfoType", "8", "Avgrensning av behandling")],
    )  # fmt: skip
    assert left_out(consent)[-1] == "withheld-by-policy"


def valid_until(day: str) -> dict[str, Any]:
    return {"url": f"{KJ}KjValidUntil", "valueDate": day}


@pytest.mark.parametrize(("day", "kept"), [("2026-11-23", False), ("2026-11-24", True)])
def test_a_warning_that_is_over_is_named_only(day: str, kept: bool):
    made = procedure()
    made["extension"].append(valid_until(day))
    assert isinstance(read(made)[0].procedures, Present) is kept


def test_a_flag_whose_period_is_over_is_named_only():
    assert left_out(flagged(period={"end": "2026-11-23"})) == ["expired"]


def test_a_device_has_its_day_and_udi():
    made = device()
    made["contained"][-1]["udiCarrier"] = [{"deviceIdentifier": "(01)0731"}]
    one = the_device(made)
    assert one.implanted.start is not None
    assert (one.implanted.start.iso, "UDI (01)0731" in (one.note or "")) == ("2020-01-30", True)


def test_an_unknown_category_is_kept_as_text():
    sections, report = read(condition("77"))
    assert isinstance(sections.problems, Present)
    assert (sections.problems.entries[0].condition.text, sections.problems.entries[0].condition.original) == (
        "Atrieflimmer",
        None,
    )
    assert "unknown-category" in [f.code for f in report.findings]


def test_an_unknown_resource_is_kept_as_text():
    sections, report = read(resource("Observation", subject=WHO, status="final", code={"text": "Noe viktig"}))
    assert sections.problems == NotReadable(
        (KeptInWords(Standing.OTHER_FORM, "Noe viktig (Observation)"),), "Kjernejournal – kritisk informasjon"
    )
    assert [f.code for f in report.findings] == ["unknown-category"]


def test_an_age_instead_of_a_date_is_named():
    sections, report = read(condition(onsetDateTime=None, onsetAge={"value": Decimal(42), "unit": "år"}))
    assert isinstance(sections.problems, Present)
    assert sections.problems.entries[0].period.start is None
    assert [(f.code, f.original) for f in report.findings] == [("moment-not-read", "42 år")]


def test_under_address_protection_nobody_is_named_and_nothing_free_is_said():
    one = the_problem(condition(note=[{"text": "Følges ved Lia legesenter"}]), protected=True)
    assert (one.provenance.recorded_by, one.note) == (None, "Kilde: Pasientens opplysninger")


def test_without_protection_the_note_is_said():
    assert "Følges" in (the_problem(condition(note=[{"text": "Følges ved Lia legesenter"}])).note or "")


@pytest.mark.parametrize("made", [allergy(), condition(), procedure(), device(), flagged()])
def test_refuses_what_is_about_another(made: dict[str, Any]):
    assert read(made, patient=PATIENT)
    with pytest.raises(WrongPatient):
        read(made, patient=STRANGER)


def test_refuses_what_names_nobody():
    with pytest.raises(WrongPatient):
        read(allergy(patient={"reference": "Patient/1"}))


def test_a_former_number_is_hers():
    made = allergy(patient={"identifier": {"value": FORMER}})
    assert isinstance(read(made, patient=FORMER)[0].allergies, Present)


def test_refuses_an_outcome_that_is_an_error():
    with pytest.raises(Malformed):
        read(resource("OperationOutcome"))
    with pytest.raises(Malformed):
        read(resource("OperationOutcome", issue=[{"severity": "error"}]), allergy())


def test_an_outcome_that_only_remarks_is_told():
    sections, report = read(resource("OperationOutcome", issue=[{"severity": "warning"}]), allergy())
    assert isinstance(sections.allergies, Present)
    assert [f.code for f in report.findings] == ["source-remark"]


@pytest.mark.parametrize(
    "bundle", [[], {"resourceType": "Bundle", "type": "history"}, {"resourceType": "Patient"}, {"entry": []}]
)
def test_refuses_what_is_no_searchset(bundle: object):
    context = Context(frozenset({PATIENT}), SYSTEMS, POLICY, datetime(2026, 1, 1, tzinfo=UTC), False, Report())
    with pytest.raises(Malformed):
        read_critical_information({"Flags": bundle}, context)


def test_a_record_given_twice_is_said_once():
    report = Report()
    context = Context(frozenset({PATIENT}), SYSTEMS, POLICY, NOW, False, report)
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": condition()}]}
    section = read_critical_information({"a": bundle, "b": bundle}, context).problems
    assert isinstance(section, Present)
    assert len(section.entries) == 1
