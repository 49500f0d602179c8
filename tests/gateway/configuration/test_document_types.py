"""Document types are data: one row per class and format, found by either end."""

import pytest

from gateway.configuration.document_types import read_document_types
from gateway.configuration.shipped import shipped
from tests.support.nodes.wire import document_types

TEXT = (shipped("config") / "document_types.toml").read_text(encoding="utf-8")
LOINC = "2.16.840.1.113883.6.1"


def test_a_class_has_its_formats_in_the_order_of_the_table():
    assert [t.key for t in document_types().of_class("60591-5", LOINC)] == ["ps-l3", "ps-l1"]


def test_a_class_of_another_code_system_is_unknown():
    assert document_types().of_class("60591-5", "2.16.840.1.113883.6.96") == ()


def test_an_unknown_class_has_no_formats():
    assert document_types().of_class("34133-9", LOINC) == ()


def test_the_same_pdf_format_is_another_document_in_another_class():
    assert document_types().of_format("57833-6", "urn:ihe:iti:xds-sd:pdf:2008").key == "ep-l1"


def test_a_format_of_another_class_is_refused():
    with pytest.raises(KeyError):
        document_types().of_format("57833-6", "urn:epSOS:ps:ps:2010")


def test_a_type_is_found_by_its_key():
    assert document_types().by_key("ps-l3").template_id == "1.3.6.1.4.1.12559.11.10.1.3.1.1.3"
    with pytest.raises(KeyError):
        document_types().by_key("ps-l4")


def test_an_unknown_confidentiality_is_refused():
    assert document_types().confidentiality_of("R").display == "Restricted"
    with pytest.raises(KeyError):
        document_types().confidentiality_of("X")


def test_a_type_named_twice_stops_the_start():
    with pytest.raises(ValueError, match="named twice"):
        read_document_types(TEXT.replace('key = "ps-l1"', 'key = "ps-l3"'))


def test_a_format_named_twice_stops_the_start():
    with pytest.raises(ValueError, match="named twice"):
        read_document_types(TEXT.replace("urn:epSOS:ps:ps:2010", "urn:ihe:iti:xds-sd:pdf:2008"))


def test_a_missing_member_stops_the_start():
    with pytest.raises(ValueError, match="class_display"):
        read_document_types(TEXT.replace('class_display = "Patient summary Document"\n', ""))


def test_a_required_code_is_a_coded_element_of_the_pivot():
    assert document_types().by_key("ep-l3").required_codes == ["MedicinalProduct.form", "Professional.role"]
    for name in ("MedicinalProduct.forms", "Allergy.onset", "form"):
        with pytest.raises(ValueError, match="no coded element"):
            read_document_types(TEXT.replace('"MedicinalProduct.form"]', f'"{name}"]'))
