"""Country A lists a document and its original as one pair, made once per content (finding R6)."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from uuid import UUID

import pytest

from gateway.errors import InternalFault
from gateway.exchange.country_a.find import find_documents
from gateway.exchange.country_a.original import FORMAT, paired, print_here
from gateway.exchange.ports import Trail
from gateway.messages import DocumentsReply, FindDocuments
from gateway.national.ports import Medicines, RegisteredPerson
from tests.support.callers.verified import PATIENT, PS
from tests.support.norway.in_memory import MemoryShelf, Remembered, norway, person, treatment
from tests.support.persons import samples
from transformers.cda.documents.level_one import read_level_one
from transformers.cda.documents.patient_summary import read_patient_summary
from transformers.display.original import OriginalMade
from transformers.model.finding import Report
from transformers.model.summary import NoInformation
from transformers.validation import check

NUMBERS = count(1)
SAME = {"unique_id": "", "format_code": "", "size": 0, "sha1": "", "transformed_from": None}
"""What an original's entry has of its own."""


@dataclass
class Printer:
    """Prints here, and counts; or loses what it was given, or says why it does not print."""

    lost: bool = False
    fault: str | None = None
    printed: int = 0

    def __call__(self, pivot, transcoded, wave):
        self.printed += 1
        if self.fault is not None:
            return lambda: OriginalMade(None, b"", Report(), self.fault)
        return self._lose if self.lost else print_here(pivot, transcoded, wave)

    def _lose(self):
        raise InternalFault


@dataclass
class Norway:
    """One country, asked again and again."""

    printer: Printer = field(default_factory=Printer)
    medicines: Medicines = field(
        default_factory=lambda: Medicines(NoInformation(), reconciled=False, guardian_reserved=False)
    )
    register: RegisteredPerson = field(default_factory=person)
    shelf: MemoryShelf = field(default_factory=MemoryShelf)
    trail: Trail = field(default_factory=Trail)

    def list(self, *, after: timedelta = timedelta(0), wave: int = 8, **filters) -> DocumentsReply:
        place = replace(norway(Remembered(register=self.register, medicines=self.medicines)), shelf=self.shelf)
        asked = treatment()
        request = replace(asked.request, now=asked.request.now + after, wave=wave)
        composer = replace(samples.composer(), originals=self.printer)
        self.trail = Trail()
        query = FindDocuments(PATIENT, (PS,), **filters)
        return find_documents(
            replace(asked, request=request), query, place, composer, self.trail, lambda: UUID(int=next(NUMBERS))
        )


def test_a_summary_is_listed_beside_its_original_with_the_same_metadata_but_format_size_and_hash():
    country = Norway()
    structured, original = country.list().entries
    assert original.transformed_from == structured.unique_id != original.unique_id
    assert original.format_code == FORMAT != structured.format_code
    assert replace(original, **SAME) == replace(structured, **SAME)
    for entry in (structured, original):
        content = country.shelf.documents[entry.unique_id].content
        assert (len(content), hashlib.sha1(content).hexdigest()) == (entry.size, entry.sha1)
    assert [unique_id for _, unique_id in country.trail.documents] == [structured.unique_id, original.unique_id]


@pytest.mark.parametrize("wave", [8, 9])
def test_both_documents_of_a_pair_have_one_header_and_one_parent(wave: int):
    country = Norway()
    country.list(wave=wave)
    first, second = (kept.content for kept in country.shelf.documents.values())
    structured, original = read_patient_summary(first).summary, read_level_one(second).document
    assert (original.patient, original.created, original.title) == (
        structured.patient,
        structured.created,
        structured.title,
    )
    assert (original.parent, original.author) == (structured.parent, structured.author)
    assert original.content.startswith(b"%PDF-")
    assert check(second, None, layers=("own",)).valid


def test_the_same_content_is_printed_once_and_listed_again_it_is_the_document_that_was_listed():
    country = Norway()
    first = country.list().entries
    assert country.list(after=timedelta(hours=3)).entries == first
    assert (country.printer.printed, len(country.shelf.documents)) == (1, 2)


def test_a_document_listed_again_is_kept_as_long_as_one_that_is_new():
    country, keep = Norway(), samples.composer().keep
    country.list()
    (before,) = {kept.expires for kept in country.shelf.documents.values()}
    country.list(after=timedelta(hours=1))
    assert {kept.expires for kept in country.shelf.documents.values()} == {before + timedelta(hours=1)}
    assert before == treatment().request.now + keep


@pytest.mark.parametrize(
    "change",
    [
        {"medicines": Medicines(NoInformation(), reconciled=True, guardian_reserved=False)},
        {"medicines": Medicines(NoInformation(), reconciled=False, guardian_reserved=True)},
        {"register": replace(person(), person=replace(person().person, telecoms=()))},
    ],
    ids=["what the sources say", "what is reserved", "what the register says"],
)
def test_other_content_is_another_document(change: dict):
    country = Norway()
    first = country.list().entries
    changed = replace(country, **change)
    assert not {entry.unique_id for entry in changed.list().entries} & {entry.unique_id for entry in first}
    assert country.list().entries == first


def test_another_wave_and_a_document_that_has_grown_old_are_made_anew():
    country = Norway()
    first = country.list().entries
    assert country.list(wave=9).entries != first
    assert country.list(after=samples.composer().keep).entries != first
    assert country.printer.printed == 3


FIRST = treatment().request.now
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("wanted", "printed", "listed"),
    [(FIRST, 1, "as it was"), (FIRST + HOUR / 2, 2, "anew"), (FIRST + HOUR, 2, "anew"), (FIRST + 2 * HOUR, 1, "none")],
    ids=["from the first list on", "since", "from now on", "from an hour to come"],
)
def test_what_was_listed_before_the_time_that_is_asked_for_is_made_anew(wanted: datetime, printed: int, listed: str):
    country = Norway()
    first = country.list().entries
    again = country.list(after=HOUR, created_after=wanted).entries
    assert country.printer.printed == printed
    if listed == "anew":
        assert {entry.created for entry in again} == {FIRST + HOUR}
        assert country.list(after=HOUR).entries == again, "the newer pair stands from now on"
    else:
        assert again == (first if listed == "as it was" else ())
        assert len(country.shelf.documents) == 2


@pytest.mark.parametrize(
    ("printer", "why"),
    [(Printer(lost=True), "original/InternalFault"), (Printer(fault="NotPrintable"), "original/NotPrintable")],
    ids=["a worker lost it", "it cannot be printed"],
)
def test_an_original_that_cannot_be_printed_leaves_its_twin_listed_with_the_reason_in_the_evidence(printer, why):
    country = Norway(printer)
    reply = country.list()
    (entry,) = reply.entries
    assert entry.transformed_from is None
    assert country.trail.withheld == [(entry.unique_id, (why,))]
    assert [(one.code, one.severity) for one in reply.problems] == [("ERROR_PS_PDF_FORMAT_NOT_PROVIDED", "Warning")]
    printer.lost, printer.fault = False, None
    again = country.list()
    assert (len(again.entries), again.problems, country.trail.withheld) == (2, (), [])


def test_a_filter_that_one_of_a_pair_does_not_fit_ties_nothing_to_what_is_not_listed():
    country = Norway()
    structured, original = country.list().entries
    smaller, larger = sorted((structured, original), key=lambda entry: entry.size)
    assert smaller.size < larger.size
    (alone,) = country.list(maximum_size=smaller.size).entries
    assert (alone.unique_id, alone.transformed_from) == (smaller.unique_id, None)
    assert len(country.list(maximum_size=larger.size).entries) == 2


def test_of_several_pairs_of_one_content_the_newest_whole_one_is_taken():
    country = Norway()
    country.list()
    structured, original = country.shelf.documents.values()
    later = timedelta(minutes=1)
    newer = replace(structured, entry=replace(structured.entry, unique_id="1.2^N"), created=structured.created + later)
    twin = replace(
        original, entry=replace(original.entry, unique_id="1.2^P", transformed_from="1.2^N"), created=newer.created
    )
    chosen = paired((twin, structured, original, newer))
    assert chosen is not None
    assert chosen.documents == (newer, twin)
    assert paired((structured, newer)) is paired((original,)) is None
