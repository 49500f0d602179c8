"""A part is a part wherever it hangs: it never becomes a statement, and what belongs to no statement is named.

Each kind of part, in each place, beside one statement and beside two, of allergies and of problems.
"""

import re
from itertools import product

import pytest
from lxml import etree

from tests.support.documents.elements import NS
from tests.support.documents.foreign import SNOMED, codes, observation, read, section
from tests.support.pivots.summaries import rich_content, summary
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.cda.types.vocabulary import SECTIONS
from transformers.model.finding import Severity
from transformers.model.standing import Standing
from transformers.model.summary import NotReadable, Present

E3 = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
LOINC = 'codeSystem="2.16.840.1.113883.6.1"'


def part(code: str, value: str, template: str = "") -> str:
    claimed = f'<templateId root="{template}"/>' if template else ""
    return (
        f'<observation classCode="OBS" moodCode="EVN">{claimed}{code}<statusCode code="completed"/>'
        f'<value xsi:type="CD" code="{value}" {SNOMED} displayName="part {value}"/></observation>'
    )


NOTE = (
    f'<act classCode="ACT" moodCode="EVN"><code code="48767-8" {LOINC}/><text>words of the part</text>'
    '<statusCode code="completed"/></act>'
)
PARTS = {
    "reaction": ("MFST", part(f'<code code="404684003" {SNOMED}/>', "422587007", f"{E3}44")),
    "severity": ("SUBJ", part('<code code="SEV" codeSystem="2.16.840.1.113883.5.4"/>', "24484000", f"{E3}8")),
    "criticality": ("SUBJ", part(f'<code code="82606-5" {LOINC}/>', "723505004", f"{E3}33")),
    "certainty": ("SUBJ", part(f'<code code="66455-7" {LOINC}/>', "410605003", f"{E3}35")),
    "status": ("REFR", part(f'<code code="33999-4" {LOINC}/>', "55561003")),
    "health": ("REFR", part(f'<code code="11323-3" {LOINC}/>', "81323004")),
    "note": ("SUBJ", NOTE),
    "priority": ("REFR", part(f'<code code="225773000" {SNOMED}/>', "394849002")),
    "prognosis": ("REFR", part(f'<code code="75328-5" {LOINC}/>', "67334001")),
    "of nobody": ("SUBJ", part('<code code="X" codeSystem="2.999.7"/>', "12345678")),
}
STATEMENTS = {
    "allergies": (
        '<observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.17"/>'
        f'<id root="2.999.9" extension="S{{n}}"/><code code="609328004" {SNOMED}/><statusCode code="completed"/>'
        '<participant typeCode="CSM"><participantRole><playingEntity>'
        f'<code code="11108800{{n}}" {SNOMED} displayName="agent {{n}}"/></playingEntity></participantRole>'
        "</participant>{inside}</observation>"
    ),
    "problems": (
        '<observation classCode="OBS" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.7"/>'
        f'<id root="2.999.9" extension="S{{n}}"/><code code="55607006" {SNOMED}/><statusCode code="completed"/>'
        f'<value xsi:type="CD" code="4405400{{n}}" {SNOMED} displayName="condition {{n}}"/>{{inside}}</observation>'
    ),
}
FRAMES = {"allergies": f"{E3}16", "problems": f"{E3}15"}


def link(type_code: str, what: str) -> str:
    return f'<entryRelationship typeCode="{type_code}">{what}</entryRelationship>'


def statement(name: str, number: int, inside: str = "") -> str:
    return STATEMENTS[name].format(n=number, inside=inside)


def concern(name: str, *held: str) -> str:
    return (
        f'<act classCode="ACT" moodCode="EVN"><templateId root="{FRAMES[name]}"/>'
        '<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>' + "".join(held) + "</act>"
    )


def placed(name: str, kind: str, place: str, number: int) -> list[str]:
    """The entries of a section of ``number`` statements with one part in that place."""
    type_code, what = PARTS[kind]
    hung = link(type_code, what)
    numbers = range(1, number + 1)
    if place == "alone in the entry":
        return [*(concern(name, link("SUBJ", statement(name, n))) for n in numbers), what]
    if place == "without a concern":
        return [statement(name, n, hung if n == 1 else "") for n in numbers]
    inside = [link("SUBJ", statement(name, n, hung if (n, place) == (1, "inside") else "")) for n in numbers]
    outside = {"before": [hung, *inside], "after": [*inside, hung]}.get(place, inside)
    return [concern(name, *outside)]


PLACES = ("inside", "before", "after", "alone in the entry", "without a concern")


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize(("name", "kind", "number"), list(product(STATEMENTS, PARTS, (1, 2))))
def test_a_part_is_never_a_statement_and_none_is_lost(name: str, kind: str, number: int, place: str):
    result = read(section(name, *placed(name, kind, place, number)))
    state = getattr(result.summary.content, name)
    assert isinstance(state, Present)
    assert [one.id for one in state.entries] == [f"S{n}" for n in range(1, number + 1)]
    carried = [one for one in state.entries if one != plain(name, number, place, one.id)]
    named = {f.original for f in result.report.findings if f.code in NAMING}
    assert len(carried) == 1 or any(f"part {value(kind)}" in (words or "") for words in named) or kind == "note"
    assert carried or named


NAMING = frozenset({"part-unplaced", "not-carried", "statement-of-other-form"})


def value(kind: str) -> str:
    return PARTS[kind][1].rpartition('displayName="part ')[2].partition('"')[0]


def plain(name: str, number: int, place: str, identity: str):
    """The statement as it is read without any part."""
    bare = [statement(name, n) for n in range(1, number + 1)]
    entries = bare if place == "without a concern" else [concern(name, *(link("SUBJ", one) for one in bare))]
    state = getattr(read(section(name, *entries)).summary.content, name)
    return next(one for one in state.entries if one.id == identity)


@pytest.mark.parametrize("kind", ["reaction", "severity", "criticality", "certainty", "status", "note"])
@pytest.mark.parametrize("place", ["before", "after"])
def test_a_part_beside_the_only_allergy_is_that_allergys(kind: str, place: str):
    inside, beside = (
        read(section("allergies", *placed("allergies", kind, where, 1))).summary.content.allergies
        for where in ("inside", place)
    )
    assert inside == beside


@pytest.mark.parametrize("kind", PARTS)
def test_a_part_beside_two_allergies_belongs_to_neither_and_is_named(kind: str):
    result = read(section("allergies", *placed("allergies", kind, "after", 2)))
    state = result.summary.content.allergies
    assert isinstance(state, Present)
    [kept] = state.unread
    assert kept.why in {Standing.UNPLACED, Standing.OTHER_FORM}
    assert kept.words
    assert {"part-unplaced", "statement-of-other-form"} & set(codes(result))
    told = [finding for finding in result.report.findings if finding.code == "part-unplaced"]
    assert [finding.severity for finding in told] == [Severity.WARNING] * len(told)


def test_a_part_beside_a_denied_and_an_affirmed_allergy_belongs_to_neither():
    denied = statement("allergies", 1).replace('moodCode="EVN"', 'moodCode="EVN" negationInd="true"', 1)
    held = (link("SUBJ", denied), link("SUBJ", statement("allergies", 2)), link(*PARTS["severity"]))
    result = read(section("allergies", concern("allergies", *held)))
    state = result.summary.content.allergies
    assert isinstance(state, Present)
    [allergy] = state.entries
    assert allergy.severity is None
    assert [kept.why for kept in state.unread] == [Standing.UNPLACED, Standing.DENIED]
    assert {finding.severity for finding in result.report.findings if finding.code == "statement-not-affirmed"} == {
        Severity.ERROR
    }


def test_a_section_of_a_part_alone_is_not_readable_and_not_empty():
    result = read(section("allergies", PARTS["severity"][1]))
    state = result.summary.content.allergies
    assert isinstance(state, NotReadable)
    assert state.unread[0].why is Standing.UNPLACED


@pytest.mark.parametrize(
    ("name", "entry"),
    [
        (
            "allergies",
            observation(f'<code code="8480-6" {LOINC}/>', '<value xsi:type="PQ" value="120" unit="mm[Hg]"/>'),
        ),
        ("allergies", statement("problems", 1)),
        ("problems", statement("allergies", 1)),
        ("procedures", statement("problems", 1)),
        ("devices", f'<act classCode="ACT" moodCode="EVN"><code code="1" {SNOMED} displayName="Etwas"/></act>'),
        ("results", concern("problems", link("SUBJ", statement("problems", 1)))),
        ("social_history", statement("allergies", 1)),
        (
            "medications",
            '<substanceAdministration moodCode="EVN"><code code="IMMUNIZ"/></substanceAdministration>',
        ),
    ],
)
def test_an_entry_of_another_form_is_not_read_by_its_place(name: str, entry: str):
    result = read(section(name, entry))
    state = getattr(result.summary.content, name)
    assert isinstance(state, NotReadable)
    assert [kept.why for kept in state.unread] == [Standing.OTHER_FORM]
    assert "statement-of-other-form" in codes(result)


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_straight_in_the_entry_is_the_same_statement(name: str):
    alone = read(section(name, statement(name, 1)))
    held = read(section(name, concern(name, link("SUBJ", statement(name, 1)))))
    [one], [other] = (getattr(r.summary.content, name).entries for r in (alone, held))
    assert (one.id, one.provenance) == (other.id, other.provenance)
    assert codes(alone) == codes(held)


def test_an_entry_repeats_no_whole_table():
    table = f'<paragraph ID="a1">{"ord " * 2000}</paragraph>'
    planned = [statement("problems", n).replace('moodCode="EVN"', 'moodCode="PRP"') for n in (1, 2)]
    held = [one.replace("<value", '<text><reference value="#a1"/></text><value') for one in planned]
    content = read(section("problems", *held, text=table)).summary.content
    assert [one.words for one in content.problems.unread] == ["(…); condition 1", "(…); condition 2"]
    assert content.narratives[0].text == " ".join(["ord"] * 2000)


def test_a_statement_below_another_is_kept_in_words():
    nested = statement("allergies", 1, link("SUBJ", statement("allergies", 2)))
    state = read(section("allergies", concern("allergies", link("SUBJ", nested)))).summary.content.allergies
    assert isinstance(state, Present)
    assert [one.id for one in state.entries] == ["S1"]
    assert "agent 2" in state.unread[0].words


@pytest.mark.parametrize(
    ("template", "code", "state"),
    [
        ("1.3.6.1.4.1.19376.1.5.3.1.4.5.3", '<code nullFlavor="NA"/>', Present),
        ("2.16.840.1.113883.10.20.22.4.30", f'<code code="48765-2" {LOINC}/>', Present),
        ("2.999.1", '<code nullFlavor="NA"/>', Present),
        ("2.999.1", "", Present),
        ("2.999.1", f'<code code="48765-2" {LOINC}/>', NotReadable),
    ],
)
def test_a_concern_is_known_by_its_template_else_by_its_code(template: str, code: str, state: type):
    framed = concern("allergies", link("SUBJ", statement("allergies", 1)))
    framed = framed.replace(FRAMES["allergies"], template)
    framed = framed.replace('<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/>', code)
    assert isinstance(read(section("allergies", framed)).summary.content.allergies, state)


@pytest.mark.parametrize(
    ("agent", "stands"),
    [
        ("", False),
        (
            '<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">'
            f'<code code="256277009" {SNOMED} displayName="Grass pollen"/></playingEntity></participantRole>'
            "</participant>",
            True,
        ),
    ],
)
def test_an_observation_without_a_code_is_an_allergy_by_its_agent_alone(agent: str, stands: bool):
    bare = (
        '<observation classCode="OBS" moodCode="EVN"><id root="2.999.9" extension="B1"/><statusCode code="completed"/>'
        f'<value xsi:type="CD" code="1" codeSystem="2.999.2" displayName="Something"/>{agent}</observation>'
    )
    state = read(section("allergies", concern("allergies", link("SUBJ", bare)))).summary.content.allergies
    assert isinstance(state, Present if stands else NotReadable)
    assert [one.why for one in state.unread] == ([] if stands else [Standing.OTHER_FORM])


PLACE = (
    '<participant xmlns="urn:hl7-org:v3" typeCode="LOC"><participantRole classCode="SDLOC">'
    '<code code="1" codeSystem="2.999.1" displayName="Centre"/>{}</participantRole></participant>'
)
PLAYERS = {
    "allergies": ("agent", '<playingEntity classCode="PLC"><name>City Hospital</name></playingEntity>'),
    "immunisations": ("target_diseases", ""),
    "devices": ("device", '<playingDevice><code code="2" codeSystem="2.999.1" displayName="Scales"/></playingDevice>'),
}


@pytest.mark.parametrize("name", PLAYERS)
def test_a_place_that_takes_part_is_no_agent_no_disease_and_no_device(name: str):
    member, player = PLAYERS[name]

    def stated(root: etree._Element) -> list[object]:
        content = read_patient_summary(etree.tostring(root)).summary.content
        return [getattr(one, member) for one in getattr(content, name).entries]

    root = etree.fromstring(write_patient_summary(summary(rich_content())).content)
    before = stated(root)
    in_section = f"//h:section[h:code/@code='{SECTIONS[name].code.code}']"
    participants = root.xpath(f"{in_section}//h:participant", namespaces=NS)
    for one in participants:
        one.addprevious(etree.fromstring(PLACE.format(player)))
    assert participants
    assert stated(root) == before


@pytest.mark.parametrize("system", [f'{SNOMED} displayName="Allergy to substance"', ""])
@pytest.mark.parametrize(("words", "agent"), [("", None), ("<originalText>Penicillin</originalText>", "Penicillin")])
def test_a_kind_of_allergy_in_the_place_of_its_agent_names_none(words: str, agent: str | None, system: str):
    kind = f'<value xsi:type="CD" code="419199007" {system}>{words}</value>'
    told = concern("allergies", link("SUBJ", statement("allergies", 1)))
    made = read(section("allergies", re.sub("<participant.*</participant>", kind, told))).summary.content.allergies
    if agent is None:
        assert isinstance(made, NotReadable)
    else:
        assert isinstance(made, Present)
        assert (made.entries[0].agent.text, made.entries[0].agent.target) == (agent, None)


SECOND = {
    "allergies": (
        '<participant typeCode="CSM"><participantRole><playingEntity><name>Second thing</name></playingEntity>'
        "</participantRole></participant>",
        lambda more: concern("allergies", link("SUBJ", statement("allergies", 1, more))),
    ),
    "problems": (
        f'<value xsi:type="CD" code="2" {SNOMED} displayName="Second thing"/>',
        lambda more: concern("problems", link("SUBJ", statement("problems", 1, more))),
    ),
    "devices": (
        '<participant typeCode="DEV"><participantRole><playingDevice><code code="2" codeSystem="2.999.8" '
        'displayName="Second thing"/></playingDevice></participantRole></participant>',
        lambda more: (
            '<supply classCode="SPLY" moodCode="EVN"><participant typeCode="DEV"><participantRole><playingDevice>'
            '<code code="1" codeSystem="2.999.8" displayName="Stent"/></playingDevice></participantRole></participant>'
            f"{more}</supply>"
        ),
    ),
    "social_history": (
        '<value xsi:type="ST">Second thing</value>',
        lambda more: observation(f'<code code="1" {LOINC} displayName="X"/>', f'<value xsi:type="ST">a</value>{more}'),
    ),
}


@pytest.mark.parametrize("name", SECOND)
def test_the_second_of_what_a_statement_has_once_is_kept_in_words(name: str):
    second, made = SECOND[name]
    alone = getattr(read(section(name, made(""))).summary.content, name)
    state = getattr(read(section(name, made(second))).summary.content, name)
    assert isinstance(state, Present)
    assert (state.entries, alone.unread) == (alone.entries, ())
    assert [(one.why, one.words) for one in state.unread] == [(Standing.OTHER_FORM, "Second thing")]


@pytest.mark.parametrize("kind", ["criticality", "status", "certainty", "severity"])
def test_of_two_parts_that_say_different_things_none_is_chosen(kind: str):
    type_code, what = PARTS[kind]
    code = re.findall('value xsi:type="CD" code="([0-9]+)"', what)[0]
    other = what.replace(code, "12345678")
    for second, said in ((what, True), (other, False)):
        inside = link(type_code, what) + link(type_code, second)
        state = read(section("allergies", concern("allergies", link("SUBJ", statement("allergies", 1, inside)))))
        made = state.summary.content.allergies
        assert isinstance(made, Present)
        assert (getattr(made.entries[0], kind) is not None) == said
        assert [one.why for one in made.unread] == ([] if said else [Standing.UNPLACED] * 2)
