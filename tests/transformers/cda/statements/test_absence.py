"""Absences of a foreign summary: in a code, of a scope, by denial of a kind; never an agent, never beside an agent."""

from dataclasses import replace

import pytest

from tests.support.documents.foreign import ICD10, IPS, SNOMED, codes, medicine, observation, problem, read, section
from tests.support.pivots.summaries import summary as summary_of_ours
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.model.absence import OF_SCOPE, SITUATIONS
from transformers.model.finding import Severity
from transformers.model.standing import Standing
from transformers.model.summary import KnownAbsent, NoInformation, NotReadable, Present

DIABETES = f'<value xsi:type="CD" code="E11" {ICD10} displayName="Type 2 diabetes mellitus"/>'
AGENT = (
    '<participant typeCode="CSM"><participantRole><playingEntity><code {}/></playingEntity></participantRole>'
    "</participant>"
)


def allergy(inside: str, attributes: str = "", kind: str = f'<code code="420134006" {SNOMED}/>') -> str:
    return (
        '<act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.16"/>'
        '<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>'
        f'<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN" {attributes}>'
        '<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.17"/>'
        f'{kind}<statusCode code="completed"/>{inside}</observation></entryRelationship></act>'
    )


def coded(code: str, system: str, display: str) -> str:
    return f'code="{code}" {system} displayName="{display}"'


def stated(section_name: str, told: str) -> str:
    """An entry of the section that says it with that code."""
    supply = (
        '<supply classCode="SPLY" moodCode="EVN"><participant typeCode="DEV"><participantRole><playingDevice>'
        f"<code {told}/></playingDevice></participantRole></participant></supply>"
    )
    procedure = f'<procedure classCode="PROC" moodCode="EVN"><code {told}/><statusCode code="completed"/></procedure>'
    vaccine = medicine(f"<code {told}/>", mood="EVN")
    made = {"devices": supply, "procedures": procedure, "immunisations": vaccine}
    value = f'<value xsi:type="CD" {told}/>'
    made |= {"allergies": allergy(value), "problems": problem(value), "medications": medicine(f"<code {told}/>")}
    return made[section_name]


SECTIONS = ("allergies", "problems", "medications", "procedures", "devices", "immunisations")
EVERY = [
    (name, coded(code, SNOMED, "A situation"), it.kind)
    for code, it in SITUATIONS.items()
    for name in SECTIONS
    if name in it.sections
]


@pytest.mark.parametrize(("name", "told", "kind"), EVERY)
def test_every_situation_of_the_tables_is_its_sections_absence(name: str, told: str, kind: str):
    state = getattr(read(section(name, stated(name, told))).summary.content, name)
    if kind.endswith("-info"):
        assert state == NoInformation("Hospital Um")
    else:
        assert isinstance(state, KnownAbsent)
        assert (state.kind, state.scope) == (kind, "A situation" if kind == OF_SCOPE else None)


UNKNOWN = [
    coded("99999999", SNOMED, "No known allergy to cats"),
    coded("99999998", SNOMED, "No history of anything"),
    coded("99999997", SNOMED, "Something else (situation)"),
    coded("64970000", SNOMED, "Substance type unknown"),
    coded("no-known-anything", IPS, "No known anything"),
    'nullFlavor="OTH" displayName="No known problems"',
]


@pytest.mark.parametrize("told", UNKNOWN)
@pytest.mark.parametrize("name", SECTIONS)
def test_a_situation_of_no_table_is_never_a_statement(name: str, told: str):
    result = read(section(name, stated(name, told)))
    state = getattr(result.summary.content, name)
    assert isinstance(state, NotReadable)
    assert state.unread[0].words
    assert [f.severity for f in result.report.findings if f.code == "situation-unread"] == [Severity.WARNING]


@pytest.mark.parametrize("name", SECTIONS)
def test_a_thing_of_an_ordinary_name_is_a_statement(name: str):
    state = getattr(read(section(name, stated(name, coded("99999996", SNOMED, "Thing")))).summary.content, name)
    assert isinstance(state, Present)


def test_an_absence_that_names_an_agent_too_contradicts_itself():
    told = f'<value xsi:type="CD" code="no-known-allergies" {IPS}/>' + AGENT.format(coded("1", SNOMED, "Penicillin"))
    result = read(section("allergies", allergy(told)))
    state = result.summary.content.allergies
    assert isinstance(state, NotReadable)
    assert [one.why for one in state.unread] == [Standing.CONTRADICTED]
    assert "Penicillin" in state.unread[0].words
    assert "statement-contradicted" in codes(result)


def test_an_absence_that_is_denied_is_none():
    told = f'<value xsi:type="CD" code="no-known-allergies" {IPS}/>'
    state = read(section("allergies", allergy(told, 'negationInd="true"'))).summary.content.allergies
    assert isinstance(state, NotReadable)


def test_an_absence_and_a_problem_in_one_concern_are_both_kept():
    absent = (
        '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">'
        '<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.7"/><statusCode code="completed"/>'
        f'<value xsi:type="CD" code="no-known-problems" {IPS}/></observation></entryRelationship></act>'
    )
    result = read(section("problems", problem(DIABETES).removesuffix("</act>") + absent))
    state = result.summary.content.problems
    assert isinstance(state, Present)
    assert len(state.entries) == 1
    assert [(one.why, one.words) for one in state.unread] == [(Standing.ABSENCE, "no-known-problems")]
    assert "absence-contradicted" in codes(result)


def test_no_information_beside_a_problem_is_a_contradiction_too():
    nothing = problem(f'<value xsi:type="CD" code="no-problem-info" {IPS}/>')
    result = read(section("problems", nothing, problem(DIABETES)))
    state = result.summary.content.problems
    assert isinstance(state, Present)
    assert [one.words for one in state.unread] == ["no-information"]
    [finding] = [f for f in result.report.findings if f.code == "absence-contradicted"]
    assert finding.path.endswith("hl7:observation[1]")


def test_two_absences_of_parts_are_both_kept():
    entries = (
        allergy(f'<value xsi:type="CD" code="no-known-{kind}-allergies" {IPS}/>') for kind in ("food", "medication")
    )
    state = read(section("allergies", *entries)).summary.content.allergies
    assert isinstance(state, KnownAbsent)
    assert state.kind == "no-known-food-allergies"
    assert [one.words for one in state.unread] == ["no-known-medication-allergies"]


@pytest.mark.parametrize(
    ("name", "entry", "kind"),
    [
        ("allergies", allergy("", 'negationInd="true"'), "no-known-allergies"),
        (
            "problems",
            problem(
                f'<value xsi:type="CD" code="55607006" {SNOMED} displayName="Problem"/>',
                attributes='moodCode="EVN" negationInd="true"',
            ),
            "no-known-problems",
        ),
    ],
)
def test_the_denial_of_the_whole_kind_is_how_waves_1_to_3_wrote_none(name: str, entry: str, kind: str):
    result = read(section(name, entry))
    state = getattr(result.summary.content, name)
    assert isinstance(state, KnownAbsent)
    assert state.kind == kind
    assert "absence-by-negation" in codes(result)


@pytest.mark.parametrize(
    "agent", [AGENT.format(coded("1", SNOMED, "Latex")), AGENT.replace("<code {}/>", "<name>Latex</name>")]
)
def test_the_denial_of_one_thing_is_no_absence_of_all(agent: str):
    denied = allergy(agent, 'negationInd="true"')
    state = read(section("allergies", denied)).summary.content.allergies
    assert isinstance(state, NotReadable)
    assert state.unread[0].why is Standing.DENIED


def test_a_procedure_denied_and_done_is_told_with_both_sides():
    done = (
        '<procedure classCode="PROC" moodCode="EVN" negationInd="true"><id root="2.999.9" extension="X"/>'
        f'<code code="52734007" {SNOMED} displayName="Total replacement of hip"/><statusCode code="completed"/>'
        '<effectiveTime value="20040511"/></procedure>'
    )
    result = read(section("procedures", done, text="Protese da anca 2004"))
    state = result.summary.content.procedures
    assert isinstance(state, NotReadable)
    assert state.unread[0].why is Standing.CONTRADICTED
    assert "Total replacement of hip" in state.unread[0].words
    assert "20040511" in state.unread[0].words
    assert [f.severity for f in result.report.findings if f.code == "statement-contradicted"] == [Severity.ERROR]


def test_an_absence_of_a_scope_is_written_as_its_words_and_no_absence_of_all():
    told = coded("1003774007", SNOMED, "No known Hevea brasiliensis latex allergy")
    summary = read(section("allergies", stated("allergies", told))).summary
    written = write_patient_summary(replace(summary, language="nb-NO", **_responsible())).content.decode()
    assert "No known Hevea brasiliensis latex allergy" in written
    assert 'code="no-known-allergies"' not in written


def _responsible() -> dict[str, object]:
    whole = summary_of_ours()
    return {"legal_authenticator": whole.legal_authenticator, "author": whole.author, "custodian": whole.custodian}


def test_a_result_whose_code_says_that_there_is_none_is_no_result():
    told = observation(f"<code {coded('no-known-allergies', IPS, 'No known allergies')}/>", "")
    assert isinstance(read(section("results", told)).summary.content.results, NotReadable)


@pytest.mark.parametrize("value", ["", '<value xsi:type="CD" nullFlavor="UNK"/>', '<value xsi:type="CD"/>'])
def test_words_that_say_that_there_is_none_are_no_condition(value: str):
    said = problem(value).replace('<reference value="#a1"/>', "No known problems")
    result = read(section("problems", said))
    assert isinstance(result.summary.content.problems, NotReadable)
    assert "situation-unread" in codes(result)


@pytest.mark.parametrize("value", ["", '<value xsi:type="CD" nullFlavor="UNK"/>'])
def test_a_problem_in_words_alone_is_one(value: str):
    said = problem(value).replace('<reference value="#a1"/>', "Sukkersyke")
    state = read(section("problems", said)).summary.content.problems
    assert isinstance(state, Present)
    [one] = state.entries
    assert one.condition.text == "Sukkersyke"


NAMED = "<playingEntity>{}<name>{}</name></playingEntity>"


@pytest.mark.parametrize("code", ["", '<code nullFlavor="OTH"/>'])
@pytest.mark.parametrize(("words", "state"), [("No known allergies", NotReadable), ("Penicillin", Present)])
def test_an_agent_in_words_alone_is_one_unless_they_say_that_there_is_none(code: str, words: str, state: type):
    agent = f'<participant typeCode="CSM"><participantRole>{NAMED.format(code, words)}</participantRole></participant>'
    assert isinstance(read(section("allergies", allergy(agent))).summary.content.allergies, state)


@pytest.mark.parametrize(("words", "state"), [("No known medications", NotReadable), ("Paracet", Present)])
def test_a_medicine_in_words_alone_is_one_unless_they_say_that_there_is_none(words: str, state: type):
    assert isinstance(
        read(section("medications", medicine(f"<name>{words}</name>"))).summary.content.medications, state
    )


NONE_KNOWN = '<{0} code="no-known-{1}" codeSystem="2.16.840.1.113883.5.1150.1" displayName="No known {1}"/>'


@pytest.mark.parametrize("first", [True, False])
def test_an_absence_beside_a_second_value_or_device_contradicts_itself(first: bool):
    values = [NONE_KNOWN.format("value", "problems"), f'<value xsi:type="CD" code="44054006" {SNOMED}/>']
    state = read(section("problems", problem("".join(values if first else values[::-1])))).summary.content.problems
    assert isinstance(state, NotReadable)
    assert [one.why for one in state.unread] == [Standing.CONTRADICTED]
    part = (
        '<participant typeCode="DEV"><participantRole><playingDevice>{}</playingDevice></participantRole></participant>'
    )
    codes_ = [NONE_KNOWN.format("code", "devices"), f'<code code="14106009" {SNOMED} displayName="Pacemaker"/>']
    both = "".join(part.format(one) for one in (codes_ if first else codes_[::-1]))
    told = read(section("devices", f'<supply classCode="SPLY" moodCode="EVN">{both}</supply>')).summary.content.devices
    assert isinstance(told, NotReadable)
    assert [one.why for one in told.unread] == [Standing.CONTRADICTED]
    alone = part.format(codes_[0])
    only = read(section("devices", f'<supply classCode="SPLY" moodCode="EVN">{alone}</supply>')).summary.content.devices
    assert isinstance(only, KnownAbsent)


@pytest.mark.parametrize("name", ["social_history", "results"])
def test_the_denial_of_a_kind_is_no_absence_where_no_wave_wrote_it_so(name: str):
    denied = observation(f'<code code="55607006" {SNOMED}/>', "").replace(
        "<observation ", '<observation negationInd="1" '
    )
    state = getattr(read(section(name, denied)).summary.content, name)
    assert isinstance(state, NotReadable)
    assert [one.why for one in state.unread] == [Standing.DENIED]
