"""A structural attribute is form as long as it has the value of the form; any other is reported."""

import pytest
from lxml import etree

from tests.support.documents.medicines import DISPENSED, PRESCRIBED
from tests.support.pivots.summaries import summary
from transformers.cda.documents.dispensation import read_dispensation
from transformers.cda.documents.patient_summary import read_patient_summary, write_patient_summary
from transformers.cda.documents.prescription import read_prescription
from transformers.cda.types.structure import FIXED
from trust.xml import parse

DOCUMENTS = {
    "prescription": (PRESCRIBED, lambda content: read_prescription(content)[1]),
    "dispensation": (DISPENSED, lambda content: read_dispensation(content)[1]),
    "summary": (write_patient_summary(summary()).content, lambda content: read_patient_summary(content).report),
}
OTHER = {"classCode": "ENT_OTHER", "typeCode": "SBJ", "determinerCode": "QUANTIFIED_KIND"}


def places(content: bytes) -> list[tuple[str, str]]:
    """Each kind of element of a document with a structural attribute that its form fixes, once."""
    found: dict[tuple[str, str], None] = {}
    for element in parse(content).iter("*"):
        for attribute, _ in FIXED.get(str(element.tag), ()):
            if element.get(attribute) is not None:
                found[(str(element.tag), attribute)] = None
    return list(found)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_another_value_than_the_forms_is_reported_where_it_stands(name: str):
    content, report_of = DOCUMENTS[name]
    silent = []
    for tag, attribute in places(content):
        root = parse(content)
        next(root.iter(tag)).set(attribute, OTHER[attribute])
        codes = {f.code for f in report_of(etree.tostring(root)).findings}
        if "structure-unexpected" not in codes:
            silent.append((tag, attribute))
    assert silent == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_values_of_the_form_are_not_reported(name: str):
    content, report_of = DOCUMENTS[name]
    assert "structure-unexpected" not in {f.code for f in report_of(content).findings}
    assert len(places(content)) > 20
