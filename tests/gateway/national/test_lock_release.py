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

    def send(self, message: tuple[str, str], key: str | None = None) -> str:
        """Send one message: "ok", or the code of the receipt that rejects it."""
        self.sent += 1
        document = about(msghead(message[0], "80624", message[1], key or f"line-{self.sent}"), RICH.number)
        receipt, _ = self._exchange(document)
        status = receipt.find("{*}Status")
        assert status is not None
        error = receipt.find("{*}Error")
        return "ok" if status.get("V") == "1" or error is None else str(error.get("V"))

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
        ("1 download", pharmacy.send(m93(R1)), pharmacy.status(R1)),
        ("2 M9.3 cancels", pharmacy.send(m93(R1, CANCEL)), pharmacy.status(R1)),
        ("3 M10 cancels", pharmacy.send(given_back(R1)), pharmacy.status(R1)),
        ("4 M10 cancels again", pharmacy.send(given_back(R1)), pharmacy.status(R1)),
        ("5 list", pharmacy.send(m91(RICH.number)), pharmacy.status(R1)),
        ("5 list declined", pharmacy.send(m93("", CANCEL)), pharmacy.status(R1)),
        ("6 download", pharmacy.send(m93(R1)), pharmacy.status(R1)),
        ("6 annuls and cancels", pharmacy.send(given_back(R1, annulling=True)), pharmacy.status(R1)),
        ("7 dispensed", pharmacy.send(dispensed, "m"), pharmacy.status(R1)),
        ("7 same bytes", pharmacy.send(dispensed, "m"), pharmacy.status(R1)),
        ("8 download", pharmacy.send(m93(R2)), pharmacy.status(R2)),
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
