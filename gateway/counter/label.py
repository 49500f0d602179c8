"""Words of the dosage for the pharmacy's label: from structure alone, by the one renderer of amounts and rhythms.

What is not structured whole is never translated here: the prescriber's own words stand, and the pharmacist translates.
"""

from dataclasses import dataclass, field

from transformers.model.summary import Dosage
from transformers.spoken import TIMES, Measures, code_of
from transformers.words import Language


@dataclass(frozen=True, slots=True)
class DosageLabel:
    """``words`` in the reader's language, or None: "translate yourself". The original stands beside it either way."""

    words: str | None
    original: str | None = field(repr=False)

    @property
    def to_be_translated(self) -> bool:
        """The pharmacist has to put it into words herself."""
        return self.words is None


def label_of(dosage: Dosage, language: Language) -> DosageLabel:
    """``2 tabletter, 3 ganger daglig``: of a dose with one rhythm that is all there is to the dosage.

    Anything more (as needed, a greatest dose a day, an event, several rhythms, text that structure does not cover), and
    a unit that has no words in the language, is left to the original.
    """
    whole = (
        dosage.why_text_only is None
        and not dosage.as_needed
        and dosage.daily_maximum is None
        and dosage.period is None
        and len(dosage.timings) == 1
    )
    words = _in_words(dosage, Measures(language)) if whole else None
    return DosageLabel(words, dosage.text)


def _in_words(dosage: Dosage, measures: Measures) -> str | None:
    """Dose and rhythm, where each of them has words of that language and says nothing that they leave out."""
    dose, high, timing = dosage.dose, dosage.dose_high, dosage.timings[0]
    if dose is None or timing.period is None or timing.event or timing.at or timing.offset:
        return None
    unit = code_of(dose)
    if not unit or (high is not None and (code_of(high) != unit or high.value <= dose.value)):
        return None
    if f"unit.{unit.lower() if unit.startswith('{') else unit}" not in measures.words or dose.value <= 0:
        return None
    if code_of(timing.period) not in TIMES or timing.period.value <= 0:
        return None
    rhythm = measures.rhythm(timing)
    return None if rhythm is None else f"{measures.amount(dose, high)}, {rhythm}"
