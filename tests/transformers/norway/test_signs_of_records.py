"""Kritisk informasjon: every modifier element of FHIR R4 is honoured, an absence is no agent, one bad record is one."""

import copy
import json
from typing import Any

import pytest

from tests.support.norway.source_messages import NOW, PATIENT, STRANGER, SYSTEMS
from tests.transformers.norway.test_read_critical_information import (
    POLICY,
    WHO,
    allergy,
    coded,
    condition,
    device,
    flagged,
    procedure,
    read,
    resource,
)
from transformers.model.absence import OF_SCOPE, SITUATIONS
from transformers.model.finding import Report
from transformers.model.standing import Standing
from transformers.model.summary import (
    KeptInWords,
    KnownAbsent,
    NoInformation,
    NotReadable,
    Present,
    SourceUnavailable,
)
from transformers.norway.errors import WrongPatient
from transformers.norway.fhir_fields import Context
from transformers.norway.fhir_signs import MODIFIERS, NAMED_ONLY, STATUSES, Honoured
from transformers.norway.read_critical_information import CriticalSections, read_critical_information

SNOMED = "http://snomed.info/sct"
IPS = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
NEGATED = [{"url": "http://example.org/StructureDefinition/negated", "valueBoolean": True}]
MADE = {
    "AllergyIntolerance": allergy,
    "Condition": condition,
    "Procedure": procedure,
    "DeviceUseStatement": device,
    "Flag": flagged,
}
SECTION = {
    "AllergyIntolerance": "allergies",
    "Condition": "problems",
    "Procedure": "procedures",
    "DeviceUseStatement": "devices",
    "Flag": "problems",
}


def section(sections: CriticalSections, kind: str) -> Any:
    return getattr(sections, SECTION[kind])


def statements(sections: CriticalSections) -> int:
    states = (sections.allergies, sections.problems, sections.procedures, sections.devices)
    return sum(len(state.entries) for state in states if isinstance(state, Present))


def unread(state: Any) -> tuple[KeptInWords, ...]:
    return () if isinstance(state, NoInformation | SourceUnavailable) else state.unread


def of_her(report: Report) -> Context:
    return Context(frozenset({PATIENT}), SYSTEMS, POLICY, NOW, False, report)


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


@pytest.mark.parametrize("kind", MADE)
def test_the_valid_twin_of_each_kind_is_a_statement(kind: str):
    sections, _ = read(MADE[kind]())
    assert (statements(sections), unread(section(sections, kind))) == (1, ())


@pytest.mark.parametrize("kind", MADE)
@pytest.mark.parametrize("element", ["modifierExtension", "implicitRules", "doNotPerform"])
def test_a_modifier_nobody_knows_leaves_no_statement(kind: str, element: str):
    value = {"modifierExtension": NEGATED, "implicitRules": "http://example.org/rules", "doNotPerform": True}[element]
    sections, report = read(MADE[kind](**{element: value}))
    (kept,) = unread(section(sections, kind))
    assert (statements(sections), kept.why) == (0, Standing.NOT_READABLE)
    assert "ikke lest: endret av en utvidelse" in kept.words
    assert "modifier-unknown" in codes(report)


def holders(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where an object stands in a record, at any depth."""
    found = [path] if isinstance(value, dict) else []
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return found + [each for key, one in members for each in holders(one, (*path, key))]


@pytest.mark.parametrize("kind", MADE)
def test_a_modifier_extension_at_any_depth_leaves_no_statement(kind: str):
    record = MADE[kind]()
    for path in holders(record):
        spoilt = copy.deepcopy(record)
        holder = spoilt
        for key in path:
            holder = holder[key]
        holder["modifierExtension"] = NEGATED
        assert statements(read(spoilt)[0]) == 0, path


@pytest.mark.parametrize("value", ["yes", {"url": "x"}, [3], [None]])
def test_a_modifier_extension_of_no_form_is_no_permission(value: object):
    assert statements(read(allergy(modifierExtension=value))[0]) == 0


@pytest.mark.parametrize("value", [None, []])
def test_no_modifier_extension_changes_nothing(value: object):
    assert statements(read(allergy(modifierExtension=value))[0]) == 1


@pytest.mark.parametrize("place", ["bundle", "entry", "rules"])
def test_a_modifier_around_the_record_counts(place: str):
    entry: dict[str, Any] = {"resource": allergy()}
    bundle: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "entry": [entry]}
    if place == "entry":
        entry["modifierExtension"] = NEGATED
    elif place == "bundle":
        bundle["link"] = [{"relation": "self", "url": "x", "modifierExtension": NEGATED}]
    else:
        bundle["implicitRules"] = "http://example.org/rules"
    assert isinstance(read_critical_information({"Alt": bundle}, of_her(Report())).allergies, NotReadable)


STATUS_CASES = [
    (kind, element, code, stands)
    for kind, elements in STATUSES.items()
    for element, meanings in elements.items()
    for code, stands in [*meanings.items(), ("never-heard-of", Standing.NOT_READABLE), ("", Standing.NOT_READABLE)]
]


def with_status(kind: str, element: str, code: str) -> dict[str, Any]:
    if kind == "Device":
        made = device()
        made["contained"][-1]["status"] = code
        return made
    value: Any = code if element == "status" else {"coding": [{"code": code}]}
    more = {"performedPeriod": {"start": "2020", "end": "2021"}} if kind == "Procedure" else {}
    return MADE[kind](**{element: value}, **more)


@pytest.mark.parametrize(("kind", "element", "code", "stands"), STATUS_CASES)
def test_a_status_makes_a_statement_only_where_it_affirms(kind: str, element: str, code: str, stands: Standing):
    sections, report = read(with_status(kind, element, code))
    of = "DeviceUseStatement" if kind == "Device" else kind
    assert statements(sections) == (1 if stands is Standing.AFFIRMED else 0)
    told = [one.why for one in unread(section(sections, of))]
    named_only = code in NAMED_ONLY.get(kind, frozenset())
    assert told == ([] if named_only or stands is Standing.AFFIRMED else [stands])
    if stands is Standing.NOT_READABLE and code == "never-heard-of":
        assert [f.original for f in report.findings if f.code == "status-unknown"] == [code]


def test_every_status_element_of_the_table_of_modifiers_has_its_codes():
    read_here = {"DiagnosticReport", "Observation"}  # of the laboratory's reader, which has its own table
    rows = {(k, e) for k, es in MODIFIERS.items() for e, how in es.items() if how is Honoured.STATUS}
    assert {row for row in rows if row[0] not in read_here} == {(k, e) for k, es in STATUSES.items() for e in es}


@pytest.mark.parametrize("use", ["usual", "official", "temp", "secondary", "old"])
def test_a_number_is_hers_whatever_its_use(use: str):
    who = {"identifier": {**WHO["identifier"], "use": use}}
    assert statements(read(allergy(patient=who))[0]) == 1


def test_a_comparator_is_shown_with_its_value():
    report = read(condition(onsetDateTime=None, onsetAge={"comparator": "<", "value": 42, "unit": "år"}))[1]
    assert [f.original for f in report.findings] == ["< 42 år"]


def test_the_shape_of_the_case_is_no_allergy_and_keeps_its_words():
    made = {**allergy(modifierExtension=NEGATED)}
    del made["extension"], made["contained"]
    sections, report = read(json.loads(json.dumps(made)))
    assert isinstance(sections.allergies, NotReadable)
    assert "Fenoksymetylpenicillin" in sections.allergies.unread[0].words
    assert codes(report) == ["modifier-unknown"]


KIND_OF = {
    "allergies": "AllergyIntolerance",
    "problems": "Condition",
    "procedures": "Procedure",
    "devices": "DeviceUseStatement",
}
AGENT_AND_NONE = {
    "coding": [
        {"system": SNOMED, "code": "372687004", "display": "Amoxicillin"},
        {"system": SNOMED, "code": "716186003"},
    ]
}
TWO_KINDS = [{"coding": [{"code": "3"}, {"code": "4"}]}]


def about(name: str, code: dict[str, Any]) -> dict[str, Any]:
    if name == "devices":
        made = device()
        made["contained"][-1]["type"] = code
        return made
    made = MADE[KIND_OF[name]]()
    return {key: value for key, value in made.items() if key != "reaction"} | {"code": code}


@pytest.mark.parametrize("name", KIND_OF)
@pytest.mark.parametrize("code", SITUATIONS)
def test_a_situation_code_is_never_an_agent(name: str, code: str):
    situation = SITUATIONS[code]
    sections, _ = read(about(name, coded(SNOMED, code, "No known something (situation)")))
    assert statements(sections) == 0
    state = getattr(sections, name)
    if name not in situation.sections:
        assert isinstance(state, NotReadable)
    elif situation.kind.endswith("-info"):
        assert isinstance(state, NoInformation)
    else:
        assert isinstance(state, KnownAbsent)
        assert (state.kind, state.scope is None) == (situation.kind, situation.kind != OF_SCOPE)


@pytest.mark.parametrize(
    "code",
    [
        coded(SNOMED, "999000999", "No known peanut allergy (situation)"),
        coded("http://example.org/local", "X", "Ingen kjente allergier"),
        {"text": "Ingen kjente allergier"},
        coded(SNOMED, "64970000", "Substance unknown"),
        coded(IPS, "no-known-wishes", "No known wishes"),
        AGENT_AND_NONE,
    ],
)  # fmt: skip
def test_what_only_speaks_of_absence_is_no_agent_and_keeps_its_words(code: dict[str, Any]):
    sections, report = read(about("allergies", code))
    assert isinstance(sections.allergies, NotReadable)
    assert codes(report)[-1] in ("situation-unread", "absence-contradicted")


@pytest.mark.parametrize(
    "parts",
    [
        {"reaction": [{"manifestation": [{"text": "Utslett"}]}]},
        {"clinicalStatus": {"coding": [{"code": "resolved"}]}},
        {"verificationStatus": {"coding": [{"code": "unconfirmed"}]}},
    ],
)
def test_an_absence_that_contradicts_itself_is_kept_in_words(parts: dict[str, Any]):
    made = allergy(code=coded(SNOMED, "716186003", "No known allergy"), **({"reaction": None} | parts))
    sections, _ = read(made)
    assert isinstance(sections.allergies, NotReadable)
    assert sections.allergies.unread[0].why is Standing.CONTRADICTED


def test_an_absence_beside_an_allergy_is_kept_in_words_beside_it():
    sections, _ = read(allergy(), about("allergies", coded(SNOMED, "716186003", "No known allergy")))
    assert isinstance(sections.allergies, Present)
    assert sections.allergies.unread == (KeptInWords(Standing.ABSENCE, "no-known-allergies"),)


SPOILT = {
    "AllergyIntolerance": {
        "code": None, "verificationStatus": {}, "clinicalStatus": 3, "reaction": "none", "category": 3,
    },
    "Condition": {"code": 3, "verificationStatus": {"text": "avkreftet"}, "category": TWO_KINDS},
    "Procedure": {"code": 3, "status": None, "extension": [{}]},
    "DeviceUseStatement": {"device": {"reference": "#none"}, "status": None},
    "Flag": {"code": {"coding": {}}, "status": None, "period": 7},
}  # fmt: skip


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize(("kind", "field"), [(k, f) for k, fields in SPOILT.items() for f in fields])
def test_a_list_survives_its_worst_member_and_says_so(kind: str, field: str, position: int):
    records = [MADE[kind](), MADE[kind]()]
    records.insert(position, MADE[kind](**{field: SPOILT[kind][field]}))
    sections, report = read(*records)
    read_here = statements(sections) == 3 and "code-unknown" in codes(report)
    assert read_here or (statements(sections), len(unread(section(sections, kind)))) == (2, 1)
    assert [f for f in report.findings if f.severity == "warning"]


@pytest.mark.parametrize("field", ["onsetDateTime", "recordedDate"])
@pytest.mark.parametrize(
    ("written", "kept", "code"),
    [
        ("2019-09-01T10:20:30", "2019-09-01", "time-without-zone"),
        ("2019-09-01T10:20:30.5+02:00", "2019-09-01T10:20:30.5+02:00", None),
        ("17.08.2003", None, "moment-not-read"),
        ("٢٠١٩-09-01", None, "moment-not-read"),
        (20190901, None, "moment-not-read"),
    ],
)
def test_a_time_that_cannot_be_read_takes_no_record_down(
    field: str, written: object, kept: str | None, code: str | None
):
    sections, report = read(allergy(**{field: written, "extension": []}))
    assert isinstance(sections.allergies, Present)
    one = sections.allergies.entries[0]
    moment = one.onset if field == "onsetDateTime" else one.provenance.recorded
    assert (None if moment is None else moment.iso) == kept
    assert codes(report) == ([] if code is None else [code])


def test_a_warning_whose_end_cannot_be_read_stays():
    sections, report = read(flagged(period={"start": "2024-02-01", "end": "2024-13-01"}))
    assert (statements(sections), "moment-not-read" in codes(report)) == (1, True)


def test_a_certainty_that_is_not_stated_is_none_and_is_said():
    sections, report = read(allergy(verificationStatus=None))
    assert isinstance(sections.allergies, Present)
    assert (sections.allergies.entries[0].certainty, codes(report)) == (None, ["certainty-not-stated"])


@pytest.mark.parametrize(
    "parts",
    [
        {"category": ["magic"]},
        {"criticality": "extreme"},
        {"type": "magic"},
        {"reaction": [{"severity": "fatal", "description": "Utslett"}]},
    ],
)
def test_a_code_that_only_describes_is_kept_as_text_with_a_finding(parts: dict[str, Any]):
    sections, report = read(allergy(**parts))
    assert (statements(sections), codes(report)) == (1, ["code-unknown"])


@pytest.mark.parametrize("entry", [{}, {"resource": None}, {"resource": "x"}, "x", None, 3])
@pytest.mark.parametrize(
    ("query", "name"), [("AllergyIntolerance", "allergies"), ("Devices", "devices"), ("Flags", "problems")]
)
def test_an_entry_without_a_record_is_told_in_the_section_asked_for(entry: object, query: str, name: str):
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [entry, {"resource": allergy()}]}
    report = Report()
    sections = read_critical_information(
        {query: bundle}, Context(frozenset({PATIENT}), SYSTEMS, POLICY, NOW, False, report)
    )
    assert [one.why for one in unread(getattr(sections, name))] == [Standing.NOT_READABLE]
    assert isinstance(sections.allergies, Present)


def test_two_records_without_an_id_are_two():
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [
        {"resource": {**allergy(), "id": None}}, {"resource": {**allergy(code={"text": "Egg"}), "id": None}},
    ]}  # fmt: skip
    sections = read_critical_information(
        {"Alt": bundle}, Context(frozenset({PATIENT}), SYSTEMS, POLICY, NOW, False, Report())
    )
    assert isinstance(sections.allergies, Present)
    assert [one.id for one in sections.allergies.entries] == ["Alt[0]", "Alt[1]"]


def test_a_second_record_of_one_id_that_says_something_else_is_kept_in_words():
    bundle = {"resourceType": "Bundle", "type": "searchset", "entry": [
        {"resource": allergy()}, {"resource": allergy(code={"text": "Egg"})},
    ]}  # fmt: skip
    sections = read_critical_information(
        {"Alt": bundle}, Context(frozenset({PATIENT}), SYSTEMS, POLICY, NOW, False, Report())
    )
    assert isinstance(sections.allergies, Present)
    assert [one.why for one in sections.allergies.unread] == [Standing.CONTRADICTED]


@pytest.mark.parametrize("parts", [{"status": None}, {"modifierExtension": NEGATED}, {"status": "preparation"}])
def test_what_policy_keeps_at_home_leaves_in_no_words_either(parts: dict[str, Any]):
    sections, report = read(procedure("6", **parts))
    assert (sections.procedures, "withheld-by-policy" in codes(report)) == (
        NoInformation("Kjernejournal – kritisk informasjon"),
        True,
    )
    assert unread(read(procedure("4", **parts))[0].procedures)


def test_a_damaged_record_of_another_still_refuses_all():
    stranger = {"identifier": {"value": STRANGER}}
    for spoilt in ({"modifierExtension": NEGATED}, {"verificationStatus": {}}, {"patient": 3}, {"patient": None}):
        with pytest.raises(WrongPatient):
            read(allergy(), allergy(**({"patient": stranger} | spoilt)))


def test_an_unknown_resource_that_says_not_to_is_no_problem_of_hers():
    made = resource("ServiceRequest", subject=WHO, status="active", code={"text": "Blodprøve"}, doNotPerform=True)
    sections, _ = read(made)
    assert isinstance(sections.problems, NotReadable)
