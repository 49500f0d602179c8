"""The sections of a Patient Summary in each of their states (cda-documents 5.1 and 5.2)."""

from dataclasses import replace

import pytest

from tests.support.documents.elements import NORWEGIAN, NS, SECTION_CODES, Document, text
from tests.support.pivots.summaries import (
    KRITISK,
    drug_allergy,
    empty_content,
    immunisation,
    problem,
    provenance,
    rich_content,
    summary,
)
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.cda.errors import AbsenceUnknown
from transformers.cda.words import WORDS, is_written, language_of_words, words_for
from transformers.model.summary import KnownAbsent, Narrated, NoInformation, Present, SourceUnavailable
from transformers.model.values import Coding, Moment, Provenance

REQUIRED = ("allergies", "medications", "problems", "procedures", "devices")
ABSENT = {
    "allergies": ("no-known-allergies", "No known allergies", "Ingen kjente allergier."),
    "medications": ("no-known-medications", "No known medications", "Bruker ingen kjente legemidler."),
    "problems": ("no-known-problems", "No known problems", "Ingen kjente helseproblemer."),
    "procedures": ("no-known-procedures", "No known procedures", "Ingen kjente operasjoner eller prosedyrer."),
    "devices": (
        "no-known-devices",
        "No known devices in use",
        "Ingen kjente implantater eller medisinsk utstyr i bruk.",
    ),
}
NONE = {
    "allergies": ("no-allergy-info", "No information about allergies"),
    "medications": ("no-medication-info", "No information about medications"),
    "problems": ("no-problem-info", "No information about current problems"),
    "procedures": ("no-procedure-info", "No information about past history of procedures"),
    "devices": ("no-device-info", "No information about device"),
}
IPS = "2.16.840.1.113883.5.1150.1"


def with_section(name, state):
    return Document(summary(replace(empty_content(), **{name: state})))


@pytest.mark.parametrize("name", NORWEGIAN)
def test_rich_summary_has_every_section_of_a_norwegian_source_once(name):
    assert len(Document(summary()).all(f"//h:section[h:code/@code='{SECTION_CODES[name]}']")) == 1


def test_rich_summary_has_no_section_that_no_norwegian_source_fills():
    assert len(Document(summary()).all("//h:section")) == len(NORWEGIAN)


@pytest.mark.parametrize("name", REQUIRED)
def test_required_section_is_there_when_nothing_is_known(name):
    section = Document(summary(empty_content())).section(name)
    code, display = NONE[name]
    coded = section.xpath(f".//*[@codeSystem='{IPS}']")
    assert [(c.get("code"), c.get("displayName")) for c in coded] == [(code, display)]
    assert len(section.findall("h:entry", NS)) == 1


@pytest.mark.parametrize("name", ["past_illness", "immunisations"])
def test_optional_section_is_left_out_when_nothing_is_known(name):
    document = Document(summary(empty_content()))
    assert document.all(f"//h:section[h:code/@code='{SECTION_CODES[name]}']") == []
    assert document.codes() == []


@pytest.mark.parametrize("name", REQUIRED)
def test_known_absence_says_who_states_it(name):
    code, display, sentence = ABSENT[name]
    state = KnownAbsent(code, Provenance(KRITISK, "kj-9", Moment("2025-05-06"), "Lege Ola Strand"))
    document = with_section(name, state)
    coded = document.section(name).xpath(f".//*[@codeSystem='{IPS}']")
    assert [(c.get("code"), c.get("displayName")) for c in coded] == [(code, display)]
    said = document.said(name)
    for part in (sentence, KRITISK, "2025-05-06", "Lege Ola Strand", "kj-9"):
        assert part in said


@pytest.mark.parametrize("kind", ["no-known-food-allergies", "no-known-medication-allergies"])
def test_known_absence_of_one_kind_of_allergy_is_told_apart(kind):
    document = with_section("allergies", KnownAbsent(kind, provenance()))
    assert [v.get("code") for v in document.section("allergies").findall(".//h:observation/h:value", NS)] == [kind]


@pytest.mark.parametrize("kind", ["no-known-problems", "no-allergy-info", "nothing"])
def test_refuses_absence_that_the_section_does_not_know(kind):
    with pytest.raises(AbsenceUnknown):
        write_patient_summary(summary(replace(empty_content(), allergies=KnownAbsent(kind, provenance()))))


@pytest.mark.parametrize("name", REQUIRED)
def test_unavailable_source_is_told_apart_from_no_information(name):
    unavailable = with_section(name, SourceUnavailable("Kjernejournal"))
    nothing = with_section(name, NoInformation("Kjernejournal"))
    assert NONE[name][0] in {c.get("code") for c in unavailable.section(name).iter("*")}
    assert WORDS["nb"]["sentence.unavailable"] in unavailable.said(name)
    assert WORDS["nb"]["sentence.unavailable"] not in nothing.said(name)
    assert "Datakilde: Kjernejournal." in unavailable.said(name)


def test_what_another_source_states_beside_an_unavailable_one_is_told_and_is_no_entry():
    document = with_section("allergies", SourceUnavailable("Kjernejournal", ("Legemiddelliste: Kodein",)))
    assert f"{WORDS['nb']['label.beside']}: Legemiddelliste: Kodein" in document.said("allergies")
    assert WORDS["nb"]["sentence.unavailable"] in document.said("allergies")
    alone = with_section("allergies", SourceUnavailable("Kjernejournal"))
    assert len(document.section("allergies").findall("h:entry", NS)) == 1
    assert len(alone.section("allergies").findall("h:entry", NS)) == 1


def test_no_information_without_source_says_so():
    assert "Datakilde: ingen kilde leverer denne informasjonen." in with_section("problems", NoInformation()).said(
        "problems"
    )


def test_unavailable_past_illness_is_said_in_a_section_of_its_own():
    document = with_section("past_illness", SourceUnavailable("Kjernejournal"))
    assert WORDS["nb"]["sentence.unavailable"] in document.said("past_illness")
    assert document.section("past_illness").findall("h:entry", NS) == []


def test_unavailable_immunisations_are_reported_for_no_entry_can_say_so():
    document = with_section("immunisations", SourceUnavailable("SYSVAK"))
    assert document.codes() == ["section-left-out"]


@pytest.mark.parametrize("name", ["past_illness", "immunisations"])
def test_known_absence_without_a_code_is_reported(name):
    assert with_section(name, KnownAbsent("no-known-problems", provenance())).codes() == ["section-left-out"]


def test_unreconciled_medication_list_says_so():
    sentence = WORDS["nb"]["sentence.not_reconciled"]
    assert sentence in Document(summary()).said("medications")
    assert sentence not in Document(summary(rich_content(medications_reconciled=True))).said("medications")
    assert sentence not in Document(summary(empty_content())).said("medications")


def test_titles_are_norwegian_in_the_documents_language():
    assert text(Document(summary()).section("problems").find("h:title", NS)) == "Aktuelle helseproblemer"
    assert text(Document(summary(language="nn-NO")).section("problems").find("h:title", NS)) == "Aktuelle helseproblem"


@pytest.mark.parametrize(
    ("language", "words", "mark"),
    [
        ("nb-NO", "nb", None), ("nn-NO", "nn", None), ("se-NO", "nb", "nb"), ("no-NO", "nb", None),
        ("nb-SJ", "nb", None), ("fr-FR", "en", "en"), ("se-SE", "en", "en"), ("en-GB", "en", None),
    ],
)  # fmt: skip
def test_words_are_the_documents_or_bokmaal_in_norway_or_english_elsewhere(language, words, mark):
    assert words_for(language) is WORDS[words]
    assert language_of_words(language) == mark


@pytest.mark.parametrize(
    ("code", "title", "said"),
    [
        (None, None, "Annen informasjon"),
        (None, "Egen tittel", "Egen tittel"),
        (Coding("11111-1", "2.16.840.1.113883.6.1"), None, "Annen informasjon"),
    ],
)
def test_a_section_that_no_form_knows_has_its_own_title_or_a_general_one(code: Coding | None, title: str, said: str):
    content = replace(empty_content(), other_sections=(Narrated(code, title, "Ord for seg"),))
    sections = Document(summary(content)).root.xpath("//h:section[contains(h:text, 'Ord for seg')]", namespaces=NS)
    assert [text(section.find("h:title", NS)) for section in sections] == [said]


def test_no_document_of_norwegian_sources_is_written_in_english():
    assert [language for language in ("nb-NO", "nn-NO", "en-GB", "en") if is_written(language)] == ["nb-NO", "nn-NO"]


def test_every_row_is_an_entry_and_every_entry_a_row():
    document = Document(summary())
    for name in NORWEGIAN:
        section = document.section(name)
        rows = [f"#{row.get('ID')}" for row in section.xpath(".//h:tbody/h:tr", namespaces=NS)]
        pointed = section.xpath("./h:entry//h:text/h:reference/@value", namespaces=NS)
        assert len(rows) == len(section.findall("h:entry", NS))
        assert set(rows) <= set(pointed)


def test_row_tells_source_date_author_and_reference():
    said = Document(summary()).said("allergies")
    for part in (KRITISK, "registrert 2024-11-02 av Lege Ola Strand", "ref. kj-1"):
        assert part in said


def test_footer_names_each_source_once_and_the_newest_date():
    entries = tuple(
        problem(id=f"p{n}", provenance=Provenance(source, None, Moment(recorded)))
        for n, (source, recorded) in enumerate((("A", "2020"), ("B", "2024-05-06"), ("A", "2021-01")))
    )
    assert "Datakilde: A, B. Sist oppdatert: 2024-05-06." in Document(
        summary(rich_content(problems=Present(entries)))
    ).said("problems")


def test_line_breaks_of_the_source_are_kept():
    document = Document(summary())
    [paragraph] = document.all("//h:paragraph[starts-with(., 'Merknad: Reagerte')]")
    assert paragraph.find(".//h:br", NS) is not None
    assert text(paragraph) == "Merknad: Reagerte etter første tablett. Innlagt to døgn."


def test_no_clinical_text_is_cut():
    long = "Svært lang anamnese æøå. " * 2000
    document = Document(summary(rich_content(problems=Present((problem(note=long),)))))
    assert " ".join(long.split()) in document.said("problems")


def test_markup_in_a_text_stays_text():
    document = Document(summary(rich_content(problems=Present((problem(note="<b>a & b</b> {{ x }}"),)))))
    assert "<b>a & b</b> {{ x }}" in document.said("problems")


def test_entry_ids_are_the_same_in_the_next_document():
    first = Document(summary()).values("//h:entry/*/h:id/@root")
    second = Document(summary(id=replace(summary().id, extension="PS-0002"))).values("//h:entry/*/h:id/@root")
    assert first == second
    assert len(set(first)) == len(first)


def test_entry_ids_differ_between_persons():
    other = replace(
        summary().patient, identifiers=(replace(summary().patient.identifiers[0], extension="13876299999"),)
    )
    assert not set(Document(summary()).values("//h:entry/*/h:id/@root")) & set(
        Document(summary(patient=other)).values("//h:entry/*/h:id/@root")
    )


def test_two_statements_with_the_same_source_id_get_two_ids():
    twice = Present((drug_allergy(), drug_allergy()))
    ids = Document(summary(rich_content(allergies=twice))).values("//h:entry//h:observation/h:id/@root")
    assert len(set(ids)) == len(ids)


def test_immunisation_keeps_the_specifications_own_typing_error():
    code = Document(summary()).one("//h:code[@code='IMMUNIZ']")
    assert code.get("codeSystem") == "1.3.5.1.4.1.19376.1.5.3.2"


def test_immunisation_names_product_lot_dose_and_who_gave_it():
    document = Document(summary())
    entry = document.one("//h:substanceAdministration[h:code/@code='IMMUNIZ']")
    assert entry.findtext(".//h:manufacturedMaterial/h:name", namespaces=NS) == "Vaxigrip Tetra"
    assert entry.findtext(".//h:lotNumberText", namespaces=NS) == "AB123"
    assert entry.find(".//h:observation/h:value", NS).get("value") == "2"
    assert entry.findtext("h:performer//h:name", namespaces=NS) == "Karasjok kommune"
    assert entry.find("h:effectiveTime", NS).get("value") == "20241015"


def test_immunisation_with_nothing_optional_is_named_by_its_vaccine():
    bare = immunisation(product_name=None, target_diseases=(), lot=None, dose_number=None, performer=None)
    document = Document(summary(rich_content(immunisations=Present((bare,)))))
    entry = document.one("//h:substanceAdministration[h:code/@code='IMMUNIZ']")
    assert entry.findtext(".//h:manufacturedMaterial/h:name", namespaces=NS) == "Influensa"
    assert entry.find("h:participant", NS) is None


def test_past_illness_is_a_completed_concern_that_says_resolved():
    section = Document(summary()).section("past_illness")
    assert section.find(".//h:act/h:statusCode", NS).get("code") == "completed"
    assert section.xpath(".//h:value[@code='413322009']", namespaces=NS)


def test_active_problem_is_an_active_concern():
    section = Document(summary()).section("problems")
    assert {s.get("code") for s in section.findall("h:entry/h:act/h:statusCode", NS)} == {"active"}
