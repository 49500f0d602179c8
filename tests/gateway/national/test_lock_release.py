"""Giving a prescription back at `ncpeh simulate`, message by message: receipts and statuses (Volven 7408).

NHN Confluence, ERDOK 2509570051, 2545352790 and 2237267992; R1308, 4.2.4.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from lxml import etree

from tests.support.norway.business_messages import Mailbox, msghead
from tests.support.norway.helseid_client import HelseIdClient
from tests.support.norway.prescription_requests import (
    CANCEL,
    CLOSES,
    EVERY,
    about,
    given_back,
    m5,
    m10,
    m91,
    m93,
    m95,
)
from tests.support.norway.simulator import running
from tests.support.persons.with_prescriptions import CETIRIZINE, RAMIPRIL, Held, person, prescription_id, samples_with

RICH = person("rich")
R1, R2 = (prescription_id(RICH, medicine) for medicine in (CETIRIZINE, RAMIPRIL))


@dataclass
class Pharmacy:
    """Who asks over the message hub."""

    mailbox: Mailbox
    sent: int = 0
    last: str = ""
    """MsgId of the last list or download that came."""
    listed: str = ""
    """MsgId of the last list."""
    first: str = ""
    """MsgId of what began the conversation."""

    def send(self, message: tuple[str, str], key: str | None = None, *, follows: str | None = None) -> str:
        """Send one message: "ok", or the code of the receipt that rejects it.

        It goes on from the last list or download, or from ``follows``.
        """
        self.sent += 1
        key = key or f"line-{self.sent}"
        conversation = None if message[0] == "ERM91" else (follows or self.last, self.first)
        document = about(msghead(message[0], "80624", message[1], key, conversation), RICH.number)
        receipt, answer = self._exchange(document)
        if answer is not None and message[0] in ("ERM91", "ERM93"):
            self.last = str(answer.findtext("{*}MsgInfo/{*}MsgId"))
            self.listed = self.last if message[0] == "ERM91" else self.listed
            self.first = key if message[0] == "ERM91" else self.first
        status = receipt.find("{*}Status")
        assert status is not None
        error = receipt.find("{*}Error")
        return "ok" if status.get("V") == "1" or error is None else str(error.get("V"))

    def take(self, prescription: str) -> str:
        """List, and download from the list."""
        assert self.send(m91(RICH.number)) == "ok"
        return self.send(m93(prescription))

    def status(self, prescription: str) -> tuple[str, str | None]:
        """Status and holder in the prescriber's list."""
        row = self.row(prescription)
        status = row.find("{*}Status")
        assert status is not None
        return str(status.get("V")), row.findtext("{*}NavnUtleverer")

    def row(self, prescription: str) -> etree._Element:
        """Its row in the prescriber's list, every prescription asked for."""
        self.sent += 1
        kind, payload = m95(RICH.number, EVERY)
        _, answer = self._exchange(msghead(kind, "80624", payload, f"line-{self.sent}"))
        assert answer is not None
        return next(one for one in answer.iter("{*}Listeelement") if one.findtext("{*}ReseptId") == prescription)

    def _exchange(self, document: str) -> tuple[etree._Element, etree._Element | None]:
        receipt, answer = self.mailbox.exchange(document)
        for entry in self.mailbox.unread():
            self.mailbox.mark_read(entry["id"])
        return etree.fromstring(receipt), None if answer is None else etree.fromstring(answer)


@pytest.fixture
def pharmacy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pharmacy]:
    folder = tmp_path_factory.mktemp("release")
    with running(folder, samples=samples_with(folder, {"rich": [Held(CETIRIZINE), Held(RAMIPRIL)]})) as simulator:
        yield Pharmacy(Mailbox(HelseIdClient(simulator)))


OURS = ("U", "Nasjonalt kontaktpunkt")


def test_the_conversation_of_giving_back_leaves_each_status_as_documented(pharmacy: Pharmacy):
    dispensed = m10(R1, closed=CLOSES)
    played = [
        ("1 download", pharmacy.take(R1), pharmacy.status(R1)),
        ("2 M9.3 cancels", pharmacy.send(m93(R1, CANCEL), follows=pharmacy.listed), pharmacy.status(R1)),
        ("3 M10 cancels", pharmacy.send(given_back(R1)), pharmacy.status(R1)),
        ("4 M10 cancels again", pharmacy.send(given_back(R1)), pharmacy.status(R1)),
        ("5 list", pharmacy.send(m91(RICH.number)), pharmacy.status(R1)),
        ("5 list declined", pharmacy.send(m93("", CANCEL)), pharmacy.status(R1)),
        ("6 download", pharmacy.take(R1), pharmacy.status(R1)),
        ("6 annuls and cancels", pharmacy.send(given_back(R1, annulling=True)), pharmacy.status(R1)),
        ("7 dispensed", pharmacy.send(dispensed, "m"), pharmacy.status(R1)),
        ("7 same bytes", pharmacy.send(dispensed, "m"), pharmacy.status(R1)),
        ("8 download", pharmacy.take(R2), pharmacy.status(R2)),
        ("8 recall", pharmacy.send(m5(R2)), pharmacy.status(R2)),
    ]
    print(*played, sep="\n")  # noqa: T201 - a reviewer reads the conversation
    free, closed = ("E", None), ("R", None)
    assert [line[1:] for line in played] == [
        ("ok", OURS), ("ok", OURS), ("ok", free), ("41", free), ("ok", free), ("ok", free), ("ok", OURS),
        ("124", OURS), ("ok", closed), ("65", closed), ("ok", OURS), ("ok", OURS),
    ]  # fmt: skip
    assert pharmacy.row(R2).findtext("{*}TilbakekallingStatus") == "true"
    assert (pharmacy.send(given_back(R2)), pharmacy.status(R2)) == ("ok", ("T", None))


def test_a_conversation_that_does_not_fit_is_rejected_and_its_twin_is_not(pharmacy: Pharmacy):
    """R1408, 4.1; R1308, 4.1: M9.3 follows the M9.2, and M10 the M9.4, in the conversation that the M9.1 began."""
    assert pharmacy.send(m93(R1), follows="never") == "X99"
    assert pharmacy.take(R1) == "ok"
    assert pharmacy.send(m93(R1), follows=pharmacy.last) == "X99"
    for wrong in ("never", pharmacy.listed):
        assert pharmacy.send(given_back(R1), follows=wrong) == "X99"
    held, pharmacy.first = (pharmacy.last, pharmacy.first), "another"
    assert pharmacy.send(given_back(R1)) == "X99"
    pharmacy.first = held[1]
    assert pharmacy.send(given_back(R2)) == "X99"
    assert (pharmacy.send(given_back(R1)), pharmacy.status(R1)) == ("ok", ("E", None))


def test_a_dispensers_message_without_telephone_is_rejected(pharmacy: Pharmacy):
    """R1308, 4.1.3."""
    kind, payload = m91(RICH.number)
    whole = msghead(kind, "80624", payload, "with")
    without = whole.replace('V="tel:00 00 00 00"', 'V="tel:"').replace(">with<", ">without<")
    codes = []
    for document in (without, whole):
        receipt, _ = pharmacy._exchange(document)
        error = receipt.find("{*}Error")
        codes.append(None if error is None else error.get("V"))
    assert codes == ["334", None]
