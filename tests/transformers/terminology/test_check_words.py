"""Words held against codes: each seeded contradiction is found, and nothing where the words only repeat the codes."""

import sys
from collections import Counter

import pytest

from tests.support.documents.contradictions import (
    NAMED,
    NONE,
    absence,
    absences_alone,
    contradictions,
    stated,
)
from tests.support.documents.doubling import calls_of
from tests.support.documents.foreign import document, section
from tests.support.machine.require import artefacts
from tests.support.persons.samples import persons, release, summary
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.cda.rules.check import check_integrity
from transformers.model.finding import Finding, Severity
from transformers.terminology.check_words import words_check
from transformers.terminology.transcode import transcode_summary

MISSED = {
    *(f"{name} one word" for name in NONE),
    "severity in a sentence",
}
"""What no comparison of shapes and designations sees: one word alone is not told from an absence nobody has a word for,
and a part of a sentence may be denied by the rest of it."""


def found(content: bytes) -> list[Finding]:
    whole = check_integrity(content, words_check(release())).findings
    return [finding for finding in whole if (finding.rule or "").startswith("own-words")]


def test_of_the_seeded_contradictions_95_in_100_are_found_and_the_missed_ones_are_named():
    seeded = contradictions()
    missed = [one.name for one in seeded if one.rule not in {f.rule for f in found(one.content)}]
    counted = Counter(one.rule for one in seeded)
    sys.stdout.write(f"{len(seeded)} contradictions {dict(counted)}, {len(seeded) - len(missed)} found: not {missed}\n")
    assert len(seeded) >= 200
    assert len({one.name for one in seeded}) == len(seeded)
    assert set(missed) == MISSED
    assert len(missed) <= len(seeded) * 0.05


def test_words_that_only_repeat_an_absence_raise_no_alarm_in_twelve_languages():
    alone = dict(absences_alone())
    assert len(alone) == 60
    assert {name: found(content) for name, content in alone.items() if found(content)} == {}


@pytest.mark.parametrize("person", persons())
def test_our_own_documents_raise_no_alarm(person: str):
    content = write_patient_summary(transcode_summary(summary(person), release(), frozenset())[0]).content
    assert found(content) == []


def test_the_official_examples_raise_no_alarm():
    examples = sorted(artefacts("cda-examples").rglob("*.xml"))
    assert examples
    assert {path.name: found(path.read_bytes()) for path in examples if found(path.read_bytes())} == {}


def test_an_absence_against_words_is_found_in_the_case_of_latvia():
    content = artefacts("cda-examples").parents[1] / "cases/documents-03-absence-code-against-words-ps.xml"
    (finding,) = found(content.read_bytes())
    assert finding.rule == "own-words-1"
    assert finding.original == "Latex · utslett"
    assert finding.result == "No information about allergies"


def test_a_finding_names_both_sides_and_the_release_and_refuses_nothing():
    rows = (
        '<table><tbody><tr ID="r0"><td>Um</td><td>x</td></tr><tr ID="r1"><td>Dois</td><td>y</td></tr></tbody></table>'
    )
    (finding,) = found(document(section("problems", stated("Um", "r0"), text=rows)))
    assert (finding.severity, finding.original, finding.result) == (Severity.WARNING, "Dois · y", "1 entries")
    assert finding.release == release().id
    assert "Dois" not in finding.text


def test_rows_that_each_have_their_entry_are_no_finding():
    rows = (
        '<table><tbody><tr ID="r0"><td>Um</td><td>x</td></tr><tr ID="r1"><td>Dois</td><td>y</td></tr></tbody></table>'
    )
    both = section("problems", stated("Um", "r0"), stated("Dois", "r1"), text=rows)
    assert found(document(both)) == []
    quoted = section("problems", stated("Um", "r0"), stated("Dois"), text=rows)
    assert found(document(quoted)) == []


def test_a_date_that_a_row_and_its_entry_share_is_no_finding_however_it_is_written():
    for written in ("2012-03-04", "04.03.2012", "4/3/2012", "3/4/2012", "20120304", "04.03.2012, sett 06.05.2019"):
        row = f'<paragraph ID="r0">Um, {written}</paragraph>'
        assert found(document(section("problems", stated("Um", "r0", "20120304"), text=row))) == []


@pytest.mark.parametrize("kind", ["rows", "entries of one row", "absences"])
def test_holding_words_against_codes_is_linear(kind: str):
    check = words_check(release())

    def made(size: int) -> bytes:
        if kind == "rows":
            rows = "".join(f'<tr ID="r{n}"><td>Um {n}</td><td>2019-05-06</td></tr>' for n in range(size))
            content = section("problems", stated("Um", "r0", "20120304"), text=f"<table><tbody>{rows}</tbody></table>")
        elif kind == "absences":
            items = "".join(f'<paragraph ID="p{n}">{NAMED["allergies"]}</paragraph>' for n in range(size))
            own = '<paragraph ID="n">Nada</paragraph>'
            content = section("allergies", absence("allergies", NONE["allergies"], "n"), text=own + items)
        else:
            row = f'<paragraph ID="r0">{"Um 2019-05-06; " * size}</paragraph>'
            content = section("problems", *(stated("Um", "r0", "20120304") for _ in range(size)), text=row)
        return document(content)

    once, twice = (calls_of(lambda content: check_integrity(content, check), made(size)) for size in (200, 400))
    assert twice < 2.2 * once
