"""A process that is killed, or stands still, between sending a report and knowing its receipt: no receipt is lost, and
whoever asks next learns what became of the report, which is taken once. Judged by the simulator's ledger.
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.errors import NationalServiceSlow
from gateway.national.prescription_broker import ReportedAbroad
from gateway.national.prescriptions import patient_of
from gateway.store.mail import unclaimed_mail
from gateway.store.tables import mail_found
from tests.crash.mail_sender import Office, Sender, ToSend, send_until
from tests.support.machine.generated import of_the_day
from tests.support.nodes.stores import migrated_file
from tests.support.norway.business_messages import Mailbox, sok_request
from tests.support.norway.dispensing import Counter
from tests.support.norway.doors import verified_request, verified_treatment
from tests.support.norway.eresept_messages import foreign_dispensation
from tests.support.norway.helseid_client import HelseIdClient
from tests.support.norway.simulator import Simulator, identifier_of, running
from tests.support.persons.with_prescriptions import CETIRIZINE, Held, person, prescription_id, samples_with

NUMBER = identifier_of("rich")
ITEM = prescription_id(person("rich"), CETIRIZINE)
TREATMENT = verified_treatment(NUMBER)
SHIPPED_DEADLINE = 120
POINTS = ("mail.asked", "mail.sent", "mail.found", "mail.filed", "mail.read")


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulator]:
    folder = tmp_path_factory.mktemp("mailbox")
    with running(folder, samples=samples_with(folder, {"rich": [Held(CETIRIZINE)]})) as simulator:
        yield simulator


@pytest.fixture
def national(process: Simulator) -> Simulator:
    process.reset()
    return process


@pytest.fixture
def office(national: Simulator, tmp_path: Path) -> Office:
    file = tmp_path / "node.db"
    file.write_bytes(migrated_file())
    return Office(national.base_url, national.client_key_file, f"sqlite:///{file}")


@pytest.fixture
def report(office: Office) -> ToSend:
    """A dispensing of a prescription that is held, written and not sent."""
    with office.doors("no-0") as (doors, _):
        asked = verified_request(NUMBER)
        found = doors.person_register.find(asked, asked.patient)
        assert found is not None
        assert doors.prescriptions is not None
        held = Counter(doors.prescriptions, TREATMENT, found).take(ITEM).held
        dispensed = ReportedAbroad(ITEM, "C", foreign_dispensation(), closes=True)
        draft = doors.prescriptions.drafted(TREATMENT, patient_of(found), dispensed)
        written = doors.prescriptions.reported(
            TREATMENT, patient_of(found), held, draft, message_id="6d0c1f0a-54c3-4f6e-9d0a-0b7e3a9a1c01"
        )
    return ToSend(TREATMENT, patient_of(found), written)


def settled(office: Office, report: ToSend) -> None:
    """Another process asks what became of it, and sends it if nobody knows of it."""
    with office.doors("no-2") as (doors, store):
        assert doors.prescriptions is not None
        doors.prescriptions.report(report.treatment, report.patient, report.written)
        assert unclaimed_mail(store) == 0
        with store.reading() as connection:
            about = select(mail_found.c.receipt).where(mail_found.c.about == report.written.message_id)
            assert any(connection.execute(about).scalars()), "its receipt is kept"


def taken_once(national: Simulator, report: ToSend) -> bool:
    """What Reseptformidleren holds: the report, in force, and no lock of ours."""
    ledger = national.send("GET", "/simulator/ledger").json()
    expected = {"prescription": ITEM, "kind": "dispensing", "in_force": True, "id": report.written.message_id}
    return bool(ledger == {"version": 1, "reports": [expected], "held": []})


def started(point: str, office: Office, report: ToSend, folder: Path) -> Sender:
    sender = send_until(point, office, report, folder / "point")
    assert sender.await_point() == point
    return sender


@pytest.mark.parametrize("point", POINTS)
def test_no_receipt_is_lost_by_a_kill(national: Simulator, office: Office, report: ToSend, tmp_path: Path, point: str):
    started(point, office, report, tmp_path).kill()
    settled(office, report)
    assert taken_once(national, report)
    assert Mailbox(HelseIdClient(national)).unread() == []


@pytest.mark.parametrize("point", of_the_day("stands still", POINTS, 2))
def test_who_stands_still_and_goes_on_undoes_nothing(
    national: Simulator, office: Office, report: ToSend, tmp_path: Path, point: str
):
    """Another process settles the report meanwhile, of the same mailbox and database."""
    sender = started(point, office, report, tmp_path)
    os.kill(sender.pid, signal.SIGSTOP)
    settled(office, report)
    assert taken_once(national, report)
    sender.go_on()
    settled(office, report)
    assert taken_once(national, report)
    assert Mailbox(HelseIdClient(national)).unread() == []


@pytest.mark.prove
@pytest.mark.timed
def test_a_receipt_that_comes_ten_seconds_after_the_two_minutes_settles_its_report(
    national: Simulator, office: Office, report: ToSend
):
    """The deadline as it is shipped; `test_shared_mailbox.py` has the short form."""
    national.fault("reseptformidleren", "slow", 130, operation="ERM10")
    with office.doors("no-1", report_deadline=SHIPPED_DEADLINE) as (doors, _):
        assert doors.prescriptions is not None
        began = time.monotonic()
        doors.prescriptions.report(report.treatment, report.patient, report.written)
        assert time.monotonic() - began >= SHIPPED_DEADLINE, "it waits for the receipt as long as it may, then it asks"
        assert national.made().count("reseptformidleren/ERM97") == 1
    while time.monotonic() - began < 135:
        time.sleep(1)
    settled(office, report)
    assert taken_once(national, report)
    assert national.made().count("reseptformidleren/ERM10") == 1


@pytest.mark.prove
@pytest.mark.timed
def test_a_report_is_settled_once_though_five_thousand_messages_lie_unread(
    national: Simulator, office: Office, report: ToSend
):
    for hundreds in range(25):
        mailbox = Mailbox(HelseIdClient(national))  # its nonce lasts two minutes
        for number in range(100):
            assert mailbox.send(sok_request(NUMBER, f"other-{hundreds}-{number}")).status == 201
    with office.doors("no-1", report_deadline=SHIPPED_DEADLINE) as (doors, store):
        assert doors.prescriptions is not None
        for _ in range(100):  # each takes some out of the way, and may be too late for its own answer
            with suppress(NationalServiceSlow):
                doors.prescriptions.report(report.treatment, report.patient, report.written)
                if not Mailbox(HelseIdClient(national)).unread():
                    break
        assert unclaimed_mail(store) == 5_000
    assert (taken_once(national, report), Mailbox(HelseIdClient(national)).unread()) == (True, [])
