"""The ledger says what Reseptformidleren holds: what is under dispensing, by whom, and every report it accepted."""

from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.simulators.asked import read_asked
from gateway.simulators.messages import RESEPTFORMIDLEREN, Desk
from gateway.simulators.prescription_bank import PHARMACY_HER_ID, Bank
from gateway.simulators.prescription_ledger import ledger_of
from gateway.simulators.samples import Samples
from tests.support.norway.business_messages import OUR_HER_ID, msghead
from tests.support.norway.prescription_requests import about, given_back, m10, m93
from tests.support.norway.simulator import Simulator, national, national_process
from tests.support.persons.with_prescriptions import CETIRIZINE, Held, person, prescription_id, samples_with

__all__ = ["national", "national_process"]

RICH = person("rich")
ITEM = prescription_id(RICH, CETIRIZINE)
EMPTY = {"version": 1, "reports": [], "held": []}
Send = Callable[[tuple[str, str], str], None]


@pytest.fixture
def samples(tmp_path: Path) -> Samples:
    return Samples(samples_with(tmp_path, {"rich": [Held(CETIRIZINE, dispensed=2)]}))


@pytest.fixture
def bank(samples: Samples) -> Bank:
    return Bank(samples)


@pytest.fixture
def send(samples: Samples, bank: Bank) -> Send:
    desk = Desk(samples, bank)

    def sent(message: tuple[str, str], key: str) -> None:
        kind, payload = message
        RESEPTFORMIDLEREN.answer(read_asked(about(msghead(kind, "80624", payload, key), RICH.number).encode()), desk)

    return sent


def _report(key: str, kind: str, *, in_force: bool = True) -> dict[str, object]:
    return {"prescription": ITEM, "kind": kind, "in_force": in_force, "id": key}


def test_a_download_is_held_until_it_is_given_back(bank: Bank, send: Send):
    assert ledger_of(bank) == EMPTY
    send(m93(ITEM), "Take-1")
    assert ledger_of(bank) == EMPTY | {"held": [{"prescription": ITEM, "by": OUR_HER_ID}]}
    send(given_back(ITEM), "Back-1")
    assert ledger_of(bank) == EMPTY | {"reports": [_report("Back-1", "cancellation")]}


def test_a_dispensing_is_in_force_until_it_is_annulled(bank: Bank, send: Send):
    send(m93(ITEM), "Take-1")
    send(m10(ITEM), "Report-1")
    assert ledger_of(bank) == EMPTY | {"reports": [_report("Report-1", "dispensing")]}
    send(m10(ITEM, annuls="Report-1"), "Undo-1")
    undone = [_report("Report-1", "dispensing", in_force=False), _report("Undo-1", "annulment")]
    assert ledger_of(bank) == EMPTY | {"reports": undone}


def test_what_is_rejected_is_in_no_ledger(bank: Bank, send: Send):
    send(m10(ITEM), "Report-1")
    send(given_back(ITEM), "Back-1")
    assert ledger_of(bank) == EMPTY


def test_what_is_sent_twice_stands_once(bank: Bank, send: Send):
    for _ in range(2):
        send(m93(ITEM), "Take-1")
        send(m10(ITEM), "Report-1")
    assert ledger_of(bank)["reports"] == [_report("Report-1", "dispensing")]


def test_a_reset_empties_it(bank: Bank, send: Send):
    send(m93(ITEM), "Take-1")
    send(given_back(ITEM), "Back-1")
    bank.forget()
    assert ledger_of(bank) == EMPTY


def test_it_is_read_by_whoever_asks_and_written_by_nobody(national: Simulator):
    ledger = national.send("GET", "/simulator/ledger").json()
    assert (ledger["version"], ledger["reports"]) == (1, [])
    assert [one["by"] for one in ledger["held"]] == [PHARMACY_HER_ID]  # as the samples have it
    assert [national.send(method, "/simulator/ledger").status for method in ("POST", "PUT", "DELETE")] == [405] * 3
