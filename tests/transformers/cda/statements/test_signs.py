"""Whatever act of a summary is denied, planned, taken back, broken off or null is never affirmed, at any level.

Every act of one document that holds every kind of statement, each with each sign, one at a time. What it states must
leave the pivot's statements, be named by an ERROR, and stay in words.
"""

from copy import deepcopy
from dataclasses import replace

import pytest
from lxml import etree

from tests.support.documents.foreign import LOINC, medicine, observation, problem, read, section
from tests.support.pivots.summaries import rich_content, summary
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.model.finding import Severity
from transformers.model.standing import Standing
from transformers.model.summary import KnownAbsent, NotReadable, Present

HL7 = "{urn:hl7-org:v3}"
ACTS = ("act", "observation", "organizer", "procedure", "substanceAdministration", "supply")
CONTENT = write_patient_summary(summary(rich_content())).content
ROOT = etree.fromstring(CONTENT)
PATHS = [
    ROOT.getroottree().getelementpath(act)
    for act in ROOT.iter(*(HL7 + name for name in ACTS))
    if next(act.iterancestors(HL7 + "entry"), None) is not None
]
SIGNS = {
    "negated": ("negationInd", "true"),
    "negated in a form of nobody": ("negationInd", "1"),
    "planned": ("moodCode", "PRP"),
    "null": ("nullFlavor", "NI"),
    "nullified": ("statusCode", "nullified"),
    "aborted": ("statusCode", "aborted"),
}
NAMES = ("allergies", "medications", "problems", "procedures", "devices", "past_illness", "immunisations")


def marked(path: str, sign: str) -> etree._Element:
    name, value = SIGNS[sign]
    root = deepcopy(ROOT)
    act = root.find(path)
    assert act is not None
    if name != "statusCode":
        act.set(name, value)
        return root
    status = act.find(f"{HL7}statusCode")
    if status is None:
        status = etree.SubElement(act, f"{HL7}statusCode")
    status.set("code", value)
    return root


def is_concern(path: str) -> bool:
    return path.endswith("act") and "entryRelationship" not in path


def keeps_its_status(path: str) -> bool:
    """A concern's aborted following says nothing of the problem; a procedure carries its status into the pivot."""
    return is_concern(path) or "procedure" in path.rpartition("/")[2]


def statements(root: etree._Element) -> tuple[dict[str, object], list]:
    result = read_patient_summary(etree.tostring(root))
    states = {name: getattr(result.summary.content, name) for name in NAMES}
    return {n: s.entries if isinstance(s, Present) else () for n, s in states.items()}, result.report.findings


WHOLE, _ = statements(ROOT)


@pytest.mark.parametrize(
    ("path", "sign"), [(p, s) for p in PATHS for s in SIGNS if s != "aborted" or not keeps_its_status(p)]
)
def test_what_is_not_affirmed_is_no_statement_and_no_part_of_one(path: str, sign: str):
    read, findings = statements(marked(path, sign))
    assert read != WHOLE
    errors = [f for f in findings if f.severity is Severity.ERROR]
    assert any("." not in f.code and f.code.startswith(("statement-", "part-")) for f in errors)


def test_the_documents_own_acts_are_many_and_the_whole_has_none_of_the_findings():
    assert len(PATHS) > 20
    assert read_patient_summary(CONTENT).report.findings == []


@pytest.mark.parametrize("path", [p for p in PATHS if "entryRelationship" in p])
def test_a_denied_link_denies_what_it_leads_to(path: str):
    root = deepcopy(ROOT)
    act = root.find(path)
    assert act is not None
    link = act.getparent()
    assert link is not None
    link.set("negationInd", "true")
    read, findings = statements(root)
    assert read != WHOLE
    assert any(f.code == "statement-not-affirmed" for f in findings)


@pytest.mark.parametrize("section", ["48765-2", "10160-0", "11450-4", "47519-4", "46264-8", "11348-0", "11369-6"])
@pytest.mark.parametrize("sign", ["negated", "planned", "null", "nullified", "unreadable", "of another form"])
def test_a_section_of_nothing_that_can_be_read_is_neither_empty_nor_absent(section: str, sign: str):
    name = dict(zip(("48765-2", "10160-0", "11450-4", "47519-4", "46264-8", "11348-0", "11369-6"), NAMES, strict=True))
    root = deepcopy(ROOT)
    [held] = (s for s in root.iter(f"{HL7}section") if s.find(f"{HL7}code").get("code") == section)
    for entry in held.iterfind(f"{HL7}entry"):
        _spoil(entry, sign)
    state = getattr(read_patient_summary(etree.tostring(root)).summary.content, name[section])
    assert isinstance(state, NotReadable)
    assert all(one.words for one in state.unread) or sign == "unreadable"
    written = write_patient_summary(summary(rich_content_with(name[section], state))).content
    assert not any(code in _section(written, section) for code in (b"no-known-", b"-info"))
    again = getattr(read_patient_summary(written).summary.content, name[section])
    assert isinstance(again, NotReadable)
    assert (state.unread[0].words or "(uten ord)").split()[0] in again.unread[0].words


def _spoil(entry: etree._Element, sign: str) -> None:
    act = entry[0]
    if sign == "of another form":
        act.tag = f"{HL7}encounter"
    elif sign == "unreadable":
        for element in list(act.iter(*(f"{HL7}{name}" for name in ("value", "consumable", "participant")))):
            parent = element.getparent()
            assert parent is not None
            parent.remove(element)
        code = act.find(f"{HL7}code")
        if act.tag == f"{HL7}procedure" and code is not None:
            act.remove(code)
        for reference in list(act.iter(f"{HL7}text")):
            reference.getparent().remove(reference)
    elif sign == "nullified":
        status = act.find(f"{HL7}statusCode")
        (etree.SubElement(act, f"{HL7}statusCode") if status is None else status).set("code", "nullified")
    else:
        act.set(*SIGNS[sign])


def rich_content_with(name: str, state: object):
    return replace(rich_content(), **{name: state})


def _section(content: bytes, code: str) -> bytes:
    [held] = (s for s in etree.fromstring(content).iter(f"{HL7}section") if s.find(f"{HL7}code").get("code") == code)
    return etree.tostring(held)


def test_an_absence_beside_an_entry_that_cannot_be_read_is_not_absence():
    root = deepcopy(ROOT)
    [held] = (s for s in root.iter(f"{HL7}section") if s.find(f"{HL7}code").get("code") == "47519-4")
    for entry in list(held.iterfind(f"{HL7}entry"))[1:]:
        held.remove(entry)
    kept = deepcopy(held.find(f"{HL7}entry"))
    code = held.find(f"{HL7}entry/{HL7}procedure/{HL7}code")
    assert code is not None
    assert kept is not None
    code.attrib.clear()
    for inner in list(code):
        code.remove(inner)
    code.set("code", "no-known-procedures")
    code.set("codeSystem", "2.16.840.1.113883.5.1150.1")
    assert isinstance(read_patient_summary(etree.tostring(root)).summary.content.procedures, KnownAbsent)
    kept[0].tag = f"{HL7}encounter"
    held.append(kept)
    state = read_patient_summary(etree.tostring(root)).summary.content.procedures
    assert isinstance(state, NotReadable)
    assert len(state.unread) == 2


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("confirmed", None),
        ("unconfirmed", None),
        ("refuted", Standing.DENIED),
        ("410516002", Standing.DENIED),
        ("410594000", Standing.DENIED),
        ("2667000", Standing.DENIED),
        ("723511001", Standing.DENIED),
        ("723510000", Standing.WITHDRAWN),
        ("entered-in-error", Standing.WITHDRAWN),
    ],
)
@pytest.mark.parametrize("kind", ["66455-7", "33999-4"], ids=["certainty", "status"])
def test_a_problem_that_its_certainty_or_status_takes_back_is_none(kind: str, code: str, why: Standing | None):
    told = f"""<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">
      <code code="{kind}" {LOINC}/><statusCode code="completed"/>
      <value xsi:type="CD" code="{code}" codeSystem="2.999.1" displayName="told"/></observation></entryRelationship>"""
    value = '<value xsi:type="CD" code="E11" codeSystem="2.999.2" displayName="Type 2 diabetes"/>'
    problems = read(section("problems", problem(value, told))).summary.content.problems
    if why is None:
        assert isinstance(problems, Present)
        assert [one.id for one in problems.entries] == ["O1"]
    else:
        assert isinstance(problems, NotReadable)
        assert [one.why for one in problems.unread] == [why]


REFUTED = 'code="refuted" codeSystem="2.16.840.1.113883.4.642.4.1075"'
DIABETES = '<value xsi:type="CD" code="73211009" codeSystem="2.16.840.1.113883.6.96" displayName="Diabetes">{}</value>'


@pytest.mark.parametrize("outer", ['code="N" codeSystem="2.999.7" displayName="nao"', 'nullFlavor="OTH"'])
def test_a_certainty_is_heard_in_its_translation(outer: str):
    told = f"""<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">
      <code code="66455-7" {LOINC}/><value xsi:type="CE" {outer}><translation {{}}/></value></observation>
      </entryRelationship>"""
    made = [
        read(section("problems", problem(DIABETES.format(""), told.format(code)))).summary.content.problems
        for code in (REFUTED, REFUTED.replace("refuted", "confirmed"))
    ]
    assert isinstance(made[0], NotReadable)
    assert isinstance(made[1], Present)


@pytest.mark.parametrize(("code", "state"), [("410516002", NotReadable), ("7771000", Present)])
def test_a_qualifier_that_takes_back_its_concept_leaves_no_statement(code: str, state: type):
    value = f'<value code="{code}" codeSystem="2.16.840.1.113883.6.96" displayName="told"/>'
    qualified = DIABETES.format(f"<qualifier>{value}</qualifier>")
    assert isinstance(read(section("problems", problem(qualified))).summary.content.problems, state)


SUBJECT = """<subject><relatedSubject classCode="PRS"><code code="{}" codeSystem="2.16.840.1.113883.5.111"
  displayName="told"/><subject><name><given>Hemmelig</given></name></subject></relatedSubject></subject>"""
OF_ANOTHER = {
    "problems": problem(DIABETES.format(""), SUBJECT.format("MTH")),
    "results": observation('<code code="718-7" displayName="Hb"/>', "", SUBJECT.format("MTH")),
    "medications": medicine("<name>Paracet</name>", more=SUBJECT.format("CHILD")),
}  # fmt: skip


@pytest.mark.parametrize("name", OF_ANOTHER)
def test_what_is_of_somebody_else_is_no_statement_of_the_patient(name: str):
    result = read(section(name, OF_ANOTHER[name]))
    state = getattr(result.summary.content, name)
    assert isinstance(state, NotReadable)
    assert [one.why for one in state.unread] == [Standing.OTHER_PERSON]
    assert "Hemmelig" not in repr((state, result.report))
    own = OF_ANOTHER[name].replace('"MTH"', '"ONESELF"').replace('"CHILD"', '"ONESELF"')
    assert isinstance(getattr(read(section(name, own)).summary.content, name), Present)


def test_the_subject_of_a_section_is_that_of_its_statements():
    whole = problem(DIABETES.format(""))
    state = read(section("problems", whole, more=SUBJECT.format("FTH"))).summary.content.problems
    assert isinstance(state, NotReadable)
    beside = read(
        section("problems", whole, problem(DIABETES.format(""), SUBJECT.format("FTH")))
    ).summary.content.problems
    assert isinstance(beside, Present)
    assert (len(beside.entries), len(beside.unread)) == (1, 1)
    ours = write_patient_summary(summary(rich_content_with("problems", state)))
    assert "Gjelder en annen person enn pasienten" in ours.content.decode()


@pytest.mark.parametrize(
    ("value", "condition"),
    [
        ('<value xsi:type="CD" code="2667000" displayName="Absent"/>', None),
        ('<value xsi:type="CD" code="N" codeSystem="2.999.7"><translation code="410516002"/></value>', None),
        ('<value xsi:type="BL" value="false"/>', None),
        ('<value xsi:type="BL" value="true"/>', "ord"),
        ('<value xsi:type="ST">Diabetes</value>', "Diabetes"),
    ],
)
def test_a_value_that_takes_back_its_problem_leaves_none(value: str, condition: str | None):
    state = read(section("problems", problem(value))).summary.content.problems
    if condition is None:
        assert isinstance(state, NotReadable)
        assert [one.why for one in state.unread] == [Standing.DENIED]
    else:
        assert isinstance(state, Present)
        assert state.entries[0].condition.text == condition


@pytest.mark.parametrize(("code", "state"), [("385660001", NotReadable), ("7771000", Present)])
def test_a_procedure_that_its_qualifier_says_was_not_done_is_none(code: str, state: type):
    told = f"""<procedure classCode="PROC" moodCode="EVN"><code code="80146002" codeSystem="2.16.840.1.113883.6.96">
      <qualifier><value code="{code}" codeSystem="2.16.840.1.113883.6.96"/></qualifier></code></procedure>"""
    assert isinstance(read(section("procedures", told)).summary.content.procedures, state)
