"""Reseptformidleren and SYSVAK behind the simulator's message hub: receipts, answers, and what they refuse."""

import re
from pathlib import Path

import pytest
from lxml import etree

from tests.support.machine.require import artefacts
from tests.support.norway.business_messages import HEADERS, OUR_HER_ID, Mailbox, m911, msghead, sok_request
from tests.support.norway.checks import documents, faults, schema
from tests.support.norway.helseid_client import EDI, HelseIdClient
from tests.support.norway.simulator import SAMPLES, Simulator, identifier_of, national, national_process

__all__ = ["national", "national_process"]


@pytest.fixture
def mailbox(national: Simulator) -> Mailbox:
    return Mailbox(HelseIdClient(national))


def _text(document: bytes, name: str) -> str | None:
    return etree.fromstring(document).findtext(f".//{{*}}{name}")


def _status(receipt: bytes) -> str | None:
    found = etree.fromstring(receipt).find("{*}Status")
    return None if found is None else found.get("V")


def test_the_receipt_names_our_message_and_says_ok(mailbox: Mailbox) -> None:
    message_id = mailbox.new_id()
    receipt, _ = mailbox.exchange(m911(identifier_of("rich"), message_id))
    assert _status(receipt) == "1"
    assert etree.fromstring(receipt).findtext("{*}OriginalMsgId/{*}Id") == message_id


def test_the_answer_has_ids_of_its_own_and_refers_to_our_message(mailbox: Mailbox) -> None:
    message_id = mailbox.new_id()
    _, answer = mailbox.exchange(m911(identifier_of("rich"), message_id))
    sample = (SAMPLES / "persons/rich/m912.xml").read_bytes()
    assert answer is not None
    assert _text(answer, "RefToParent") == _text(answer, "RefToConversation") == message_id
    assert _text(answer, "MsgId") not in (None, message_id, _text(sample, "MsgId"))
    assert _text(answer, "GenDate") != _text(sample, "GenDate")
    assert etree.fromstring(answer).findtext(".//{*}Receiver//{*}Id") == OUR_HER_ID
    assert _text(answer, "VarerIBrukB64") == _text(sample, "VarerIBrukB64")


def test_metadata_tells_receipt_from_answer(mailbox: Mailbox) -> None:
    message_id = mailbox.new_id()
    mailbox.send(m911(identifier_of("rich"), message_id))
    receipt, answer = mailbox.unread()
    assert (receipt["isAppRec"], receipt["apprecReferenceId"]) == (True, message_id)
    assert (answer["isAppRec"], answer["senderHerId"], answer["receiverHerId"]) == (False, 80624, int(OUR_HER_ID))
    assert answer["businessDocumentId"] == _text(mailbox.document(answer["id"]), "MsgId")
    assert "apprecReferenceId" not in answer


def test_prescriptions_come_only_when_asked_for(mailbox: Mailbox) -> None:
    number = identifier_of("guardian-reserved")
    _, listed = mailbox.exchange(m911(number, mailbox.new_id()))
    mailbox.client.simulator.reset()
    mailbox.client.nonce = None
    _, unlisted = mailbox.exchange(m911(number, mailbox.new_id(), listed="false"))
    assert _text(listed or b"", "Vergeinnsynsreservasjon") is not None
    assert _text(unlisted or b"", "Vergeinnsynsreservasjon") is None
    assert _text(unlisted or b"", "VarerIBrukB64") is not None


@pytest.mark.parametrize("who", ["rich", "known-absences", "no-information", "ordinary-man", "sami-names"])
def test_every_receipt_and_answer_is_valid_against_the_official_schemas(mailbox: Mailbox, who: str) -> None:
    checker = schema(artefacts())
    for question in (m911, sok_request):
        mailbox.client.simulator.reset()
        mailbox.client.nonce = None
        for document in mailbox.exchange(question(identifier_of(who), mailbox.new_id())):
            assert document is not None
            assert faults(checker, document) == []


def test_our_own_questions_are_valid_against_the_official_schemas() -> None:
    checker = schema(artefacts())
    assert faults(checker, m911("13837424032", "1").encode()) == []
    assert faults(checker, sok_request("13837424032", "1").encode()) == []


def test_a_patient_without_medicines_information_is_answered_with_the_number_alone(mailbox: Mailbox) -> None:
    _, answer = mailbox.exchange(m911(identifier_of("no-information"), mailbox.new_id()))
    (patient,) = etree.fromstring(answer or b"").iter("{*}Pasient")
    assert [etree.QName(child).localname for child in patient] == ["Fnr"]


def test_vaccinations_are_the_persons(mailbox: Mailbox) -> None:
    _, answer = mailbox.exchange(sok_request(identifier_of("rich"), mailbox.new_id()))
    assert (answer or b"").count(b"<Vaksinasjon>") == 6


@pytest.mark.parametrize(("number", "found"), [(identifier_of("no-information"), 1), ("13837424113", 0)])
def test_without_vaccinations_the_answer_has_the_person_or_nobody(mailbox: Mailbox, number: str, found: int) -> None:
    _, answer = mailbox.exchange(sok_request(number, mailbox.new_id()))
    root = etree.fromstring(answer or b"")
    assert (len(list(root.iter("{*}Vaksinand"))), len(list(root.iter("{*}Vaksinasjon")))) == (found, 0)


def test_a_message_outside_the_official_schema_is_rejected_by_receipt_and_not_answered(mailbox: Mailbox) -> None:
    artefacts("xsd", "norway")
    broken = m911(identifier_of("rich"), mailbox.new_id()).replace("<InklReseptinfo>", "<Tull/><InklReseptinfo>")
    receipt, answer = mailbox.exchange(broken)
    assert (_status(receipt), answer) == ("2", None)
    assert etree.fromstring(receipt).find("{*}Error") is not None


@pytest.mark.parametrize(
    "question",
    [
        lambda number, key: m911(number, key, packed="1"),
        lambda number, key: m911("", key),
        lambda number, key: msghead("ERM91", "80624", "", key),
        lambda number, key: sok_request(number, key).replace("138619", "80624"),
    ],
    ids=["compressed", "no_number", "other_type", "wrong_receiver"],
)
def test_a_question_the_service_cannot_read_is_rejected_by_receipt(mailbox: Mailbox, question: object) -> None:
    assert callable(question)
    receipt, answer = mailbox.exchange(question(identifier_of("rich"), mailbox.new_id()))
    assert (_status(receipt), answer) == ("2", None)


@pytest.mark.parametrize(
    "document",
    [
        "tull",
        "<MsgHead/>",
        m911("13837424032", "1").replace("<MsgId>1</MsgId>", ""),
        m911("13837424032", "1").replace(OUR_HER_ID, "tull"),
        m911("13837424032", "1").replace("2026-10-01T10:00:00+02:00", "i går"),
        m911("13837424032", "1").replace(">80624<", ">80625<"),
    ],
    ids=["no_xml", "no_msginfo", "no_id", "no_her_id", "no_time", "unknown_receiver"],
)
def test_a_message_that_cannot_be_answered_is_refused_at_the_hub(mailbox: Mailbox, document: str) -> None:
    assert mailbox.send(document).status == 400
    assert mailbox.client.simulator.made() == []


@pytest.mark.parametrize(
    "headers", [{"nhn-source-system": "t"}, {"api-version": "2"}, {"api-version": "1", "nhn-source-system": "t"}]
)
def test_the_hub_refuses_without_its_headers(mailbox: Mailbox, headers: dict[str, str]) -> None:
    assert mailbox.send(m911(identifier_of("rich"), mailbox.new_id()), headers).status == 400


def test_a_message_marked_read_leaves_the_box_and_another_receiver_cannot_mark_it(mailbox: Mailbox) -> None:
    mailbox.send(m911(identifier_of("rich"), mailbox.new_id()))
    first = mailbox.unread()[0]["id"]
    assert mailbox.client.call("PUT", f"/edi20/Messages/{first}/read/1", EDI, HEADERS).status == 404
    assert mailbox.client.call("PUT", f"/edi20/Messages/{first}/read/{OUR_HER_ID}", EDI, HEADERS).status == 204
    assert first not in [each["id"] for each in mailbox.unread()]


def test_a_receipt_for_an_answer_is_taken_and_one_outside_its_shape_refused(mailbox: Mailbox) -> None:
    mailbox.send(m911(identifier_of("rich"), mailbox.new_id()))
    path = f"/edi20/Messages/{mailbox.unread()[1]['id']}/apprec/{OUR_HER_ID}"
    good = {"appRecStatus": "Ok", "appRecErrorList": []}
    assert mailbox.client.post_json(path, EDI, good, HEADERS).status == 201
    assert mailbox.client.post_json(path, EDI, {"appRecStatus": "Kanskje"}, HEADERS).status == 400


def test_another_mailbox_sees_nothing(mailbox: Mailbox) -> None:
    mailbox.send(m911(identifier_of("rich"), mailbox.new_id()))
    assert mailbox.get("/Messages?includeMetadata=true").status == 400


def test_who_never_sent_from_a_mailbox_does_not_see_it(mailbox: Mailbox) -> None:
    mailbox.send(m911(identifier_of("rich"), mailbox.new_id()))
    assert len(mailbox.unread()) == 2
    answer = mailbox.get("/Messages?receiverHerIds=1&includeMetadata=true")
    assert (answer.status, answer.json()) == (403, {"error": "not_your_mailbox"})


def test_a_message_that_was_accepted_is_not_taken_again(mailbox: Mailbox) -> None:
    message = m911(identifier_of("rich"), mailbox.new_id())
    receipt, answer = mailbox.exchange(message)
    assert (b'Status V="1"' in receipt, answer is None) == (True, False)
    for each in mailbox.unread():
        mailbox.mark_read(each["id"])
    receipt, answer = mailbox.exchange(message)
    assert b'<Error V="65" S="2.16.578.1.12.4.1.1.7419"' in receipt
    assert answer is None


def test_polling_is_no_call_and_a_message_is_one(mailbox: Mailbox) -> None:
    mailbox.exchange(m911(identifier_of("rich"), mailbox.new_id()))
    mailbox.exchange(sok_request(identifier_of("rich"), mailbox.new_id()))
    assert mailbox.client.simulator.made() == ["reseptformidleren/ERM911", "sysvak/SOKREQUEST"]


def test_nonsense_is_an_answer_that_refers_to_us_with_content_of_no_specification(mailbox: Mailbox) -> None:
    mailbox.client.simulator.fault("reseptformidleren", "nonsense")
    message_id = mailbox.new_id()
    receipt, answer = mailbox.exchange(m911(identifier_of("rich"), message_id))
    assert _status(receipt) == "1"
    assert _text(answer or b"", "RefToParent") == message_id
    assert b"<M912" not in (answer or b"")


def test_a_slow_receiver_accepts_and_answers_later(mailbox: Mailbox) -> None:
    mailbox.client.simulator.fault("sysvak", "slow", 300)
    assert mailbox.send(sok_request(identifier_of("rich"), mailbox.new_id())).status == 201
    assert mailbox.unread() == []


@pytest.mark.parametrize(("fault", "status"), [("down", 503), ("denied", 403)])
def test_a_receiver_that_is_down_or_denies_is_refused_at_the_hub(mailbox: Mailbox, fault: str, status: int) -> None:
    mailbox.client.simulator.fault("reseptformidleren", fault)
    assert mailbox.send(m911(identifier_of("rich"), mailbox.new_id())).status == status
    assert mailbox.send(sok_request(identifier_of("rich"), mailbox.new_id())).status == 201


def test_nested_documents_of_an_answer_are_the_samples(mailbox: Mailbox) -> None:
    _, answer = mailbox.exchange(m911(identifier_of("rich"), mailbox.new_id()))
    names = [etree.QName(root).localname for root in documents(answer or b"")]
    assert names == ["MsgHead", "MsgHead", *["ReseptDokLegemiddel"] * 7]


def test_no_sample_message_id_is_ever_answered(mailbox: Mailbox) -> None:
    _, answer = mailbox.exchange(sok_request(identifier_of("rich"), mailbox.new_id()))
    sample = Path(SAMPLES / "persons/rich/sysvak.xml").read_text(encoding="utf-8")
    (head,) = re.findall(r"<MsgId>([^<]+)<", sample)
    assert head.encode() not in (answer or b"")
