"""Dosage sentences of prescribers, and what of them is structured, for tests and for a pharmacist.

``python -m tests.support.norway.dosage_sentences`` prints every structured sentence of the list, the sample persons
and the official examples (NCPEH_ARTEFACTS) beside what the document says: dose, when, and what stays with the words.
"""

import base64
import binascii
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lxml import etree

from tests.support.machine.require import artefacts
from tests.support.norway.source_messages import SYSTEMS
from tests.support.persons.prescriptions import joined_prescriptions
from tests.support.persons.samples import persons, summary
from transformers.model.finding import Report
from transformers.model.summary import Dosage, Present, Timing
from transformers.norway.dosage_sentence import Regimen, read_sentence
from transformers.norway.dosage_text import number
from transformers.norway.read_dosage import read_dosage
from transformers.norway.structured_dosage import Structured, structured

FILE = Path(__file__).parents[2] / "data" / "dosage_sentences.csv"


@dataclass(frozen=True)
class SentenceRow:
    """A sentence as a prescriber writes it, and as a pharmacist reads it: a reading, or why it stays words."""

    family: str
    """``real``, or the kind of trap."""
    sentence: str
    reading: str
    why: str


@cache
def rows() -> tuple[SentenceRow, ...]:
    """The list, each row read by a person."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(SentenceRow(*row.values()) for row in csv.DictReader(file, strict=True))


def alone(sentence: str) -> Dosage:
    """The dosage of a sentence beside which nothing stands."""
    found = structured(sentence, (), use=None, by_scheme=False)
    if isinstance(found, Structured):
        return Dosage(
            sentence,
            dose=found.dose,
            dose_high=found.dose_high,
            timings=found.timings,
            as_needed=found.as_needed,
            daily_maximum=found.daily_maximum,
        )
    return Dosage(sentence, why_text_only=found)


def of_samples() -> Iterator[Dosage]:
    """Every dosage with words of every sample person: of her summary and of her prescriptions, joined with FEST."""
    for person in persons():
        listed = summary(person).content.medications
        if isinstance(listed, Present):
            yield from (one.dosage for one in listed.entries if one.dosage.text)
        joined = (one.item.dosage for one, _ in joined_prescriptions(person).values())
        yield from (dosage for dosage in joined if dosage.text)


def of_official_examples() -> Iterator[Dosage]:
    """Every dosage of the published Norwegian messages, each sentence with its Dosering once."""
    seen = set()
    for file in sorted(artefacts("norway-messages", "eresept").rglob("*.xml")):
        for prescribing in _prescribings(etree.parse(file).getroot()):
            report = Report()
            found = read_dosage(prescribing, prescribing, SYSTEMS, report, "")
            if found.text and (found.text, found.why_text_only) not in seen:
                seen.add((found.text, found.why_text_only))
                yield found


def _prescribings(tree: etree._Element) -> Iterator[etree._Element]:
    """Every Forskrivning, also of messages that are packed into others."""
    for element in tree.iter("{*}*"):
        name = etree.QName(element).localname
        if name == "Forskrivning":
            yield element
        elif name.endswith("B64") or name == "Base64Container":
            packed = "".join(map(str, element.itertext()))
            try:
                inner = etree.fromstring(base64.b64decode(packed, validate=False))
            except (binascii.Error, etree.XMLSyntaxError):
                continue
            yield from _prescribings(inner)


def said(dosage: Dosage) -> str:
    """What the structure says, in English, as a document has it: dose | when | what the words alone say."""
    assert dosage.dose is not None
    amounts = [number(end.value) for end in (dosage.dose, dosage.dose_high) if end is not None]
    unit = dosage.dose.unit.text if dosage.dose.unit is not None else ""
    when = "as needed (no time in the structure)" if dosage.as_needed else ", ".join(map(_when, dosage.timings))
    when += "" if dosage.daily_maximum is None else f", at most {number(dosage.daily_maximum.value)} in 24 hours"
    read = read_sentence(dosage.text or "")
    left = [*read.parts, *([] if read.days is None else [f"{read.days} days"])] if isinstance(read, Regimen) else []
    return f"{' to '.join(amounts)} {unit} | {when} | {', '.join(left) or '-'}"


def _when(one: Timing) -> str:
    if one.event is not None:
        return f"at {one.event.code}"
    assert one.period is not None
    assert one.period.unit is not None
    return f"every {number(one.period.value)} {one.period.unit.text}{', hours free' * one.institution_specified}"


def main() -> None:
    """Print the list."""
    listed = (alone(row.sentence) for row in rows())
    for name, dosages in (("list", listed), ("samples", of_samples()), ("official", of_official_examples())):
        for dosage in dict.fromkeys(dosages):
            if dosage.why_text_only is None:
                print(f"{name:9}{dosage.text!r:75} {said(dosage)}")  # noqa: T201 - the list is for a reader


if __name__ == "__main__":
    main()
