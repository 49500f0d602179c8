"""What we write to Reseptformidleren has the head of the published example of its message, element by element.

R1408, 4.1; R1308, 4.1; HIS 3003, 3005 and 3009:2018. Whose the values are is left out; codes are compared.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.support.machine.require import artefacts
from tests.support.norway.eresept_messages import NODE, PRESCRIPTION, dispensing, envelope
from transformers.norway.cancellation import Cancellation
from transformers.norway.write_dispensing_report_m10 import KIND as M10
from transformers.norway.write_dispensing_report_m10 import write_dispensing_report
from transformers.norway.write_download_request_m93 import KIND as M93
from transformers.norway.write_download_request_m93 import write_download_request, write_list_declined
from transformers.norway.write_medicine_list_request_m911 import KIND as M911_KIND
from transformers.norway.write_medicine_list_request_m911 import write_medicine_list_request
from transformers.norway.write_msghead import Conversation, MsgInfo, SendingProfessional, VisitingAddress
from transformers.norway.write_prescriber_requests_m95_m97 import (
    M95_KIND,
    M97_KIND,
    write_dispensings_request,
    write_prescriber_search,
)
from transformers.norway.write_prescription_search_m91 import KIND as M91
from transformers.norway.write_prescription_search_m91 import write_prescription_search

CODED = {"Type", "TypeId", "TypeTelecom", "MsgType", "TypeHealthcareProfessional"}
DISPENSER = replace(NODE, telephone="00 00 00 00")
PHARMACY = {
    "MsgInfo/Sender/Organisation/Ident/TypeId LOK": "a local id of the pharmacy's",
    "MsgInfo/Sender/Organisation/Ident/TypeId AKO": "a pharmacy's licence: a contact point has none",
}
DOCTORS: dict[str, Any] = {
    "sender": replace(DISPENSER, address=VisitingAddress("Eksempelgata 1", "0001", "Oslo")),
    "professional": SendingProfessional("Bjørk", "Fara", "990000081", ("LE", "Lege")),
}
_PROFESSIONAL = "MsgInfo/Sender/Organisation/HealthcareProfessional"
PRACTICE = {
    "MsgInfo/Sender/Organisation/Ident/TypeId RSH": "a hospital's id: a contact point has none",
    f"{_PROFESSIONAL}/Sex": "the example says that it is not specified",
    f"{_PROFESSIONAL}/Address": "the example repeats the organisation's",
    f"{_PROFESSIONAL}/Address/Type WP": "the example repeats the organisation's",
    f"{_PROFESSIONAL}/Address/StreetAdr": "the example repeats the organisation's",
    f"{_PROFESSIONAL}/Address/PostalCode": "the example repeats the organisation's",
    f"{_PROFESSIONAL}/Address/City": "the example repeats the organisation's",
}


def follows(kind: tuple[str, str]) -> MsgInfo:
    return replace(envelope(kind), sender=DISPENSER, conversation=Conversation("m-2", "m-1"))


WRITTEN: dict[str, tuple[Callable[[], bytes], dict[str, str]]] = {
    "M91": (
        lambda: write_prescription_search(
            replace(envelope(M91), sender=DISPENSER), patient_number="1", employee_id="PT:1"
        ),
        PHARMACY,
    ),
    "M93": (
        lambda: write_download_request(follows(M93), prescription_id=PRESCRIPTION, employee_id="PT:1"), PHARMACY,
    ),
    "M95": (
        lambda: write_prescriber_search(replace(envelope(M95_KIND), **DOCTORS), patient_number="1"), PRACTICE,
    ),
    "M97": (
        lambda: write_dispensings_request(replace(envelope(M97_KIND), **DOCTORS), prescription_id=PRESCRIPTION),
        PRACTICE,
    ),
    "M911": (
        lambda: write_medicine_list_request(replace(envelope(M911_KIND), **DOCTORS), patient_number="1"), PRACTICE,
    ),
    "M10": (
        lambda: write_dispensing_report(follows(M10), dispensing()),
        PHARMACY
        | {
            "MsgInfo/Patient/DateOfBirth": "ours says it beside the number",
            "MsgInfo/Patient/Sex": "ours says it beside the number",
        },
    ),
}  # fmt: skip
"""By kind: ours, and where it differs from the example, with the reason."""


def head(message: bytes) -> set[str]:
    """Paths of the elements of MsgInfo, with the code of those that say what another is."""
    root = etree.fromstring(message)
    (info,) = root.findall("{*}MsgInfo")
    found = set()
    for element in info.iter(etree.Element):
        names = [etree.QName(one).localname for one in (*reversed(list(element.iterancestors())), element)][1:]
        code = f" {element.get('V')}" if names[-1] in CODED else ""
        found.add("/".join(names) + code)
    return found


def examples(kind: str) -> list[Path]:
    return [path for path in Path(artefacts("norway-messages")).rglob("*.xml") if path.stem.split("-")[0] == kind]


@pytest.mark.parametrize("kind", WRITTEN)
def test_the_head_of_a_message_is_its_published_examples(kind: str):
    write, differs = WRITTEN[kind]
    found = examples(kind)
    assert found
    for path in found:
        assert head(write()) ^ head(path.read_bytes()) == set(differs), path.name


def test_who_declines_a_list_goes_on_in_its_conversation_as_a_download_does():
    declined = write_list_declined(follows(M93), employee_id="PT:1", why=Cancellation.OTHER)
    assert head(declined) == head(WRITTEN["M93"][0]())
