"""M9.1 to M9.4: asked with valid messages, answered about her and about what was asked, or refused by name."""

import pytest

from tests.support.machine.require import artefacts
from tests.support.norway.checks import faults, schema
from tests.support.norway.eresept_messages import (
    BIRTH,
    PRESCRIPTION,
    dispensing,
    envelope,
    m1,
    m10,
    m92,
    m94,
    reseptinfo,
)
from tests.support.norway.source_messages import FORMER, OUR_MESSAGE, PATIENT, STRANGER, SYSTEMS, medicine
from transformers.model.finding import Report
from transformers.model.values import Moment
from transformers.norway.cancellation import Cancellation
from transformers.norway.errors import Malformed, UnknownVersion, WrongPatient, WrongReference
from transformers.norway.msghead_patient import Subject
from transformers.norway.prescription_status import PrescriptionStatus, SearchStatus
from transformers.norway.read_download_m94 import Download, Wanted, read_download
from transformers.norway.read_msghead import read_msghead
from transformers.norway.read_prescription_list_m92 import PrescriptionList, read_prescription_list
from transformers.norway.write_download_request_m93 import KIND as M93
from transformers.norway.write_download_request_m93 import write_download_request, write_list_declined
from transformers.norway.write_prescription_search_m91 import KIND as M91
from transformers.norway.write_prescription_search_m91 import write_prescription_search

NUMBERS = frozenset({PATIENT, FORMER})
WANTED = Wanted(PRESCRIPTION, Subject(NUMBERS, BIRTH), OUR_MESSAGE)


def search(number: str | None = PATIENT, references: tuple[str, ...] = (), **asked: bool) -> bytes:
    return write_prescription_search(
        envelope(M91), patient_number=number, reference_numbers=references, employee_id="PT:1", **asked
    )


def take() -> bytes:
    return write_download_request(envelope(M93), prescription_id=PRESCRIPTION, employee_id="PT:1")


def decline(why: Cancellation) -> bytes:
    return write_list_declined(envelope(M93), employee_id="PT:1", why=why)


def listed(data: bytes) -> tuple[PrescriptionList, Report]:
    return read_prescription_list(data, NUMBERS, SYSTEMS, answers=OUR_MESSAGE)


def downloaded(data: bytes, wanted: Wanted = WANTED) -> tuple[Download, Report]:
    return read_download(data, wanted, SYSTEMS)


@pytest.mark.parametrize(
    "message",
    [search(), search(None, ("12345", "6")), search(every=True, guardian_reserved=True), take(),
     *(decline(reason) for reason in Cancellation)],
)  # fmt: skip
def test_requests_are_valid_by_the_official_schemas(message: bytes):
    assert faults(schema(artefacts()), message) == []


def test_a_search_names_the_patient_in_the_payload_only_and_asks_no_more_than_it_must():
    head = read_msghead(search())
    assert (head.kind, head.patient_numbers, search().count(PATIENT.encode())) == ("ERM91", (), 1)
    assert b'<AlleResepter V="2" DN="Nei"/><AnsattId>PT:1</AnsattId>' in search()
    assert b'<InkluderVergeinnsynsreservasjon V="2"' in search()


def test_a_search_for_nobody_is_not_written():
    with pytest.raises(Malformed, match="Fnr"):
        search(None)


def test_who_declines_a_list_says_why_and_names_no_prescription():
    assert b"Kansellering" not in take()
    assert b'<Kansellering V="16" DN="Teknisk svikt"/>' in decline(Cancellation.TECHNICAL)
    assert b"ReseptId" not in decline(Cancellation.TECHNICAL)


def test_requests_are_the_same_bytes_every_time():
    assert (search(), take()) == (search(), take())


@pytest.mark.parametrize("status", list(PrescriptionStatus))
def test_a_prescription_is_listed_with_its_status(status: PrescriptionStatus):
    found, report = listed(m92(reseptinfo(status=status)))
    (one,) = found.prescriptions
    assert (one.id, one.status, one.name, one.prescribed) == (
        PRESCRIPTION, status, "Ramipril Kaps 5 mg", Moment("2026-10-01"),
    )  # fmt: skip
    assert (one.packages, one.repeats, one.amount, report.findings) == (None, None, None, [])


def test_amounts_sizes_and_dates_of_a_row_are_kept_as_written():
    after = (
        "<SisteUtlevering>2026-10-20</SisteUtlevering><Bruksomrade>Mot\u00a0høyt  blodtrykk</Bruksomrade>"
        '<Antall>1,5</Antall><Pakningsstr>10x0,5</Pakningsstr><EnhetPakning V="mikrog" '
        'S="2.16.578.1.12.4.1.1.7452" DN="mikrogram"/><Mengde V="2.5" U="ml"/><Reiterasjon>3</Reiterasjon>'
        "<TidligsteUtlevering>2026-12-01</TidligsteUtlevering>"
    )
    (one,) = listed(m92(reseptinfo(after=after)))[0].prescriptions
    assert (str(one.packages), one.repeats, one.use) == ("1.5", 3, "Mot høyt blodtrykk")
    assert one.package_size is not None
    assert one.package_size.unit is not None
    assert (one.package_size.written, one.package_size.unit.text) == ("10x0,5", "mikrogram")
    assert one.amount is not None
    assert (str(one.amount.value), one.last_dispensed, one.not_before) == (
        "2.5", Moment("2026-10-20"), Moment("2026-12-01"),
    )  # fmt: skip


def test_goods_have_no_name_of_a_medicine_and_a_compounded_one_is_told():
    goods, compounded = (
        listed(m92(reseptinfo(name="", after=""), reseptinfo("r-2", name=""))),
        listed(m92(reseptinfo(name="", reference="", after="").replace(
            "<Vergeinnsyns", "<LegemiddelblandingNavn>Salve</LegemiddelblandingNavn><Vergeinnsyns"
        ))),
    )  # fmt: skip
    assert [one.name for one in goods[0].prescriptions] == [None, None]
    assert [(one.name, one.compounded) for one in compounded[0].prescriptions] == [("Salve", True)]


@pytest.mark.parametrize("code", list(SearchStatus))
def test_a_search_that_found_nothing_says_why(code: SearchStatus):
    found, _ = listed(m92(search=f'<Status V="{code}"/>'))
    assert (found.prescriptions, found.search) == ((), code)


def test_a_list_without_rows_or_reason_is_empty():
    assert listed(m92())[0] == PrescriptionList((), None, multidose=False)


def test_medicines_packed_by_dose_are_told():
    found, report = listed(m92(reseptinfo(), more=f"<Multidosebruker><Fnr>{PATIENT}</Fnr></Multidosebruker>"))
    assert found.multidose
    assert [f.code for f in report.findings] == ["multidose"]


def test_a_former_number_is_hers():
    assert listed(m92(reseptinfo(number=FORMER)))[0].prescriptions


def test_a_locked_prescription_without_number_is_hers_by_the_reference_number_she_gave():
    row = reseptinfo(number=None, reference="<RefNr>4711</RefNr>")
    found, _ = read_prescription_list(m92(row), NUMBERS, SYSTEMS, reference_numbers=frozenset({"4711"}))
    assert found.prescriptions[0].reference_number == "4711"
    with pytest.raises(WrongPatient):
        read_prescription_list(m92(row), NUMBERS, SYSTEMS, reference_numbers=frozenset({"4712"}))


def test_what_a_reference_number_brings_of_another_person_is_not_read_and_the_rest_is():
    other = reseptinfo("r-2", number=STRANGER, reference="<RefNr>4711</RefNr>")
    found, report = read_prescription_list(
        m92(reseptinfo(), other), NUMBERS, SYSTEMS, reference_numbers=frozenset({"4711"})
    )
    assert [one.id for one in found.prescriptions] == [PRESCRIPTION]
    assert [f.code for f in report.findings] == ["reference-of-another"]
    with pytest.raises(WrongPatient):
        read_prescription_list(m92(reseptinfo(), other), NUMBERS, SYSTEMS)


@pytest.mark.parametrize(
    "data",
    [
        m92(reseptinfo(number=STRANGER)),
        m92(reseptinfo(number=None)),
        m92(reseptinfo(), reseptinfo("r-2", number=STRANGER)),
        m92(more=f"<Multidosebruker><Fnr>{STRANGER}</Fnr></Multidosebruker>"),
    ],
)
def test_refuses_a_list_of_another(data: bytes):
    with pytest.raises(WrongPatient):
        listed(data)


def test_two_prescriptions_of_one_product_are_two_rows():
    assert len(listed(m92(reseptinfo("r-1"), reseptinfo("r-2")))[0].prescriptions) == 2


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (m92(reseptinfo(), search='<Status V="1"/>'), "Status"),
        (m92(search='<Status V="3"/>'), "Status"),
        (m92().replace(b"Reseptliste", b"Liste"), "Reseptliste"),
        (m92()[:300], "MsgHead"),
        (m92(reseptinfo().replace("Bjørk", "Bj")).replace(b"Lun", "Lün".encode("latin-1")), "MsgHead"),
    ],
)  # fmt: skip
def test_refuses_a_list_that_is_missing_or_broken_by_name(data: bytes, what: str):
    with pytest.raises(Malformed) as caught:
        listed(data)
    assert caught.value.what == what


WORSE = {
    "an unknown status": reseptinfo("r-9", status="Y"),
    "no status": reseptinfo("r-9", status=""),
    "no prescriber": reseptinfo("r-9").replace("<RekvirentId>990000099</RekvirentId>", ""),
    "no day": reseptinfo("r-9").replace("2026-10-01+02:00", "i går"),
    "less than no repeats": reseptinfo("r-9", after="<Reiterasjon>-1</Reiterasjon>"),
    "an amount that is none": reseptinfo("r-9", after="<Antall>1.2.3</Antall>"),
    "an amount of other digits": reseptinfo("r-9", after="<Antall>٣</Antall>"),
    "no reservation": reseptinfo("r-9").replace("<Vergeinnsynsreservasjon>false</Vergeinnsynsreservasjon>", ""),
    "twice": reseptinfo("r-9") + reseptinfo("R-9"),
}


@pytest.mark.parametrize("before", [True, False])
@pytest.mark.parametrize("case", WORSE)
def test_a_list_survives_its_worst_row_and_says_so(case: str, before: bool):
    rows = (WORSE[case], reseptinfo()) if before else (reseptinfo(), WORSE[case])
    found, report = listed(m92(*rows))
    assert [row.id for row in found.prescriptions] == [PRESCRIPTION]
    assert [one.lower() for one in found.unreadable] == ["r-9"]
    assert [f.code for f in report.findings] == ["row-twice" if case == "twice" else "row-unreadable"]


def test_a_row_without_an_id_is_told_by_its_place():
    assert listed(m92(reseptinfo(), reseptinfo(key="")))[0].unreadable == ("Reseptinfo[1]",)


def test_refuses_lists_and_downloads_of_a_generation_it_does_not_know():
    for data, reader in ((m92(namespace="urn:m92"), listed), (m94(m1(), namespace="urn:m94"), downloaded)):
        with pytest.raises(UnknownVersion, match="urn:m9"):
            reader(data)


def test_refuses_an_answer_to_another_question():
    for data, reader in ((m92(answers="other"), listed), (m94(m1(), answers="other"), downloaded)):
        with pytest.raises(WrongReference):
            reader(data)


def test_a_download_brings_the_prescription_as_it_was_signed_and_its_dispensings():
    original = m1()
    found, report = downloaded(m94(original, m10(), m10(id="r-2")))
    assert (found.original, found.status) == (original, PrescriptionStatus.DISPENSABLE)
    assert [one.id for one in found.dispensings] == [dispensing().id, "r-2"]
    assert report.findings == []


def test_what_a_download_says_of_an_exemption_is_kept():
    before = "<DatoSoknadSendtSLV>2026-10-02</DatoSoknadSendtSLV><InnvligetGodkjFritak>true</InnvligetGodkjFritak>"
    assert downloaded(m94(m1(), before=before))[0].exemption_granted is True
    assert downloaded(m94(m1()))[0].exemption_granted is None


def test_an_attachment_of_another_kind_is_named():
    _, report = downloaded(m94(m1(), m92()))
    assert [(f.code, f.original) for f in report.findings] == [("attachment-not-read", "Reseptliste")]


def test_the_prescription_of_a_download_must_be_the_one_asked_for():
    assert downloaded(m94(m1(key=PRESCRIPTION.upper())))[0].original
    with pytest.raises(WrongReference):
        downloaded(m94(m1(key="another")))
    with pytest.raises(WrongReference):
        downloaded(m94(m1(), m10(prescription_id="another")))


@pytest.mark.parametrize("original", [m1(patient=STRANGER), m1(born="1974-07-14")])
def test_refuses_the_download_of_another_person(original: bytes):
    with pytest.raises(WrongPatient):
        downloaded(m94(original))


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (m94(), "Resept"),
        (m94(m1(), m1()), "Resept"),
        (m94(m1(), status="Q"), "Status"),
        (m94(m1(), before="<SvarSLVDato>snart</SvarSLVDato>"), "SvarSLVDato"),
        (m94(b"%PDF-1.7"), "MsgHead"),
        (m94(m1()[:200]), "MsgHead"),
        (m94(medicine().encode()), "MsgHead"),
        (m94(m1()).replace(b'base64container">', b'base64container">!'), "Base64Container"),
    ],
)
def test_refuses_a_download_that_is_missing_or_broken_by_name(data: bytes, what: str):
    with pytest.raises(Malformed) as caught:
        downloaded(data)
    assert caught.value.what == what
