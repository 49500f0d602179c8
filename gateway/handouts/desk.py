"""The Norwegian pharmacy's desk: draft, confirm, ask again, discard; of each dispensation once (state table B).

Nothing is sent that may not be handed out here, and nothing is sent twice but to a country that takes the same document
once. Silence is never taken for a no, nor a list for a yes: who asks is told what is known, and by whom.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from gateway.counter.decide import (
    CounterDecision,
    CounterHandout,
    CounterTables,
    against_prescription,
    decide_handout,
)
from gateway.counter.home_report import (
    ForeignDispensingFacts,
    HomeReporting,
    facts_for_own_system,
    who_reports,
)
from gateway.errors import ClockAlone, EvidenceUnavailable, StoreUnavailable
from gateway.evidence.named import words_of_person
from gateway.exchange.country_b.find import find_documents_abroad
from gateway.exchange.country_b.patient import check_patient, open_content
from gateway.handouts.book import HandoutBook, HandoutRow
from gateway.handouts.drafting import DraftedHandout, DraftIds, DraftingMeans, write_draft
from gateway.handouts.errors import (
    DiscardTooLate,
    DraftTooOld,
    HandoutBarred,
    HandoutNotOpen,
    HandoutOfAnother,
    HandoutUnknown,
    HandoutUnsettled,
)
from gateway.handouts.facts import HandoutFacts, ListingSeen, PharmacyPlace, item_key
from gateway.handouts.listing import ListingSays, of_discard, of_dispensation
from gateway.handouts.recorded import HandoutEvidence
from gateway.handouts.states import COUNTS, OPEN, HandoutState
from gateway.handouts.submitting import DISCARD, DISPENSE, SubmittedCda, Submitter, submission
from gateway.log_lines import logger
from gateway.messages import DocumentEntry, FindDocuments, ProvideDocuments, Remark
from gateway.peers.errors import AbroadRefused, PeerNotAgreed, PeerSaidNo, PeerUnreachable, ServerOfAnother
from gateway.peers.ports import ContactPoint, ProvidedAbroad, TreatmentAbroad
from gateway.store.failpoints import reached
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.kinds import PRESCRIPTION_CODE
from transformers.model.finding import Finding
from transformers.model.people import Professional
from transformers.model.prescription import Prescription
from transformers.model.values import Identifier
from transformers.norway.identifiers import HER
from transformers.norway.moments import norwegian_day
from transformers.norway.prescription import Dispensing
from transformers.norway.with_fest import sized_by_fest

_log = logger("ncpeh.handouts")
_S = HandoutState
PRESCRIPTIONS: Final = (PRESCRIPTION_CODE, "2.16.840.1.113883.6.1")
"""The class of ePrescriptions (LOINC)."""
_NOT_KNOWN_THERE: Final = frozenset({"ERROR_ED_EPRESCRIPTION_NOT_UPDATED"})
"""Refusals by which the country itself says that it does not know (addendum-dispensation-iti41.md, 3)."""
_NEVER_SENT = (PeerNotAgreed, ServerOfAnother, ClockAlone)


@dataclass(frozen=True, slots=True)
class DeskPolicy:
    """How long things may take."""

    draft: timedelta = timedelta(minutes=30)
    """How old a draft may be when it is confirmed."""
    answer: timedelta = timedelta(minutes=10)
    """After that what nobody answered waits for a person."""
    discard: timedelta = timedelta(hours=24)
    """How long a country takes a dispensation back (requirement 07.04)."""
    sendings: int = 3
    """How often at most a document is sent to a country that takes it once."""


@dataclass(frozen=True, slots=True)
class DeskMeans:
    """What the desk works with."""

    peer: ContactPoint
    drafting: DraftingMeans
    tables: CounterTables
    submitter: Submitter
    now: Callable[[], datetime]
    new_id: Callable[[], UUID]


@dataclass(frozen=True, slots=True)
class FetchedPrescription:
    """An ePrescription as it was listed and retrieved a moment ago."""

    content: bytes = field(repr=False)
    listing: ListingSeen


@dataclass(frozen=True, slots=True)
class HandoutDraft:
    """What the pharmacist is shown before she confirms."""

    document: Identifier
    """The key to confirm it by, and to ask how it stands."""
    content: bytes = field(repr=False)
    decision: CounterDecision
    uncoded: tuple[Finding, ...]
    """Codes that travel without a European one: the country sees their words."""


@dataclass(frozen=True, slots=True)
class HandoutStanding:
    """How a dispensation stands. The medicine is handed out in ACCEPTED, and in no state before it."""

    document: Identifier
    state: HandoutState
    answer: tuple[Remark, ...] = ()
    """The country's codes and own words."""
    seen: str | None = None
    """What its list showed, where it has not answered."""


class HandoutDesk:
    """The desk of this node. Each method raises HandoutRefused leaves and StoreUnavailable."""

    def __init__(self, book: HandoutBook, evidence: HandoutEvidence, means: DeskMeans, policy: DeskPolicy) -> None:
        self._book, self._evidence, self._means, self._policy = book, evidence, means, policy

    def draft(
        self,
        treatment: TreatmentAbroad,
        fetched: FetchedPrescription,
        handout: CounterHandout,
        pharmacist: Professional,
    ) -> HandoutDraft:
        """Write what would be sent. Raises HandoutBarred, HandoutUnsettled, DraftUnwritable; PeerNotAgreed where the
        country agreed to no dispensations; PatientUnproven for another's prescription; CdaError leaves for one that
        cannot be read.
        """
        now, means = self._means.now(), self._means
        if "ed" not in treatment.session.peer.answers:
            raise PeerNotAgreed
        check_patient(open_content(fetched.content), treatment.person, treatment.session.peer.patient_roots)
        prescription, _ = read_prescription(fetched.content)
        decision = self._decided(treatment, prescription, handout, fetched.listing, now)
        assert decision.product is not None  # a decision without one bars
        number = str(means.new_id())
        root = means.drafting.root
        ids = DraftIds(Identifier(root, number), Identifier(root, f"{number}.1"))
        drafted = DraftedHandout(handout, decision.product, pharmacist, ids)
        country = treatment.session.peer
        wave = country.wave_of(country.home_communities[0])
        written = write_draft(prescription, drafted, means.drafting, wave, now)
        facts = HandoutFacts(
            place=_place(treatment),
            patient=treatment.patient,
            drafted=now,
            document=ids.document,
            prescription=prescription.id,
            item=prescription.item.id,
            listing=fetched.listing,
            item_number=handout.item_number,
            product=decision.product.compared.entry.name,
            packages=handout.packages,
            reporter=_reporter(who_reports(means.tables.rules, _her_id(pharmacist), None, now)),
            reasons=tuple((one.key, one.recorded or "") for one in decision.recorded),
            prescribed=fetched.content,
            content=written.content,
            discard=written.discard,
        )
        self._book.draft(str(means.new_id()), facts)
        return HandoutDraft(ids.document, written.content, decision, written.uncoded)

    def confirm(self, treatment: TreatmentAbroad, document: Identifier) -> HandoutStanding:
        """Send what was drafted, once; of one that was confirmed before, how it stands, asked for anew.

        Raises HandoutUnknown, HandoutOfAnother, HandoutBarred, HandoutUnsettled, DraftTooOld, HandoutTaken.
        """
        row = self._own(treatment, document)
        if row.state is _S.DRAFT:
            row = self._confirmed(treatment, row)
        elif row.state is _S.READY:
            row = self._book.take(row)
        elif row.state is not _S.SENT_ASKED:
            return _standing(row)
        else:
            return self._asked_again(treatment, self._book.take(row))
        row, known = self._sent(treatment, row)
        return _standing(row) if known else self._asked_again(treatment, row)

    def discard(self, treatment: TreatmentAbroad, document: Identifier) -> HandoutStanding:
        """Take back what the country accepted.

        Raises HandoutUnknown, HandoutOfAnother, HandoutUnsettled while nobody knows whether it did, HandoutNotOpen,
        DiscardTooLate, HandoutTaken.
        """
        row, now = self._own(treatment, document), self._means.now()
        if row.state in (_S.DISCARDED, _S.DISCARD_REFUSED):
            return _standing(row)
        if row.state is _S.SENT_ASKED or (row.state is _S.HUMAN and row.asked_in is _S.SENT_ASKED):
            raise HandoutUnsettled
        if row.state not in (_S.ACCEPTED, _S.CLOSED_DISPENSED, _S.DISCARD_ASKED):
            raise HandoutNotOpen(row.state.value)
        if row.state is not _S.DISCARD_ASKED and row.sent is not None and now - row.sent > self._policy.discard:
            raise DiscardTooLate
        row = self._book.take(row)
        event = self._evidence.discard(row, treatment, now)
        reached("handout.B4.begun")
        row = self._book.move(row, _S.DISCARD_ASKED, self._evidence.adding(event))
        reached("handout.B4.recorded")
        answer, _ = self._asked(treatment, row, SubmittedCda(row.facts.discard, row.facts.document, DISCARD))
        reached("handout.B4.came")
        if answer is None:
            return _standing(self._looked(treatment, row))
        if not answer.refused:
            return _standing(self._settled(row, _S.DISCARDED, answer))
        if row.tries > 1:  # the first may have been carried out: then there is nothing left to discard
            return _standing(self._looked(treatment, row))
        return _standing(self._settled(row, _S.DISCARD_REFUSED, answer))

    def standing(self, treatment: TreatmentAbroad, document: Identifier) -> HandoutStanding:
        """How it stands, asking nobody. Raises HandoutUnknown, HandoutOfAnother."""
        return _standing(self._own(treatment, document))

    def home_facts(self, treatment: TreatmentAbroad, document: Identifier) -> ForeignDispensingFacts:
        """What the pharmacy's own system needs to report it, once the country accepted it.

        Raises HandoutUnknown, HandoutOfAnother, HandoutNotOpen.
        """
        row = self._own(treatment, document)
        if row.state not in (_S.ACCEPTED, _S.CLOSED_DISPENSED):
            raise HandoutNotOpen(row.state.value)
        facts, country = row.facts, row.facts.place.country
        prescription, _ = read_prescription(facts.prescribed)
        handout = CounterHandout(facts.item_number, facts.packages)
        return facts_for_own_system(prescription, country, facts.document, handout, norwegian_day(facts.drafted))

    def refuse(self, treatment: TreatmentAbroad, prescription: Prescription, why: str) -> tuple[str, ...]:
        """Record that nothing is handed out, with the pharmacist's reason; the rules' own reasons beside it.

        Raises AcceptanceIncomplete for a blank reason.
        """
        now = self._means.now()
        words = words_of_person("reason", why)
        rules = tuple(one.key for one in against_prescription(prescription, self._means.tables, now))
        event = self._evidence.not_handed_out(treatment, prescription.id, rules, words, now)
        self._book.record(self._evidence.adding(event))
        return rules

    def _decided(
        self,
        treatment: TreatmentAbroad,
        prescription: Prescription,
        handout: CounterHandout,
        listing: ListingSeen,
        now: datetime,
    ) -> CounterDecision:
        """What the rules say now; nothing of this prescription is under way. Raises HandoutBarred, HandoutUnsettled."""
        country = treatment.session.peer
        before = self._book.of_prescription(item_key(country.code, prescription.item.id))
        if any(row.state in OPEN for row in before):
            raise HandoutUnsettled
        fest, closes = self._means.tables.market.fest, country.dispensing.closes_at_first
        made = [
            sized_by_fest(Dispensing(packages=row.facts.packages, item_number=row.facts.item_number), fest)
            for row in before
            if row.state in COUNTS and _uncounted(row, listing, closes_at_first=closes)
        ]
        decision = decide_handout(prescription, handout, made, self._means.tables, now)
        if not decision.may_hand_out:
            raise HandoutBarred(decision)
        return decision

    def _own(self, treatment: TreatmentAbroad, document: Identifier) -> HandoutRow:
        row = self._book.by_document(document)
        if row is None:
            raise HandoutUnknown
        theirs, ours = row.facts.place, _place(treatment)
        same = theirs.country == ours.country and row.facts.patient == treatment.patient
        if theirs.organisation_id is None or ours.organisation_id is None:
            same = same and theirs == ours
        if not same or theirs.organisation_id != ours.organisation_id:
            raise HandoutOfAnother
        return row

    def _confirmed(self, treatment: TreatmentAbroad, row: HandoutRow) -> HandoutRow:
        """B1: everything is decided once more, and what was decided is durable."""
        facts, now = row.facts, self._means.now()
        if now - facts.drafted > self._policy.draft:
            raise DraftTooOld
        prescription, _ = read_prescription(facts.prescribed)
        handout = CounterHandout(facts.item_number, facts.packages, dict(facts.reasons))
        stands = self._others(row)
        decision = self._decided(treatment, prescription, handout, facts.listing, now)
        row = self._book.take(row)
        event = self._evidence.confirmed(row, treatment, decision.recorded)
        reached("handout.B1.begun")
        row = self._book.move(row, _S.READY, self._evidence.adding(event), evidence=str(event.id))
        reached("handout.B1.recorded")
        if self._others(row) != stands:  # while it was decided, another one was confirmed and answered
            self._settled(row, _S.REFUSED, None)
            raise HandoutUnsettled
        return row

    def _others(self, row: HandoutRow) -> dict[str, HandoutState]:
        """What else counts as handed out of its prescription: while this row is open, none of it moves on."""
        rows = self._book.of_prescription(row.facts.taken_key)
        return {one.row_id: one.state for one in rows if one.state in COUNTS and one.row_id != row.row_id}

    def _sent(self, treatment: TreatmentAbroad, row: HandoutRow) -> tuple[HandoutRow, bool]:
        """B2: the question is durable, then it is sent. Whether the country answered; the row is still ours if not."""
        reached("handout.B2.begun")
        row = self._book.move(row, _S.SENT_ASKED)
        reached("handout.B2.recorded")
        answer, may_be_there = self._asked(
            treatment, row, SubmittedCda(row.facts.content, row.facts.document, DISPENSE)
        )
        reached("handout.B2.came")
        if answer is None:
            if may_be_there or row.tries > 1:
                return row, False
            return self._settled(row, _S.REFUSED, None), True
        # what refuses a repetition may be the first one that took effect
        unknown = row.tries > 1 or _NOT_KNOWN_THERE.intersection(problem.code for problem in answer.problems)
        if answer.refused and unknown:
            return row, False
        return self._settled(row, _S.REFUSED if answer.refused else _S.ACCEPTED, answer), True

    def _asked(
        self, treatment: TreatmentAbroad, row: HandoutRow, document: SubmittedCda
    ) -> tuple[ProvidedAbroad | None, bool]:
        """The country's answer, None where it gave none that is one; and whether anything may have come there."""
        now = self._means.now()
        asked = self._submission(treatment, document, now)
        self._book.still_ours(row)
        try:
            answer = self._means.peer.provide(treatment, asked, now)
        except _NEVER_SENT:
            return None, False
        except PeerUnreachable as reason:
            return None, reason.sent
        except (AbroadRefused, EvidenceUnavailable, StoreUnavailable) as reason:
            _log.warning("handout-unanswered", row=row.row_id, fault=type(reason).__name__)
            return None, True
        return (None if answer.unclear else answer), True

    def _submission(self, treatment: TreatmentAbroad, document: SubmittedCda, now: datetime) -> ProvideDocuments:
        number = f"{self._means.submitter.source}.{self._means.new_id().int}"
        return submission(self._means.submitter, number, treatment.patient, now, document)

    def _asked_again(self, treatment: TreatmentAbroad, row: HandoutRow) -> HandoutStanding:
        """Nobody knows: the same bytes again to a country that takes them once, and a look at its list to any other."""
        if treatment.session.peer.dispensing.idempotent and row.tries < self._policy.sendings:
            row, known = self._sent(treatment, row)
            if known:
                return _standing(row)
        return _standing(self._looked(treatment, row))

    def _looked(self, treatment: TreatmentAbroad, row: HandoutRow) -> HandoutRow:
        """What the list shows, remembered; the row is let go."""
        entries = self._listed(treatment)
        says = ListingSays.NOTHING
        if entries is not None:
            before, sent = row.facts.listing, row.sent or row.changed
            of_it = row.state is _S.SENT_ASKED
            says = of_dispensation(before, sent, entries) if of_it else of_discard(before, entries)
        row = self._book.note_seen(row, says.value)
        self._book.let_go(row)
        return row

    def _listed(self, treatment: TreatmentAbroad) -> tuple[DocumentEntry, ...] | None:
        query = FindDocuments(treatment.patient, (PRESCRIPTIONS,))
        try:
            entries, _ = find_documents_abroad(treatment, query, "ep", self._means.peer, self._means.now())
        except PeerSaidNo as refused:
            # a country with nothing left to dispense may say so instead of listing nothing
            nothing = {problem.code for problem in refused.problems} & {"ERROR_EP_NOT_FOUND", "1101", "1102"}
            return () if nothing else None
        except (AbroadRefused, ClockAlone, EvidenceUnavailable, StoreUnavailable):
            return None
        return entries

    def _settled(self, row: HandoutRow, to: HandoutState, answer: ProvidedAbroad | None) -> HandoutRow:
        problems = () if answer is None else answer.problems
        codes = tuple(problem.code for problem in problems)
        event = self._evidence.settled(row, to, codes, self._means.now())
        return self._book.move(row, to, self._evidence.adding(event), answer=problems)


def _uncounted(row: HandoutRow, listing: ListingSeen, *, closes_at_first: bool) -> bool:
    """Whether the country cannot have counted what was handed out here: a prescription that it accepted one of and
    lists again has that much left, unless it closes all of them at the first.
    """
    return closes_at_first or row.state is _S.CLOSED_DISPENSED or row.changed >= listing.seen


def _place(treatment: TreatmentAbroad) -> PharmacyPlace:
    clinician = treatment.session.clinician
    return PharmacyPlace(treatment.session.peer.code, clinician.id, clinician.organisation_id)


def _reporter(reporting: HomeReporting) -> str:
    return f"{reporting.reporter.value}/{reporting.why.value}"


def _her_id(pharmacist: Professional) -> str:
    """The pharmacy's HER-id; empty where it is not told, and then no agreement names it."""
    identifiers = () if pharmacist.organisation is None else pharmacist.organisation.identifiers
    return next((one.extension or "" for one in identifiers if one.root == HER), "")


def _standing(row: HandoutRow) -> HandoutStanding:
    return HandoutStanding(row.facts.document, row.state, row.answer, row.seen)
