"""Country B: an original that comes as a bare PDF is believed by the peer's list alone, or not shown (finding R14)."""

import hashlib
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.exchange.country_b.page import page_of
from gateway.exchange.country_b.retrieve import Looked, Reception, retrieve_documents_abroad
from gateway.exchange.document_gate import DocumentGate
from gateway.messages import DocumentEntry, DocumentRequest, FoundPatient, PatientIdentifier
from gateway.peers.errors import AbroadRefused, AnswerAboutAnother, DocumentDamaged, DocumentUnlisted
from gateway.peers.ports import DocumentAbroad, RetrievedAbroad
from tests.support.documents.pages import tree_of, words
from tests.support.persons.samples import NOW, release
from transformers.display.write_html import Shown
from transformers.model.finding import Report
from transformers.words import LANGUAGES, Language

PDF = b"%PDF-1.7\nan original\n%%EOF\n"
PERSON = FoundPatient(PatientIdentifier("1.2.3", "4711"), "Silva", ("Inês",), "F", "19800229")
ENTRY = DocumentEntry(
    unique_id="1.2.4.1^PDF", patient=PERSON.identifier, class_code="60591-5",
    format_code="urn:ihe:iti:xds-sd:pdf:2008", title="", description="", created=None, language="pt", size=len(PDF),
    sha1=hashlib.sha1(PDF).hexdigest(), repository="1.2", home_community="1.2.4", mime_type="application/pdf",
)  # fmt: skip


class Sender:
    """A peer that sends these bytes under this media type."""

    def __init__(self, content: bytes, mime_type: str) -> None:
        self.content, self.mime_type = content, mime_type

    def retrieve(self, _treatment: object, asked: tuple[DocumentRequest, ...], _now: object) -> RetrievedAbroad:
        return RetrievedAbroad(
            (DocumentAbroad(replace(asked[0], home_community=None), self.content, self.mime_type),), (), refused=False
        )


def came(
    content: bytes = PDF, entry: DocumentEntry = ENTRY, mime_type: str = "application/pdf", meaning: str = "bytes-sent"
) -> tuple[DocumentAbroad, Looked]:
    """The document and what the witness was told. The gate refuses what is no XML: a PDF is not for it."""
    told: list[Looked] = []
    peer = SimpleNamespace(
        home_communities=("1.2.4",),
        wave_of=lambda _community: 8,
        patient_roots={},
        listing_hash=meaning,
        serves_several=False,
    )
    treatment: Any = SimpleNamespace(session=SimpleNamespace(peer=peer), person=PERSON)
    reception = Reception(DocumentGate(outgoing=False), lambda _treatment, look, _now: told.append(look))
    sender: Any = Sender(content, mime_type)
    (document,), _ = retrieve_documents_abroad(treatment, (entry,), sender, NOW, reception)
    return document, told[-1]


@pytest.mark.parametrize("mime_type", ["application/pdf", "Application/PDF; charset=binary"])
def test_a_bare_pdf_of_the_listed_digest_is_kept_as_it_came(mime_type: str):
    document, look = came(mime_type=mime_type)
    assert (document.content, [f.code for f in document.findings]) == (PDF, ["patient-not-stated"])
    assert (look.refused, look.layers, look.findings) == (False, (), (("patient-not-stated", 1),))


UNDIGESTED = ["", hashlib.sha1(b"").hexdigest(), hashlib.sha256(PDF).hexdigest()]


@pytest.mark.parametrize("sha1", UNDIGESTED, ids=["none", "of nothing", "of another algorithm"])
def test_a_bare_pdf_without_a_digest_in_the_list_has_a_finding_that_says_so(sha1: str):
    document, _ = came(entry=replace(ENTRY, sha1=sha1, size=0))
    assert [f.code for f in document.findings] == ["patient-not-stated", "original-undigested"]


@pytest.mark.parametrize("meaning", ["bytes-sent", "before-transformation", "unknown"])
def test_refuses_a_bare_pdf_of_another_digest_whatever_the_peers_row_says(meaning: str):
    with pytest.raises(DocumentDamaged):
        came(PDF + b" ", meaning=meaning)
    assert came(meaning=meaning)[0].content == PDF


OTHER: list[tuple[dict[str, Any], type[AbroadRefused]]] = [
    ({"entry": replace(ENTRY, patient=PatientIdentifier("1.2.3", "4712"))}, AnswerAboutAnother),
    ({"entry": replace(ENTRY, patient=PatientIdentifier("1.2.9", "4711"))}, AnswerAboutAnother),
    ({"entry": replace(ENTRY, home_community="1.2.5")}, DocumentUnlisted),
    ({"entry": replace(ENTRY, home_community="")}, DocumentUnlisted),
    ({"entry": replace(ENTRY, mime_type="text/xml")}, DocumentUnlisted),
    ({"entry": replace(ENTRY, mime_type="")}, DocumentUnlisted),
    ({"entry": replace(ENTRY, format_code="urn:epSOS:ps:ps:2010")}, DocumentUnlisted),
    ({"entry": replace(ENTRY, class_code="1-1")}, DocumentUnlisted),
    ({"content": b"<html/>", "entry": replace(ENTRY, sha1="")}, DocumentUnlisted),
    ({"content": b"\x89PNG\r\n\x1a\n", "entry": replace(ENTRY, sha1="")}, DocumentUnlisted),
    ({"mime_type": "text/xml", "entry": replace(ENTRY, sha1="", size=0)}, AbroadRefused),
]


@pytest.mark.parametrize("case", range(len(OTHER)))
def test_refuses_a_bare_pdf_that_the_list_does_not_prove_to_be_hers(case: int):
    said, reason = OTHER[case]
    with pytest.raises(reason):
        came(**said)
    assert came()[0].content == PDF


SAID: dict[Language, str] = {
    "en": "THE FILE ITSELF NAMES NO PATIENT",
    "nb": "SELVE FILEN OPPGIR INGEN PASIENT",
    "nn": "SJØLVE FILA OPPGJEV INGEN PASIENT",
}
BORN = {"en": "1980-02-29", "nb": "29.02.1980", "nn": "29.02.1980"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_a_bare_pdf_says_first_that_the_file_names_no_patient(language: Language):
    page = page_of(came()[0], PERSON, "Portugal", release=release(), language=language)
    tree = tree_of(Shown(page, Report()))
    first = tree.find(".//body")[0]
    assert (first.get("role"), words(first).startswith(SAID[language])) == ("alert", True)
    header, (link,) = words(tree.find(".//header")), tree.xpath("//a")
    assert all(said in header for said in ("Inês Silva", "4711", BORN[language], "Portugal"))
    assert hashlib.sha256(PDF).hexdigest() in words(tree.find(".//main"))
    assert link.get("href").startswith("data:application/pdf;base64,")


def test_the_page_of_a_bare_pdf_without_a_digest_says_so_and_another_does_not():
    undigested, _ = came(entry=replace(ENTRY, sha1="", size=0))
    pages = [page_of(d, PERSON, "Portugal", release=release(), language="en") for d in (undigested, came()[0])]
    assert ["states no digest" in page.decode() for page in pages] == [True, False]


@pytest.mark.parametrize(("language", "first"), [("en", "The document is not shown"), ("nb", "Dokumentet vises ikke")])
def test_what_cannot_be_shown_has_the_page_that_says_so(language: Language, first: str):
    for mime_type in ("application/pdf", "text/xml"):
        document = DocumentAbroad(DocumentRequest("1.2"), b"nothing", mime_type)
        page = page_of(document, PERSON, "Portugal", release=release(), language=language)
        assert first in words(tree_of(Shown(page, Report())))
