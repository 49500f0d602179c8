"""ITI-41 at country A's SOAP face: what it is to do, for whom, and that it is refused in form, never with a fault."""

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.configuration.refusals import Transaction
from gateway.errors import NodeTooManyRequests
from gateway.messages import PatientIdentifier, ProvideDocuments
from gateway.pipeline.answer import Reply
from gateway.pipeline.form import Arrived
from gateway.wire.names import WSA
from gateway.wire.soap import read_envelope
from gateway.wire.xdr import read_provided
from gateway.wire.xds_metadata import CLASS_CODE, FORMAT_CODE, TYPE_CODE
from tests.support.callers.assertions import PERMISSION, envelope
from tests.support.callers.signatures import sealer
from tests.support.callers.verified import OTHER, PATIENT, country, policy
from tests.support.nodes.in_process import InProcess, hcp, in_process, trc
from tests.support.nodes.submissions import (
    DISCARD,
    TEMPLATE,
    as_openncp_discards,
    edispensation,
    provided,
    sent,
    submission,
)
from tests.support.nodes.wire import MULTIPART, multipart, row
from tests.support.norway.in_memory import Remembered

WHOLE = submission(provided(edispensation()))
DISCARDED = submission(provided(as_openncp_discards(edispensation()), DISCARD))


def answered(node: InProcess, asked: ProvideDocuments | bytes, *shown: bytes, **changes: Any) -> Reply:
    body = asked if isinstance(asked, bytes) else sent(asked)
    return node.soap("xdr", body, *(shown or (hcp(), trc())), **changes)


def refused_with(reply: Reply, cause: str) -> None:
    """A RegistryResponse that fails, whole; its words are the row's."""
    assert reply.status == 200
    answer = read_provided(read_envelope(reply.content_type, reply.body).body)
    stated = row(Transaction.PROVIDE, cause)
    assert (answer.status, answer.accepted) == ("Failure", False)
    assert [(p.code, p.severity, p.text) for p in answer.problems] == [(stated.code, "Error", stated.text)]
    assert b"ErrorSeverityType:Error" in reply.body


@pytest.mark.parametrize(
    "asked", [WHOLE, DISCARDED, submission(provided(edispensation()), provided(edispensation("2")))]
)
def test_a_node_without_a_door_for_dispensings_says_so_once_everything_else_is_in_order(asked: ProvideDocuments):
    norway = Remembered()
    node = in_process(norway)
    refused_with(answered(node, asked), "DispensingClosed")
    (event,) = node.rows.events
    assert (event.transaction, event.refusal_class) == ("ITI-41", "DispensingClosed")
    assert (event.peer.country, event.actor.professional_id is None) == ("PT", False)
    assert event.exchanged.submission_set == asked.submission_set
    assert [one.class_code for one in event.documents] == [one.class_code for one in asked.documents]
    assert event.documents[0].unique_id.endswith("^ED-77")
    assert event.life_cycle is None
    assert norway.calls == []


def replaced(old: str, new: str) -> bytes:
    content = edispensation().decode()
    assert old in content
    return content.replace(old, new, 1).encode()


LOINC = "2.16.840.1.113883.6.1"
SCHEMES = {"class_code": CLASS_CODE, "format_code": FORMAT_CODE, "type_code": TYPE_CODE}


def stating(asked: ProvideDocuments, **metadata: str | None) -> bytes:
    """The message with other metadata than its documents' kind has; None leaves one out."""
    text = sent(asked).decode()
    for name, value in metadata.items():
        if name == "mime_type":
            text = text.replace('mimeType="text/xml"', f'mimeType="{value}"')
            continue
        pattern = rf'<Classification id="[^"]*" classificationScheme="{SCHEMES[name]}".*?</Classification>\n'
        (found,) = re.findall(pattern, text, re.DOTALL)
        other = "" if value is None else re.sub('nodeRepresentation="[^"]*"', f'nodeRepresentation="{value}"', found)
        text = text.replace(found, other)
    return text.encode()


def holding(content: bytes) -> ProvideDocuments:
    return submission(provided(content))


def discarding(content: bytes) -> ProvideDocuments:
    return submission(provided(content, DISCARD))


DOCUMENT, TAKEN_BACK = edispensation(), as_openncp_discards(edispensation())
UNKNOWN = {
    "another format": stating(WHOLE, format_code="urn:epSOS:ps:ps:2010"),
    "another class": stating(WHOLE, class_code="57833-6"),
    "another document's metadata": stating(
        WHOLE, class_code="60591-5", format_code="urn:epSOS:ps:ps:2010", type_code="60591-5"
    ),
    "class of a discard, format of a dispensation": stating(WHOLE, class_code=DISCARD[0]),
    "format of a discard, class of a dispensation": stating(WHOLE, format_code=DISCARD[1]),
    "another type": stating(WHOLE, type_code="57833-6"),
    "no type": stating(WHOLE, type_code=None),
    "another type of a discard": stating(DISCARDED, type_code="60593-1"),
    "no XML by its media type": stating(WHOLE, mime_type="application/pdf"),
    "metadata of a discard, a dispensation in it": sent(discarding(DOCUMENT)),
    "metadata of a dispensation, a discard in it": sent(holding(TAKEN_BACK)),
    "the template of a discard alone": sent(holding(replaced(f'root="{TEMPLATE}"', f'root="{TEMPLATE}-DISCARD"'))),
    "the code of a discard alone": sent(holding(replaced('<code code="60593-1"', '<code code="DISCARD-60593-1"'))),
    "the code in another system": sent(
        holding(replaced(f'"60593-1" codeSystem="{LOINC}"', '"60593-1" codeSystem="1.2"'))
    ),
    "another template": sent(holding(replaced(f'root="{TEMPLATE}"', 'root="1.3.6.1.4.1.12559.11.10.1.3.1.1.1"'))),
    "a dispensation and a discard": sent(
        submission(provided(edispensation("1")), provided(as_openncp_discards(edispensation("2")), DISCARD))
    ),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_refuses_what_does_not_tell_one_operation(what: str):
    node = in_process()
    refused_with(answered(node, UNKNOWN[what]), "SubmissionUnknown")
    assert node.rows.events[0].refusal_code == "4202"
    for twin in (WHOLE, DISCARDED):
        refused_with(answered(in_process(), twin), "DispensingClosed")


SMALL = (
    f'<ClinicalDocument xmlns="urn:hl7-org:v3"><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
    f'<templateId root="{TEMPLATE}-DISCARD"/><id root="2.16.17.710.820.1000.990.1" extension="ED-77"/>'
    f'<code code="DISCARD-60593-1" codeSystem="{LOINC}"/></ClinicalDocument>'
).encode()


def test_a_discard_as_openncp_makes_it_names_the_document_it_takes_back():
    """Its metadata leave out the type, its entry has an id of its own, its document states no patient."""
    node = in_process()
    refused_with(answered(node, stating(discarding(SMALL), type_code=None)), "DispensingClosed")
    assert [one.unique_id for one in node.rows.events[0].documents] == ["2.16.17.710.820.1000.990.1^ED-77"]


UNREADABLE = {
    "no XML": (holding(b"%PDF-1.7"), "DispensationUnreadable"),
    "hostile XML": (holding(b"<!DOCTYPE a [<!ENTITY b 'c'>]>" + DOCUMENT), "DispensationUnreadable"),
    "no document": (holding(b"<a/>"), "DispensationUnreadable"),
    "no id": (discarding(re.sub(b"<id [^>]*>", b"", SMALL)), "DispensationIncomplete"),
    "one id twice": (submission(provided(DOCUMENT), provided(DOCUMENT)), "DispensationUnreadable"),
}  # fmt: skip


@pytest.mark.parametrize("what", UNREADABLE)
def test_refuses_a_document_that_cannot_be_read(what: str):
    asked, cause = UNREADABLE[what]
    node = in_process()
    refused_with(answered(node, asked), cause)
    assert node.rows.events[0].refusal_field is not None


# --- about one person ------------------------------------------------------------------------------------------------

THEIRS = PatientIdentifier(PATIENT.root, OTHER.extension)
OF_ANOTHER = {
    "slot": submission(provided(DOCUMENT, patient=THEIRS)),
    "document": holding(edispensation(patient=THEIRS)),
    "document of another register": holding(edispensation(patient=replace(PATIENT, root="1.2.3"))),
    "second document": submission(provided(DOCUMENT), provided(edispensation("2", patient=THEIRS))),
    "discard": discarding(as_openncp_discards(edispensation(patient=THEIRS))),
    "slot of a discard": submission(provided(SMALL, DISCARD, patient=THEIRS)),
}


@pytest.mark.parametrize("what", OF_ANOTHER)
def test_refuses_a_submission_about_another_person_than_the_trcs(what: str):
    norway = Remembered()
    refused_with(answered(in_process(norway), OF_ANOTHER[what]), "PatientDiffers")
    assert row(Transaction.PROVIDE, "PatientDiffers").code == "4206"
    assert norway.calls == []


@pytest.mark.parametrize("name", ["XDSDocumentEntry.patientId", "XDSSubmissionSet.patientId"])
def test_refuses_metadata_that_name_another_person_beside_the_slot(name: str):
    text = sent(WHOLE).decode()
    start = text.rindex(PATIENT.extension, 0, text.index(name))
    other = text[:start] + THEIRS.extension + text[start + len(PATIENT.extension) :]
    refused_with(answered(in_process(), other.encode()), "PatientDiffers")


def test_refuses_a_document_that_states_two_numbers_of_one_register():
    both = f'<id root="{PATIENT.root}" extension="{PATIENT.extension}"/>'
    another = both + both.replace(PATIENT.extension, THEIRS.extension)
    assert both in DOCUMENT.decode()
    refused_with(answered(in_process(), holding(DOCUMENT.replace(both.encode(), another.encode()))), "PatientDiffers")


def test_refuses_a_dispensation_that_states_no_patient():
    silent = re.sub(rb"<recordTarget.*?</recordTarget>", b"", DOCUMENT, flags=re.DOTALL)
    refused_with(answered(in_process(), holding(silent)), "PatientDiffers")


# --- who may ---------------------------------------------------------------------------------------------------------


def agreed(**changes: Any) -> dict[str, Any]:
    place = in_process()
    admits = policy(countries={"PT": country(**changes)})
    return {"country_a": replace(place.country_a, policy=admits)}


@pytest.mark.parametrize("asked", [WHOLE, DISCARDED], ids=["dispense", "discard"])
def test_refuses_who_lacks_the_permission(asked: ProvideDocuments):
    shown = hcp(attributes={PERMISSION: f"{PERMISSION}:PRD-004"}), trc()
    refused_with(answered(in_process(), asked, *shown), "PermissionMissing")


def test_refuses_a_dispensation_without_agreement_and_not_its_discard():
    """A discard removes and discloses nothing: an agreement that has ended does not stop it."""
    refused_with(answered(in_process(**agreed(asks=frozenset({"ps", "ep"}))), WHOLE), "ServiceNotAgreed")
    refused_with(answered(in_process(**agreed(asks=frozenset({"ps", "ep"}))), DISCARDED), "DispensingClosed")


@pytest.mark.parametrize("shown", [(), (hcp(),)], ids=["nobody", "no treatment"])
def test_refuses_without_assertions_in_form(shown: tuple[bytes, ...]):
    node = in_process()
    reply = node.soap("xdr", sent(WHOLE), *shown)
    refused_with(reply, "TrcMissing" if shown else "HcpMissing")
    assert node.rows.events[0].transaction == "ITI-41"


def test_a_full_node_refuses_in_form():
    refused_with(answered(in_process(), WHOLE, reason=NodeTooManyRequests()), "NodeTooManyRequests")


def test_a_submission_that_lacks_something_is_refused_in_form():
    broken = sent(WHOLE).replace(b"sourcePatientId", b"other")
    refused_with(answered(in_process(), broken), "RequestMalformed")


# --- by XOP ----------------------------------------------------------------------------------------------------------


def by_reference(content: bytes, name: str = "urn:uuid:1") -> tuple[bytes, Callable[[bytes], bytes]]:
    """The body with a reference in place of its document, and what makes the whole message of an envelope."""
    include = f'<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:{name}"/>'
    body = re.sub(r"(<xds:Document [^>]*>)[^<]*", rf"\g<1>{include}", sent(WHOLE).decode())
    return body.encode(), lambda envelope: multipart(envelope, (name, content))


def asked_by_reference(node: InProcess, content: bytes, message_id: str | None) -> Reply:
    body, whole = by_reference(content)
    header = b"" if message_id is None else f'<MessageID xmlns="{WSA}">{message_id}</MessageID>'.encode()
    message = whole(envelope(hcp(), trc(), header=header, body=body))
    return node.answerer.answer(Arrived("xdr", MULTIPART, message, sealer("PT", "tls").certificate))


def test_a_submission_by_reference_is_read_as_one_inline():
    node = in_process()
    refused_with(asked_by_reference(node, DOCUMENT, None), "DispensingClosed")
    assert node.rows.events[0].documents[0].unique_id.endswith("^ED-77")


def test_another_document_behind_the_same_reference_is_another_message():
    """Peers that send no message id are told apart by what they ask, under one assertion."""
    node = in_process()
    shown = hcp(), trc()
    causes = []
    for content in (DOCUMENT, edispensation("ED-78"), DOCUMENT):
        body, whole = by_reference(content)
        message = whole(envelope(*shown, header=b"", body=body))
        node.answerer.answer(Arrived("xdr", MULTIPART, message, sealer("PT", "tls").certificate))
        causes.append(node.rows.events[-1].refusal_class)
    assert causes == ["DispensingClosed", "DispensingClosed", "BodyRepeated"]
