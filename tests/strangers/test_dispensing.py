"""A stranger dispenses a Norwegian prescription as both generations of OpenNCP submit, and takes back.

What came of it is read from the ledger that `demo.json` names, never from the node's answer alone.
"""

import json
import subprocess
import uuid

import pytest

from tests.strangers.client import FORMAT, NS, PDF, Answer, Client, classified, unique_id
from tests.strangers.pharmacy import DISCARD, discarded, dispensed, submit

PERSON = "ordinary-man"
SUCCESS, FAILURE = (f"urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:{one}" for one in ("Success", "Failure"))
ERROR = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"


@pytest.fixture(scope="module")
def prescription(client: Client) -> bytes:
    """One of a patient's prescriptions, listed and retrieved."""
    hcp = client.hcp()
    given = hcp, client.trc(hcp, client.person(PERSON))
    listed = client.ask(
        "query", given, client.query(client.person(PERSON), classes="('57833-6^^2.16.840.1.113883.6.1')")
    )
    entry = next(one for one in listed.entries if classified(one, FORMAT) != PDF)
    came = client.ask("retrieve", given, client.retrieval((None, None, unique_id(entry))))
    return came.documents[unique_id(entry)]


def in_force(client: Client) -> int:
    """Dispensings that Reseptformidleren holds."""
    done = subprocess.run(
        [client.curl, "--silent", "--show-error", "--fail", "--cacert", client.own["ca"], client.demo["simulator"]["ledger"]],
        check=True, capture_output=True,
    )  # fmt: skip
    return sum(one["in_force"] for one in json.loads(done.stdout)["reports"] if one["kind"] == "dispensing")


def succeeded(answer: Answer) -> None:
    assert (answer.status, answer.body.tag) == (200, f"{{{NS['rs']}}}RegistryResponse")
    assert (answer.body.get("status"), answer.codes) == (SUCCESS, [])


def failed(answer: Answer, code: str) -> None:
    """As OpenNCP's client needs it to show anything: a status, and one error with severity, code and text."""
    assert (answer.status, answer.body.get("status")) == (200, FAILURE)
    (error,) = answer.body.findall("rs:RegistryErrorList/rs:RegistryError", NS)
    assert (error.get("errorCode"), error.get("severity")) == (code, ERROR)
    assert error.get("codeContext")


@pytest.mark.parametrize("mtom", [False, True], ids=["openncp-9", "openncp-8"])
def test_a_stranger_dispenses_repeats_and_takes_back(client: Client, prescription: bytes, mtom: bool):
    document, before = dispensed(prescription, f"ED-{uuid.uuid4()}"), in_force(client)
    succeeded(submit(client, PERSON, document, mtom=mtom))
    assert in_force(client) == before + 1
    succeeded(submit(client, PERSON, document, mtom=mtom))
    assert in_force(client) == before + 1
    succeeded(submit(client, PERSON, discarded(document), DISCARD, mtom=mtom))
    assert in_force(client) == before
    succeeded(submit(client, PERSON, discarded(document), DISCARD, mtom=mtom))


def test_what_a_stranger_may_not_do_is_refused_in_form_and_nothing_is_registered(client: Client, prescription: bytes):
    document, before = dispensed(prescription, f"ED-{uuid.uuid4()}"), in_force(client)
    failed(submit(client, PERSON, document, form="urn:epSOS:ep:con:2010"), "4202")
    failed(submit(client, "ordinary-old-woman", document), "4206")
    failed(submit(client, PERSON, dispensed(prescription, "ED-0", packages=0)), "ERROR_ED_MISSING_REQUIRED_FIELDS")
    failed(
        submit(client, PERSON, dispensed(prescription, "ED-50", packages=50)), "ERROR_ED_NOT_DISPENSABLE_EPRESCRIPTION"
    )
    failed(submit(client, PERSON, discarded(document), DISCARD), "ERROR_ED_DISCARD_FAILED")
    assert in_force(client) == before
