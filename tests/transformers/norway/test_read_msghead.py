"""MsgHead and AppRec: version by namespace, our message answered, hostile and broken bytes refused by name."""

import pytest

from tests.support.machine.require import artefacts
from tests.support.norway.source_messages import OUR_MESSAGE, PATIENT, apprec, msghead
from transformers.norway.errors import Malformed, Rejected, UnknownVersion, WrongReference
from transformers.norway.read_apprec import accepted, read_apprec
from transformers.norway.read_msghead import read_msghead, the_payload

HELLO = '<Hei xmlns="urn:hei"/>'


def test_reads_who_answers_what():
    head = read_msghead(msghead(HELLO, patient=PATIENT), answers=OUR_MESSAGE.upper())
    assert (head.kind, head.sender_her_id, head.parent) == ("X", "80624", OUR_MESSAGE)
    assert head.patient_numbers == (PATIENT,)
    assert PATIENT not in repr(head)


@pytest.mark.parametrize("parent", [None, "another"])
def test_refuses_an_answer_to_another_message(parent: str | None):
    with pytest.raises(WrongReference):
        read_msghead(msghead(HELLO, answers=parent), answers=OUR_MESSAGE)


def test_refuses_another_generation_and_names_it():
    with pytest.raises(UnknownVersion) as refused:
        read_msghead(msghead(HELLO, namespace="http://www.kith.no/xmlstds/msghead/2005-11-22"))
    assert refused.value.namespace.endswith("2005-11-22")


def test_refuses_a_missing_message_id():
    with pytest.raises(Malformed) as refused:
        read_msghead(msghead(HELLO, message_id=None))
    assert refused.value.what == "MsgId"


@pytest.mark.parametrize(
    "data",
    [
        b"", b"not xml", msghead(HELLO)[:-20], b'<!DOCTYPE a [<!ENTITY b "c">]><MsgHead/>', b"<AppRec/>",
        msghead(HELLO).decode().replace("utf-8", "iso-8859-1").replace("Tjeneste", "Tjæneste").encode("latin-1"),
        msghead(HELLO).replace(b"Tjeneste", b"Tj\xe6neste"),
    ],
    ids=["empty", "text", "truncated", "doctype", "another-root", "latin-1-declared", "latin-1-bytes"],
)  # fmt: skip
def test_refuses_what_is_no_msghead(data: bytes):
    with pytest.raises(Malformed):
        read_msghead(data)


def test_takes_the_one_payload_of_a_known_generation():
    head = read_msghead(msghead(HELLO))
    assert the_payload(head, "Hei", frozenset({"urn:hei"})).tag == "{urn:hei}Hei"
    with pytest.raises(UnknownVersion):
        the_payload(head, "Hei", frozenset({"urn:hallo"}))
    with pytest.raises(Malformed):
        the_payload(head, "Hallo", frozenset({"urn:hei"}))
    with pytest.raises(Malformed):
        the_payload(read_msghead(msghead(HELLO * 2)), "Hei", frozenset({"urn:hei"}))


def test_a_receipt_accepts_its_own_message():
    accepted(read_apprec(apprec()), message_id=OUR_MESSAGE.upper())


def test_both_generations_of_a_receipt_are_read():
    newer = apprec(namespace="http://www.kith.no/xmlstds/apprec/2012-02-15")
    assert read_apprec(newer) == read_apprec(apprec())


def test_a_receipt_of_another_message_is_refused():
    with pytest.raises(WrongReference):
        accepted(read_apprec(apprec(original="another")), message_id=OUR_MESSAGE)


@pytest.mark.parametrize("status", ["2", "3"])
def test_a_receipt_that_does_not_accept_wholly_is_a_rejection_with_its_codes(status: str):
    with pytest.raises(Rejected) as refused:
        accepted(read_apprec(apprec(status=status)), message_id=OUR_MESSAGE)
    assert refused.value.codes == ("X99",)


def test_a_receipt_outside_its_specification_is_refused():
    with pytest.raises(Malformed):
        read_apprec(apprec(status="4"))
    with pytest.raises(UnknownVersion):
        read_apprec(apprec(namespace="http://www.kith.no/xmlstds/apprec/2030-01-01"))


def test_official_receipt_is_read_with_every_error_code():
    receipt = read_apprec(artefacts("norway-messages", "apprec-example.xml").read_bytes().strip())
    assert (receipt.status, len(receipt.errors)) == ("3", 5)
