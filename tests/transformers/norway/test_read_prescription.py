"""M1 read whole: every level, both generations, the national facts, and every trap with its valid twin."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.support.machine.generated import examples
from tests.support.machine.require import artefacts
from tests.support.norway.m1 import OLD_M1, OLD_PRESCRIBING, PACKAGE, ROOT, m1, told
from tests.support.norway.source_messages import ATC, STRANGER, medicine, product
from transformers.model.prescription import Substitution
from transformers.model.values import Coded, Identifier, Quantity
from transformers.norway.errors import Malformed, NorwegianMessageError, UnknownVersion, WrongPatient
from transformers.norway.prescription import Dispensing, Level, NorwegianPrescription
from transformers.norway.read_prescription import PrescriptionContext, read_prescription
from transformers.norway.read_prescription_m1 import MedicineReading
from transformers.norway.structured_dosage import WhyTextOnly

DAILY = (
    '<Dosering><DoseFastTidspunkt><Mengde V="{amount}" U="tablett"/><Intervall V="1" U="Døgn"/>'
    "<GisEksakt>false</GisEksakt></DoseFastTidspunkt></Dosering>"
)
SAID = "<DosVeiledEnkel>1 tablett daglig</DosVeiledEnkel>"


def read(data: bytes | None = None, **more: object) -> NorwegianPrescription:
    return read_prescription(data or m1(), told(**more))[0]  # type: ignore[arg-type]  # the test names the field


def remarks(data: bytes) -> list[str]:
    return [finding.code for finding in read_prescription(data, told())[1].findings]


def packaged(size: str, unit: str = "stk", **more: str) -> bytes:
    inside = product(more="<Varenr>990060</Varenr>" + PACKAGE.format(size=size, unit=unit), **more)
    return m1(medicine(inside, before="<Antall>1</Antall>"))


def containers(prescription: NorwegianPrescription) -> list[tuple[str, str | None]]:
    return [
        (str(layer.quantity.value), layer.quantity.unit and layer.quantity.unit.text)
        for layer in prescription.item.product.packages
        if layer.quantity is not None
    ]


def test_the_item_is_the_message_below_the_configured_root():
    item = read().item
    assert item.id == Identifier(ROOT, "3b1f-resept")
    assert (item.prescribed and item.prescribed.iso, item.valid_until and item.valid_until.iso) == (
        "2026-10-05",
        "2027-10-04",
    )
    assert (item.provenance.source, item.provenance.recorded_by) == ("Reseptformidleren", "Blid Skogstjerne")


def test_the_prescriber_has_name_number_profession_and_place():
    who = read().item.prescriber
    assert who is not None
    assert who.identifiers == (Identifier("2.16.578.1.12.4.1.4.4", "990000099"),)
    assert who.role is not None
    assert who.role.original is not None
    assert who.role.original.code == "LE"
    assert who.organisation is not None
    assert who.organisation.identifiers == (Identifier("2.16.578.1.12.4.1.4.101", "999999999"),)
    assert who.organisation.address is not None
    assert who.organisation.address.city == "OTTESTAD"
    assert [one.value for one in who.organisation.telecoms] == ["tel:+4722222222"]


def test_under_address_protection_the_prescriber_has_no_place_and_no_free_text_leaves():
    data = m1(medicine(before="<Antall>1</Antall><Merknad>Hentes i Aure</Merknad>"))
    hidden, report = read_prescription(data, told(protected=True))
    assert hidden.item.prescriber is not None
    assert hidden.item.prescriber.organisation is None
    assert hidden.item.prescriber.identifiers
    assert hidden.item.to_dispenser is None
    assert "note-withheld" in [finding.code for finding in report.findings]
    assert read(data).item.to_dispenser == "Hentes i Aure"


@pytest.mark.parametrize(
    ("kind", "level", "pivot"),
    [
        ("Legemiddelpakning", Level.PACKAGE, "package"),
        ("LegemiddelMerkevare", Level.BRAND, "brand"),
        ("LegemiddelVirkestoff", Level.SUBSTANCE, "substance"),
        ("Legemiddeldose", Level.DOSE, "unknown"),
    ],
)
def test_levels_are_told_apart(kind: str, level: Level, pivot: str):
    inside = product(kind, more="<Id>ID_A</Id><Varenr>990060</Varenr>")
    found = read(m1(medicine(inside, before="<Antall>1</Antall>")))
    assert (found.level, found.item.product.level, found.fest_id, found.item_number) == (level, pivot, "ID_A", "990060")


def test_a_compound_keeps_its_name_its_amount_and_its_parts():
    inside = (
        "<Legemiddelblanding><Navn>Mentolkrem</Navn><TilbOppl>Blandes</TilbOppl><Mengde V='100' U='g'/>"
        "<BestanddelAnnet><NavnFormStyrke>Mentol</NavnFormStyrke></BestanddelAnnet></Legemiddelblanding>"
    )
    found = read(m1(medicine(inside)))
    assert (found.level, found.item.product.name, found.reseptgruppe) == (Level.COMPOUNDED, "Mentolkrem", None)
    assert found.item.amount is not None
    assert found.item.amount.value == Decimal(100)
    assert found.item.to_dispenser == "Tilberedning Blandes. Bestanddeler Mentol"


def test_goods_are_no_medicine():
    document = (
        '<ReseptDokHandelsvare><Varegruppekode V="A"/><Antall>2</Antall>'
        "<Bruksveiledning>1 flaske daglig</Bruksveiledning>"
        "<Naringsmiddel><Nr>990458</Nr><Navn>Næringsdrikk</Navn></Naringsmiddel></ReseptDokHandelsvare>"
    )
    found = read(m1(document))
    assert (found.level, found.item.product.name, found.item_number) == (Level.GOODS, "Næringsdrikk", "990458")
    assert found.item.dosage.text == "1 flaske daglig"


def test_goods_may_be_named_by_their_group_alone():
    document = (
        '<ReseptDokHandelsvare><Varegruppekode V="A"/><ProdGruppe V="1" S="2.16.578.1.12.4.1.1.7403" DN="Bandasje"/>'
        "</ReseptDokHandelsvare>"
    )
    assert read(m1(document)).item.product.name == "Bandasje"
    with pytest.raises(Malformed):
        read(m1('<ReseptDokHandelsvare><Varegruppekode V="A"/></ReseptDokHandelsvare>'))


def test_the_generation_is_told_by_the_namespace():
    old = m1(medicine(namespace=OLD_M1, prescribing=OLD_PRESCRIBING, before="<Antall>1</Antall>"), namespace=OLD_M1)
    assert read(old).generation == "2.4"
    assert read().generation == "2.5"
    assert read(old).item.product == read().item.product


@pytest.mark.parametrize(
    "data",
    [
        m1(namespace="http://www.kith.no/xmlstds/eresept/m1/2008-12-12"),
        m1(medicine(prescribing=OLD_PRESCRIBING)),
        m1(medicine(prescribing="http://www.kith.no/xmlstds/eresept/forskrivning/2031-01-01")),
    ],
)
def test_another_version_is_an_error_that_names_it(data: bytes):
    with pytest.raises(UnknownVersion) as refused:
        read(data)
    assert refused.value.namespace in data.decode()


@pytest.mark.parametrize("patient", [STRANGER, None])
def test_a_prescription_of_somebody_else_is_refused(patient: str | None):
    with pytest.raises(WrongPatient):
        read(m1(patient=patient))
    assert read().item


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("30", [("30", "stk")]),
        ("10x0,5", [("0.5", "stk"), ("10", None)]),
        ("2x5x10", [("10", "stk"), ("5", None), ("2", None)]),
    ],
)
def test_package_sizes_become_containers(size: str, expected: list[tuple[str, str | None]]):
    found = read(packaged(size))
    assert containers(found) == expected
    assert found.package_size == f"{size} stk"
    assert found.item.product.packages[-1].name == "Cetirizin Tab 10 mg"


def test_a_package_size_that_is_none_stays_text_and_is_told():
    data = packaged("30 doser + 2 gratis")
    found = read(data)
    assert (containers(found), found.package_size) == ([], "30 doser + 2 gratis stk")
    assert "package-size-unreadable" in remarks(data)
    assert "package-size-unreadable" not in remarks(packaged("30"))


def test_names_keep_their_decimals_their_micrograms_and_lose_double_blanks():
    found = read(packaged("30", name="Levaxin\u00a0Tab  62,5 mikrog"))
    assert found.item.product.name == "Levaxin Tab 62,5 mikrog"
    assert found.item.product.ingredients == ()
    assert found.item.product.strength_text is None


@pytest.mark.parametrize("written", ["2.5", "2,5"])
def test_a_quantity_reads_point_and_comma(written: str):
    found = read(m1(medicine(product("LegemiddelVirkestoff"), after=f"<Mengde V='{written}' U='ml'/>")))
    assert found.item.amount is not None
    assert found.item.amount.value == Decimal("2.5")
    assert found.item.amount.unit is not None
    assert found.item.amount.unit.original is not None
    assert found.item.amount.unit.original.system == "2.16.578.1.12.4.1.1.7452"


@pytest.mark.parametrize(
    "document",
    [
        medicine(before="<Antall>0</Antall>"),
        medicine(before="<Antall>-1</Antall>"),
        medicine(before="<Antall>mange</Antall>"),
        medicine(after="<Mengde V='mye' U='ml'/>"),
        medicine(after="<Mengde V='0' U='ml'/>"),
        medicine().replace("<Reiterasjon>3<", "<Reiterasjon>-1<"),
        medicine().replace("<Reiterasjon>3<", "<Reiterasjon>tre<"),
        medicine().replace("<NavnFormStyrke>Cetirizin Tab 10 mg</NavnFormStyrke>", ""),
    ],
)
def test_an_amount_that_is_none_and_a_missing_name_are_malformed(document: str):
    with pytest.raises(Malformed):
        read(m1(document))
    assert read(m1(medicine(before="<Antall>1</Antall>", after="<Mengde V='1' U='ml'/>")))


@pytest.mark.parametrize(
    ("repeats", "antall"),
    [("9" * 29, "1"), ("9" * 5000, "1"), ("1000", "1"), ("٣", "1"), ("3", "9" * 30), ("3", "1000000000"), ("3", "0"),
     ("3", "-1"), ("3", "1.5"), ("3", "1e9"), ("3", "٣")],
)  # fmt: skip
def test_a_count_that_nobody_counts_to_is_malformed(repeats: str, antall: str):
    document = medicine(before="<Antall>1</Antall>")
    huge = document.replace("<Reiterasjon>3<", f"<Reiterasjon>{repeats}<").replace("<Antall>1<", f"<Antall>{antall}<")
    assert huge != document
    with pytest.raises(Malformed):
        read(m1(huge))
    assert read(m1(document.replace("<Reiterasjon>3<", "<Reiterasjon>999<"))).item.repeats == 999


def test_an_amount_nobody_stated_is_never_an_invented_one():
    item = read(m1(medicine(product("LegemiddelVirkestoff")))).item
    assert (item.packages, item.amount) == (None, None)


def test_a_medicine_without_atc_and_one_with_an_unknown_code_are_read():
    assert read(packaged("30", atc="")).item.product.atc is None
    strange = read(packaged("30", atc=ATC.replace("R06AE07", "Q99ZZ99"))).item.product.atc
    assert strange is not None
    assert strange.original is not None
    assert strange.original.code == "Q99ZZ99"


def test_form_173_says_nothing_and_is_told():
    stated = product(more="<Varenr>990375</Varenr>")
    unstated = stated.replace('V="53"', 'V="173"').replace('DN="Tablett"', 'DN="(ikke angitt)"')
    assert read(m1(medicine(unstated))).item.product.form is None
    assert "form-not-stated" in remarks(m1(medicine(unstated)))
    form = read(m1(medicine(stated))).item.product.form
    assert form is not None
    assert form.text == "Tablett"


def test_a_dosage_that_its_structure_says_too_is_structured():
    dosage = read(m1(medicine(dosage=SAID + DAILY.format(amount=1)))).item.dosage
    assert (dosage.text, dosage.why_text_only) == ("1 tablett daglig", None)
    assert dosage.dose is not None
    assert dosage.dose.value == 1
    (timing,) = dosage.timings
    assert timing.period is not None
    assert timing.period.value == 24


def test_a_dosage_that_contradicts_its_structure_stays_text():
    dosage = read(m1(medicine(dosage=SAID + DAILY.format(amount=2)))).item.dosage
    assert (dosage.text, dosage.why_text_only) == ("1 tablett daglig", WhyTextOnly.TEXT_DIFFERS)
    assert (dosage.dose, dosage.timings) == (None, ())


def test_a_structure_that_cannot_be_read_costs_nothing_but_itself():
    dosage = read(m1(medicine(dosage=SAID + DAILY.format(amount="en")))).item.dosage
    assert (dosage.text, dosage.why_text_only) == ("1 tablett daglig", WhyTextOnly.STRUCTURE_UNREADABLE)


def test_the_short_dose_is_a_hint_and_the_text_only_where_there_is_none():
    short = '<Kortdose V="93" S="2.16.578.1.12.4.1.1.7478" DN="1 daglig" OT="1 tablett daglig"/>'
    both = read(m1(medicine(dosage="<DosVeiledEnkel>Som avtalt</DosVeiledEnkel>" + short)))
    alone = read(m1(medicine(dosage=short)))
    assert (both.item.dosage.text, alone.item.dosage.text) == ("Som avtalt", "1 tablett daglig")
    for found in (both, alone):
        assert found.short_dose is not None
        assert found.short_dose.original is not None
        assert found.short_dose.original.code == "93"


def test_without_any_dosage_it_is_told():
    assert read(m1(medicine(dosage=""))).item.dosage.why_text_only is WhyTextOnly.NOT_STATED
    assert "dosage-missing" in remarks(m1(medicine(dosage="")))


def test_as_needed_is_what_bruk_says():
    needed = read(m1(medicine(dosage=SAID + '<Bruk V="3" DN="Ved behov"/>')))
    regular = read(m1(medicine(dosage=SAID + '<Bruk V="1" DN="Fast"/>')))
    assert (needed.item.dosage.as_needed, regular.item.dosage.as_needed) == (True, False)


@pytest.mark.parametrize(("code", "expected"), [("1", Substitution.NOT_ALLOWED), ("2", Substitution.ALLOWED)])
def test_the_prescriber_may_reserve_against_substitution(code: str, expected: Substitution):
    item = read(m1(medicine(after=f'<BytteresRekvirent V="{code}"/>'))).item
    assert item.substitution is expected
    assert (item.substitution_code is not None) == (code == "1")
    assert read().item.substitution is Substitution.ALLOWED


def test_the_reason_is_the_code_with_the_prescribers_words():
    coded = '<RefKode V="R97" S="2.16.578.1.12.4.1.1.7170" DN="Allergisk rinitt"/>'
    reason = read(m1(medicine(before=coded, dosage="<Bruksomrade>Mot pollen</Bruksomrade>" + SAID))).item.reason
    assert reason is not None
    assert reason.original is not None
    assert (reason.text, reason.original.code) == ("Mot pollen", "R97")


@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("locked", m1(after="<LastResept>true</LastResept>")),
        ("locked", m1(before="<RefNr>42</RefNr>")),
        ("guardian_reserved", m1(before="<Vergeinnsynsreservasjon>true</Vergeinnsynsreservasjon>")),
        ("own_practice", m1(before="<TilEgenPraksis>true</TilEgenPraksis>")),
        ("expedition_requested", m1(between="<EkspAnm><Vilkar>false</Vilkar></EkspAnm>")),
        ("from_hospital", m1(after="<UtskrevetSykehus>true</UtskrevetSykehus>")),
        ("approval_exemption", m1(medicine(after="<LegemiddelUtenMt/>"))),
        ("approval_exemption", m1(medicine(product(more="<TypeSoknadSlv V='1'/>")))),
        ("approval_exemption", m1(medicine(product(more="<Preparattype V='11'/>")))),
    ],
)
def test_national_facts_are_told_and_absent_when_not_said(field: str, data: bytes):
    assert getattr(read(data), field) is True
    assert getattr(read(), field) is False


def test_the_rest_of_the_national_facts():
    data = m1(
        medicine(before='<RefHjemmel V="950" S="2.16.578.1.12.4.1.1.7427" DN="H-resept"/>'),
        before='<RefNr>90000077</RefNr><Spesialitet V="1" S="2.16.578.1.12.4.1.1.7426" DN="Allmennmedisin"/>',
        after="<TidligsteUtlevering>2027-01-01</TidligsteUtlevering>",
    )
    found = read(data, status="B", multidose=True)
    assert (found.status, found.multidose, found.reference_number, found.reseptgruppe, found.reiterasjon) == (
        "B", True, "90000077", "C", 3,
    )  # fmt: skip
    assert found.reimbursement is not None
    assert found.reimbursement.text == "H-resept"
    assert found.specialty is not None
    assert found.specialty.text == "Allmennmedisin"
    assert found.earliest is not None
    assert found.earliest.iso == "2027-01-01"
    assert "90000077" not in repr(found)


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (m1(before="<Frikort>true</Frikort>"), "Resept/Frikort"),
        (m1(between="<Utlending/>"), "Resept/Utlending"),
        (m1(medicine(dosage=SAID + "<IngenKombinasjon>true</IngenKombinasjon>")), "Forskrivning/IngenKombinasjon"),
        (m1(medicine(product(more="<Varenavn>Cetirizin</Varenavn>"))), "Legemiddelpakning/Varenavn"),
    ],
)
def test_what_is_carried_nowhere_is_told(data: bytes, path: str):
    _, report = read_prescription(data, told())
    assert path in [finding.path for finding in report.findings if finding.code == "not-carried"]
    assert "element-unknown" not in remarks(data)


def test_a_flag_that_says_false_says_nothing():
    assert "not-carried" not in remarks(m1(before="<Frikort>false</Frikort>"))


def test_an_element_nobody_knows_is_a_warning():
    assert "element-unknown" in remarks(m1(before="<Helautomatisk>true</Helautomatisk>"))


def test_what_was_dispensed_is_taken_off():
    assert read(dispensed=()).item.repeats == 3
    assert read(dispensed=(Dispensing(as_prescribed=True),)).item.repeats == 2
    assert read(dispensed=None).item.repeats is None
    used_up = read(dispensed=(Dispensing(as_prescribed=True),) * 4)
    assert (used_up.item.completed, used_up.item.repeats) == (True, None)


def test_a_rest_that_is_no_whole_dispensing_is_told():
    inside = product(more="<Varenr>990060</Varenr>" + PACKAGE.format(size="30", unit="stk"))
    data = m1(medicine(inside, before="<Antall>2</Antall>"))
    part = Dispensing(amount=Quantity(Decimal(10), Coded("stk")))
    found, report = read_prescription(data, told(dispensed=(part,)))
    assert (found.item.packages and found.item.packages.value, found.item.repeats) == (Decimal(2), 2)
    assert "rest-outside-repeats" in [finding.code for finding in report.findings]


def test_two_prescriptions_for_one_product_stay_two():
    one, other = m1(), m1().replace(b"3b1f-resept", b"4c2a-resept")
    assert read(one).item.product == read(other).item.product
    assert read(one).item.id != read(other).item.id


@pytest.mark.parametrize("folder", [
    "lege-endrer-pa-legemiddelbehandling", "rekvirent-rekvirerer-kun-resept-og-leverer-ikke-pll",
])  # fmt: skip
def test_the_published_prescription_is_read(folder: str):
    data = Path(artefacts("norway-messages", "eresept", folder, "M1-Resept.xml")).read_bytes()
    number = etree.fromstring(data).findtext(".//{*}Patient/{*}Ident/{*}Id")
    reading = MedicineReading(frozenset({str(number)}), told().reading.systems, told().reading.now)
    found, report = read_prescription(data, PrescriptionContext(reading, ROOT))
    assert found.level is Level.PACKAGE
    assert found.item.product.packages
    assert found.item.dosage.text
    assert "element-unknown" not in [finding.code for finding in report.findings]


@settings(max_examples=examples(60))
@given(st.integers(0, 5000), st.integers(0, 255))
def test_a_broken_byte_or_a_cut_message_is_read_or_refused_by_a_class_of_ours(place: int, byte: int):
    whole = m1(medicine(dosage=SAID + DAILY.format(amount=1), before="<Antall>1</Antall>"))
    place %= len(whole)
    for data in (whole[:place], whole[:place] + bytes([byte]) + whole[place + 1 :]):
        try:
            assert read(data).item.product.name
        except NorwegianMessageError:
            continue
