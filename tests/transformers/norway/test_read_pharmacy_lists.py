"""M25.2 to M25.4: the lists of those who dispense, as their schemas define them."""

import pytest

from tests.support.machine.require import artefacts
from tests.support.norway.checks import faults, schema
from tests.support.norway.eresept_messages import dispensing, m10
from tests.support.norway.source_messages import PATIENT, STRANGER, entry, medicines_list, packed, reading
from transformers.model.finding import Report
from transformers.model.values import Moment, Period
from transformers.norway.errors import Malformed, UnknownVersion, WrongPatient
from transformers.norway.read_medicine_list_m251 import M251
from transformers.norway.read_pharmacy_list_m25 import (
    M252,
    M253,
    M254,
    PHARMACY_LISTS,
    PharmacyList,
    read_pharmacy_list,
)

PACKING = (
    "<Pakkeinfo><Bestillingsfrist>2026-11-20T12:00:00</Bestillingsfrist>"
    "<ForsteDoseringsdato>2026-11-27</ForsteDoseringsdato><SisteDoseringsdato>2026-12-10</SisteDoseringsdato></Pakkeinfo>"
)
MULTIDOSE = '<InngarMultidose V="1" DN="Ja"/>'


def given(*, last: str = "2026-12-10", dispensing_of: bytes | None = None) -> str:
    whole = (dispensing_of or m10(lot="N-1")).decode()
    inner = whole[whole.index("<Utlevering ") : whole.index("</Utlevering>") + len("</Utlevering>")]
    return (
        "<SisteUtlevering><RefM10>m10-1</RefM10><DatoForsteDose>2026-11-27</DatoForsteDose>"
        f"<DatoSisteDose>{last}</DatoSisteDose><UtleveringB64>{packed(inner)}</UtleveringB64></SisteUtlevering>"
    )


def multidose(last: str = given()) -> str:
    return entry(stop=last).replace("<DatoOppstart>2026-04-30</DatoOppstart>",
                                    f"<DatoOppstart>2026-04-30</DatoOppstart>{MULTIDOSE}")  # fmt: skip


def read(data: bytes) -> tuple[PharmacyList, Report]:
    report = Report()
    return read_pharmacy_list(data, reading(), report), report


@pytest.mark.parametrize("namespace", PHARMACY_LISTS)
def test_entries_are_statements_whose_source_is_the_list(namespace: str):
    found, report = read(medicines_list(entry(), namespace=namespace))
    (one,) = found.entries.statements
    assert (one.id, one.product.name, one.dosage.text) == ("e-1", "Cetirizin Tab 10 mg", "1 tablett daglig")
    assert (one.provenance.source, found.source) == (PHARMACY_LISTS[namespace],) * 2
    assert (found.packing, found.packed, report.findings) == (None, (), [])


def test_when_the_next_round_is_packed_is_kept():
    found, _ = read(medicines_list(entry(), namespace=M252, more=PACKING))
    assert found.packing is not None
    assert found.packing.order_by == Moment("2026-11-20T12:00:00+01:00")
    assert found.packing.doses == Period(Moment("2026-11-27"), Moment("2026-12-10"))


def test_what_was_packed_for_which_days_is_kept():
    found, report = read(medicines_list(multidose(), namespace=M253))
    (one,) = found.packed
    assert (one.entry_id, one.report_id, one.lot) == ("e-1", "m10-1", "N-1")
    assert one.doses == Period(Moment("2026-11-27"), Moment("2026-12-10"))
    assert one.medicine == dispensing().medicine
    assert (found.in_multidose, report.findings) == (frozenset({"e-1"}), [])


@pytest.mark.parametrize(
    "data",
    [
        medicines_list(entry(), namespace=M252, more=PACKING),
        medicines_list(multidose(), namespace=M253, more=PACKING),
        medicines_list(entry(), namespace=M254),
    ],
    ids=["m252", "m253", "m254"],
)
def test_what_is_read_here_follows_the_schemas(data: bytes):
    assert faults(schema(artefacts()), data) == []


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (medicines_list(multidose(given(last="2026-11-01")), namespace=M253), "SisteUtlevering"),
        (medicines_list(multidose(given().replace("DatoSisteDose>", "Dato>")), namespace=M253), "SisteUtlevering"),
        (medicines_list(multidose(given().replace("UtleveringB64>", "B64>")), namespace=M253), "UtleveringB64"),
        (medicines_list(entry(), namespace=M252, more="<Pakkeinfo/>"), "Bestillingsfrist"),
        (medicines_list(entry(), namespace=M254)[:-30], "MsgHead"),
    ],
)
def test_refuses_what_is_missing_or_broken_by_name(data: bytes, what: str):
    with pytest.raises(Malformed) as caught:
        read(data)
    assert caught.value.what == what


def test_refuses_a_doctors_list_and_a_generation_it_does_not_know():
    for namespace in (M251, M253.replace("2013", "2030")):
        with pytest.raises(UnknownVersion) as caught:
            read(medicines_list(entry(), namespace=namespace))
        assert caught.value.namespace == namespace
    other = m10().replace(b"utlevering/2013-10-08", b"utlevering/2009-02-20")
    with pytest.raises(UnknownVersion, match="utlevering/2009-02-20"):
        read(medicines_list(multidose(given(dispensing_of=other)), namespace=M253))


def test_refuses_the_list_of_another():
    assert read(medicines_list(entry(), namespace=M252, patient=PATIENT))[0].entries.statements
    with pytest.raises(WrongPatient):
        read(medicines_list(entry(), namespace=M252, patient=STRANGER))
