"""M9.5 to M9.8, M5, M5.2 and M7: what a prescriber sees, what was dispensed, what was recalled."""

from decimal import Decimal

import pytest

from tests.support.machine.require import artefacts
from tests.support.norway.checks import faults, schema
from tests.support.norway.eresept_messages import (
    BIRTH,
    PRESCRIPTION,
    dispensing,
    envelope,
    listeelement,
    m1,
    m10,
    m96,
    m98,
    with_attached,
)
from tests.support.norway.source_messages import OUR_MESSAGE, PATIENT, STRANGER, SYSTEMS, msghead
from transformers.model.finding import Report
from transformers.model.values import Moment
from transformers.norway.errors import Malformed, UnknownVersion, WrongPatient, WrongReference
from transformers.norway.msghead_patient import Subject
from transformers.norway.prescription_status import PrescriptionStatus, SearchStatus
from transformers.norway.read_dispensings_m98 import Answered, Dispensings, read_dispensings
from transformers.norway.read_download_m94 import Wanted
from transformers.norway.read_prescriber_list_m96 import PrescriberList, read_prescriber_list
from transformers.norway.read_recalls import read_deletion, read_recall, read_recall_receipt
from transformers.norway.write_prescriber_requests_m95_m97 import (
    M95_KIND,
    M97_KIND,
    write_dispensings_request,
    write_prescriber_search,
)

HERSELF = Subject(frozenset({PATIENT}), BIRTH)
WANTED = Wanted(PRESCRIPTION, HERSELF, OUR_MESSAGE)
COUNT = "<AntallUtleveringer>{}</AntallUtleveringer>"
M5 = "http://www.kith.no/xmlstds/eresept/m5/2013-04-16"


def listed(data: bytes) -> tuple[PrescriberList, Report]:
    return read_prescriber_list(data, HERSELF, SYSTEMS, answers=OUR_MESSAGE)


def dispensings(data: bytes) -> tuple[Dispensings, Report]:
    return read_dispensings(data, WANTED, SYSTEMS)


def asked() -> tuple[bytes, bytes]:
    return (
        write_prescriber_search(envelope(M95_KIND), patient_number=PATIENT, reference_numbers=("4711",)),
        write_dispensings_request(envelope(M97_KIND), prescription_id=PRESCRIPTION),
    )


def m5(*, why: str = '<Arsak V="2" S="2.16.578.1.12.4.1.1.7500" DN="Seponering"/>', namespace: str = M5) -> bytes:
    payload = (
        f'<Tilbakekalling xmlns="{namespace}"><ReseptId>{PRESCRIPTION}</ReseptId><Merknad>Byttet</Merknad>{why}'
        "<NyReseptId>r-2</NyReseptId></Tilbakekalling>"
    )
    return msghead(payload, answers=None, patient=PATIENT)


def m52(status: str = "1") -> bytes:
    namespace = "http://www.kith.no/xmlstds/eresept/m52/2013-12-01"
    return msghead(
        f'<KvitteringTilbakekalling xmlns="{namespace}"><ReseptId>{PRESCRIPTION}</ReseptId><Status V="{status}"/>'
        "</KvitteringTilbakekalling>"
    )


def m7(*attached: bytes, namespace: str = "http://www.kith.no/xmlstds/eresept/m7/2008-05-01") -> bytes:
    payload = f'<SlettetReseptRF xmlns="{namespace}"><Tidspunkt>2026-11-20T08:00:00</Tidspunkt></SlettetReseptRF>'
    return with_attached(msghead(payload, answers=None), *attached)


def test_requests_are_valid_by_the_official_schemas_and_ask_for_nothing_packed():
    checker = schema(artefacts())
    for message in asked():
        assert faults(checker, message) == []
        assert b"<Komprimering>0</Komprimering>" in message


def test_requests_are_the_same_bytes_every_time():
    assert asked() == asked()


def test_a_row_comes_with_its_prescription():
    original = m1()
    found, report = listed(m96(listeelement(), attached=(original,)))
    assert [(row.id, row.status, row.dispensed) for row in found.rows] == [
        (PRESCRIPTION, PrescriptionStatus.DISPENSABLE, ())
    ]
    assert (found.originals, found.blocked, found.locked_exist) == ({PRESCRIPTION: original}, False, False)
    assert report.findings == []


def test_what_was_dispensed_so_far_is_kept():
    so_far = (
        "<Utlevering><Varenr>990001</Varenr><NavnFormStyrke>Cetirizin Tab 10 mg</NavnFormStyrke>"
        '<Pakningsstr V="98.0" U="stk"/><AntallPakningerUtlevertTotalt>3</AntallPakningerUtlevertTotalt>'
        "<AntallPakningerUtlevertSiste>1</AntallPakningerUtlevertSiste>"
        "<TidspunktSisteUtlevering>2026-11-01T10:00:00+01:00</TidspunktSisteUtlevering></Utlevering>"
    )
    (row,) = listed(m96(listeelement(after=so_far), attached=(m1(),)))[0].rows
    (made,) = row.dispensed
    assert (made.packages, made.packages_last, made.last) == (
        Decimal(3), Decimal(1), Moment("2026-11-01T10:00:00+01:00"),
    )  # fmt: skip


def test_a_patient_who_blocked_prescribers_is_told_apart_from_one_without_prescriptions():
    blocked, _ = listed(m96(before="<Pasientreservasjon>true</Pasientreservasjon>"))
    empty, _ = listed(m96('<StatusSok V="1"/>'))
    assert (blocked.blocked, blocked.search) == (True, None)
    assert (empty.blocked, empty.search) == (False, SearchStatus.NONE)


def test_locked_prescriptions_that_are_not_listed_are_told():
    assert listed(m96(before="<LastResept>true</LastResept>"))[0].locked_exist


def test_a_row_without_its_prescription_is_named():
    found, report = listed(m96(listeelement()))
    assert (found.originals, [f.code for f in report.findings]) == ({}, ["prescription-not-attached"])


def test_the_older_generation_is_read_too():
    older = m96(listeelement(), attached=(m1(),), namespace="http://www.kith.no/xmlstds/eresept/m96/2015-05-01")
    assert listed(older)[0].rows
    misspelt = m98("<AntallUteveringer>1</AntallUteveringer>", m10(),
                   namespace="http://www.kith.no/xmlstds/eresept/m98/2015-10-15")  # fmt: skip
    assert dispensings(misspelt)[0].reports == (dispensing(),)


@pytest.mark.parametrize(
    "data",
    [
        m96(listeelement(), attached=(m1(patient=STRANGER),)),
        m96(listeelement(), attached=(m1(born="1974-07-14"),)),
        m96(before=f"<PasientInfo><Fnr>{STRANGER}</Fnr></PasientInfo>"),
    ],
)
def test_refuses_a_list_of_another(data: bytes):
    with pytest.raises(WrongPatient):
        listed(data)


def test_what_a_reference_number_brings_of_another_person_is_not_read_and_the_rest_is():
    other = m1(key="r-2", patient=STRANGER).replace(b"<OppdatertFest>", b"<RefNr>4711</RefNr><OppdatertFest>")
    answer = m96(listeelement(), listeelement("r-2"), attached=(m1(), other))
    found, report = read_prescriber_list(
        answer, HERSELF, SYSTEMS, answers=OUR_MESSAGE, reference_numbers=frozenset({"4711"})
    )
    assert [row.id for row in found.rows] == [PRESCRIPTION]
    assert list(found.originals) == [PRESCRIPTION]
    assert [f.code for f in report.findings] == ["reference-of-another"]
    with pytest.raises(WrongPatient):
        listed(answer)


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (m96(listeelement(), before="<Pasientreservasjon>true</Pasientreservasjon>"), "Listeelement"),
        (m96(before="<Pasientreservasjon>ja</Pasientreservasjon>"), "Pasientreservasjon"),
        (m96()[:250], "MsgHead"),
    ],
)
def test_refuses_a_list_that_is_missing_or_broken_by_name(data: bytes, what: str):
    with pytest.raises(Malformed) as caught:
        listed(data)
    assert caught.value.what == what


WORSE = {
    "no status": (listeelement("r-9", status=""), "r-9", "row-unreadable"),
    "an unknown status": (listeelement("r-9", status="Q"), "r-9", "row-unreadable"),
    "an unknown word": (
        listeelement("r-9", after="<TilbakekallingStatus>kanskje</TilbakekallingStatus>"), "r-9", "row-unreadable",
    ),
    "a broken dispensing": (listeelement("r-9", after="<Utlevering/>"), "r-9", "row-unreadable"),
    "no id": (listeelement(""), None, "row-unreadable"),
    "twice": (listeelement("r-9") + listeelement("R-9"), "r-9", "row-twice"),
}  # fmt: skip


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("case", WORSE)
def test_a_list_survives_its_worst_row_and_says_so(case: str, before: bool):
    worst, lost, code = WORSE[case]
    rows = (worst, listeelement()) if before else (listeelement(), worst)
    found, report = listed(m96(*rows, attached=(m1(),)))
    assert [row.id.lower() for row in found.rows] == [PRESCRIPTION.lower()]
    assert list(found.originals) == [PRESCRIPTION.lower()]
    assert [one.lower() for one in found.unreadable] == [lost or f"listeelement[{0 if before else 1}]"]
    assert code in [f.code for f in report.findings]


def test_an_unknown_status_is_named_and_never_read_as_none():
    found, report = listed(m96(listeelement("r-9", status="Q")))
    assert (found.rows, found.unreadable, report.findings[0].original) == ((), ("r-9",), "Q")


def test_two_prescriptions_of_one_id_and_one_of_no_row_are_not_taken():
    found, report = listed(m96(listeelement(), attached=(m1(), m1())))
    assert (found.originals, report.findings[0].code) == ({}, "prescription-twice")
    found, report = listed(m96(listeelement("r-2"), attached=(m1(),)))
    assert (found.originals, report.findings[-1].code) == ({}, "prescription-without-row")


def test_an_attachment_that_is_no_message_takes_no_other_with_it():
    found, report = listed(m96(listeelement(), attached=(b"<x/>", m1(), b"not xml")))
    assert list(found.originals) == [PRESCRIPTION.lower()]
    assert [f.code for f in report.findings] == ["attachment-unreadable"] * 2


@pytest.mark.parametrize("code", ["1", "4"])
def test_a_search_that_found_none_is_no_error(code: str):
    found, _ = listed(m96(before=f'<StatusSok V="{code}"/>'))
    assert (found.rows, found.search is not None, found.unreadable) == ((), True, ())


@pytest.mark.parametrize("code", ["0", "3", "5", "9", "01", "1 ", "x", ""])
def test_an_unknown_search_status_is_never_none(code: str):
    with pytest.raises(Malformed):
        listed(m96(before=f'<StatusSok V="\u00a0{code}"/>'))
    if code not in ("1 ", ""):
        with pytest.raises(Malformed) as caught:
            listed(m96(before=f'<StatusSok V="{code}"/>'))
        assert caught.value.code == code


def test_dispensings_come_as_reports():
    found, report = dispensings(m98(COUNT.format(2), m10(), m10(id="r-2")))
    assert (found.answered, [one.id for one in found.reports]) == (Answered.DISPENSINGS, [dispensing().id, "r-2"])
    assert report.findings == []


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        ("<IngenResept>true</IngenResept>", Answered.NO_PRESCRIPTION),
        ("<Pasientreservasjon>true</Pasientreservasjon>", Answered.BLOCKED),
        (COUNT.format(0), Answered.DISPENSINGS),
    ],
)
def test_never_dispensed_blocked_and_unknown_are_told_apart(said: str, answered: Answered):
    assert dispensings(m98(said))[0] == Dispensings(answered, ())


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (m98(COUNT.format(2), m10()), "AntallUtleveringer"),
        (m98(COUNT.format("mange")), "AntallUtleveringer"),
        (m98(COUNT.format("9" * 5000)), "AntallUtleveringer"),
        (m98("<IngenResept>false</IngenResept>"), "AntallUtleveringer"),
        (m98("<IngenResept>true</IngenResept>", m10()), "M98"),
    ],
)
def test_refuses_dispensings_that_do_not_add_up(data: bytes, what: str):
    with pytest.raises(Malformed) as caught:
        dispensings(data)
    assert caught.value.what == what


def test_refuses_dispensings_of_another_prescription_or_person():
    with pytest.raises(WrongReference):
        dispensings(m98(COUNT.format(1), m10(prescription_id="another")))
    with pytest.raises(WrongPatient):
        read_dispensings(m98(COUNT.format(1), m10()), Wanted(PRESCRIPTION, Subject(frozenset({STRANGER}))), SYSTEMS)


@pytest.mark.parametrize("data", [m96(namespace="urn:m96"), m98(COUNT.format(0), namespace="urn:m98")])
def test_refuses_a_generation_it_does_not_know_by_name(data: bytes):
    with pytest.raises(UnknownVersion, match="urn:m9"):
        (listed if b"urn:m96" in data else dispensings)(data)


def test_a_recall_says_which_why_and_what_stands_in_its_place():
    recall = read_recall(m5(), SYSTEMS)
    assert (recall.prescription_id, recall.reason.text, recall.remark, recall.replaced_by) == (
        PRESCRIPTION, "Seponering", "Byttet", "r-2",
    )  # fmt: skip
    assert recall.patient is not None
    assert recall.patient.number == PATIENT


@pytest.mark.parametrize(("status", "pending"), [("1", False), ("2", True)])
def test_a_receipt_tells_recalled_from_recalled_later(status: str, pending: bool):
    assert read_recall_receipt(m52(status), answers=OUR_MESSAGE).pending is pending


@pytest.mark.parametrize(("attached", "by_recall"), [(m5(), True), (m1(), False)])
def test_a_deletion_names_the_prescription_by_what_is_attached(attached: bytes, by_recall: bool):
    deletion, report = read_deletion(m7(attached), SYSTEMS)
    assert (deletion.prescription_id, deletion.at) == (PRESCRIPTION, Moment("2026-11-20T08:00:00+01:00"))
    assert ((deletion.recall is not None), report.findings) == (by_recall, [])


@pytest.mark.parametrize(
    ("read", "what"),
    [
        (lambda: read_recall(m5(why=""), SYSTEMS), "Arsak"),
        (lambda: read_recall(m5(why="<Arsak/>"), SYSTEMS), "Arsak"),
        (lambda: read_recall_receipt(m52("9")), "Status"),
        (lambda: read_deletion(m7(), SYSTEMS), "SlettetReseptRF"),
        (lambda: read_deletion(m7(m5(), m1(key="another")), SYSTEMS), "SlettetReseptRF"),
        (lambda: read_deletion(m7(m5(), m5()), SYSTEMS), "Tilbakekalling"),
        (lambda: read_recall(m5()[:-20], SYSTEMS), "MsgHead"),
    ],
)
def test_refuses_a_recall_that_is_missing_or_broken_by_name(read, what: str):
    with pytest.raises(Malformed) as caught:
        read()
    assert caught.value.what == what


@pytest.mark.parametrize(
    "read",
    [lambda: read_recall(m5(namespace="urn:m5"), SYSTEMS), lambda: read_deletion(m7(namespace="urn:m7"), SYSTEMS)],
)
def test_refuses_a_recall_of_a_generation_it_does_not_know(read):
    with pytest.raises(UnknownVersion, match="urn:m"):
        read()
