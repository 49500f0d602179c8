"""Of several names and addresses the legal one, the home and the one in force, in whatever order they stand."""

from dataclasses import replace
from itertools import permutations

import pytest

from tests.support.documents.foreign import HEADER
from tests.support.documents.foreign import document as whole
from tests.support.documents.pages import show
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.model.people import Person

NAME = "<name><given>Ana</given><family>Exemplo</family></name>"
ADDRESS = "<addr><streetAddressLine>Rua Um 1</streetAddressLine><city>Lisboa</city><country>PT</country></addr>"
EXPIRED, COMING = '<high value="20200101"/>', '<low value="20270101"/>'
LEGAL = '<name use="L"><given>Marisol</given><family>Prova</family></name>'


def name(given: str, use: str | None, valid: str = "") -> str:
    stated = "" if use is None else f' use="{use}"'
    period = f"<validTime>{valid}</validTime>" if valid else ""
    return f"<name{stated}><given>{given}</given><family>Prova</family>{period}</name>"


def addr(city: str, use: str | None, usable: str = "") -> str:
    stated = "" if use is None else f' use="{use}"'
    period = f'<useablePeriod xsi:type="IVL_TS">{usable}</useablePeriod>' if usable else ""
    return f"<addr{stated}><city>{city}</city>{period}</addr>"


def document(names: str = NAME, addresses: str = ADDRESS) -> bytes:
    header = HEADER.replace(f"{ADDRESS}<telecom nullFlavor", f"{addresses}<telecom nullFlavor").replace(NAME, names)
    return whole(header=header)


def patient(names: str = NAME, addresses: str = ADDRESS) -> Person:
    return read_patient_summary(document(names, addresses)).summary.patient


def test_any_order_of_names_gives_the_same_person():
    names = [name("Lola", "P"), name("Marisol", "L"), name("Mari", None), name("Maria", "L", EXPIRED)]
    first, *others = {patient("".join(order)) for order in permutations(names)}
    assert others == []
    assert first.name.plain() == "Marisol Prova"
    assert [(n.given[0], n.use) for n in first.other_names] == [("Mari", None), ("Lola", "P"), ("Maria", "L")]


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        ([name("Lola", "P"), name("Marisol", "L")], "Marisol"),
        ([name("Lola", "A"), name("Marisol", None)], "Marisol"),
        ([name("Marisol", None), name("Maria", "L")], "Maria"),
        ([name("Mrsl", "SRCH"), name("Lola", "P")], "Lola"),
        ([name("Maria", "L", EXPIRED), name("Marisol", None)], "Marisol"),
        ([name("Maria", "L", COMING), name("Lola", "P")], "Lola"),
        ([name("Maria", "L", '<low value="20100101"/>'), name("Lola", "P")], "Maria"),
        ([name("Maria", "L", '<high value="20260301"/>'), name("Lola", "P")], "Maria"),
        (['<name nullFlavor="MSK"/>', name("Lola", "P")], "Lola"),
    ],
)
def test_the_legal_name_in_force_comes_before_any_other(names: list[str], taken: str):
    assert {patient("".join(order)).name.given[0] for order in permutations(names)} == {taken}


@pytest.mark.parametrize(
    ("addresses", "taken"),
    [
        ([addr("Faro", "TMP"), addr("Lisboa", "HP")], "Lisboa"),
        ([addr("Faro", "BAD"), addr("Lisboa", "TMP")], "Lisboa"),
        ([addr("Faro", "HP BAD"), addr("Lisboa", "WP")], "Lisboa"),
        ([addr("Faro", "HP", EXPIRED), addr("Lisboa", "WP")], "Lisboa"),
        ([addr("Faro", "HP", EXPIRED), addr("Lisboa", "BAD")], "Faro"),
        ([addr("Faro", "WP"), addr("Lisboa", None)], "Lisboa"),
    ],
)
def test_the_home_in_force_comes_before_any_other_address(addresses: list[str], taken: str):
    found = {patient(addresses="".join(order)) for order in permutations(addresses)}
    (one,) = found
    assert one.address is not None
    assert one.address.city == taken
    assert len(one.other_addresses) == 1


def test_the_page_is_titled_by_the_name_of_the_pivot():
    page = show(document(name("Lola", "P") + LEGAL)).html.decode()
    again = show(document(LEGAL + name("Lola", "P"))).html.decode()
    for shown in (page, again):
        assert shown.index("Marisol Prova") < shown.index("Lola Prova")


def test_two_legal_names_in_force_are_said_to_be_two():
    both = read_patient_summary(document(LEGAL + name("Maria", "L")))
    assert "several-of-one-use" in [f.code for f in both.report.findings]
    one = read_patient_summary(document(LEGAL + name("Maria", "L", EXPIRED)))
    assert "several-of-one-use" not in [f.code for f in one.report.findings]


def test_a_use_is_printed_as_it_was_read_and_what_has_no_place_is_said():
    summary = read_patient_summary(document(LEGAL + name("Lola", "P"), addr("Lisboa", "HP"))).summary
    assert summary.patient.name.use == "L"
    written = write_patient_summary(replace(summary, language="nb-NO"))
    assert b'<name use="L"><given>Marisol</given>' in written.content
    assert b'<addr use="HP"><city>Lisboa</city>' in written.content
    assert b"Lola" not in written.content
    assert ("not-carried", "patient.other_names") in {(f.code, f.path) for f in written.report.findings}
