"""What an eDispensation and a discard say, and what they refuse to say (E.1.2, E.2.2, E.3.3)."""

import pytest

from tests.support.documents.elements import NS, text
from tests.support.pivots.rich_prescriptions import (
    RESEPT_ID,
    dispensation,
    dispensed,
    dosage,
    product,
    quantity,
    system,
)
from tests.support.pivots.summaries import unmapped
from transformers.cda.documents.dispensation import write_discard, write_dispensation
from transformers.cda.errors import AmountInexpressible, IdentifierInvalid, RequiredMissing, WaveUnknown
from transformers.model.values import Identifier
from trust.xml import parse


def values(content, path):
    return [str(value) for value in parse(content).xpath(path, namespaces=NS)]


def written(what=None, **changes):
    return write_dispensation(dispensation(what, **changes)).content


def test_item_and_prescription_are_named_verbatim():
    content = written()
    item = "//h:entryRelationship[@typeCode='REFR']/h:substanceAdministration/h:id"
    assert values(content, f"{item}/@root") == [RESEPT_ID.root]
    assert values(content, f"{item}/@extension") == [RESEPT_ID.extension]
    assert values(content, "/*/h:inFulfillmentOf/h:order/h:id/@extension") == ["EP-0001"]


def test_dispensed_and_prescribed_product_are_told_apart():
    content = written()
    assert values(content, "//h:product//h:manufacturedMaterial/h:name/text()") == ["Pinex tablett 500 mg"]
    assert values(content, "//h:consumable//h:manufacturedMaterial/h:name/text()") == ["Paracet tablett 500 mg"]
    assert values(content, "//h:product//h:lotNumberText/text()") == ["L-77"]


def test_performer_is_who_handed_it_out_and_when():
    content = written()
    assert values(content, "//h:performer/h:time/@value") == ["20260504111500+0200"]
    assert values(content, "//h:performer//h:representedOrganization/h:name/text()") == ["Apotek Fjellvåken"]


@pytest.mark.parametrize("substituted", [True, False])
def test_substitution_is_an_act_that_is_there_or_not(substituted):
    content = written(dispensed(substituted=substituted))
    assert values(content, "//h:act/h:code/@code") == ["SUBST"] * substituted
    assert values(content, "//h:act/h:value") == []


def test_author_may_be_a_system():
    assert values(written(author=system()), "/*/h:author//h:softwareName/text()") == ["ncpeh"]


def test_dosage_is_told_in_the_narrative():
    [narrative] = parse(written(dispensed(dosage=dosage()))).xpath("//h:section/h:text", namespaces=NS)
    assert "1 tablett 3 ganger daglig" in text(narrative)


REFUSED = {
    "quantity": (dispensed(quantity=None), RequiredMissing),
    "dispenser": (dispensed(dispenser=None), RequiredMissing),
    "prescribed product": (dispensed(prescribed_product=None), RequiredMissing),
    "packages": (dispensed(product=product(packages=())), AmountInexpressible),
    "unit": (dispensed(quantity=quantity("1", unmapped("ruller", "9", "7452"))), AmountInexpressible),
    "item id": (dispensed(prescription_item=Identifier("resept")), IdentifierInvalid),
}


@pytest.mark.parametrize("name", REFUSED)
def test_dispensation_that_cannot_be_stated_is_refused(name):
    what, error = REFUSED[name]
    with pytest.raises(error):
        write_dispensation(dispensation(what))
    with pytest.raises(error):
        write_discard(dispensation(what))


def test_dispensation_without_the_prescription_is_refused():
    with pytest.raises(RequiredMissing):
        write_dispensation(dispensation(prescription=None))
    with pytest.raises(WaveUnknown):
        write_dispensation(dispensation(), wave=1)
    assert write_dispensation(dispensation()).report.findings == []


def test_discard_names_the_dispensation_as_its_first_id():
    discard = write_discard(dispensation())
    assert discard.dispensation == "2.16.578.1.12.4.9999.24^ED-0001"
    assert values(discard.content, "//h:id/@extension")[0] == "ED-0001"
    assert values(discard.content, "/*/h:code/@code") == ["DISCARD-60593-1"]
    assert write_discard(dispensation(id=Identifier("1.2.3"))).dispensation == "1.2.3"
