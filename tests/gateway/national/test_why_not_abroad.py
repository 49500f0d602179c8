"""Why not here: every reason that holds a prescription back has a layman's words and what to ask for, in each language.

Reading measure: LIX (words a sentence, and the share of words of more than six letters; Björnsson 1968), of all the
sentences of a language together. Below 30 is easy to read, as children's books are.
"""

import re

import pytest

from gateway.errors import DocumentInvalid, RequiredMappingMissing
from gateway.exchange.country_a.find_prescriptions import reason_of
from gateway.national import exportable_prescriptions, why_not_abroad
from gateway.national.why_not_abroad import PrescriptionAbroad, UseAbroad, has_words, key_of
from transformers.norway.exportable import ExportBar
from transformers.norway.prescription import SignatureState
from transformers.norway.remaining import WhyNotComparable
from transformers.words import LANGUAGES, read_words

WORDS = read_words("prescriptions-abroad")
OURS = [getattr(exportable_prescriptions, name) for name in ("NOT_ATTACHED", "UNREADABLE", "DISPENSINGS_UNREADABLE")]
BESIDE = [
    getattr(why_not_abroad, name)
    for name in ("TAKEN", "TAKEN_ABROAD", "COUNTRY_NOT_AGREED", "RESERVED", "BLOCKED", "PROTECTED", "DECEASED")
]
NUMBERS = [
    f"{exportable_prescriptions.REFERENCE_NUMBER}/{why}"
    for why in (exportable_prescriptions.NUMBER_WRONG, exportable_prescriptions.GUESSES_SPENT)
]
REASONS = [
    *(bar.value for bar in ExportBar if bar is not ExportBar.SIGNATURE),
    *(f"{ExportBar.SIGNATURE}/{state}" for state in SignatureState if state is not SignatureState.VALID),
    *(f"{ExportBar.LEFT_NOT_COMPARABLE}/{why}" for why in WhyNotComparable),
    *(reason_of(refusal()) for refusal in (RequiredMappingMissing, DocumentInvalid)),
    *OURS,
    *BESIDE,
    *NUMBERS,
]
"""Every reason there is, as evidence names it."""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", REASONS)
def test_each_reason_has_its_words_and_what_to_ask_for(reason, language):
    one = PrescriptionAbroad("r-1", None, (reason,))
    assert has_words([reason])
    assert one.answer is not UseAbroad.YES
    (why,), (to_do,) = one.why(language), one.to_do(language)
    assert why != to_do
    assert all(said.endswith(".") for said in (why, to_do))


def test_no_words_are_of_a_reason_that_there_is_not():
    said = {key.partition(".")[2] for key in WORDS["en"] if key.startswith(("why.", "do."))}
    assert said == set(map(key_of, REASONS))
    assert not has_words(["original/NotPrintable"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_words_are_easy_to_read(language):
    texts = [text for key, text in WORDS[language].items() if not key.startswith("answer.")]
    sentences = [one for text in texts for one in re.split(r"(?<=\.) ", text)]
    words = re.findall(r"\w+", " ".join(texts))
    lix = len(words) / len(sentences) + 100 * sum(len(word) > 6 for word in words) / len(words)
    assert lix < 25, f"LIX {lix:.1f}"
    assert max(len(one.split()) for one in sentences) <= 16


@pytest.mark.parametrize(
    ("reasons", "answer"),
    [
        ((), UseAbroad.YES),
        (("locked",), UseAbroad.IF),
        (("locked", "not-yet"), UseAbroad.IF),
        (("locked", "expired"), UseAbroad.NO),
        (("signature/broken",), UseAbroad.NO),
        (("person-reserved", "locked"), UseAbroad.IF),
    ],
)
def test_if_is_answered_where_every_reason_can_pass(reasons, answer):
    assert PrescriptionAbroad("r-1", "Cetirizin", reasons).answer is answer


def test_what_is_reserved_against_guardians_is_not_told_to_them():
    assert not PrescriptionAbroad("r-1", None, ("expired", "guardian-reserved")).may_be_told_to_guardians
    assert not PrescriptionAbroad("r-1", None, ("expired",), reserved=True).may_be_told_to_guardians
    assert PrescriptionAbroad("r-1", None, ("expired",)).may_be_told_to_guardians
