"""What Reseptformidleren rejects: each code comes to whoever decides, stands in the evidence and has its answer.

Volven 7419; NHN Confluence, ERDOK; R1308, 4. The table below is written from these, not from `config/refusals.toml`.
"""

from collections.abc import Iterator

import pytest

from gateway.configuration.refusals import RejectionStep, Transaction, read_refusals
from gateway.configuration.shipped import shipped
from gateway.errors import NationalRejected
from gateway.evidence.event import read_event, write_event
from gateway.national.doors import NationalDoors
from tests.support.nodes.in_process import hcp, in_process, query, trc
from tests.support.nodes.wire import refusals
from tests.support.norway.dispensing import Counter
from tests.support.norway.doors import doors_to, national_table_with_prescriptions, verified_request, verified_treatment
from tests.support.norway.in_memory import Remembered
from tests.support.norway.simulator import CLIENT_ID, Simulator, identifier_of, national, national_process
from transformers.norway.write_msghead import Conversation

__all__ = ["national", "national_process"]

LISTED = Conversation("m-2", "m-1")
TEXT = (shipped("config") / "refusals.toml").read_text(encoding="utf-8")
NOT_DISPENSABLE, NOT_UPDATED = "ERROR_ED_NOT_DISPENSABLE_EPRESCRIPTION", "ERROR_ED_EPRESCRIPTION_NOT_UPDATED"
UNCLEAR, OURS = "ERROR_ED_EPRESCRIPTION_NOT_IDENTIFIABLE", "ERROR_ED_INTERNAL_ERROR"
TABLE = {
    **dict.fromkeys(("41", "62", "63", "64", "97"), (NOT_DISPENSABLE, "not-taken")),
    "96": ("4106", "not-taken"),
    **dict.fromkeys(("69", "70"), (NOT_DISPENSABLE, "not-taken")),
    "258": (NOT_DISPENSABLE, "not-taken"),
    "272": ("4105", "not-taken"),
    "271": ("4105", "release"),
    "357": (NOT_UPDATED, "take-again"),
    "65": (NOT_UPDATED, "ask"),
    **dict.fromkeys(("124", "66", "67"), (OURS, "operator")),
    **dict.fromkeys(("132", "264", "265", "276", "356"), (UNCLEAR, "release")),
    **dict.fromkeys(("194", "195", "197", "273", "278", "279", "280"), (NOT_UPDATED, "shorten")),
    "358": ("4701", "not-taken"),
    **dict.fromkeys(("38", "129", "378", "387"), (OURS, "operator")),
    "999": (NOT_UPDATED, "operator"),
}
"""By code: what a submitted dispensation is answered, and what becomes of the prescription."""
ALARMS = {"271", "38", "129", "378", "387"}


@pytest.fixture(scope="module")
def doors(national_process: Simulator) -> Iterator[NationalDoors]:
    table = national_table_with_prescriptions(national_process.base_url, national_process.client_key_file, CLIENT_ID)
    with doors_to(table) as made:
        yield made


@pytest.mark.parametrize("code", TABLE)
def test_each_rejection_reaches_who_decides_stands_in_the_evidence_and_has_its_answer(
    doors: NationalDoors, national: Simulator, code: str
):
    number = identifier_of("rich")
    request, treatment = verified_request(number), verified_treatment(number)
    person = doors.person_register.find(request, request.patient)
    assert person is not None
    assert doors.prescriptions is not None
    national.fault("reseptformidleren", "rejected", code=code)
    with pytest.raises(NationalRejected) as refused:
        Counter(doors.prescriptions, treatment, person).lock("any", LISTED)
    row = refusals().rejection(refused.value.codes)
    norway = in_process(Remembered(critical=refused.value))
    norway.soap("xca", query(), hcp(), trc())
    (event,) = norway.rows.events
    print(code, row.code, row.step, "alarm" if row.alarm else "", row.text, sep=" | ")  # noqa: T201 - for a reviewer
    assert ((row.code, row.step), row.alarm) == (TABLE[code], code in ALARMS)
    assert (refused.value.codes, event.refusal_national) == ((code,), (code,))
    assert read_event(write_event(event)) == event


def test_a_rejected_lock_gives_nothing_back(doors: NationalDoors, national: Simulator):
    number = identifier_of("rich")
    request = verified_request(number)
    person = doors.person_register.find(request, request.patient)
    assert person is not None
    assert doors.prescriptions is not None
    national.fault("reseptformidleren", "rejected", code="69")
    with pytest.raises(NationalRejected):
        Counter(doors.prescriptions, verified_treatment(number), person).lock("any", LISTED)
    assert "reseptformidleren/ERM10" not in national.made()


def test_who_blocked_us_is_answered_as_who_blocked_sharing_and_no_other_rejection_is():
    table = refusals()
    blocked = table.row(Transaction.FIND_DOCUMENTS, NationalRejected("prescriptions", ("358",)), "EP")
    other = table.row(Transaction.FIND_DOCUMENTS, NationalRejected("prescriptions", ("38",)), "EP")
    assert (blocked.code, other.code) == ("ERROR_EP_NO_CONSENT", "ERROR_EP_INTERNAL_ERROR")


def test_of_several_codes_the_gravest_row_decides():
    assert refusals().rejection(("41", "271")).codes == ("271",)
    assert refusals().rejection(("41", "999")).step is RejectionStep.NOT_TAKEN
    assert refusals().rejection(()).codes == ()


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('codes = ["272"]', 'codes = ["271"]', "two rejection rows for .*271"),
        ("codes = []", 'codes = ["1"]', "one without codes"),
        ('codes = ["272"]', "codes = []", "one without codes"),
        ('as = "SharingBlocked"', 'as = "Nothing"', "a cause that is none: .*Nothing"),
        ('next = "ask"', 'next = "forget"', "next"),
    ],
)
def test_a_table_of_rejections_that_is_not_one_stops_the_start(old: str, new: str, message: str):
    assert TEXT.count(old) == 1
    with pytest.raises(ValueError, match=message):
        read_refusals(TEXT.replace(old, new))
