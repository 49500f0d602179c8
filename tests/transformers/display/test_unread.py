"""What the pivot does not take for a statement is never shown as one: at its rows, at its section, at the head."""

import pytest

from tests.support.documents.foreign import ICD10, IPS, SNOMED, document, problem, section
from tests.support.documents.pages import rows, show, tree_of, words
from tests.support.documents.pdf import text_of
from tests.support.persons import samples
from transformers.display.chrome import CHROME
from transformers.display.write_pdf import write_pdf
from transformers.model.standing import Standing

DIABETES = f'<value xsi:type="CD" code="E11" {ICD10} displayName="Type 2 diabetes mellitus"/>'
PROCEDURE = (
    '<procedure classCode="PROC" moodCode="EVN" {}>'
    f'<code code="52734007" {SNOMED} displayName="Total replacement of hip"/><statusCode code="completed"/>'
    '<effectiveTime value="20040511"/></procedure>'
)
WORDS = {
    "en": ("Note", "to read in the sender's own words"),
    "nb": ("Merk", "må leses i avsenderens egne ord"),
    "nn": ("Merk", "må lesast i avsendaren sine eigne ord"),
}


def page(*sections: str, language="en"):
    return tree_of(show(document(*sections), language))


@pytest.mark.parametrize("language", WORDS)
@pytest.mark.parametrize(
    "entry",
    [
        problem(DIABETES, attributes='moodCode="PRP"'),
        problem(DIABETES, attributes='moodCode="EVN" nullFlavor="UNK"'),
        problem(DIABETES).replace('<statusCode code="completed"/>', '<statusCode code="nullified"/>'),
        f'<encounter classCode="ENC" moodCode="EVN"><code code="1" {SNOMED} displayName="Contact"/></encounter>',
    ],
)
def test_an_entry_that_is_no_statement_says_so_in_its_row_its_section_and_at_the_head(entry: str, language: str):
    tree = page(section("problems", entry, problem(DIABETES)), language=language)
    label, said = WORDS[language]
    assert [row[0] for row in rows(tree)].count(label) == 1
    assert said in words(tree.xpath("//header")[0])
    assert said in words(tree.xpath("//main/section")[0])
    assert words(tree.xpath("//main/section")[0]).count(": 1") == 1


@pytest.mark.parametrize("why", [why for why in Standing if why is not Standing.AFFIRMED])
def test_each_mark_is_a_sentence_of_its_own_in_each_language(why: Standing):
    said = [CHROME[language][f"unread.{why.value}"] for language in ("en", "nb", "nn")]
    assert len(set(said)) == 3
    assert all(" " in sentence for sentence in said)


def test_the_mark_stands_before_why_an_act_is_null_and_in_words():
    null = problem(DIABETES, attributes='moodCode="EVN" nullFlavor="UNK"')
    found = rows(page(section("problems", null), language="nb"))
    assert found[:2] == [("Merk", "kunne ikke leses", ""), ("Funn", "ukjent", "")]


def test_a_denied_statement_is_counted_and_told_as_denied():
    tree = page(section("problems", problem(DIABETES, attributes='moodCode="EVN" negationInd="true"')))
    assert ("Negated" in {row[0] for row in rows(tree)}, WORDS["en"][1] in words(tree)) == (True, True)


def test_a_document_that_is_read_whole_says_nothing_of_the_kind():
    tree = page(section("problems", problem(DIABETES)), section("procedures", PROCEDURE.format("")))
    assert not any(label in words(tree) for label in WORDS["en"])


def test_what_is_denied_and_done_is_a_contradiction_and_not_a_denial():
    tree = page(section("procedures", PROCEDURE.format('negationInd="true"')))
    assert ("Note", "CONTRADICTION: the sender both states and denies this", "") in rows(tree)
    assert "Negated" not in {row[0] for row in rows(tree)}
    assert any("Total replacement of hip" in row[1] for row in rows(tree))


def test_an_absence_of_a_scope_is_marked_as_one_and_an_absence_of_all_is_as_it_was():
    scoped = problem(DIABETES).replace('code="E11"', 'code="1003774007"')
    scoped = scoped.replace(ICD10, SNOMED).replace("Type 2 diabetes mellitus", "No known latex allergy")
    scoped = scoped.replace('3.15"', '3.16"').replace('3.7"', '3.17"')
    assert ("Note", "this states what is NOT there; it is no finding", "") in rows(page(section("allergies", scoped)))
    absent = problem(f'<value xsi:type="CD" code="no-known-problems" {IPS} displayName="No known problems"/>')
    assert "Note" not in {row[0] for row in rows(page(section("problems", absent)))}


def test_the_senders_words_are_not_folded_away_beneath_a_coded_absence():
    """A code may say that nothing is known where the words name latex: whoever reads the one sees the other."""
    code = f'<value xsi:type="CD" code="no-problem-info" {IPS} displayName="No information about current problems"/>'
    folded = "//main/section/details[not(@open)]/summary[text()='As the document writes it']"
    opened = "//main/section/details[@open]/summary[text()='As the document writes it']"
    absent, present = (page(section("problems", problem(value))) for value in (code, DIABETES))
    assert (len(absent.xpath(opened)), len(absent.xpath(folded))) == (1, 0)
    assert (len(present.xpath(opened)), len(present.xpath(folded))) == (0, 1)


def test_an_absence_beside_a_statement_is_marked_and_counted():
    absent = problem(f'<value xsi:type="CD" code="no-known-problems" {IPS} displayName="No known problems"/>')
    tree = page(section("problems", absent, problem(DIABETES)))
    assert ("Note", "this states what is NOT there; it is no finding", "") in rows(tree)
    assert f"{WORDS['en'][1]}" in words(tree.xpath("//header")[0])


def test_a_code_beside_a_null_flavour_is_shown_with_both():
    both = DIABETES.replace("<value ", '<value nullFlavor="UNK" ')
    said = [row[1] for row in rows(page(section("problems", problem(both))))]
    assert any("Type 2 diabetes mellitus" in one for one in said)
    assert "unknown" in said


def test_the_paper_says_it_too():
    content = document(section("problems", problem(DIABETES, attributes='moodCode="PRP"')))
    printed = text_of(write_pdf(content, release=samples.release()).content)
    assert printed.count(WORDS["en"][1]) == 2
    assert "Note planned, or not under way" in " ".join(printed.split())
