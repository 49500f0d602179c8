"""Who signs what we send to Reseptformidleren, and what it rejects: a missing, broken or wrong kind of signature."""

from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from lxml import etree

from gateway.errors import NationalRefused, NationalServiceDown
from gateway.national.medicines import MedicinesSettings, Reseptformidleren
from gateway.national.message_seal import PrescriberRole
from gateway.national.message_transport import Transported
from gateway.national.ports import AddressConfidentiality, RegisteredPerson
from gateway.national.prescription_broker import HeldPrescription, ReportedAbroad
from gateway.national.prescriptions import Prescriptions, PrescriptionsSettings
from gateway.simulators import rules
from gateway.simulators.asked import read_asked
from gateway.simulators.signatures import signature_fault
from tests.support.norway.business_messages import Mailbox, m911, msghead, signed
from tests.support.norway.dispensing import Counter, Dispensed
from tests.support.norway.doors import verified_treatment
from tests.support.norway.eresept_messages import BIRTH, NODE, PRESCRIPTION, REGISTER, foreign_dispensation
from tests.support.norway.helseid_client import HelseIdClient
from tests.support.norway.prescription_requests import about, m10, m95, m97
from tests.support.norway.signing import message_seal
from tests.support.norway.simulator import Simulator, identifier_of, national, national_process
from tests.support.norway.source_messages import PATIENT, SYSTEMS
from transformers.model.people import Gender, Name, Person
from transformers.model.values import Identifier
from transformers.norway.cancellation import Cancellation
from transformers.norway.write_msghead import Conversation, SendingProfessional
from trust.xmldsig import verify_document

__all__ = ["national", "national_process"]

NUMBER = identifier_of("rich")
TREATMENT = verified_treatment(PATIENT)
DOCTOR = PrescriberRole(
    SendingProfessional("Bjørk", "Fara", "990000081", ("LE", "Lege")), lambda: message_seal("personal")
)
HELD = HeldPrescription(PRESCRIPTION, Conversation("m-2", "m-1"))


@dataclass
class Recording:
    """A transport that keeps what it is given and answers nothing."""

    sent: list[bytes] = field(default_factory=list)

    def sent_before(self, message_id: str) -> bool:
        return False

    def exchange(self, message: bytes, *, message_id: str, receiver_her_id: str) -> Transported:
        self.sent.append(message)
        raise NationalServiceDown("message-transport")

    def report(self, message: bytes, *, message_id: str, receiver_her_id: str) -> None:
        self.sent.append(message)

    deliver = report


def hers() -> RegisteredPerson:
    identifiers = (Identifier("2.16.578.1.12.4.1.4.1", PATIENT),)
    known = Person(identifiers, Name(("Blid",), "Skogstjerne"), Gender.FEMALE, BIRTH)
    return RegisteredPerson(known, AddressConfidentiality.UNCLASSIFIED, deceased=False)


def sent(asked: str, *, signs: bool = True) -> bytes:
    """The message that one call of a door sends first."""
    recording = Recording()
    enterprise = (lambda: message_seal("enterprise")) if signs else None
    settings = PrescriptionsSettings(NODE, REGISTER, "999999", SYSTEMS, DOCTOR, enterprise)
    prescriptions = Prescriptions(settings, recording, new_id=uuid4)
    medicines = Reseptformidleren(
        MedicinesSettings(NODE, REGISTER, SYSTEMS, {}, prescriber=DOCTOR), recording, new_id=uuid4
    )
    reported = Dispensed(HELD, ReportedAbroad(HELD.prescription_id, "C", foreign_dispensation(), closes=False))
    counter = Counter(prescriptions, TREATMENT, hers())
    calls = {
        "M9.1": lambda: prescriptions.search(TREATMENT, hers()),
        "M9.3": lambda: counter.lock(PRESCRIPTION, HELD.conversation),
        "M9.5": lambda: prescriptions.originals(TREATMENT, hers()),
        "M9.7": lambda: prescriptions.dispensings(TREATMENT, hers(), PRESCRIPTION),
        "M9.11": lambda: medicines.read(TREATMENT, hers()),
        "M10": lambda: counter.report(reported),
        "M10 cancels": lambda: counter.give_back(HELD, Cancellation.TECHNICAL),
    }
    with suppress(NationalRefused):
        calls[asked]()
    return recording.sent[0]


@pytest.mark.parametrize(
    ("asked", "whose"),
    [("M9.5", "person"), ("M9.7", "person"), ("M9.11", "person"), ("M10", "enterprise"), ("M10 cancels", "enterprise")],
)
def test_a_message_is_signed_whole_by_whose_it_must_be(asked: str, whose: str):
    message = sent(asked)
    made = verify_document(message)
    organisation = x509.load_der_x509_certificate(made.certificate).subject.get_attributes_for_oid(
        NameOID.ORGANIZATION_NAME
    )
    assert bool(organisation) == (whose == "enterprise")
    assert b"<Signature" not in made.content
    hpr = etree.fromstring(message).findtext(".//{*}Sender//{*}HealthcareProfessional/{*}Ident/{*}Id")
    assert hpr == ("990000081" if whose == "person" else None)


@pytest.mark.parametrize("asked", ["M9.1", "M9.3"])
def test_what_the_examples_do_not_sign_is_not_signed(asked: str):
    assert b"Signature" not in sent(asked)


def test_reports_are_not_signed_where_the_setting_says_so():
    assert b"Signature" not in sent("M10", signs=False)


def code(mailbox: Mailbox, document: str | bytes) -> str | None:
    """What the receipt rejects with; None: nothing."""
    receipt, _ = mailbox.exchange(document)
    for entry in mailbox.unread():
        mailbox.mark_read(entry["id"])
    error = etree.fromstring(receipt).find("{*}Error")
    return None if error is None else error.get("V")


def prescribers(kind: str) -> str:
    messages = {"M9.5": m95(NUMBER), "M9.7": m97("any")}
    if kind == "M9.11":
        return m911(NUMBER, str(uuid4()))
    named, payload = messages[kind]
    return msghead(named, "80624", payload, str(uuid4()))


@pytest.mark.parametrize("kind", ["M9.5", "M9.7", "M9.11"])
def test_rejects_what_no_prescriber_signed_and_takes_its_twin(national: Simulator, kind: str):
    mailbox = Mailbox(HelseIdClient(national))
    whole = prescribers(kind)
    assert code(mailbox, whole) is None
    assert code(mailbox, prescribers(kind).encode()) == "47"
    assert code(mailbox, message_seal("enterprise").sign(prescribers(kind).encode())) == "43"
    broken = signed(prescribers(kind)).replace(b"Nasjonalt kontaktpunkt", b"Nasjonalt kontaktpunkx")
    assert code(mailbox, broken) == "43"
    nobody = prescribers(kind).replace('V="HPR"', 'V="HER"')
    assert code(mailbox, nobody) == "6"


@pytest.mark.parametrize("wrong", ["none", "personal", "broken"])
def test_rejects_a_report_that_no_enterprise_signed_and_takes_its_twin(wrong: str):
    kind, payload = m10("any")
    report = about(msghead(kind, "80624", payload, "m-3", ("m-2", "m-1")), NUMBER)
    documents = {
        "none": report.encode(),
        "personal": message_seal("personal").sign(report.encode()),
        "broken": signed(report).replace(b"Nasjonalt kontaktpunkt", b"Nasjonalt kontaktpunkx"),
    }
    assert signature_fault(read_asked(documents[wrong])) is rules.NOT_ENTERPRISE
    assert signature_fault(read_asked(signed(report))) is None
