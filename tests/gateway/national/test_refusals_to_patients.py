"""Every refusal has words for the patient, in each language; the measure is that of `test_why_not_abroad.py`."""

import re

import pytest

from gateway.national.refusals_to_patients import RefusedAbroad, every_refusal
from transformers.words import LANGUAGES, read_words

WORDS = read_words("refusals-to-patients")
NAMES = sorted({one.__name__ for one in every_refusal()})


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_refusal_has_its_words_and_what_to_do(language):
    assert len(NAMES) > 100
    for name in NAMES:
        one = RefusedAbroad("2026-12-01", "Portugal", name)
        shown = one.shown(language)
        assert shown.count("Portugal") == 1
        assert "{" not in shown
        assert one.as_json()["why"][language] in shown


def test_no_words_are_of_a_class_that_there_is_not():
    said = {key.partition(".")[2] for key in WORDS["en"] if key.startswith(("why.", "do."))}
    assert said <= {*NAMES, "TrustError"}
    assert said == {RefusedAbroad("", "", name).key for name in NAMES}


@pytest.mark.parametrize("cause", ["AnswerUndelivered", "Exception", ""])
def test_what_is_no_refusal_has_no_words(cause):
    with pytest.raises(KeyError):
        RefusedAbroad("2026-12-01", "Portugal", cause).shown("nb")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_easy_to_read(language):
    texts = [text for key, text in WORDS[language].items() if key != "abroad"]
    sentences = [one for text in texts for one in re.split(r"(?<=\.) ", text)]
    words = re.findall(r"\w+", " ".join(texts))
    lix = len(words) / len(sentences) + 100 * sum(len(word) > 6 for word in words) / len(words)
    assert lix < 25, f"LIX {lix:.1f}"
    assert max(len(one.split()) for one in sentences) <= 16
