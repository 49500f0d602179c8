"""What looks at documents on the request path: by policy, out and in; a layer that is asked for is run or refuses."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import load
from gateway.configuration.validation_policy import ValidationTable, ValidationWay
from gateway.errors import DocumentInvalid, InternalFault
from gateway.exchange.country_a.compose import write_document
from gateway.exchange.country_b.digests import digests_of
from gateway.exchange.country_b.retrieve import Looked, Reception, retrieve_documents_abroad
from gateway.exchange.document_gate import DocumentGate, open_gate, require_rules
from gateway.messages import DocumentEntry, DocumentRequest
from gateway.peers.errors import AnswerAboutAnother, DocumentDamaged, DocumentNotValid
from gateway.peers.ports import DocumentAbroad, RetrievedAbroad
from tests.support.documents.identified import identified
from tests.support.documents.integrity import edited, put, sound_summary
from tests.support.documents.schematrons import artefact_folder, schematron
from tests.support.persons.samples import NOW, release, summary
from transformers.model.finding import Severity
from transformers.shipped import shipped
from transformers.terminology.element_rules import read_coded_elements
from transformers.terminology.release import Release
from transformers.terminology.rows import read_facts

SOUND = sound_summary()
FAULTY = edited(SOUND, "//h:country", lambda country: setattr(country, "text", "Norge"))
WARNED = edited(SOUND, "//h:recordTarget/h:patientRole/h:id", put(extension="1" * 65))
SILENT = '<pattern><rule context="hl7:ClinicalDocument"><assert test="true()">never</assert></rule></pattern>'
ANGRY = '<pattern><rule context="hl7:ClinicalDocument"><assert id="a-1" test="false()">always</assert></rule></pattern>'
ALL = ("xsd", "schematron", "own")


def table(layers: tuple[str, ...] = ("own",), refuse: str = "error", **other: Any) -> ValidationTable:
    way = ValidationWay(layers=layers, refuse=refuse)  # type: ignore[arg-type]  # refused by the model if wrong
    ways = {"outgoing": ValidationWay(layers=("own",), refuse="error"), "incoming": way, **other}
    return ValidationTable(processes=1, deadline=timedelta(seconds=60), **ways)


def gate(artefacts: Path | None, layers: tuple[str, ...], *, outgoing: bool) -> DocumentGate:
    way = ValidationWay(layers=layers, refuse="error")  # type: ignore[arg-type]  # known layers
    whole = table(outgoing=way) if outgoing else table(layers)
    return open_gate(whole.outgoing if outgoing else whole.incoming, whole, artefacts, frozenset({8}))


@pytest.mark.parametrize(
    ("refuse", "passing"),
    [("warning", {"sound"}), ("error", {"sound", "warned"}), ("fatal", {"sound", "warned", "faulty"}),
     ("never", {"sound", "warned", "faulty", "no document"})],
)  # fmt: skip
def test_a_document_passes_below_the_severity_that_policy_refuses(refuse: str, passing: set[str]):
    whole = table(refuse=refuse)
    way = open_gate(whole.incoming, whole, None, frozenset({8}))
    documents = {"sound": SOUND, "warned": WARNED, "faulty": FAULTY, "no document": b"%PDF-1.4"}
    assert {name for name, content in documents.items() if way.passes(way.look(content, 8))} == passing


@pytest.mark.parametrize("layers", [("xsd",), ("schematron",)])
def test_a_node_that_lacks_the_files_of_a_layer_it_is_told_to_use_does_not_start(layers, tmp_path):
    with pytest.raises(SettingsError, match=r"validation\.incoming\.layers.*NCPEH_ARTEFACTS"):
        gate(None, layers, outgoing=False)
    with pytest.raises(SettingsError, match="not in NCPEH_ARTEFACTS"):
        gate(tmp_path, layers, outgoing=False)
    gate(artefact_folder(tmp_path / "there", PatientSummary=schematron(SILENT)), layers, outgoing=False).close()


def test_the_rules_of_every_wave_that_is_spoken_must_be_there(tmp_path):
    folder = artefact_folder(tmp_path, PatientSummary=schematron(SILENT))
    whole = table(("schematron",))
    open_gate(whole.incoming, whole, folder, frozenset({8})).close()
    with pytest.raises(SettingsError, match="wave 9"):
        open_gate(whole.incoming, whole, folder, frozenset({8, 9}))


def test_documents_of_a_wave_without_published_rules_are_checked_by_those_that_are_named(tmp_path):
    folder = artefact_folder(tmp_path, PatientSummary=schematron(ANGRY))
    whole = table(("own", "schematron"), rules_of={"9": 8})
    come = open_gate(whole.incoming, whole, folder, frozenset({9}))
    try:
        found = {wave: [finding.code for finding in come.look(SOUND, wave).findings] for wave in (8, 9)}
    finally:
        come.close()
    assert "schematron" in found[8]
    assert found[9] == ["rules-of-another-wave", *found[8]]


def test_the_rules_of_each_kind_that_is_sent_must_be_there(tmp_path):
    folder = artefact_folder(tmp_path, ePrescription=schematron(SILENT))
    asked, unasked = table(("schematron",)).incoming, table(("own",)).incoming
    require_rules(asked, "outgoing", folder, "ePrescription", frozenset({8}))
    require_rules(unasked, "outgoing", None, "ePrescription", frozenset({8, 9}))
    with pytest.raises(SettingsError, match=r"wave 9 .*ePrescription"):
        require_rules(asked, "outgoing", folder, "ePrescription", frozenset({8, 9}))


@pytest.mark.parametrize("way", [("xsd",), ("own", "never"), ("own", "fatal")])
def test_what_leaves_is_looked_at_by_our_own_rules_and_no_error_leaves(way):
    *layers, refuse = way if len(way) > 1 else (*way, "error")
    with pytest.raises(ValueError, match="no error leaves"):
        table(outgoing=ValidationWay(layers=tuple(layers), refuse=refuse))  # type: ignore[arg-type]  # known words


def test_the_shipped_policy_looks_with_our_own_rules_and_shows_what_comes():
    shipped = load({}).validation
    assert (shipped.outgoing.layers, shipped.outgoing.refuse) == (("own",), "error")
    assert (shipped.incoming.layers, shipped.incoming.refuse) == (("own",), "never")


def test_policy_is_laid_over_by_the_environment():
    laid = load({"NCPEH_VALIDATION__OUTGOING__LAYERS": '["own", "xsd"]', "NCPEH_ARTEFACTS": "/artefacts"})
    assert laid.validation.outgoing.layers == ("own", "xsd")
    assert laid.artefacts == Path("/artefacts")
    with pytest.raises(SettingsError, match=r"validation\.outgoing\.layers"):
        load({"NCPEH_VALIDATION__OUTGOING__LAYERS": '["own", "magic"]'})


def test_heavy_layers_run_in_a_process_of_their_own_and_refuse_what_we_send(tmp_path):
    silent = artefact_folder(tmp_path / "silent", PatientSummary=schematron(SILENT))
    angry = artefact_folder(tmp_path / "angry", PatientSummary=schematron(ANGRY))
    for folder, good in ((silent, True), (angry, False)):
        way = gate(folder, ("own", "schematron"), outgoing=True)
        try:
            if good:
                content, report = write_document(summary("ordinary-man"), release(), 8, gate=way)
                assert content.startswith(b"<?xml")
                assert not [f for f in report.findings if f.severity is Severity.ERROR]
            else:
                with pytest.raises(DocumentInvalid):
                    write_document(summary("ordinary-man"), release(), 8, gate=way)
        finally:
            way.close()


def test_a_layer_that_cannot_be_run_stops_what_we_send_and_is_said_of_what_comes(tmp_path):
    folder = artefact_folder(tmp_path, PatientSummary=schematron(SILENT))
    sent, come = gate(folder, ("own", "schematron"), outgoing=True), gate(folder, ("schematron",), outgoing=False)
    try:
        assert sent.look(SOUND, 8).findings == []
        with pytest.raises(InternalFault):
            sent.look(SOUND, 7)
        (finding,) = come.look(SOUND, 7).findings
        assert (finding.severity, finding.code) == (Severity.WARNING, "check-unavailable")
        assert come.passes(come.look(SOUND, 7))
    finally:
        sent.close()
        come.close()


class Sender:
    """A peer that sends one document."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    def retrieve(self, _treatment: object, asked: tuple[DocumentRequest, ...], _now: object) -> RetrievedAbroad:
        return RetrievedAbroad((DocumentAbroad(asked[0], self.content, "text/xml"),), (), refused=False)


IDENTIFIED = identified(SOUND)
UNIQUE_ID = "2.16.578.1.12.4.9999.10^PS-0001"
ENTRY = DocumentEntry(
    unique_id=UNIQUE_ID, patient=IDENTIFIED.identifier, class_code="60591-5",
    format_code="urn:epSOS:ps:ps:2010", title="", description="", created=None, language="nb-NO", size=0, sha1="",
    repository="1.2", home_community="1.2.4",
)  # fmt: skip
PEER = SimpleNamespace(
    home_communities=("1.2.4",),
    wave_of=lambda _community: 8,
    patient_roots={},
    listing_hash="bytes-sent",
    serves_several=True,
)
TREATMENT: Any = SimpleNamespace(session=SimpleNamespace(peer=PEER), person=IDENTIFIED)


def retrieved(content: bytes, refuse: str) -> tuple[DocumentAbroad | None, list[Looked], tuple[str, ...]]:
    """What came of a document under a policy, what the witness was told, and the rules it was refused by."""
    whole, told = table(refuse=refuse), []
    way = open_gate(whole.incoming, whole, None, frozenset({8}))
    reception = Reception(way, lambda _treatment, looked, _now: told.append(looked))
    try:
        (document,), _ = retrieve_documents_abroad(TREATMENT, (ENTRY,), Sender(content), NOW, reception)  # type: ignore[arg-type]  # a peer of one door
    except DocumentNotValid as refused:
        return None, told, refused.rules
    return document, told, ()


def test_a_foreign_document_that_is_not_valid_is_shown_with_its_findings_or_refused_by_policy():
    shown, told, _ = retrieved(FAULTY, "never")
    assert shown is not None
    assert {f.rule for f in shown.findings} == {"own-country-1"}
    assert (shown.content, shown.validated) == (FAULTY, ("own",))
    stated, counted = digests_of(FAULTY, ENTRY), (("own-country-1", 1),)
    assert told == [Looked(UNIQUE_ID, "60591-5", ("own",), refused=False, digests=stated, findings=counted)]
    nothing, told, rules = retrieved(FAULTY, "error")
    assert (nothing, rules) == (None, ("own-country-1",))
    assert told == [Looked(UNIQUE_ID, "60591-5", ("own",), refused=True, digests=stated, findings=counted)]
    sound, _, _ = retrieved(SOUND, "error")
    assert sound is not None
    assert sound.findings == ()


FOLDER = shipped("config") / "terminology"
CODED = read_coded_elements(FOLDER, read_facts(FOLDER))
SEX = "//h:administrativeGenderCode"


@pytest.mark.parametrize(
    ("path", "change", "rule", "place"),
    [
        (SEX, put(displayName="FEMALE"), "own-release-1", "administrativeGenderCode"),
        (SEX, put(code="U"), "own-release-2", "administrativeGenderCode"),
    ],
)
def test_what_comes_is_held_against_the_release_in_force_at_the_words_concerned(path, change, rule: str, place: str):
    content, told, waves = edited(SOUND, path, change), [], []

    def in_force(wave: int) -> Release:
        waves.append(wave)
        return release()

    def looked_at(release_of: Any) -> DocumentAbroad:
        gate = DocumentGate(refused=frozenset(), outgoing=False, coded_elements=CODED)
        reception = Reception(gate, lambda _treatment, looked, _now: told.append(looked), release=release_of)
        peer: Any = Sender(content)
        (document,), _ = retrieve_documents_abroad(TREATMENT, (ENTRY,), peer, NOW, reception)
        return document

    found = [finding for finding in looked_at(in_force).findings if finding.rule == rule]
    assert [finding.release for finding in found if place in finding.path] == [release().id]
    assert (waves, told[0].release, dict(told[0].findings)[rule]) == ([8], release().id, len(found))
    assert not any((f.rule or "").startswith("own-release") for f in looked_at(None).findings)
    assert (told[1].release, told[1].findings) == (None, ())


def numbered(number: int) -> bytes:
    """The sound document under another id."""
    return edited(SOUND, "/h:ClinicalDocument/h:id", put(root="1.2.3", extension=str(number)))


class SenderOfSeveral:
    """Sends what it is asked for, each document as it has it."""

    def __init__(self, *contents: bytes) -> None:
        self.contents = contents

    def retrieve(self, _treatment: object, asked: tuple[DocumentRequest, ...], _now: object) -> RetrievedAbroad:
        pairs = zip(asked, self.contents, strict=True)
        return RetrievedAbroad(tuple(DocumentAbroad(r, content, "text/xml") for r, content in pairs), (), refused=False)


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("member", ["size", "sha1"])
def test_one_damaged_document_of_several_is_lost_alone_and_said(position: int, member: str):
    told: list[Looked] = []
    entries = [replace(ENTRY, unique_id=f"1.2.3^{n}") for n in range(3)]
    entries[position] = replace(entries[position], **{member: {"size": 1, "sha1": "0" * 40}[member]})
    sender: Any = SenderOfSeveral(*map(numbered, range(3)))
    whole = table(refuse="never")
    reception = Reception(
        open_gate(whole.incoming, whole, None, frozenset({8})), lambda _treatment, looked, _now: told.append(looked)
    )
    documents, remarks = retrieve_documents_abroad(TREATMENT, tuple(entries), sender, NOW, reception)
    assert len(documents) == 2
    assert [(one.code, one.location) for one in remarks] == [("NO_DOCUMENT_LOST", f"Document[{position}]")]
    assert [look.cause for look in told if look.refused] == ["DocumentDamaged"]
    whole_answer, remarks = retrieve_documents_abroad(
        TREATMENT, tuple(replace(one, size=0, sha1="") for one in entries), sender, NOW, reception
    )
    assert (len(whole_answer), remarks) == (3, ())


def test_documents_that_are_all_damaged_are_refused():
    entries = tuple(replace(ENTRY, unique_id=f"1.2.3^{n}", size=1) for n in range(2))
    sender: Any = SenderOfSeveral(*map(numbered, range(2)))
    with pytest.raises(DocumentDamaged):
        retrieve_documents_abroad(TREATMENT, entries, sender, NOW)


def test_of_a_pair_of_two_persons_the_other_ones_is_lost_and_said():
    told: list[Looked] = []
    entries = tuple(replace(ENTRY, unique_id=f"1.2.3^{n}") for n in range(2))
    another = edited(numbered(1), "//h:recordTarget/h:patientRole/h:id", put(extension="another"))
    sender: Any = SenderOfSeveral(numbered(0), another)
    reception = Reception(witness=lambda _treatment, looked, _now: told.append(looked))
    documents, remarks = retrieve_documents_abroad(TREATMENT, entries, sender, NOW, reception)
    assert [one.content for one in documents] == [numbered(0)]
    assert [(one.text, one.location) for one in remarks] == [("Not shown: PatientUnproven.", "Document[1]")]
    assert [(look.cause, look.field) for look in told if look.refused] == [("PatientUnproven", "recordTarget/id")]


class NotToBeAsked:
    """A peer that nothing may reach."""

    def retrieve(self, *_asked: object) -> RetrievedAbroad:
        raise AssertionError


def test_an_entry_about_another_patient_is_not_even_asked_for():
    peer: Any = NotToBeAsked()
    another = replace(ENTRY, patient=replace(ENTRY.patient, extension="another"))
    with pytest.raises(AnswerAboutAnother):
        retrieve_documents_abroad(TREATMENT, (another,), peer, NOW)
    assert retrieved(SOUND, "error")[0] is not None
