"""Words of the dosage for the pharmacy's label: from structure alone, by the one renderer of amounts and rhythms.

What is not structured whole is never translated here: the prescriber's own words stand, and the pharmacist translates.
"""

from dataclasses import dataclass, field

from transformers.model.summary import Dosage
from transformers.spoken import Measures
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

    Anything more (as needed, a greatest dose a day, an event, several rhythms, text that structure does not cover) is
    left to the original.
    """
    whole = (
        dosage.why_text_only is None
        and dosage.dose is not None
        and not dosage.as_needed
        and dosage.daily_maximum is None
        and dosage.period is None
        and len(dosage.timings) == 1
    )
    if not whole or dosage.dose is None:
        return DosageLabel(None, dosage.text)
    timing, measures = dosage.timings[0], Measures(language)
    rhythm = measures.rhythm(timing) if timing.event is None and timing.at is None and timing.offset is None else None
    if rhythm is None:
        return DosageLabel(None, dosage.text)
    return DosageLabel(f"{measures.amount(dosage.dose, dosage.dose_high)}, {rhythm}", dosage.text)
