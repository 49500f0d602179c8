"""Sentences as prescribers write them: structured as they read, or words for a named reason; none is misread."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from tests.support.norway.dosage_sentences import alone, of_official_examples, of_samples, rows, said
from tests.support.persons.prescriptions import sample_prescription
from transformers.model.summary import Dosage
from transformers.model.values import Moment, Period
from transformers.norway.dosage_sentence import EVENTS, LONGEST, PARTS_OF_DAY, NotRead, Regimen, read_sentence, written
from transformers.norway.dosage_text import UNITS

REAL = 60
TREACHEROUS = 300
_UNITS = sorted(set(UNITS) - {"e"})
_AMOUNTS = st.decimals("0.05", "500", places=2)


def share(dosages: list[Dosage]) -> float:
    """How many of them are structured."""
    return sum(one.why_text_only is None for one in dosages) / len(dosages)


def test_each_sentence_is_structured_as_it_reads_or_stays_words_for_its_reason():
    made = []
    for row in rows():
        dosage, read = alone(row.sentence), read_sentence(row.sentence)
        reading = written(read) if dosage.why_text_only is None and isinstance(read, Regimen) else ""
        made.append((row.sentence, reading, dosage.why_text_only or ""))
    assert made == [(row.sentence, row.reading, row.why) for row in rows()]
    assert all(bool(row.reading) != bool(row.why) for row in rows())


def test_the_list_has_its_traps_and_no_sentence_twice_in_a_family():
    real = [row for row in rows() if row.family == "real"]
    assert len(real) >= REAL
    assert len({row.sentence for row in rows() if row.family != "real"}) >= TREACHEROUS
    assert len({(row.family, row.sentence) for row in rows()}) == len(rows())


def test_of_real_sentences_forty_of_a_hundred_are_structured():
    real = [alone(row.sentence) for row in rows() if row.family == "real"]
    official = list(of_official_examples())
    assert share(real) >= 0.4
    assert share(official) >= 0.4
    assert share(real + official) >= 0.4


def test_of_the_samples_sentences_half_have_a_dose_with_a_code():
    dosages = list(of_samples())
    coded = [one for one in dosages if one.dose is not None and one.dose.unit is not None and one.dose.unit.original]
    assert len(coded) / len(dosages) >= 0.5


def test_what_is_structured_can_be_shown_beside_its_sentence():
    assert said(alone("1-2 tabletter morgen og kveld")) == "1 to 2 tablett | every 12 hour, hours free | morgen, kveld"
    assert said(alone("1 tablett hver 8. time")) == "1 tablett | every 8 hour | -"
    assert said(alone("1 tablett ved sengetid")) == "1 tablett | at HS | -"
    assert said(alone("2 tabletter ved behov")) == "2 tablett | as needed (no time in the structure) | -"
    limited = "2 tablett | as needed (no time in the structure), at most 8 in 24 hours | -"
    assert said(alone("2 tabletter ved behov, ikke mer enn 8 i døgnet")) == limited


@st.composite
def regimens(draw: st.DrawFn) -> Regimen:
    """A regimen that a sentence can say, whole."""
    low = draw(_AMOUNTS)
    high = draw(st.one_of(st.just(low), _AMOUNTS.filter(lambda most: most > low)))
    dose = Regimen(low, high, draw(st.sampled_from(_UNITS)))
    parts = draw(st.lists(st.sampled_from(PARTS_OF_DAY), min_size=1, max_size=4, unique=True))
    days = draw(st.one_of(st.none(), st.integers(1, 60)))
    event = draw(st.sampled_from(sorted(EVENTS)))
    made = {
        "times": {"times": draw(st.integers(1, 12)), "days": days},
        "every": {"every": draw(st.tuples(st.integers(2, 99), st.sampled_from(["time", "dag", "uke", "måned"])))},
        "parts": {"parts": tuple(parts), "times": len(parts), "days": days},
        "event": {"event": event, "times": None if event.endswith("hvert måltid") else 1},
        "needed": {"as_needed": True},
        "most": {"as_needed": True, "daily_maximum": high + draw(_AMOUNTS)},
        "same": {"times": 1, "same_time": True},
    }[draw(st.sampled_from(["times", "every", "parts", "event", "needed", "most", "same"]))]
    return Regimen(dose.low, dose.high, dose.unit, **made)  # type: ignore[arg-type]  # the strategy names the field


@given(regimens())
def test_what_is_written_is_read_the_same(regimen: Regimen):
    assert read_sentence(written(regimen)) == regimen


@given(regimens(), st.sampled_from(["ikke", "maks", "unntatt mandag", "så 2", "eller 2", "2", "i hvert øye", "ca"]))
def test_a_word_more_is_never_passed_over(regimen: Regimen, word: str):
    assert not isinstance(read_sentence(f"{written(regimen)} {word}"), Regimen)
    assert not isinstance(read_sentence(f"{word} {written(regimen)}"), Regimen)


def test_a_course_that_is_structured_has_as_many_days_as_its_words():
    course = sample_prescription("combination-package").item
    assert (course.dosage.text, course.dosage.why_text_only) == ("1 tablett 3 ganger daglig i 7 dager", None)
    assert course.treatment == Period(Moment("2026-10-05"), Moment("2026-10-11"))


def test_a_course_in_words_keeps_the_end_that_is_stated():
    phases = sample_prescription("phases").item
    assert phases.dosage.why_text_only == "several-phases"
    assert phases.treatment.start == Moment("2026-10-05")


def test_a_text_that_is_longer_than_a_sentence_can_be_is_not_gone_through():
    longest = "1 tablett daglig".ljust(LONGEST)
    assert isinstance(read_sentence(longest), Regimen)
    assert read_sentence(f"{longest} ") is NotRead.OTHER_WORDS


def test_no_amount_is_read_that_cannot_be():
    assert not isinstance(read_sentence("99999999999999999999 tabletter kveld"), Regimen)
    assert isinstance(read_sentence("9 tabletter kveld"), Regimen)


def test_amounts_are_whole_decimals():
    assert isinstance(read_sentence("1,5 tabletter kveld"), Regimen)
    assert read_sentence("1,5 tabletter kveld") == Regimen(
        Decimal("1.5"), Decimal("1.5"), "tablett", times=1, parts=("kveld",)
    )
