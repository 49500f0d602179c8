"""Country B: the two of a pair are held against each other by what both state of patient, author and time."""

from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.exchange.country_b.bare_file import PDF
from gateway.exchange.country_b.page import page_of
from gateway.exchange.country_b.pair_agreement import BIRTH
from gateway.exchange.country_b.retrieve import LOST, Looked, Reception, retrieve_documents_abroad
from gateway.exchange.document_gate import DocumentGate
from gateway.messages import DocumentEntry, FoundPatient, Remark
from gateway.peers.ports import DocumentAbroad, RetrievedAbroad
from tests.support.callers.verified import NOW
from tests.support.documents.identified import identified
from tests.support.documents.integrity import drop, edited, put, say
from tests.support.documents.pages import tree_of, words
from tests.support.persons.samples import release
from tests.support.pivots.rich_prescriptions import prescription
from tests.support.pivots.summaries import summary
from transformers.cda.documents.header import read_stated_document
from transformers.cda.documents.level_one import original_of, write_level_one
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.cda.documents.prescription import write_prescription
from transformers.cda.types.tree import open_tree
from transformers.display.write_html import Shown
from transformers.model.finding import Report
from transformers.words import Language

FILE = b"%PDF-1.4\n%%EOF\n"
FORMAT = "urn:ihe:iti:xds-sd:pdf:2008"
PRESCRIBED = prescription()
PAIRS = {
    "60591-5": (
        write_patient_summary(summary()).content,
        write_level_one(original_of(summary(), FILE)).content,
    ),
    "57833-6": (
        write_prescription(PRESCRIBED).content,
        write_level_one(original_of(PRESCRIBED, FILE)).content,
    ),
}
FORMATS = {"60591-5": "urn:epSOS:ps:ps:2010", "57833-6": "urn:epsos:ep:pre:2010"}


def own_id(content: bytes) -> str:
    own = read_stated_document(open_tree(content, Report())).id
    assert own is not None
    return f"{own.root}^{own.extension}"


@dataclass
class Came:
    """What is shown of a pair, the remarks on it, what the witness was told; ids as listed, the document's first."""

    documents: tuple[DocumentAbroad, ...]
    remarks: tuple[Remark, ...]
    seen: list[Looked]
    ids: list[str]
    person: FoundPatient

    @property
    def findings(self) -> list[list[str]]:
        return [[f.code for f in one.findings if f.code.startswith("pair-")] for one in self.documents]


def came(code: str, structured: bytes, original: bytes, *, born: str | None = None, kind: str = "text/xml") -> Came:
    """``born``: what the identification knew of the birth; ``kind``: media type of the original."""
    person, ids = identified(PAIRS[code][0]), [own_id(one) for one in PAIRS[code]]
    person = person if born is None else replace(person, birth_date=born)
    listed = DocumentEntry(
        unique_id=ids[0], patient=person.identifier, class_code=code, format_code=FORMATS[code], title="",
        description="", created=None, language="nb-NO", size=0, sha1="", repository="1.2", home_community="1.2.4",
    )  # fmt: skip
    twin = replace(listed, unique_id=ids[1], format_code=FORMAT, transformed_from=ids[0], mime_type=kind)
    given = {ids[0]: (structured, "text/xml"), ids[1]: (original, kind)}
    row = SimpleNamespace(
        home_communities=("1.2.4",), wave_of=lambda _community: 8, patient_roots={}, listing_hash="unknown",
        serves_several=False,
    )  # fmt: skip
    treatment: Any = SimpleNamespace(session=SimpleNamespace(peer=row), person=person)
    peer: Any = SimpleNamespace(
        retrieve=lambda _treatment, requests, _now: RetrievedAbroad(
            tuple(DocumentAbroad(one, *given[one.unique_id]) for one in requests), (), refused=False
        )
    )
    seen: list[Looked] = []
    reception = Reception(DocumentGate(refused=frozenset(), outgoing=False), lambda _t, looked, _n: seen.append(looked))
    documents, remarks = retrieve_documents_abroad(treatment, (listed, twin), peer, NOW, reception)
    return Came(documents, remarks, seen, ids, person)


@pytest.mark.parametrize("code", PAIRS)
def test_a_pair_that_says_the_same_has_no_finding(code: str):
    shown = came(code, *PAIRS[code])
    assert (shown.findings, shown.remarks, len(shown.seen)) == ([[], []], (), 2)


AUTHOR = "/*/h:author/h:assignedAuthor"
DIFFERENT = {
    "another name": ("60591-5", [("//h:recordTarget//h:family", say("Annen"))], "pair-name-differs"),
    "another sex": ("60591-5", [("//h:administrativeGenderCode", put(code="UN"))], "pair-sex-differs"),
    "another day": ("60591-5", [("/*/h:effectiveTime", put(value="20260101080000+0000"))], "pair-time-differs"),
    "another prescriber": (
        "57833-6",
        [(f"{AUTHOR}/h:id", put(extension="0000000")), (f"{AUTHOR}//h:family", say("Annen"))],
        "pair-author-differs",
    ),
}


def otherwise(case: str) -> Came:
    code, changes, _ = DIFFERENT[case]
    structured, original = PAIRS[code]
    for change in changes:
        original = edited(original, *change)
    return came(code, structured, original)


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_the_two_state_otherwise_is_a_finding_of_both_and_counted(case: str):
    rule, shown = DIFFERENT[case][2], otherwise(case)
    assert (shown.findings, shown.remarks) == ([[rule], [rule]], ())
    told = [(one.unique_id, one.refused, one.findings) for one in shown.seen[2:]]
    assert told == [(unique_id, False, ((rule, 1),)) for unique_id in shown.ids]


BIRTH_TIME = "//h:recordTarget//h:birthTime"


def born(code: str, of_document: str, of_original: str) -> Came:
    """A pair of somebody of whom the identification knew the year alone."""
    structured, original = PAIRS[code]
    both = edited(structured, BIRTH_TIME, put(value=of_document)), edited(original, BIRTH_TIME, put(value=of_original))
    return came(code, *both, born=of_document[:4])


@pytest.mark.parametrize("code", PAIRS)
def test_an_original_that_states_another_birth_is_not_shown(code: str):
    shown = born(code, "19740313", "19740314")
    assert [one.request.unique_id for one in shown.documents] == shown.ids[:1]
    assert shown.findings == [[BIRTH]]
    assert shown.remarks == (Remark(LOST, "Error", "Not shown: PatientUnproven.", "Document[1]"),)
    last = shown.seen[-1]
    assert (last.unique_id, last.refused, last.cause) == (shown.ids[1], True, "PatientUnproven")
    assert last.field == "recordTarget/birthTime"


@pytest.mark.parametrize("code", PAIRS)
@pytest.mark.parametrize("of_original", ["19740313", "1974"])
def test_an_original_that_may_state_the_same_birth_is_shown(code: str, of_original: str):
    assert born(code, "19740313", of_original).findings == [[], []]


LAWFUL = {
    "no author's number": ("57833-6", f"{AUTHOR}/h:id", drop("root", "extension")),
    "another number of the same author": ("57833-6", f"{AUTHOR}/h:id", put(extension="0000000")),
    "no sex": ("60591-5", "//h:administrativeGenderCode", drop("code")),
    "the name in capitals": ("60591-5", "//h:recordTarget//h:family", say(summary().patient.name.family.upper())),
    "hours later": ("60591-5", "/*/h:effectiveTime", put(value="20260504203015+0000")),
}


@pytest.mark.parametrize("case", LAWFUL)
def test_what_only_one_of_the_two_states_or_spells_otherwise_is_no_finding(case: str):
    code, *change = LAWFUL[case]
    assert came(code, PAIRS[code][0], edited(PAIRS[code][1], *change)).findings == [[], []]


def test_a_bare_pdf_states_nothing_that_could_differ():
    shown = came("60591-5", PAIRS["60591-5"][0], FILE, kind=PDF)
    assert (shown.findings, len(shown.seen)) == ([[], []], 2)


COMPARE: dict[Language, str] = {
    "en": "compare both before use",
    "nb": "sammenlign begge før bruk",
    "nn": "samanlikn begge før bruk",
}


@pytest.mark.parametrize("language", COMPARE)
@pytest.mark.parametrize("case", DIFFERENT)
def test_what_differs_stands_above_the_page_of_both_with_what_to_do(case: str, language: Language):
    shown = otherwise(case)
    for document in shown.documents:
        page = page_of(document, shown.person, "Portugal", release=release(), language=language)
        alerts = [words(e) for e in tree_of(Shown(page, Report())).iterfind(".//body/*[@role='alert']")]
        assert any(COMPARE[language] in alert for alert in alerts)
