"""Values of foreign documents: what a source may leave out of a code, and what is then read."""

import pytest

from tests.support.documents.foreign import ICD10, codes, problem, read, section
from transformers.model.summary import Present
from transformers.model.values import Coded, Coding


def condition(attributes: str):
    result = read(section("problems", problem(f'<value xsi:type="CD" {attributes} displayName="Diabetes"/>')))
    assert isinstance(result.summary.content.problems, Present)
    (entry,) = result.summary.content.problems.entries
    return entry.condition, codes(result)


def test_a_code_with_its_code_system_is_read():
    read_whole, findings = condition(f'code="E11" {ICD10}')
    assert read_whole.target == Coding("E11", "1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "Diabetes", "ICD-10")
    assert findings == []


@pytest.mark.parametrize("system", ["", 'codeSystem=""', 'codeSystem=" "'])
def test_a_code_without_its_code_system_is_no_code_and_its_words_are_kept(system: str):
    read_in_words, findings = condition(f'code="E11" {system}')
    assert read_in_words == Coded("Diabetes")
    assert findings[-1] == "not-carried"
