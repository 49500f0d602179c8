"""The story the demo plays: in Portugal a physician reads a Norwegian patient's summary, a pharmacist dispenses.

Attackers read nothing. In Norway a pharmacist dispenses a Portuguese prescription.

Each step says what it expects and what came; a step that was to be refused and was not is a failed demo.
"""

import hashlib
import sqlite3
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

from cryptography import x509

from gateway.demonstration.asking import SUMMARIES, physician
from gateway.demonstration.attacks import REFUSED_IN_THE_HANDSHAKE, Attacker
from gateway.demonstration.counter import PharmacyCounter
from gateway.demonstration.home_counter import HomeCounter
from gateway.demonstration.pharmacy import pharmacist
from gateway.demonstration.world import HOME, World, start_country
from gateway.evidence.verify import verify
from gateway.exchange.country_b.find import find_documents_abroad
from gateway.exchange.country_b.identify import identify_abroad
from gateway.exchange.country_b.pairs import ListedPair, pairs_of
from gateway.exchange.country_b.retrieve import retrieve_documents_abroad
from gateway.messages import FindDocuments, FindPatient, FoundPatient, PatientIdentifier
from gateway.node.abroad import CountryB, build_country_b
from gateway.node.foundation import pem_certificates
from gateway.peers.errors import AbroadRefused, PeerSaidNo
from gateway.peers.ports import Clinician, DocumentAbroad, PeerMatch, Session, TreatmentAbroad
from gateway.pictures import first_page
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from gateway.terminology.chosen import release_chosen
from transformers.cda.kinds import PRESCRIPTION_CODE
from transformers.display.write_html import write_html
from transformers.terminology.release import Release
from transformers.validation import check

FNR, DNR = "2.16.578.1.12.4.1.4.1", "2.16.578.1.12.4.1.4.2"
_PRESCRIPTIONS = (PRESCRIPTION_CODE, "2.16.840.1.113883.6.1")
_REFERENCE_NUMBER = "90000000000019"
_UNLOCKED = 28
"""How many prescriptions of the sample person `prescriptions` cross without a reference number."""
_NOT_DISPENSABLE = "ERROR_ED_NOT_DISPENSABLE_EPRESCRIPTION"
_NO_MATCH, _NO_CONSENT = "ERROR_PI_NO_MATCH", "ERROR_PS_NO_CONSENT"


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One line of the table."""

    what: str
    expected: str
    got: str
    milliseconds: float

    @property
    def as_expected(self) -> bool:
        """Whether what came is what was to come."""
        return self.got == self.expected


@dataclass
class Story:
    """Who plays: the world, country B's own means, the sample persons by id, a clock and ids."""

    world: World
    country_b: CountryB
    persons: dict[str, str]
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]

    def play(self) -> Iterator[StoryStep]:
        """Every step in order; a later one uses what an earlier one found."""
        session = self.session()
        rich = self.number("rich")
        yield self._step("find the patient by her number", "1 match", lambda: self._find(session, rich))
        treatment = self.country_b.issuer.confirm_treatment(session, self.identified(session, rich), self.now())
        pairs: list[ListedPair] = []
        yield self._step(
            "list her documents", "1 patient summary with its original", lambda: self._list(treatment, pairs)
        )
        yield from self._read(treatment, pairs, "patient-summary", "the patient summary")
        yield from self._pharmacy()
        yield from self._persons(session)
        yield from self._attacks(treatment)
        yield from self._at_home()
        for country in ("NO", "PT"):
            yield self._step(f"verify the evidence of {country}", "intact", partial(self._evidence, country))
        yield self._step("verify evidence with one row changed", "not intact", self._tampered)

    def session(self) -> Session:
        """A session of a physician in Porto."""
        return self._open(physician(self.now()))

    def _open(self, clinician: Clinician) -> Session:
        return self.country_b.issuer.open_session(clinician, self.country_b.country("NO"), self.now())

    def number(self, person: str) -> PatientIdentifier:
        """The identifier of a sample person, by her id."""
        number = self.persons[person]
        return PatientIdentifier(DNR if number[0] in "4567" else FNR, number)

    def _step(self, what: str, expected: str, do: Callable[[], str]) -> StoryStep:
        started = time.monotonic()
        try:
            got = do()
        except PeerSaidNo as said:
            got = said.problems[0].code if said.problems else type(said).__name__
        except AbroadRefused as reason:
            got = type(reason).__name__
        return StoryStep(what, expected, got, (time.monotonic() - started) * 1000)

    def _find(self, session: Session, patient: PatientIdentifier) -> str:
        return f"{len(self._matches(session, patient))} match"

    def identified(self, session: Session, patient: PatientIdentifier) -> FoundPatient:
        """The person as Norway identifies them. Raises AbroadRefused leaves."""
        return self._matches(session, patient)[0].patient

    def _matches(self, session: Session, patient: PatientIdentifier) -> tuple[PeerMatch, ...]:
        asked = FindPatient(receiver=HOME["NO"], sender=HOME["PT"], identifiers=(patient,))
        return identify_abroad(session, asked, self.country_b.peer, self.now())

    def _list(self, treatment: TreatmentAbroad, found: list[ListedPair]) -> str:
        query = FindDocuments(treatment.patient, (SUMMARIES,))
        entries, _ = find_documents_abroad(treatment, query, "ps", self.country_b.peer, self.now())
        found += pairs_of(entries)
        return f"{len(found)} patient summary" + _beside(found, " with its original")

    def _read(
        self, treatment: TreatmentAbroad, pairs: list[ListedPair], name: str, which: str
    ) -> Generator[StoryStep, None, list[DocumentAbroad]]:
        """Retrieve, check and show the first document of a list and its original, which it returns."""
        documents: list[DocumentAbroad] = []
        yield self._step(
            f"retrieve {which} and its original (PDF)",
            "2 documents, each the bytes listed",
            lambda: self._retrieve(treatment, pairs[0], documents),
        )
        yield self._step("check both against every rule at hand", "valid, valid", lambda: _checked(documents))
        pages = f"{name}.html, {name}-original.html"
        yield self._step(
            f"show both as pages, words of {self._release().id}", pages, lambda: self._show(documents, name)
        )
        return documents

    def _retrieve(self, treatment: TreatmentAbroad, pair: ListedPair, came: list[DocumentAbroad]) -> str:
        reception = self.country_b.reception
        documents, _ = retrieve_documents_abroad(treatment, pair.entries, self.country_b.peer, self.now(), reception)
        came += documents
        same = [hashlib.sha1(d.content, usedforsecurity=False).hexdigest() for d in came] == [
            entry.sha1 for entry in pair.entries
        ]
        return f"{len(came)} documents, each the bytes listed" if same else "other bytes than were listed"

    def _show(self, documents: list[DocumentAbroad], name: str) -> str:
        """Each document and the page of it in the folder of the demo; the names of the pages."""
        files = []
        for document, file in zip(documents, (name, f"{name}-original"), strict=True):
            page = write_html(document.content, release=self._release(), language="en", picture=first_page).html
            (self.world.folder / f"{file}.xml").write_bytes(document.content)
            (self.world.folder / f"{file}.html").write_bytes(page)
            files.append(f"{file}.html")
        return ", ".join(files)

    def _release(self) -> Release:
        settings = self.country_b.settings
        return release_chosen(settings, settings.countries["NO"].wave)

    def _pharmacy(self) -> Iterator[StoryStep]:
        """A pharmacist lists what may be dispensed abroad, and reads one of it."""
        patient = self.number("ordinary-old-woman")
        session = self._open(pharmacist(self.now()))
        person = self.identified(session, patient)
        treatment = self.country_b.issuer.confirm_treatment(session, person, self.now())
        pairs: list[ListedPair] = []
        yield self._step(
            "a pharmacist lists what may be dispensed abroad",
            "2 prescriptions, each with its original",
            lambda: self._list_prescriptions(treatment, pairs),
        )
        read = yield from self._read(treatment, pairs, "prescription", "one of them")
        yield from self._dispense(treatment, read)
        yield from self._locked(session)

    def _dispense(self, treatment: TreatmentAbroad, read: list[DocumentAbroad]) -> Iterator[StoryStep]:
        """She hands out what it prescribes: registered once, and taken back."""
        content = read[0].content if read else b""
        counter = PharmacyCounter(self.world, self.country_b, treatment, content, self.now, self.new_id)
        one, none = "1 in force, 0 annulled", "0 in force, 1 annulled"
        for what, expected, do, held in (
            ("hand it out, and report it to Norway", "registered", counter.dispense, one),
            ("report the same once more", "registered", counter.repeat, one),
            ("hand out more than is left", _NOT_DISPENSABLE, counter.too_many, one),
            ("take the first back", "taken back", counter.take_back, none),
        ):
            yield self._step(what, expected, do)
            yield self._step("dispensings that Reseptformidleren holds", held, counter.ledger)

    def _locked(self, session: Session) -> Iterator[StoryStep]:
        """One of a patient's prescriptions is locked: who has its reference number sees it, and nobody else."""
        person = self.identified(session, self.number("prescriptions"))
        for number, which, count in (
            (None, "without a reference number", _UNLOCKED),
            ("90000000000027", "with a wrong one", _UNLOCKED),
            (_REFERENCE_NUMBER, "with a locked one's", _UNLOCKED + 1),
        ):
            confirm = partial(self.country_b.issuer.confirm_treatment, prescription_number=number)
            treatment = confirm(session, person, self.now())
            yield self._step(
                f"list a patient's {which}",
                f"{count} prescriptions, each with its original",
                partial(self._list_prescriptions, treatment, []),
            )

    def _list_prescriptions(self, treatment: TreatmentAbroad, found: list[ListedPair]) -> str:
        query = FindDocuments(treatment.patient, (_PRESCRIPTIONS,))
        entries, _ = find_documents_abroad(treatment, query, "ep", self.country_b.peer, self.now())
        found += pairs_of(entries)
        return f"{len(found)} prescriptions" + _beside(found, ", each with its original")

    def _at_home(self) -> Iterator[StoryStep]:
        """The other way: a pharmacist in Norway dispenses a Portuguese prescription, once."""
        url = start_country(self.world, "PT")
        country_b = build_country_b(self.world.settings("NO"))
        try:
            counter = HomeCounter(self.world, country_b, url, self.now)
            for what, expected, do in (
                ("in Norway a pharmacist finds a Portuguese patient", "1 match", counter.find),
                ("list what Portugal lets her have dispensed", "4 prescriptions", counter.list),
                ("draft a narcotic", "group-a", counter.narcotic),
                ("draft a Norwegian package of the first", "dispensation.xml, nothing is sent", counter.draft),
                ("confirm it: Portugal answers", "ACCEPTED", counter.confirm),
                ("confirm it once more", "ACCEPTED", counter.confirm),
                ("dispensings that Portugal's ledger holds", "1 received, 1 in force", counter.ledger),
                ("take it back", "DISCARDED", counter.discard),
                ("dispensings that Portugal's ledger holds", "2 received, 0 in force", counter.ledger),
                ("Portugal will carry out the next and say nothing", "answers nothing", counter.silence),
                ("draft another", "dispensation.xml, nothing is sent", counter.draft),
                ("confirm it: no answer is no yes and no no", "SENT?, list: not-seen-there", counter.confirm),
                ("ask once more: nothing is sent again", "SENT?, list: not-seen-there", counter.confirm),
                ("dispensings that Portugal's ledger holds", "3 received, 1 in force", counter.ledger),
            ):
                yield self._step(what, expected, do)
        finally:
            country_b.close()

    def _persons(self, session: Session) -> Iterator[StoryStep]:
        for person, what in (
            ("kode-6", "ask for a person with a strictly confidential address"),
            ("reserved", "ask for a person reserved against sharing"),
        ):
            number = self.number(person)
            yield self._step(what, _NO_MATCH, partial(self._find, session, number))
        unknown = PatientIdentifier(FNR, "04816130080")
        yield self._step("ask for a person who does not exist", _NO_MATCH, lambda: self._find(session, unknown))
        identified = self.identified(session, self.number("blocked"))
        blocked = self.country_b.issuer.confirm_treatment(session, identified, self.now())
        yield self._step("list for one who blocked a professional", _NO_CONSENT, lambda: self._list(blocked, []))

    def _attacks(self, treatment: TreatmentAbroad) -> Iterator[StoryStep]:
        attacker = Attacker(self.country_b, treatment, self.world)

        def fresh() -> str:
            return f"urn:uuid:{self.new_id()}"

        other = self.number("ordinary-man")
        yield self._step(
            "attack: an attribute of the assertion changed",
            "ERROR_SEC_DATA_INTEGRITY_NOT_ENSURED",
            lambda: attacker.changed_role(fresh()),
        )
        yield self._step(
            "attack: a forged assertion beside the genuine one",
            "ERROR_SEC_DATA_INTEGRITY_NOT_ENSURED",
            lambda: attacker.wrapped(fresh()),
        )
        yield self._step("attack: assertions of yesterday", "1001", lambda: attacker.expired(fresh()))
        yield self._step(
            "attack: the same message twice",
            "Success, then ERROR_SEC_GENERIC",
            lambda: ", then ".join(attacker.repeated(fresh())),
        )
        yield self._step(
            "attack: another patient than the TRC's", "4206", lambda: attacker.another_patient(fresh(), other)
        )
        yield self._step(
            "attack: a revoked client certificate",
            REFUSED_IN_THE_HANDSHAKE,
            lambda: attacker.revoked_client(fresh()),
        )

    def _evidence(self, country: str) -> str:
        settings = self.world.settings(country)
        store = Store.open(settings.store_url())
        try:
            verification = verify(
                store,
                settings.path(settings.evidence.checkpoint_directory),
                self._certificates(country),
                KeyRing.read(settings.path(settings.store.keys_file)),
            )
        finally:
            store.close()
        return "intact" if verification.intact else f"not intact: {verification.first_bad_row}"

    def _certificates(self, country: str) -> list[x509.Certificate]:
        settings = self.world.settings(country)
        return pem_certificates(settings.path(settings.seal.certificate_file))

    def _tampered(self) -> str:
        """A copy of Norway's database in which one letter of the first row differs."""
        settings = self.world.settings("NO")
        copy = self.world.folder / "tampered.db"
        with (
            closing(sqlite3.connect(settings.store_url().removeprefix("sqlite:///"))) as original,
            closing(sqlite3.connect(copy)) as changed,
        ):
            original.backup(changed)
            changed.execute("UPDATE evidence SET event = replace(event, 'TREATMENT', 'EMERGENCY') WHERE sequence = 1")
            changed.commit()
        store = Store.open(f"sqlite:///{copy}")
        try:
            verification = verify(store)
        finally:
            store.close()
        return "intact" if verification.intact else "not intact"


def _beside(pairs: list[ListedPair], words: str) -> str:
    """``words`` when every document is listed beside its original."""
    return words if all(pair.original is not None for pair in pairs) else ""


def _checked(documents: list[DocumentAbroad]) -> str:
    return ", ".join("valid" if check(document.content, None).valid else "invalid" for document in documents)
