"""Reseptformidleren's prescriptions and their life: listed, downloaded (locked), dispensed, annulled, closed.

Sources: NHN Confluence, space ERDOK, pages 2509570051 and 2545352790 (states and what changes them) and 2237267992 (how
a download is given up); R1408, 4.4; R1308, 4.2.4. The states are Volven 7408, and what is refused is told by the codes
of Volven 7419 (`rules.py`). State is kept in memory: a reset brings back what the samples say.
Layout of a person's prescriptions: samples/README.md (``prescriptions.toml`` and the M1 messages it names).
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum

from gateway.simulators import rules
from gateway.simulators.rules import SimulatedRule
from gateway.simulators.samples import Sample, Samples
from trust.xml import Element, parse


class Status(StrEnum):
    """Volven 7408, as far as the simulator moves between them."""

    DISPENSABLE = "E"
    LOCKED = "U"
    CLOSED = "R"
    RECALLED = "T"


PHARMACY_HER_ID, PHARMACY_NAME = "8090688", "Apoteket Snill Sopp"
"""An invented pharmacy: whoever dispensed, or holds, what the samples say is dispensed or under dispensing."""
_MOST_REPORTS = 20_000
_REFUSED = {
    "R": rules.IS_CLOSED, "T": rules.IS_RECALLED, "X": rules.IS_INVALID, "A": rules.IS_REFUSED, "B": rules.IS_PENDING,
}  # fmt: skip
"""Which rule says why a prescription of that status cannot be downloaded."""


class ReportKind(StrEnum):
    """What an M10 does."""

    DISPENSING = "dispensing"
    ANNULMENT = "annulment"
    CANCELLATION = "cancellation"


class BankRefuses(Exception):
    """The message is rejected by a rule, with its code of Volven 7419."""

    def __init__(self, rule: SimulatedRule) -> None:
        super().__init__(rule.code)
        self.rule = rule


@dataclass(slots=True)
class TakenReport:
    """An M10 that was taken in."""

    id: str
    document: bytes = field(repr=False)
    sender: str
    day: str
    kind: ReportKind
    prescription: str
    annulled: bool = False
    closed: bool = False
    """It closed the prescription (Avsluttet)."""


@dataclass(slots=True)
class Kept:
    """One prescription. ``original`` is the prescriber's M1 as it was sent."""

    id: str
    number: str = field(repr=False)
    original: bytes = field(repr=False)
    root: Element = field(repr=False)
    status: str
    dispensed: int
    """Dispensings made before anybody asked."""
    holder: str | None = None
    """HER-id of who has downloaded it."""
    holder_name: str = ""
    downloaded_by: set[str] = field(default_factory=set)
    reports: list[TakenReport] = field(default_factory=list)
    recall: Element | None = field(default=None, repr=False)
    """Arsak (Volven 7500) of a recall: it holds now, or once the dispensing has ended."""

    def said(self, name: str) -> str | None:
        """Text of the first element of that local name in the M1."""
        found = next(iter(self.root.iter(f"{{*}}{name}")), None)
        return None if found is None else (found.text or "").strip() or None

    @property
    def locked_by_reference(self) -> bool:
        """LastResept: only who names the reference number sees it (Volven 7419, 258)."""
        return self.said("LastResept") in ("true", "1")


class Bank:
    """Every prescription of every sample person."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples
        self._as_sampled = [one for who in samples.everybody() for one in _read(who)]
        self._kept: dict[str, Kept] = {}
        self._taken: dict[str, TakenReport] = {}
        self.forget()

    def forget(self) -> None:
        """Back to what the samples say."""
        self._taken.clear()
        again = (replace(one, downloaded_by=set(), reports=[]) for one in self._as_sampled)
        self._kept = {one.id.lower(): one for one in again}

    def of(self, number: str) -> list[Kept]:
        """A person's prescriptions, by current number."""
        return [one for one in self._kept.values() if one.number == number]

    def with_reference(self, reference: str) -> list[Kept]:
        """Prescriptions with that reference number; M9.1 2013-10-08 has RefNr without Fnr (Volven 7419, 60)."""
        return [one for one in self._kept.values() if one.said("RefNr") == reference]

    def find(self, prescription_id: str) -> Kept | None:
        """One prescription."""
        return self._kept.get(prescription_id.lower())

    def taken(self) -> list[TakenReport]:
        """Every M10 that was accepted since the samples were as they are, in order."""
        return list(self._taken.values())

    @property
    def full(self) -> bool:
        """Whether it remembers as many reports as it can: none is forgotten, for a judge counts them."""
        return len(self._taken) >= _MOST_REPORTS

    def held(self) -> list[Kept]:
        """What somebody has downloaded and neither reported nor given back."""
        return [one for one in self._kept.values() if one.status == Status.LOCKED]

    def blocked(self, number: str) -> bool:
        """Whether the person has blocked professionals, so that prescribers see nothing (HIS 3004 and 3006:2018).

        It stops no dispenser (`rules.DISPENSER_OF_BLOCKED`).
        """
        who = self._samples.by_current_number(number)
        privacy = who.document("privacy.json") if who else None
        return bool(privacy and privacy["status"]["privacy"]["blockedPersonnel"])

    def download(self, prescription_id: str, reference: str | None, asker: str, name: str) -> Kept:
        """Lock it for the asker: E to U (R1408, 4.4; ERDOK 2509570051). Raises `BankRefuses`.

        Who holds it already gets it again (`rules.HOLDER_AGAIN`), and no time ends a lock (`rules.LOCK_STAYS`).
        """
        kept = self._required(prescription_id)
        if kept.locked_by_reference and reference != kept.said("RefNr"):
            raise BankRefuses(rules.NEEDS_REFERENCE)
        if kept.status == Status.LOCKED and kept.holder != asker:
            raise BankRefuses(rules.HELD_BY_ANOTHER)
        if kept.status not in (Status.DISPENSABLE, Status.LOCKED):
            raise BankRefuses(_REFUSED.get(kept.status, rules.WRONG_STATUS))
        kept.status, kept.holder, kept.holder_name = Status.LOCKED, asker, name
        kept.downloaded_by.add(asker)
        return kept

    def cancel(self, prescription_id: str, number: str | None, report: TakenReport) -> None:
        """Take an M10 with Kanselleringskode in: the holder gives it back, U to E (R1308, 4.2.4; ERDOK 2237267992).

        It needs no download of the sender's own by 357 (Volven 7419: "uten kanselleringskode").
        """
        kept = self._reported(prescription_id, number, report)
        if kept.status != Status.LOCKED or kept.holder != report.sender:
            raise BankRefuses(rules.CANCEL_UNHELD if kept.status != Status.LOCKED else rules.CANCEL_ANOTHERS)
        self._end(kept, Status.DISPENSABLE)
        self._take(report)

    def recall(self, prescription_id: str, why: Element) -> bool:
        """The prescriber's M5: E to T. True: it waits until the dispensing ends (Volven 7503, 2; ERDOK 2545352790).

        Anybody may (`rules.ANYBODY_RECALLS`).
        """
        kept = self._required(prescription_id)
        if kept.recall is not None or kept.status == Status.RECALLED:
            raise BankRefuses(rules.RECALLED_ALREADY)
        if kept.status not in (Status.DISPENSABLE, Status.LOCKED):
            raise BankRefuses(rules.NOT_TO_RECALL)
        kept.recall = why
        if kept.status == Status.DISPENSABLE:
            kept.status = Status.RECALLED
        return kept.status == Status.LOCKED

    def dispense(self, prescription_id: str, number: str | None, report: TakenReport, *, closes: bool) -> None:
        """Take an M10 of a dispensing in: U to E, or to R when it closes (M10 2013-10-08, Avsluttet; ERDOK 2509570051).

        Who did not download it is refused, and who no longer holds it.
        """
        kept = self._reported(prescription_id, number, report)
        if kept.status != Status.LOCKED or kept.holder != report.sender:
            raise BankRefuses(rules.REPORT_NOT_HOLDING if kept.status == Status.LOCKED else rules.NOT_DOWNLOADED)
        report.closed = closes
        kept.reports.append(report)
        self._end(kept, Status.CLOSED if closes else Status.DISPENSABLE)
        self._take(report)

    def annul(self, prescription_id: str, number: str | None, report: TakenReport, taken_back: str) -> None:
        """Take an M10 in that takes another back: what that one closed is open again, R to E (ERDOK 2509570051).

        Closed is left by the annulment of the report that closed it, and of no other.

        Who never downloaded it is refused, and a report that is another's, or that is not in force.
        """
        kept = self._reported(prescription_id, number, report)
        if report.sender not in kept.downloaded_by:
            raise BankRefuses(rules.NOT_DOWNLOADED)
        before = next((one for one in kept.reports if one.id.lower() == taken_back.lower() and not one.annulled), None)
        if before is None or before.sender != report.sender:
            raise BankRefuses(rules.ANNULS_NOTHING)
        before.annulled = True
        kept.reports.append(report)
        if kept.status == Status.CLOSED and before.closed:
            self._end(kept, Status.DISPENSABLE)
        self._take(report)

    def _take(self, report: TakenReport) -> None:
        self._taken[report.id.lower()] = report

    @staticmethod
    def _end(kept: Kept, status: Status) -> None:
        """Nobody holds it any longer. A recall that waited holds now (and `rules.RECALL_AFTER_CLOSING`)."""
        waits = kept.recall is not None and status is Status.DISPENSABLE
        kept.status, kept.holder = (Status.RECALLED if waits else status), None

    def _reported(self, prescription_id: str, number: str | None, report: TakenReport) -> Kept:
        kept = self._required(prescription_id)
        if report.id.lower() in self._taken:
            raise BankRefuses(rules.SENT_BEFORE)
        if number != kept.number:
            raise BankRefuses(rules.OTHER_PATIENT)
        return kept

    def _required(self, prescription_id: str) -> Kept:
        kept = self.find(prescription_id)
        if kept is None:
            raise BankRefuses(rules.UNKNOWN_ID)
        return kept


def _read(who: Sample) -> list[Kept]:
    return [
        Kept(
            id=str(row["id"]),
            number=who.number,
            original=original,
            root=parse(original),
            status=str(row["status"]),
            dispensed=int(row["dispensed"]),
            holder=PHARMACY_HER_ID if row["status"] == Status.LOCKED else None,
            holder_name=PHARMACY_NAME,
        )
        for row in who.prescriptions()
        if (original := who.message(str(row["file"]))) is not None
    ]
