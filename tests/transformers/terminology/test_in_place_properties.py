"""What holds for any coded elements: twice is once, translating changes displays only, what goes in is what is told."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.documents.in_place import (
    ATC_NO,
    ICD10,
    ICD10_NO,
    REACTIONS_NO,
    SCT,
    coded,
    coded_paths,
    document,
    observation,
    transcoded,
    translated,
)
from tests.support.machine.generated import examples
from tests.support.persons import samples
from trust.xml import parse

_CODES = st.one_of(
    st.tuples(st.integers(1, 20).map(str), st.just(REACTIONS_NO)),
    st.tuples(st.sampled_from(("I10", "I109", "E10.9", "V01", "Å9")), st.sampled_from((ICD10, ICD10_NO))),
    st.tuples(st.sampled_from(("39579001", "24484000", "404684003", "1")), st.just(SCT)),
    st.tuples(st.just("C09AA02"), st.just(ATC_NO)),
    st.tuples(st.text("ab1", max_size=2), st.sampled_from(("", "1.2.3"))),
)
_DISPLAYS = st.sampled_from((None, "", "Ord", "Anaphylaxis", "Severe", "Alvorlig"))
_NAMES = st.sampled_from(("value", "code", "routeCode", "interpretationCode"))


@st.composite
def elements(draw: st.DrawFn) -> str:
    """A coded element of some template, with translations and a text, or null."""
    if draw(st.booleans()) and draw(st.booleans()):
        return '<value xsi:type="CD" nullFlavor="UNK"/>'
    inside = draw(st.sampled_from(("", "<originalText>Ord</originalText>")))
    inside += "".join(
        coded(*c, d, name="translation") for c, d in draw(st.lists(st.tuples(_CODES, _DISPLAYS), max_size=2))
    )
    return coded(*draw(_CODES), draw(_DISPLAYS), inside, name=draw(_NAMES))


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """Some observations of coded elements, each of a template or none."""
    templates = st.sampled_from(("7", "8", "9", "17", "35", "44", "99"))
    return document(
        *(observation(draw(templates), *draw(st.lists(elements(), max_size=3))) for _ in range(draw(st.integers(0, 3))))
    )


_FEW = settings(max_examples=examples(120))


def codes(content: bytes) -> list[tuple[str | None, str | None, str | None]]:
    outside = "//*[@code or @nullFlavor][not(ancestor-or-self::*[local-name()='translation'])]"
    return [(e.get("code"), e.get("codeSystem"), e.get("nullFlavor")) for e in parse(content).xpath(outside)]


def original_texts(content: bytes) -> list[str | None]:
    return [e.text for e in parse(content).iter("{urn:hl7-org:v3}originalText")]


def repeated(content: bytes) -> int:
    """Coded elements that have two translations of one code below them."""
    count = 0
    for element in parse(content).xpath("//*[@codeSystem or @nullFlavor][not(local-name()='translation')]"):
        below = [(t.get("code"), t.get("codeSystem")) for t in element.iter("{urn:hl7-org:v3}translation")]
        count += len(below) != len(set(below))
    return count


@given(documents())
@_FEW
def test_transcoding_twice_is_transcoding_once(content):
    once = transcoded(content).content
    assert transcoded(once).content is once


@given(documents())
@_FEW
def test_the_same_document_gives_the_same_bytes_and_the_same_report(content):
    assert transcoded(content) == transcoded(content)
    assert translated(content) == translated(content)


@given(documents(), st.sampled_from(("nb", "nn")))
@_FEW
def test_translating_never_changes_a_code_or_an_original_text(content, language):
    done = translated(content, language).content
    assert codes(done) == codes(content)
    assert original_texts(done) == original_texts(content)
    assert translated(done, language).content is done


@given(documents())
@_FEW
def test_as_many_coded_elements_come_out_as_went_in_and_each_has_a_line(content):
    for done in (transcoded(content), translated(content)):
        assert len(done.elements) == len(coded_paths(content, "ps-l3")) == len(coded_paths(done.content, "ps-l3"))
        assert all(line.map_entry for line in done.elements if line.status == "mapped")
        assert {line.release for line in done.elements} == {samples.release().id}


@given(documents())
@_FEW
def test_no_step_makes_two_translations_of_one_code(content):
    done = transcoded(content).content
    assert repeated(done) <= repeated(content)
    assert repeated(translated(done).content) <= repeated(content)


@given(documents())
@_FEW
def test_every_code_that_went_in_is_somewhere_in_what_comes_out(content):
    for done in (transcoded(content).content, translated(content).content):
        after = {(e.get("code"), e.get("codeSystem")) for e in parse(done).iter()}
        assert {(e.get("code"), e.get("codeSystem")) for e in parse(content).iter()} <= after
