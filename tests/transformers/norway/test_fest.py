"""FEST M30: the mini-FEST as an index, and what a FEST must not be."""

import csv
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO

import pytest
from lxml import etree

from gateway.configuration.shipped import shipped
from tests.support.authoring.fest import fest_id
from tests.support.authoring.fest_products import PRODUCTS
from tests.support.machine.require import artefacts
from tests.support.norway.checks import faults, schema
from tests.support.norway.m1 import mini_fest
from tests.support.norway.source_messages import SYSTEMS
from transformers.model.finding import Report
from transformers.norway.errors import Malformed, UnknownVersion
from transformers.norway.fest import Fest, FestLevel
from transformers.norway.read_fest_m30 import M30, read_fest

FILE = shipped("samples") / "fest" / "mini-fest.xml"
FEST = FILE.read_bytes()


def read(data: bytes = FEST) -> tuple[Fest, Report]:
    return read_fest(BytesIO(data), SYSTEMS)


def edited(change: Callable[[bytes], bytes]) -> tuple[Fest, Report]:
    data = change(FEST)
    assert data != FEST
    return read(data)


def test_the_mini_fest_is_valid_against_the_official_schema():
    assert faults(schema(artefacts()), FEST) == []


def test_the_schema_check_finds_a_fault_in_the_mini_fest():
    broken = FEST.replace(b"<Varenr>990276</Varenr>", b"", 1)
    assert broken != FEST
    assert faults(schema(artefacts()), broken)


def test_every_code_of_the_mini_fest_is_in_its_list_with_its_term():
    with artefacts("norway-codes", "volven.csv").open(encoding="utf-8", newline="") as lines:
        terms = {(row["oid"], row["code"]): row["term"] for row in csv.DictReader(lines)}
    lists = {oid for oid, _ in terms}
    used = {(e.get("S"), e.get("V"), e.get("DN")) for e in etree.fromstring(FEST).iter() if e.get("S") in lists}
    assert len(used) > 50
    assert [one for one in used if terms.get((str(one[0]), str(one[1]))) != one[2]] == []


def test_it_has_about_forty_products_of_every_group():
    assert len(PRODUCTS) >= 40
    assert {product.group for product in PRODUCTS} >= {"A", "B", "C", "CF", "F"}


def test_the_whole_is_read_without_a_remark():
    fest, report = read()
    assert report.findings == []
    assert fest.fetched.iso == "2026-11-15T04:00:00+01:00"
    assert {one.level for one in fest.by_id.values()} == set(FestLevel)


def test_a_package_is_found_by_its_item_number():
    package = mini_fest().package("990276")
    assert package is not None
    (content,) = package.contents
    assert (package.name, content.size) == ("Kloramfenikol Øyedr 5 mg/ml", "10x0,5")
    assert content.unit.original is not None
    assert (content.unit.original.code, content.unit.original.system) == ("ml", "2.16.578.1.12.4.1.1.7452")
    assert content.kind is not None
    assert content.kind.text == "Endosebeholder"
    assert mini_fest().package("000000") is None


def test_a_brand_is_found_by_its_id_whatever_the_case_of_its_letters():
    key = fest_id("levothyroxine")
    brand = mini_fest().medicine(key.lower())
    assert brand is not None
    assert (brand.id, brand.level, brand.form_long, brand.manufacturer) == (
        key, FestLevel.BRAND, "Tablett", "Prøvefarma AS",
    )  # fmt: skip
    assert mini_fest().medicine("ID_NONE") is None


def test_all_entries_of_an_atc_code_are_found():
    levels = {one.level for one in mini_fest().with_atc("n02be01 ")}
    assert levels == {FestLevel.BRAND, FestLevel.PACKAGE, FestLevel.SUBSTANCE, FestLevel.DOSE}
    assert mini_fest().with_atc("X99XX99") == ()


def test_a_strength_is_a_ratio_with_national_units():
    fest = mini_fest()
    brand = fest.medicine(fest_id("latanoprost"))
    assert brand is not None
    strength = fest.strength(brand.ingredients[0].strength or "")
    assert strength is not None
    assert strength.numerator.value == Decimal(50)
    assert strength.numerator.unit is not None
    assert strength.numerator.unit.original is not None
    assert strength.numerator.unit.original.code == "mikrog"
    assert strength.denominator is not None
    assert (strength.denominator.value, strength.operator) == (Decimal(1), "L")
    substance = fest.substance(strength.substance)
    assert substance is not None
    assert (substance.name, substance.name_english) == ("Latanoprost", "Latanoprost")


def test_ingredients_stand_in_the_order_of_sortering():
    fest, _ = edited(
        lambda data: data.replace(b"<Sortering>1</Sortering>", b"<Sortering>3</Sortering>").replace(
            b"<Sortering>2</Sortering>", b"<Sortering>1</Sortering>"
        )
    )
    for fest_read, first in ((mini_fest(), "Losartankalium"), (fest, "Hydroklortiazid")):
        entry = fest_read.medicine(fest_id("losartan-hct"))
        assert entry is not None
        strength = fest_read.strength(entry.ingredients[0].strength or "")
        assert strength is not None
        substance = fest_read.substance(strength.substance)
        assert substance is not None
        assert substance.name == first


def test_packages_of_one_group_may_be_exchanged():
    fest = mini_fest()
    package = fest.package("990011")
    alone = fest.package("990037")
    assert package is not None
    assert alone is not None
    assert [one.item_number for one in fest.exchangeable(package)] == ["990102"]
    assert fest.groups[(package.byttegruppe or "").upper()].code == "P00001"
    assert fest.exchangeable(alone) == ()


def test_a_withdrawn_entry_is_known_as_withdrawn():
    fest = mini_fest()
    package = fest.package("990367")
    assert package is not None
    assert not package.active
    assert fest.is_withdrawn(fest_id("ranitidine"))
    assert fest.is_withdrawn(fest_id("oppf/LegemiddelMerkevare/cisapride"))
    assert not fest.is_withdrawn(fest_id("levothyroxine"))


def test_of_two_packages_with_one_item_number_the_active_one_counts():
    fest, _ = edited(lambda data: data.replace(b"<Varenr>990367</Varenr>", b"<Varenr>990060</Varenr>"))
    package = fest.package("990060")
    assert package is not None
    assert (package.active, package.name) == (True, "Cetirizin Tab 10 mg")


def test_a_package_without_its_own_id_has_its_entrys():
    marked = f"<Id>{fest_id('pakning/990276')}</Id>".encode()
    fest, _ = edited(lambda data: data.replace(marked + b"<Varenr>", b"<Varenr>"))
    package = fest.package("990276")
    assert package is not None
    assert package.id == fest_id("oppf/Legemiddelpakning/990276")


@pytest.mark.parametrize("generation", ["2010-09-01", "2013-10-08", "2031-01-01"])
def test_another_generation_is_an_error_that_names_it(generation: str):
    namespace = f"http://www.kith.no/xmlstds/eresept/m30/{generation}"
    with pytest.raises(UnknownVersion) as refused:
        read(FEST.replace(M30.encode(), namespace.encode()))
    assert refused.value.namespace == namespace


def test_entries_of_another_generation_inside_are_an_error_too():
    other = b"http://www.kith.no/xmlstds/eresept/forskrivning/2013-10-08"
    with pytest.raises(UnknownVersion):
        read(FEST.replace(b"http://www.kith.no/xmlstds/eresept/forskrivning/2014-12-01", other))


@pytest.mark.parametrize("data", [b"", b"<FEST/>", FEST[:5000], b"<MsgHead/>", FEST.decode().encode("utf-16")])
def test_what_is_no_fest_is_malformed(data: bytes):
    with pytest.raises(Malformed):
        read(data)


def test_a_component_of_a_package_is_of_a_kind_or_its_entry_cannot_be_read():
    kind = b'<Pakningstype V="169" S="2.16.578.1.12.4.1.1.7449" DN="Blisterpakning"/>'
    mark = b"<Mengde>98</Mengde></Pakningsinfo>"
    inside = b'<Mengde>98</Mengde><Pakningskomponent>%s<Mengde V="98" U="stk"/></Pakningskomponent></Pakningsinfo>'
    sound, report = edited(lambda data: data.replace(mark, inside % kind, 1))
    assert report.findings == []
    components = [one for entry in sound.by_id.values() for info in entry.contents for one in info.components]
    assert [one.kind.text for one in components] == ["Blisterpakning"]
    broken, report = edited(lambda data: data.replace(mark, inside % b"<Pakningstype/>", 1))
    assert ["Pakningstype" in finding.text for finding in report.findings] == [True]
    assert len(broken.by_id) == len(sound.by_id) - 1


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        (lambda data: data.replace(b'<Styrke V="50" U="mikrog"/>', b'<Styrke V="50"/>'), "Styrke"),
        (lambda data: data.replace(b'<Styrke V="50" U="mikrog"/>', b'<Styrke V="femti" U="mikrog"/>'), "Styrke"),
        (lambda data: data.replace(b"<NavnFormStyrke>Furix Tab 40 mg</NavnFormStyrke>", b"", 1), "NavnFormStyrke"),
        (lambda data: data.replace(b"<Sortering>1</Sortering>", b"<Sortering>en</Sortering>", 1), "Sortering"),
    ],
)
def test_an_entry_that_cannot_be_read_is_left_out_and_told_the_others_stand(wrong: Callable[[bytes], bytes], what: str):
    fest, report = edited(wrong)
    (finding,) = report.findings
    assert finding.code == "fest-entry-unreadable"
    assert what in finding.text
    assert len(fest.by_id) + len(fest.strengths) == len(mini_fest().by_id) + len(mini_fest().strengths) - 1
