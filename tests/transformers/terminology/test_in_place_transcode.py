"""Country A's step on a document, rule by rule: what an element was, and what it is then."""

import pytest

from tests.support.documents.in_place import (
    ATC,
    ICD10,
    ICD10_NO,
    REACTIONS_NO,
    RULES,
    SCT,
    E,
    coded,
    document,
    layers,
    observation,
    one,
    problem,
    said,
    transcoded,
)
from tests.support.documents.integrity import sound_original
from tests.support.persons.samples import release
from tests.support.terminology.packages import MVC, facts
from transformers.model.finding import Severity
from transformers.terminology.compose import compose
from transformers.terminology.errors import DocumentKindUnknown
from transformers.terminology.release import Release
from transformers.terminology.rows import Concept, Content, ValueSet
from transformers.terminology.transcode_document import transcode_document
from trust.errors import DoctypeForbidden
from trust.xml import parse

ICPC = "2.16.578.1.12.4.1.1.7170"
REACTION = "44"


def reaction(*value: str) -> bytes:
    return document(observation(REACTION, *value))


def codes(done) -> list[str]:
    return [finding.code for finding in done.report.findings]


def line_of(done, end: str = "/hl7:value"):
    (line,) = [line for line in done.elements if line.path.endswith(end)]
    return line


def test_a_the_national_code_and_display_are_inside_the_european_one():
    done = transcoded(reaction(coded("1", REACTIONS_NO, "Anafylaktisk reaksjon")))
    assert layers(one(done.content)) == [
        ("39579001", SCT, "Anaphylaxis"),
        ("1", REACTIONS_NO, "Anafylaktisk reaksjon"),
    ]
    line = line_of(done)
    assert (line.status, line.map_entry, line.release) == ("mapped", "reactions:2", release().id)
    assert (line.original, line.result) == (f"1 ({REACTIONS_NO})", f"39579001 ({SCT})")
    assert codes(done) == []


def test_b_what_it_was_translated_from_before_is_inside_its_translation():
    icpc = f'<translation code="R96" codeSystem="{ICPC}" displayName="Astma"/>'
    done = transcoded(reaction(coded("5", REACTIONS_NO, "Astma", icpc)))
    value = one(done.content)
    assert layers(value) == [("195967001", SCT, "Asthma"), ("5", REACTIONS_NO, "Astma"), ("R96", ICPC, "Astma")]
    assert len(value) == 1


def test_b_no_second_translation_of_a_code_that_has_one():
    friendly = f'<translation code="39579001" codeSystem="{SCT}" displayName="Anafylaksi"/>'
    done = transcoded(reaction(coded("39579001", SCT, "Anaphylactic reaction", friendly)))
    assert layers(one(done.content)) == [("39579001", SCT, "Anaphylaxis"), ("39579001", SCT, "Anafylaksi")]
    assert codes(done) == ["display-replaced"]
    assert "Anaphylactic reaction" in done.report.findings[0].text


@pytest.mark.parametrize(
    ("value", "translations"),
    [
        (("39579001", SCT, "Anaphylaxis"), 0),
        (("39579001", SCT, "Anafylaktisk reaksjon"), 1),
        (("39579001", SCT, None), 0),
        (("1", REACTIONS_NO, "Anaphylaxis"), 1),
    ],
)
def test_c_a_translation_is_added_only_where_code_system_or_display_changed(value, translations):
    done = transcoded(reaction(coded(*value)))
    found = layers(one(done.content))
    assert found[0] == ("39579001", SCT, "Anaphylaxis")
    assert found[1:] == [value] * translations


def test_c_with_the_same_code_the_version_is_not_repeated():
    done = transcoded(reaction(coded("39579001", SCT, "Anafylaksi", codeSystemVersion="2019", codeSystemName="SCT")))
    (inner,) = one(done.content)
    assert dict(inner.attrib) == {
        "code": "39579001", "codeSystem": SCT, "codeSystemName": "SCT", "displayName": "Anafylaksi"
    }  # fmt: skip


def test_d_attributes_stand_in_one_order_whatever_it_was():
    shuffled = f'<value displayName="Anafylaktisk reaksjon" codeSystemName="7497" xsi:type="CD" codeSystem="{REACTIONS_NO}" code="1"/>'  # noqa: E501 - one element
    value = one(transcoded(reaction(shuffled)).content)
    assert [name.rpartition("}")[2] for name in value.attrib] == ["type", "code", "codeSystem", "codeSystemName", "displayName"]  # fmt: skip # noqa: E501 - one list
    assert list(value[0].attrib) == ["code", "codeSystem", "codeSystemName", "displayName"]


def test_e_an_optional_code_without_map_is_other_with_its_text_and_its_code():
    done = transcoded(reaction(coded("12", REACTIONS_NO, "Irritasjon i slimhinner")))
    value = one(done.content)
    assert said(value) == (None, None, None)
    assert value.get("nullFlavor") == "OTH"
    assert [(child.tag.rpartition("}")[2], child.text) for child in value] == [
        ("originalText", "Irritasjon i slimhinner"),
        ("translation", None),
    ]
    assert said(value[1]) == ("12", REACTIONS_NO, "Irritasjon i slimhinner")
    (finding,) = done.report.findings
    assert (finding.severity, finding.code, finding.rule) == (Severity.WARNING, "2502", "tsam-4504")
    assert "irritation of mucous membranes is in neither value set" in finding.text
    assert (line_of(done).status, line_of(done).code) == ("kept-with-warning", "2502")


def test_e_the_original_text_of_the_element_is_kept_as_it_is():
    text = '<originalText><reference value="#a1"/></originalText>'
    value = one(transcoded(reaction(coded("12", REACTIONS_NO, "Irritasjon i slimhinner", text))).content)
    assert [child.tag.rpartition("}")[2] for child in value] == ["originalText", "translation"]
    assert value[0][0].get("value") == "#a1"


def test_e_a_code_without_display_gets_no_text_invented():
    value = one(transcoded(reaction(coded("2", REACTIONS_NO))).content)
    assert [child.tag.rpartition("}")[2] for child in value] == ["translation"]


def test_f_a_pivot_comes_out_as_the_very_bytes_it_was():
    once = transcoded(
        reaction(coded("1", REACTIONS_NO, "Anafylaktisk reaksjon"), coded("2", REACTIONS_NO, "x"))
    ).content
    assert transcoded(once).content is once


def test_g_a_translation_is_never_transcoded_nor_told():
    inside = f'<translation code="1" codeSystem="{REACTIONS_NO}" displayName="Anafylaktisk reaksjon"/>'
    content = reaction(coded("39579001", SCT, "Anaphylaxis", inside))
    done = transcoded(content)
    assert done.content is content
    assert [line.path for line in done.elements if "39579001" in line.original] == [line_of(done).path]
    assert not any(REACTIONS_NO in line.original for line in done.elements)


@pytest.mark.parametrize(
    ("unit", "status"),
    [("mg", "member"), ("1", "structural"), ("{Tablet}", "structural"), ("tablett", "kept-with-warning")],
)
def test_h_a_unit_is_looked_at_as_a_unit_and_never_changed(unit, status):
    content = document(f"<substanceAdministration><rateQuantity value='1' unit='{unit}'/></substanceAdministration>")
    done = transcoded(content)
    assert done.content is content
    line = line_of(done, "/@unit")
    assert (line.status, line.original) == (status, unit)
    assert codes(done) == (["2502"] if status == "kept-with-warning" else [])


def test_i_and_j_language_narrative_and_identifiers_are_as_they_were():
    content = reaction(coded("1", REACTIONS_NO, "Anafylaktisk reaksjon"))
    done = transcoded(content)
    for kept in (b'<languageCode code="nb-NO"/>', b'<id root="1.2.3" extension="D1"/>', b"<title>Ord</title>",
                 b'<text>Fortelling <content ID="a1">om <br/>alt</content></text>'):  # fmt: skip
        assert kept in content
        assert kept in done.content


def test_a_null_element_is_not_touched_and_told():
    null = '<value xsi:type="CD" nullFlavor="UNK"/>'
    content = reaction(null)
    done = transcoded(content)
    assert done.content is content
    assert (line_of(done).status, line_of(done).original) == ("null", "UNK")


def test_a_required_code_without_map_stays_and_is_an_error():
    certainty = coded("perhaps", "2.16.578.1.1", "kanskje").replace('"CD"', '"CE"')
    content = document(observation("35", certainty))
    done = transcoded(content)
    assert done.content is content
    (finding,) = [f for f in done.report.findings if f.severity is Severity.ERROR]
    assert (finding.code, finding.original) == ("4505", "perhaps (2.16.578.1.1)")
    member = coded("confirmed", "2.16.840.1.113883.4.642.4.1371").replace('"CD"', '"CE"')
    assert transcoded(document(observation("35", member))).report.worst() is None


def test_a_required_code_that_is_not_there_is_an_error_at_its_place():
    done = transcoded(document(observation("35"), observation("35", coded("x", "y"))))
    (finding,) = [f for f in done.report.findings if f.code == "4511"]
    assert finding.severity is Severity.ERROR
    assert finding.path.endswith("hl7:section/hl7:entry[1]/hl7:observation/hl7:value")


def test_a_prescription_must_say_the_prescribers_function():
    author = "<author><time/></author>"
    assert "4511" in codes(transcoded(document(kind="ep-l3", header=author)))
    assert "4511" not in codes(transcoded(document(kind="ps-l3", header=author)))


def test_a_member_of_another_value_set_is_no_member_here():
    """Membership is enforced where the release holds the value set whole."""
    severe = coded("24484000", SCT, "Severe")
    assert line_of(transcoded(document(observation("8", severe)))).status == "member"
    absent = coded("no-known-allergies", "2.16.840.1.113883.5.1150.1", "No known allergies")
    done = transcoded(document(f'<procedure><templateId root="{E}26"/>{absent.replace("value", "code")}</procedure>'))
    assert line_of(done, "/hl7:procedure/hl7:code").status == "kept-with-warning"
    assert done.report.findings[0].rule in ("tsam-2507", "tsam-4503")


def test_a_code_that_an_excerpt_does_not_have_is_kept_since_the_release_cannot_say():
    content = problem(coded("A00", ICD10, "Cholera"))
    done = transcoded(content)
    assert done.content is content
    assert (codes(done), line_of(done).status) == (["2502"], "kept-with-warning")


def test_a_wider_code_is_said():
    done = transcoded(reaction(coded("3", REACTIONS_NO, "Alvorlig arytmi")))
    (finding,) = done.report.findings
    assert (finding.code, finding.severity, finding.map_entry) == ("wider-code", Severity.INFO, line_of(done).map_entry)


def test_norwegian_icd10_goes_by_rule():
    done = transcoded(problem(coded("I10", ICD10_NO, "Essensiell hypertensjon")))
    assert said(one(done.content)) == ("I10", ICD10, "Essential (primary) hypertension")
    assert line_of(done).map_entry == "rule:icd10-same"


def test_the_long_form_beside_a_short_code_gives_the_exact_dose_form():
    form = '<pharm:formCode code="53" codeSystem="2.16.578.1.12.4.1.1.7448" displayName="tablett, filmdrasjert"/>'
    done = transcoded(document(f"<product><manufacturedMaterial>{form}</manufacturedMaterial></product>"))
    element = one(done.content, "//pharm:formCode")
    assert said(element)[0] == "10221000"
    assert element[0].tag == "{urn:hl7-org:v3}translation"
    assert b"<translation code=" in done.content


def test_a_framing_code_stays_and_one_that_is_a_member_gets_its_english_display():
    content = document(
        f'<act><templateId root="{E}15"/>{coded("CONC", "2.16.840.1.113883.5.6", "Bekymring", name="code")}</act>'
    )
    done = transcoded(content)
    assert done.content is content
    assert line_of(done, "hl7:act/hl7:code").status == "structural"
    drug = '<code code="no-medication-info" codeSystem="2.16.840.1.113883.5.1150.1" displayName="Ingen opplysninger"/>'
    done = transcoded(document(f'<substanceAdministration><templateId root="{E}4"/>{drug}</substanceAdministration>'))
    assert (
        layers(one(done.content, "//hl7:substanceAdministration/hl7:code"))[0][2] == "No information about medications"
    )


@pytest.mark.parametrize(("code", "status"), [("ACM", "member"), ("MORN", "kept-with-warning")])
def test_an_event_is_one_of_hl7s_or_warned_of_and_never_gets_a_display(code, status):
    event = f'<effectiveTime xsi:type="EIVL_TS"><event code="{code}"/></effectiveTime>'
    content = document(f"<substanceAdministration>{event}</substanceAdministration>")
    done = transcoded(content)
    assert done.content is content
    assert line_of(done, "hl7:event").status == status


def test_what_no_rule_names_is_kept_and_told():
    content = document('<organizer><code code="1" codeSystem="2.16.578.1.5" displayName="Noe"/></organizer>')
    done = transcoded(content)
    assert done.content is content
    (finding,) = done.report.findings
    assert (finding.code, finding.severity) == ("no-rule", Severity.INFO)
    assert line_of(done, "organizer/hl7:code").status == "no-rule"


def test_a_version_of_the_code_system_that_the_release_does_not_have_is_a_warning_and_replaced():
    anaphylaxis = Concept("Anaphylaxis", "2024", retired=False, file="f", row=1)
    whole = ValueSet(MVC + "11", "eHDSIReactionAllergy", "9", "", "active", complete=True, source="f")
    versioned = Content(
        systems={SCT: "SNOMED CT"},
        value_sets={whole.oid: whole},
        members={(whole.oid, SCT, "39579001"): anaphylaxis},
        concepts={(SCT, "39579001"): anaphylaxis},
    )
    content = reaction(coded("39579001", SCT, "Anaphylaxis", codeSystemVersion="1999"))
    done = transcoded(content, Release(compose([versioned], facts(), "versioned")))
    assert dict(one(done.content).attrib)["codeSystemVersion"] == "2024"
    (finding,) = [f for f in done.report.findings if f.code == "unknown-version"]
    assert (finding.severity, finding.rule) == (Severity.WARNING, "tsam-4502")
    assert transcoded(content).content is content  # a release without versions cannot disagree


def test_an_improper_type_is_a_warning():
    content = reaction(coded("1", REACTIONS_NO, "Anafylaktisk reaksjon").replace('"CD"', '"BL"'))
    done = transcoded(content)
    assert done.content is content
    assert codes(done) == ["2507"]


@pytest.mark.parametrize("value", ['<value xsi:type="CD" code="1"/>', f'<value xsi:type="CD" codeSystem="{SCT}"/>'])
def test_code_and_system_belong_together(value):
    content = reaction(value)
    done = transcoded(content)
    assert done.content is content
    assert codes(done) == ["2508"]


def test_a_code_with_qualifiers_is_not_exchanged_for_another():
    qualified = f'<qualifier><name code="1" codeSystem="{SCT}"/></qualifier>'
    content = reaction(coded("1", REACTIONS_NO, "Anafylaktisk reaksjon", qualified))
    done = transcoded(content)
    assert done.content is content
    assert codes(done) == ["2502", "no-rule"]


def test_two_translations_of_one_code_in_the_source_are_kept_and_told():
    twice = f'<translation code="9" codeSystem="{ATC}"/>' * 2
    content = reaction(coded("39579001", SCT, "Anaphylaxis", twice))
    done = transcoded(content)
    assert done.content is content
    assert codes(done) == ["duplicate-translation"]


def test_each_path_of_the_report_leads_to_its_element():
    content = document(
        observation(REACTION, coded("1", REACTIONS_NO, "x")),
        observation(REACTION, coded("2", REACTIONS_NO, "y"), coded("3", REACTIONS_NO, "z")),
    )
    done = transcoded(content)
    root = parse(content)
    for line in done.elements:
        prefixes = {"hl7": "urn:hl7-org:v3", "pharm": "urn:hl7-org:pharm"}
        (element,) = root.xpath(line.path, namespaces=prefixes)
        assert line.original == f"{element.get('code')} ({element.get('codeSystem')})"
    assert len({line.path for line in done.elements}) == len(done.elements) == 5


def test_another_document_is_refused():
    with pytest.raises(DocumentKindUnknown):
        transcoded(b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>')
    with pytest.raises(DocumentKindUnknown):
        transcoded(b"<a/>")
    with pytest.raises(DoctypeForbidden):
        transcoded(b"<!DOCTYPE a><a/>")
    assert transcoded(document()).kind == "ps-l3"


def test_an_original_of_15_megabytes_is_transcoded_as_a_small_one_is():
    small = sound_original()
    end = small.index(b"</text>")
    large = small[:end] + b"QUJD" * 5_000_000 + small[end:]
    for original in (small, large):
        assert b"</nonXMLBody>" in transcode_document(original, RULES, release()).content
