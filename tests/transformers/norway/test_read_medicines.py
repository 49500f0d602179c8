"""M9.12, M25.1 and M1: the doctor's list, prescriptions beside it, and every word kept as it was written."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.machine.generated import examples
from tests.support.norway.source_messages import (
    ATC,
    FORMER,
    M1,
    OUR_MESSAGE,
    PATIENT,
    STRANGER,
    SYSTEMS,
    entry,
    m912,
    medicine,
    medicines_list,
    prescription,
    product,
    reading,
)
from transformers.model.finding import Report
from transformers.model.standing import Standing
from transformers.model.summary import KnownAbsent, MedicationStatement, NoInformation, NotReadable, Present
from transformers.norway.errors import Malformed, NorwegianMessageError, UnknownVersion, WrongPatient, WrongReference
from transformers.norway.read_medicine_list_m912 import MedicinesInUse, read_medicines_in_use
from transformers.norway.xml_fields import decimal, quantity, read_tree


def read(data: bytes, **told: bool) -> tuple[MedicinesInUse, Report]:
    return read_medicines_in_use(data, reading(**told), answers=OUR_MESSAGE)


def only(data: bytes, **told: bool) -> MedicationStatement:
    section = read(data, **told)[0].medications
    assert isinstance(section, Present)
    (statement,) = section.entries
    return statement


def one(content: str | None = None, **told: bool) -> MedicationStatement:
    return only(m912(medicines_list(entry(content))), **told)


def codes(report: Report) -> list[str]:
    return [finding.code for finding in report.findings]


def test_an_entry_becomes_a_statement_with_its_origin():
    statement = one()
    assert (statement.id, statement.prescription_id, statement.ordered) == ("e-1", "r-1", True)
    assert (statement.product.name, statement.product.level) == ("Cetirizin Tab 10 mg", "package")
    assert (statement.dosage.text, statement.dosage.why_text_only) == (
        "1 tablett daglig",
        None,
    )
    assert statement.used.start is not None
    assert statement.used.start.iso == "2026-04-30"
    assert statement.provenance.recorded is not None
    assert statement.provenance.recorded.iso == "2026-05-01T10:15:00+02:00"
    assert statement.provenance.recorded_by == "Blid Skogstjerne"
    assert statement.prescriber is not None
    assert statement.prescriber.identifiers[0].extension == "990000099"
    assert "Varenummer 990001" in (statement.note or "")


def test_atc_is_given_in_the_norwegian_and_the_international_system():
    atc = one().product.atc
    assert atc is not None
    assert atc.original is not None
    assert (atc.original.system, atc.original.code) == ("2.16.578.1.12.4.1.1.7180", "R06AE07")
    assert [(c.system, c.code) for c in atc.others] == [("2.16.840.1.113883.6.73", "R06AE07")]


def test_form_keeps_its_national_code_and_strength_stays_in_the_name():
    made = one().product
    assert made.form is not None
    assert made.form.original is not None
    assert (made.form.original.code, made.form_text, made.strength_text, made.ingredients) == (
        "53",
        "Tablett",
        None,
        (),
    )


@pytest.mark.parametrize(
    ("kind", "level", "more"),
    [
        ("Legemiddelpakning", "package", "<Varenr>990001</Varenr>"),
        ("LegemiddelMerkevare", "brand", "<Id>ID_A</Id><Varenavn>Cetirizin</Varenavn>"),
        ("LegemiddelVirkestoff", "substance", "<Id>ID_B</Id>"),
    ],
)
def test_a_medicine_is_told_at_the_level_it_was_prescribed(kind: str, level: str, more: str):
    assert one(medicine(product(kind, more=more))).product.level == level


def test_a_single_dose_has_no_level_and_says_so():
    data = m912(medicines_list(entry(medicine(product("Legemiddeldose", more="<Id>ID_C</Id>")))))
    assert (only(data).product.level, codes(read(data)[1])) == ("unknown", ["product-level-unknown"])


def test_a_compounded_medicine_names_its_parts_with_amounts():
    compound = (
        "<Legemiddelblanding><Navn>Salve etter oppskrift</Navn><TilbOppl>Blandes kaldt</TilbOppl>"
        '<Mengde V="100" U="g"/><Legemiddelform V="46" S="2.16.578.1.12.4.1.1.7448" DN="Salve"/>'
        "<BestanddelAnnet><NavnFormStyrke>Vaselin</NavnFormStyrke><MengdeBestanddel>"
        '<Mengde V="90" U="g"/></MengdeBestanddel></BestanddelAnnet></Legemiddelblanding>'
    )
    statement = one(medicine(compound))
    assert (statement.product.name, statement.product.level) == ("Salve etter oppskrift", "compounded")
    assert "Vaselin 90 g" in (statement.note or "")
    assert "Blandes kaldt" in (statement.note or "")


def test_blanks_of_every_width_become_one_and_the_comma_stays():
    assert one(medicine(product(name="Marevan\u00a0 Tab\u202f2,5 mg "))).product.name == "Marevan Tab 2,5 mg"


def test_the_written_dosage_wins_over_the_short_one():
    both = '<DosVeiledEnkel>1 tablett, men ikke søndag</DosVeiledEnkel><Kortdose V="93" S="2.1" OT="1 tablett"/>'
    assert one(medicine(dosage=both)).dosage.text == "1 tablett, men ikke søndag"


def test_the_short_dosage_counts_when_nothing_was_written():
    assert (
        one(medicine(dosage='<Kortdose V="93" S="2.1" DN="1 daglig" OT="1 tablett daglig"/>')).dosage.text
        == "1 tablett daglig"
    )


def test_no_dosage_is_said_to_be_missing():
    data = m912(medicines_list(entry(medicine(dosage=""))))
    assert (only(data).dosage.text, only(data).dosage.why_text_only) == (None, "not-stated")
    assert codes(read(data)[1]) == ["dosage-missing"]


def test_a_stated_dose_structure_is_not_read_as_a_structured_dose():
    fixed = (
        '<DosVeiledEnkel>2 tabletter</DosVeiledEnkel><Dosering><Starttidspunkt V="2026-05-02"/><Sluttidspunkt '
        'V="2026-05-09"/><DoseFastTidspunkt><Mengde V="2" U="tablett"/><GisEksakt>false</GisEksakt>'
        "</DoseFastTidspunkt></Dosering>"
    )
    statement = one(medicine(dosage=fixed))
    assert (statement.dosage.dose, statement.dosage.period) == (None, None)
    assert statement.used.end is not None
    assert statement.used.end.iso == "2026-05-09"


def test_a_route_is_kept_only_when_exactly_one_is_stated():
    def routed(*routes: str) -> str:
        ways = "".join(f'<Administrasjonsvei V="{r}" S="2.16.578.1.12.4.1.1.7477" DN="Vei {r}"/>' for r in routes)
        return medicine(product(more=f"<AdministreringLegemiddel>{ways}</AdministreringLegemiddel><Varenr>1</Varenr>"))

    route = one(routed("53")).dosage.route
    assert route is not None
    assert route.original is not None
    assert route.original.code == "53"
    several = m912(medicines_list(entry(routed("53", "43"))))
    assert (only(several).dosage.route, codes(read(several)[1])) == (None, ["route-ambiguous"])


def test_indication_is_code_and_words():
    reason = one(
        medicine(
            before='<RefKode V="R97" S="2.16.578.1.12.4.1.1.7170" DN="Allergisk rinitt"/>',
            dosage="<Bruksomrade>Mot pollen</Bruksomrade><DosVeiledEnkel>1</DosVeiledEnkel>",
        )
    ).reason
    assert reason is not None
    assert reason.original is not None
    assert (reason.text, reason.original.code, reason.original.display) == ("Mot pollen", "R97", "Allergisk rinitt")


def test_remarks_as_needed_and_no_substitution_are_said():
    note = one(
        medicine(
            before="<Merknad>Skyll munnen</Merknad>",
            after='<BytteresRekvirent V="1"/>',
            dosage='<DosVeiledEnkel>1</DosVeiledEnkel><Bruk V="3" DN="Ved behov"/>',
        )
    ).note
    for words in ("Skyll munnen", "Bruk: Ved behov", "reservert mot bytte"):
        assert words in (note or "")


def test_without_prescription_is_used_not_ordered():
    statement = only(m912(medicines_list(entry(kind="U", prescription=None))))
    assert (statement.ordered, statement.prescription_id) == (False, None)


def stopped(at: str) -> str:
    return f'<Seponering><Tidspunkt>{at}</Tidspunkt><Arsak V="A" DN="Avsluttet behandling"/></Seponering>'


def test_a_discontinued_medicine_is_not_in_use_and_is_named():
    made, report = read(m912(medicines_list(entry(), entry(key="e-2", stop=stopped("2026-11-24T12:59:00")))))
    assert isinstance(made.medications, Present)
    assert [s.id for s in made.medications.entries] == ["e-1"]
    assert [(f.code, f.original, f.result) for f in report.findings] == [
        ("discontinued", "Cetirizin Tab 10 mg", "Avsluttet behandling")
    ]


def test_a_medicine_to_be_stopped_later_is_in_use_until_then():
    used = only(m912(medicines_list(entry(stop=stopped("2026-12-24T10:00:00"))))).used
    assert used.end is not None
    assert used.end.iso == "2026-12-24T10:00:00+01:00"


def test_a_list_without_entries_states_that_nothing_is_used():
    made, _ = read(m912(medicines_list()))
    assert isinstance(made.medications, KnownAbsent)
    assert (made.medications.kind, made.reconciled) == ("no-known-medications", True)


def test_no_list_and_no_prescription_states_nothing():
    made, _ = read(m912())
    assert (made.medications, made.reconciled) == (NoInformation("Reseptformidleren"), False)


def test_prescriptions_without_a_list_are_not_reconciled_and_lack_dosage():
    made, report = read(m912(prescriptions=prescription()))
    assert isinstance(made.medications, Present)
    assert (made.medications.entries[0].product.name, made.reconciled) == ("Ramipril Kaps 5 mg", False)
    assert codes(report) == ["dosage-missing"]


def test_a_prescription_no_list_names_is_added_and_the_section_no_longer_reconciled():
    made, report = read(m912(medicines_list(entry()), prescriptions=prescription()))
    assert isinstance(made.medications, Present)
    assert ([s.id for s in made.medications.entries], made.reconciled) == (["e-1", "r-9"], False)
    assert "prescription-outside-list" in codes(report)


def test_a_prescription_the_list_names_is_not_said_twice():
    made, _ = read(m912(medicines_list(entry(prescription="R-1")), prescriptions=prescription("r-1")))
    assert isinstance(made.medications, Present)
    assert (len(made.medications.entries), made.reconciled) == (1, True)


@pytest.mark.parametrize("status", ["A", "B", "F", "H", "R", "T", "X"])
def test_a_prescription_that_cannot_be_dispensed_is_named_only(status: str):
    made, report = read(m912(prescriptions=prescription(status=status)))
    assert (made.medications, codes(report)) == (NoInformation("Reseptformidleren"), ["prescription-not-active"])


def test_goods_are_no_medicine():
    made, report = read(m912(prescriptions=prescription(name=None)))
    assert (made.medications, codes(report)) == (NoInformation("Reseptformidleren"), ["not-a-medicine"])


@pytest.mark.parametrize("reserved", [True, False])
def test_reservation_against_guardians_is_told(reserved: bool):
    assert read(m912(prescriptions=prescription(reserved=reserved)))[0].guardian_reserved is reserved


def test_under_address_protection_nobody_is_named_and_nothing_free_is_said():
    statement = one(medicine(before="<Merknad>Hentes på Vika</Merknad>"), protected=True)
    assert (statement.prescriber, statement.provenance.recorded_by) == (None, None)
    assert "Vika" not in (statement.note or "")


def test_a_former_number_is_hers():
    assert only(m912(medicines_list(entry(), patient=FORMER), patient=FORMER)).id == "e-1"


@pytest.mark.parametrize(
    "data", [m912(patient=STRANGER), m912(patient=""), m912(medicines_list(entry(), patient=STRANGER))],
    ids=["answer", "no-number", "list"],
)  # fmt: skip
def test_refuses_the_medicines_of_another(data: bytes):
    with pytest.raises(WrongPatient) as refused:
        read(data)
    assert STRANGER not in str(refused.value)


def test_refuses_an_answer_to_another_question():
    with pytest.raises(WrongReference):
        read(m912(answers="another"))


def test_reads_the_older_generation_of_m912_too():
    older = m912(
        medicines_list(entry()),
        namespace="http://www.kith.no/xmlstds/eresept/m912/2014-01-21",
        element="Multidosepasient",
    )
    assert only(older).id == "e-1"


@pytest.mark.parametrize(
    "data",
    [
        m912(namespace="http://www.ehelse.no/xmlstds/eresept/m912/2030-01-01"),
        m912(medicines_list(namespace="http://www.kith.no/xmlstds/eresept/m251/2030-01-01")),
        m912(medicines_list(namespace="http://www.kith.no/xmlstds/eresept/m252/2030-01-01")),
    ],
    ids=["m912", "m251", "m252"],
)
def test_refuses_a_generation_it_does_not_know_by_name(data: bytes):
    with pytest.raises(UnknownVersion) as refused:
        read(data)
    assert refused.value.namespace.startswith("http://www.")


M252 = "http://www.kith.no/xmlstds/eresept/m252/2013-10-08"


def test_a_pharmacys_list_beside_the_doctors_is_compared_with_it_and_adds_nothing():
    same, other = entry(key="e-9"), entry(medicine(product(name="Ramipril Kaps 5 mg")), key="e-2", prescription="r-2")
    found, report = read(m912(medicines_list(entry()), medicines_list(same, other, namespace=M252)))
    assert isinstance(found.medications, Present)
    assert ([one.id for one in found.medications.entries], found.reconciled) == (["e-1"], True)
    assert [(f.code, f.original) for f in report.findings] == [
        ("pharmacy-list", "Legemidler i bruk fra apotek (M25.2)"),
        ("medicine-outside-list", "Ramipril Kaps 5 mg"),
    ]


def test_a_pharmacys_list_alone_is_shown_and_said_to_be_no_doctors():
    found, report = read(m912(medicines_list(entry(), namespace=M252)))
    assert isinstance(found.medications, Present)
    assert (found.reconciled, codes(report)) == (False, ["pharmacy-list"])
    assert found.medications.entries[0].provenance.source == "Legemidler i bruk fra apotek (M25.2)"


def test_a_pharmacys_empty_list_states_nothing():
    found, _ = read(m912(medicines_list(namespace=M252)))
    assert isinstance(found.medications, NoInformation)


def test_an_open_question_about_an_entry_is_named():
    asked = '<Sporsmal><Kode V="1" S="2.16.578.1.12.4.1.1.7492" DN="Skal denne fortsette?"/></Sporsmal>'
    _, report = read(m912(medicines_list(entry(stop=asked))))
    assert [(f.code, f.original) for f in report.findings] == [("question-open", "Skal denne fortsette?")]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (m912(medicines_list(), medicines_list()), "VarerIBrukB64"),
        (m912(medicines_list(namespace=M252), medicines_list(namespace=M252)), "VarerIBrukB64"),
        (m912(b"nonsense"), "MsgHead"),
    ],
    ids=["two-lists", "two-pharmacies", "nested"],
)
def test_refuses_what_is_missing_or_broken_by_name(data: bytes, what: str):
    with pytest.raises(Malformed) as refused:
        read(data)
    assert refused.value.what == what


def test_base64_that_is_none_is_refused():
    broken = m912(medicines_list(entry())).replace(b"<VarerIBrukB64>", b"<VarerIBrukB64>!")
    with pytest.raises(Malformed):
        read(broken)


@given(st.integers(min_value=0))
@settings(max_examples=examples(60))
def test_a_message_cut_anywhere_is_refused(cut: int):
    whole = m912(medicines_list(entry(), entry(key="e-2")), prescriptions=prescription())
    with pytest.raises(NorwegianMessageError):
        read(whole[: cut % len(whole)])


@pytest.mark.parametrize(("written", "read_as"), [("1,7", "1.7"), ("1.7", "1.7"), ("-2", "-2"), ("10", "10")])
def test_decimals_have_point_or_comma(written: str, read_as: str):
    assert decimal(written, "x") == Decimal(read_as)


@pytest.mark.parametrize("written", ["", "1,7,1", "1 000", "NaN", "1e3", "10x0,5"])
def test_what_is_no_decimal_is_refused(written: str):
    with pytest.raises(Malformed):
        decimal(written, "Mengde")


def test_a_quantity_keeps_its_unit_as_written():
    made = quantity(read_tree(b'<a><Mengde V="0,5" U="ml"/></a>', "a"), "Mengde")
    assert made is not None
    assert made.unit is not None
    assert (made.value, made.unit.text) == (Decimal("0.5"), "ml")


def test_namespaces_of_the_builder_are_the_readers():
    assert M1 in medicine()
    assert ATC in product()
    assert SYSTEMS.oid("urn:uid:2.16.578.1.12.4.1.1.7497") == "2.16.578.1.12.4.1.1.7497"
    assert PATIENT != STRANGER


WORSE = {
    "no id": entry(key=""),
    "no name": entry(medicine(product(name="")), key="e-9"),
    "two products": entry(medicine(product() * 2), key="e-9"),
    "no prescription": entry("<a", key="e-9"),
    "another generation": entry(medicine(namespace="http://www.kith.no/xmlstds/eresept/m1/2010-05-01"), key="e-9"),
    "a stop of no time": entry(key="e-9", stop="<Seponering><Tidspunkt>i går</Tidspunkt></Seponering>"),
}


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("case", WORSE)
def test_a_list_survives_its_worst_entry_and_says_so(case: str, position: int):
    entries = [entry(key="e-1"), entry(key="e-2")]
    entries.insert(position, WORSE[case])
    found, report = read(m912(medicines_list(*entries)))
    assert isinstance(found.medications, Present)
    assert [one.id for one in found.medications.entries] == ["e-1", "e-2"]
    assert [one.why for one in found.medications.unread] == [Standing.NOT_READABLE]
    assert codes(report).count("entry-unreadable") == 1


def test_a_list_of_nothing_that_can_be_read_is_not_empty():
    found, _ = read(m912(medicines_list(entry("<a"))))
    assert isinstance(found.medications, NotReadable)


def test_an_entry_keeps_its_name_when_nothing_else_can_be_read():
    found, _ = read(m912(medicines_list(entry(medicine(product(name="Ramipril Kaps 5 mg") * 2)))))
    assert isinstance(found.medications, NotReadable)
    assert found.medications.unread[0].words == "Ramipril Kaps 5 mg"


def test_a_change_of_no_time_takes_no_medicine_away():
    found, report = read(m912(medicines_list(entry(changed="i går"))))
    assert isinstance(found.medications, Present)
    assert (found.medications.entries[0].provenance.recorded, codes(report)) == (None, ["date-unknown"])


def test_a_prescription_of_an_unknown_status_is_kept_in_words_and_never_as_not_active():
    row = prescription(status="Q")
    found, report = read(m912(prescriptions=row + prescription(key="r-2")))
    assert isinstance(found.medications, Present)
    assert len(found.medications.entries) == 1
    assert [one.why for one in found.medications.unread] == [Standing.NOT_READABLE]
    assert [f.original for f in report.findings if f.code == "entry-unreadable"] == ["Q"]
    assert "prescription-not-active" not in codes(report)


def test_a_reservation_that_cannot_be_read_is_one():
    row = prescription().replace("<Vergeinnsynsreservasjon>false", "<Vergeinnsynsreservasjon>kanskje")
    assert "kanskje" in row
    assert read(m912(prescriptions=row))[0].guardian_reserved
    assert not read(m912(prescriptions=prescription()))[0].guardian_reserved


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    "beside",
    [
        b"nonsense",
        medicines_list(namespace="http://www.kith.no/xmlstds/eresept/m252/2030-01-01"),
        medicines_list(entry(), namespace=M252, more="<Pakkeinfo/>"),
    ],
    ids=["no message", "another generation", "broken"],
)
def test_a_list_beside_the_doctors_that_cannot_be_read_takes_it_not_down(beside: bytes, first: bool):
    doctors = medicines_list(entry())
    found, report = read(m912(*((beside, doctors) if first else (doctors, beside))))
    assert isinstance(found.medications, Present)
    assert (found.reconciled, codes(report)) == (True, ["list-unreadable"])
