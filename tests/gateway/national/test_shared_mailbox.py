"""A mailbox at the simulator that several processes share over one database: each message reaches its asker, once."""

import time
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway import clock
from gateway.errors import NationalRejected, NationalServiceSlow
from gateway.national.doors import NationalDoors
from gateway.national.message_transport import FiledMail
from gateway.national.ports import RegisteredPerson
from gateway.national.prescription_broker import PrescriptionBroker, ReportedAbroad
from gateway.store.engine import Store
from gateway.store.mail import MailInStore, unclaimed_mail
from gateway.store.tables import mail_asked, mail_found
from tests.support.nodes.stores import KEYS, migrated_file
from tests.support.norway.business_messages import OUR_HER_ID, Mailbox, m911
from tests.support.norway.dispensing import Counter, Dispensed
from tests.support.norway.doors import doors_to, national_table_with_prescriptions, verified_request, verified_treatment
from tests.support.norway.eresept_messages import foreign_dispensation
from tests.support.norway.helseid_client import HelseIdClient
from tests.support.norway.simulator import CLIENT_ID, Simulator, identifier_of, running
from tests.support.persons.with_prescriptions import CETIRIZINE, Held, person, prescription_id, samples_with

NUMBER = identifier_of("rich")
ITEM = prescription_id(person("rich"), CETIRIZINE)
TREATMENT = verified_treatment(NUMBER)


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
def store(tmp_path: Path) -> Iterator[Store]:
    file = tmp_path / "node.db"
    file.write_bytes(migrated_file())
    with closing(Store.open(f"sqlite:///{file}")) as opened:
        yield opened


def mail_of(store: Store, holder: str = "no-1") -> MailInStore:
    return MailInStore(store, KEYS, holder=holder, now=clock.now)


def opened(national: Simulator, mail: FiledMail, *, report_deadline: float = 120.0):
    """The doors of one process that shares the mailbox."""
    table = national_table_with_prescriptions(national.base_url, national.client_key_file, CLIENT_ID)
    table["national"] |= {"report_deadline": f"PT{report_deadline}S"}
    table["national"]["sender"]["her_id"] = OUR_HER_ID
    return doors_to(table, mail=mail)


def her(doors: NationalDoors) -> RegisteredPerson:
    request = verified_request(NUMBER)
    found = doors.person_register.find(request, request.patient)
    assert found is not None
    return found


def broker(doors: NationalDoors) -> PrescriptionBroker:
    assert doors.prescriptions is not None
    return doors.prescriptions


def read_until(doors: NationalDoors, mailbox: Mailbox, left: int) -> None:
    """Read medicines, and so look into the mailbox, until no more than ``left`` messages are unread there."""
    for _ in range(100):
        doors.medicines.read(TREATMENT, her(doors))
        if len(mailbox.unread()) <= left:
            return
    raise AssertionError("messages stay unread")


def test_what_answers_nobody_is_kept_counted_and_out_of_the_way(national: Simulator, store: Store):
    mailbox = Mailbox(HelseIdClient(national))
    for number in range(6):
        assert mailbox.send(m911(NUMBER, f"other-{number}")).status == 201
    with opened(national, mail_of(store)) as doors:
        read_until(doors, mailbox, 0)
    assert unclaimed_mail(store) == 12


def test_an_answer_that_another_process_found_reaches_its_asker(national: Simulator, store: Store):
    mailbox, waiting = Mailbox(HelseIdClient(national)), mail_of(store, "no-2")
    waiting.asking("waited-for", "80624", kept=False)
    assert mailbox.send(m911(NUMBER, "waited-for")).status == 201
    with opened(national, mail_of(store)) as doors:
        read_until(doors, mailbox, 0)
    found = waiting.filed("waited-for", "80624")
    assert sorted(one.receipt for one in found) == [False, True]
    assert (waiting.filed("waited-for", "80624"), unclaimed_mail(store)) == ((), 0)


def until_a_receipt_is_filed(doors: NationalDoors, store: Store) -> None:
    """Read medicines, and so look into the mailbox, until a receipt of a report is filed."""
    ends = time.monotonic() + 60
    kept = select(mail_found.c.hub_id).join(mail_asked, mail_found.c.about == mail_asked.c.message_id)
    while time.monotonic() < ends:
        doors.medicines.read(TREATMENT, her(doors))
        with store.reading() as connection:
            if connection.execute(kept.where(mail_asked.c.kept)).first() is not None:
                return
    raise AssertionError("no receipt was filed")


@pytest.mark.parametrize("code", [None, "271"], ids=["accepted", "rejected"])
def test_a_late_receipt_settles_the_report_whoever_finds_it(national: Simulator, store: Store, code: str | None):
    fault = "slow" if code is None else "rejected"
    with opened(national, mail_of(store), report_deadline=0.3) as first:
        person = her(first)
        hers = Counter(broker(first), TREATMENT, person)
        dispensed = Dispensed(hers.take(ITEM).held, ReportedAbroad(ITEM, "C", foreign_dispensation(), closes=True))
        national.fault("reseptformidleren", fault, 3600, code=code, operation="ERM10")
        with nullcontext() if code is None else pytest.raises(NationalServiceSlow):
            hers.report(dispensed)
    national.fault("reseptformidleren", "none")
    with opened(national, mail_of(store, "no-2")) as second:
        until_a_receipt_is_filed(second, store)
        with nullcontext() if code is None else pytest.raises(NationalRejected, match=str(code)):
            replace(hers, broker=broker(second)).report(dispensed)
        taken = broker(second).dispensings(TREATMENT, person, ITEM)
    assert national.made().count("reseptformidleren/ERM10") == 1
    assert (len(taken), unclaimed_mail(store)) == (0 if code else 1, 0)
