"""Pasientens prøvesvar: reports become groups, hierarchies stay whole, numbers exact, privacy settings are told."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.support.norway.source_messages import NOW, PATIENT, STRANGER, SYSTEMS
from transformers.model.finding import Report
from transformers.model.standing import Standing
from transformers.model.summary import NoInformation, NotReadable, ObservationGroup, Present
from transformers.model.values import Coded, Moment, Quantity
from transformers.norway.errors import Malformed, WrongPatient
from transformers.norway.fhir_fields import Context
from transformers.norway.lab_values import UCUM
from transformers.norway.read_lab_answers import AnswersWithheld, LabAnswers, read_lab_answers

EHELSE = "http://ehelse.no/fhir/CodeSystem/no-kodeverk-"
NILAR = "http://hl7.no/fhir/nilar/StructureDefinition/nilar-"
IN_UCUM = {"system": "http://unitsofmeasure.org"}
HERS = {"identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.1", "value": PATIENT}}
LAB = {
    "resourceType": "PractitionerRole",
    "id": "lab",
    "organization": {
        "display": "Laboratoriet Rund Rogn",
        "identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": "999999999"},
    },
}


def haemoglobin(key: str = "o-1", **parts: object) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "Observation",
        "id": key,
        "status": "final",
        "subject": HERS,
        "code": {
            "coding": [{"system": f"{EHELSE}7280-nlk", "code": "NPU28309", "display": "B-Hemoglobin"}],
        },
        "effectiveDateTime": "2026-11-02T08:15:00+01:00",
        "valueQuantity": {
            "value": Decimal("13.40"),
            "unit": "g/dL",
            "system": "http://unitsofmeasure.org",
            "code": "g/dL",
        },
        "interpretation": [{"coding": [{"system": f"{EHELSE}8244", "code": "1", "display": "Høy"}]}],
        "referenceRange": [{"text": "11,7-15,3"}],
        "performer": [{"reference": "PractitionerRole/lab"}],
        "extension": [
            {"url": f"{NILAR}diagnostic-report-ref", "valueReference": {"reference": "DiagnosticReport/r-1"}},
        ],
    }
    made |= parts
    return {name: value for name, value in made.items() if value is not None}


def report_of(key: str = "r-1", **parts: object) -> dict[str, Any]:
    made: dict[str, Any] = {
        "resourceType": "DiagnosticReport",
        "id": key,
        "status": "final",
        "subject": HERS,
        "code": {"coding": [{"system": f"{EHELSE}8202", "code": "MBK", "display": "Medisinsk biokjemi"}]},
        "effectiveDateTime": "2026-11-02T08:15:00+01:00",
        "issued": "2026-11-02T14:20:11.512+01:00",
        "performer": [{"reference": "PractitionerRole/lab"}],
    }
    made |= parts
    return {name: value for name, value in made.items() if value is not None}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}


def outcome(code: str | None, severity: str = "information") -> dict[str, Any]:
    details = {"details": {"coding": [{"system": "pvk-outcome", "code": code}]}} if code else {}
    return {"resourceType": "OperationOutcome", "id": "x", "issue": [{"severity": severity, **details}]}


def read(*resources: dict[str, Any], protected: bool = False) -> tuple[LabAnswers, Report]:
    report = Report()
    context = Context(frozenset({PATIENT}), SYSTEMS, {}, NOW, protected, report)
    return read_lab_answers([bundle(*resources)], context), report


def groups(*resources: dict[str, Any], protected: bool = False) -> tuple[ObservationGroup, ...]:
    results = read(*resources, protected=protected)[0].results
    assert isinstance(results, Present)
    return results.entries


def test_a_report_is_a_group_with_its_laboratory_and_when_it_was_issued():
    (group,) = groups(report_of(), haemoglobin(), LAB)
    assert group.code is not None
    assert (group.id, group.code.text, group.status) == ("r-1", "Medisinsk biokjemi", "completed")
    assert group.when.start == Moment("2026-11-02T08:15:00+01:00")
    assert group.performer is not None
    assert (group.performer.name, len(group.performer.identifiers)) == ("Laboratoriet Rund Rogn", 1)
    assert group.provenance.recorded == Moment("2026-11-02T14:20:11+01:00")
    assert group.provenance.recorded_by == "Laboratoriet Rund Rogn"


def test_an_observation_keeps_its_code_its_exact_number_and_its_unit():
    (group,) = groups(report_of(), haemoglobin())
    (one,) = group.observations
    assert one.code.original is not None
    assert (one.code.original.code, one.code.original.system) == ("NPU28309", "2.16.578.1.12.4.1.1.7280")
    assert isinstance(one.value, Quantity)
    assert (str(one.value.value), one.reference_range) == ("13.40", "11,7-15,3")
    assert one.value.unit is not None
    assert one.value.unit.original is not None
    assert (one.value.unit.text, one.value.unit.original.system) == ("g/dL", UCUM)
    assert one.interpretation is not None
    assert one.interpretation.text == "Høy"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueQuantity": {"value": 5, "comparator": "<", "unit": "mg/L"}}, "< 5 mg/L"),
        ({"valueRange": {"low": {"value": 10}, "high": {"value": 20}}}, "10 – 20"),
        ({"valueCodeableConcept": {"text": "Ikke påvist"}}, Coded(text="Ikke påvist")),
        ({"valueDateTime": "2026-11-01"}, Moment("2026-11-01")),
        ({"valueQuantity": {"value": 7}}, Quantity(Decimal(7))),
        ({}, None),
    ],
)
def test_every_kind_of_value_is_read_and_what_is_no_plain_number_stays_text(value: dict[str, Any], expected: object):
    (group,) = groups(report_of(), haemoglobin(valueQuantity=None) | value)
    assert group.observations[0].value == expected


def test_bounds_of_a_reference_range_are_said():
    ranges = [{"low": {"value": 3, "unit": "mmol/L"}}, {"high": {"value": Decimal("5.5")}}]
    (group,) = groups(report_of(), haemoglobin(referenceRange=ranges))
    assert group.observations[0].reference_range == ">= 3 mmol/L; <= 5.5"


def test_observations_below_another_are_shown_below_it_and_never_alone():
    top = haemoglobin(
        "top", valueQuantity=None, hasMember=[{"reference": "Observation/a"}, {"reference": "Observation/b"}]
    )
    (group,) = groups(report_of(), haemoglobin("a"), haemoglobin("b"), top)
    (one,) = group.observations
    assert (one.id, [part.id for part in one.parts]) == ("top", ["a", "b"])


def test_a_part_that_was_not_given_is_named():
    _, report = read(report_of(), haemoglobin(hasMember=[{"reference": "Observation/gone"}]))
    assert [f.code for f in report.findings] == ["member-missing"]


@pytest.mark.parametrize(
    ("status", "expected"),
    [("final", "completed"), ("amended", "completed"), ("preliminary", "active"), ("registered", "active")],
)
def test_what_is_not_final_is_not_said_to_be(status: str, expected: str):
    (group,) = groups(report_of(), haemoglobin(status=status))
    assert group.observations[0].status == expected


@pytest.mark.parametrize("status", ["cancelled", "entered-in-error"])
def test_what_was_cancelled_or_deleted_is_gone_and_named(status: str):
    found, report = read(report_of(), haemoglobin(status=status))
    assert isinstance(found.results, NoInformation)
    assert [f.code for f in report.findings] == [status, "report-without-results"]


def restricted(until: str) -> list[dict[str, Any]]:
    inner = [{"url": f"{NILAR}restrict-until", "valueDateTime": until}]
    return [{"url": f"{NILAR}restriction", "extension": inner}]


def test_a_restriction_in_force_withholds_the_report_and_one_that_is_over_does_not():
    found, report = read(report_of(extension=restricted("2027-01-01")), haemoglobin())
    assert isinstance(found.results, NoInformation)
    assert [f.code for f in report.findings] == ["withheld-by-restriction"]
    assert groups(report_of(extension=restricted("2026-01-01")), haemoglobin())


@pytest.mark.parametrize(
    ("code", "withheld"),
    [
        ("Specific", AnswersWithheld.SPECIFIC_BLOCK), ("SpecificBlock", AnswersWithheld.SPECIFIC_BLOCK),
        ("General", AnswersWithheld.GENERAL_BLOCK), ("Reservation", AnswersWithheld.RESERVATION),
    ],
)  # fmt: skip
def test_a_privacy_setting_is_told_apart_from_no_answer(code: str, withheld: AnswersWithheld):
    assert read(outcome(code))[0] == LabAnswers(NoInformation("Pasientens prøvesvar"), withheld)
    assert read()[0] == LabAnswers(NoInformation("Pasientens prøvesvar"), None)


def test_a_remark_of_the_source_is_told_and_an_error_is_no_answer():
    found, report = read(outcome(None), report_of(), haemoglobin())
    assert isinstance(found.results, Present)
    assert [f.code for f in report.findings] == ["source-remark"]
    with pytest.raises(Malformed, match="OperationOutcome"):
        read(outcome(None, "error"))


def test_observations_without_their_report_are_kept_and_said():
    found, report = read(haemoglobin())
    assert isinstance(found.results, Present)
    assert (found.results.entries[0].code, [f.code for f in report.findings]) == (None, ["report-missing"])


def test_under_address_protection_no_laboratory_is_named_and_nothing_free_is_said():
    note = [{"text": "Tatt på Lia legesenter"}]
    (group,) = groups(report_of(), haemoglobin(note=note), LAB, protected=True)
    assert (group.performer, group.provenance.recorded_by, group.observations[0].note) == (None, None, None)
    (group,) = groups(report_of(), haemoglobin(note=note), LAB)
    assert group.observations[0].note == "Tatt på Lia legesenter"


@pytest.mark.parametrize("make", [report_of, haemoglobin])
def test_refuses_the_answers_of_another(make: Callable[..., dict[str, Any]]):
    other = {"identifier": {"value": STRANGER}}
    for subject in (other, None):
        with pytest.raises(WrongPatient):
            read(report_of(), haemoglobin(), make("x", subject=subject))


@pytest.mark.parametrize(
    ("resource", "what"),
    [
        (haemoglobin(status="done"), "status"),
        (haemoglobin(status=None), "status"),
        (haemoglobin(code=None), "code"),
        (haemoglobin(valueString="x"), "value"),
        (haemoglobin(valueQuantity=None, valueInteger=5), "value"),
        (haemoglobin(valueQuantity={"value": "5"}), "valueQuantity"),
        (haemoglobin(valueQuantity={"value": 5, "comparator": "~"}), "comparator"),
        (haemoglobin(interpretation=[{"text": "a"}, {"text": "b"}]), "interpretation"),
        (haemoglobin(effectiveDateTime="i går"), "effectiveDateTime"),
        (haemoglobin(hasMember=[{"reference": "Observation/o-1"}]), "hasMember"),
    ],
)
def test_refuses_what_is_missing_or_broken_by_name(resource: dict[str, Any], what: str):
    with pytest.raises(Malformed) as caught:
        read(report_of(), resource)
    assert caught.value.what == what


def chain(length: int) -> list[dict[str, Any]]:
    links = [haemoglobin(f"c-{n}", hasMember=[{"reference": f"Observation/c-{n + 1}"}]) for n in range(length)]
    return [*links, haemoglobin(f"c-{length}")]


def test_refuses_observations_below_one_another_in_a_circle_below_two_or_too_deep():
    shared = [{"reference": "Observation/s"}]
    two = [haemoglobin("a", hasMember=shared), haemoglobin("b", hasMember=shared), haemoglobin("s")]
    circle = [haemoglobin(a, hasMember=[{"reference": f"Observation/{b}"}]) for a, b in (("a", "b"), ("b", "a"))]
    assert groups(report_of(), *chain(7))
    for given in ([haemoglobin("top"), *circle], two, chain(2000)):
        with pytest.raises(Malformed, match="hasMember"):
            read(report_of(), *given)


def test_refuses_what_is_no_searchset():
    context = Context(frozenset({PATIENT}), SYSTEMS, {}, NOW, protected=False, report=Report())
    for given in ({"resourceType": "Bundle", "type": "batch"}, {"resourceType": "Patient"}, []):
        with pytest.raises(Malformed):
            read_lab_answers([given], context)


@pytest.mark.parametrize("element", ["modifierExtension", "implicitRules"])
@pytest.mark.parametrize("place", ["report", "observation"])
def test_an_answer_that_a_modifier_nobody_knows_changes_is_kept_in_words(place: str, element: str):
    more = {element: [{"url": "http://example.org/negated"}] if element == "modifierExtension" else "http://x.org/r"}
    report = report_of(**(more if place == "report" else {}))
    observation = haemoglobin(**(more if place == "observation" else {}))
    answers, said = read(report, observation)
    assert isinstance(answers.results, NotReadable)
    assert [one.why for one in answers.results.unread] == [Standing.NOT_READABLE]
    assert "modifier-unknown" in [f.code for f in said.findings]
    assert groups(report_of(), haemoglobin())
