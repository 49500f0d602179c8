"""M9.11 and SokRequest: valid by the official schemas, the number in the payload only, the same bytes every time."""

from datetime import UTC, datetime

from tests.support.machine.require import artefacts
from tests.support.norway.checks import faults, schema
from tests.support.norway.source_messages import PATIENT
from transformers.norway.identifiers import NumberKind
from transformers.norway.read_msghead import read_msghead
from transformers.norway.write_medicine_list_request_m911 import KIND, write_medicine_list_request
from transformers.norway.write_msghead import CommunicationParty, MsgInfo
from transformers.norway.write_vaccination_request_sysvak import KIND as SOK
from transformers.norway.write_vaccination_request_sysvak import write_vaccination_request

NODE = CommunicationParty("Kontaktpunkt <Æ&Ø>", "994598759", "8190099")
REGISTER = CommunicationParty("Reseptformidleren", "915933149", "80624")
AT = datetime(2026, 11, 24, 12, tzinfo=UTC)


def m911() -> bytes:
    return write_medicine_list_request(MsgInfo(KIND, "m-1", AT, NODE, REGISTER), patient_number=PATIENT)


def sok() -> bytes:
    envelope = MsgInfo(SOK, "m-2", AT, NODE, REGISTER)
    return write_vaccination_request(envelope, patient_number=PATIENT, kind=NumberKind.DNR)


def test_requests_are_valid_by_the_official_schemas():
    checker = schema(artefacts())
    assert faults(checker, m911()) == []
    assert faults(checker, sok()) == []


def test_a_request_says_who_asks_and_names_the_patient_in_the_payload_only():
    head = read_msghead(m911())
    assert (head.kind, head.id, head.sender_her_id, head.patient_numbers) == ("ERM911", "m-1", "8190099", ())
    assert m911().count(PATIENT.encode()) == 1


def test_prescriptions_are_asked_for_and_nothing_is_packed():
    assert b"<InklReseptinfo>true</InklReseptinfo><Komprimering>0</Komprimering>" in m911()


def test_a_d_number_is_called_one():
    assert b'V="DNR"' in sok()


def test_a_request_is_the_same_bytes_every_time():
    assert (m911(), sok()) == (m911(), sok())
