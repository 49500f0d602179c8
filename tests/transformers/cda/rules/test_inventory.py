"""Everything the official layers are known to miss, and each line of the composition rules: the rule that sees it.

One row: the statement, the rule, a sound document, and what breaks it. The breach is found by its rule and the sound
twin has no finding. ``SILENT`` rows are tried on the official XSD and Schematron too, which say nothing: that is why
the rule is there.
"""

from typing import NamedTuple

import pytest
from lxml import etree

from tests.support.documents.defects import copied_id, legacy, own_parent, packed, section, without_entries
from tests.support.documents.elements import NS
from tests.support.documents.integrity import (
    XSI,
    Change,
    add,
    drop,
    edited,
    empty,
    null,
    put,
    remove,
    repeat,
    say,
    sound_dispensation,
    sound_original,
    sound_prescription,
    sound_summary,
    typed,
)
from tests.support.machine.require import artefacts
from transformers.cda.rules.check import RULES, check_integrity
from transformers.cda.rules.texts import RULE_TEXTS
from transformers.model.finding import Severity
from transformers.validation import check
from trust.xml import parse

PS, EP, ED, L1 = sound_summary(), sound_prescription(), sound_dispensation(), sound_original()
E = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
SNOMED = "2.16.840.1.113883.6.96"
SILENT, HEARD = True, False
PATIENT = "//h:recordTarget/h:patientRole"
PROBLEM = f"//h:observation[h:templateId/@root='{E}7']/h:value[@code]"
ALLERGY = f"//h:observation[h:templateId/@root='{E}17']"
SEVERITY = f"//h:observation[h:templateId/@root='{E}8']/h:value"
PERIOD = "//h:period[@value]"
DOSE = "//h:doseQuantity/h:low"
FILE = "//h:nonXMLBody/h:text"
TRANSLATION = "//h:value[h:translation]"
ENDED = f"//h:act[h:templateId/@root='{E}15'][h:effectiveTime/h:high]/h:effectiveTime/h:high"
EVENT = '<effectiveTime xsi:type="EIVL_TS" operator="A"><event code="ACM"{}/></effectiveTime>'
NATIONAL = {"code": "T90", "codeSystem": "2.16.578.1.12.4.1.1.7170", "displayName": "Diabetes"}


class Row(NamedTuple):
    """``line`` is the line of the composition rules that the statement is (also) about."""

    statement: str
    rule: str
    sound: bytes
    path: str
    change: Change
    silent: bool
    line: int | None = None


def refer(identity: str, **code: str) -> Change:
    """An internal reference in a problem's observation."""
    said = " ".join(f'{name}="{value}"' for name, value in code.items()) or 'nullFlavor="NA"'
    return add(
        f'<entryRelationship typeCode="REFR" inversionInd="false"><act classCode="ACT" moodCode="EVN">'
        f'<templateId root="{E}14"/><id root="{identity}"/><code {said}/></act></entryRelationship>'
    )


def timed(display: str = "", system: str = "2.16.840.1.113883.5.139") -> Change:
    """A timing event instead of the period."""

    def change(period: etree._Element) -> None:
        time = period.getparent()
        said = (f' codeSystem="{system}"' if system else "") + (f' displayName="{display}"' if display else "")
        add(EVENT.format(said), time.getparent().index(time))(time.getparent())
        time.getparent().remove(time)

    return change


ORIGINAL = '<originalText><reference value="#rx1"/></originalText>'


def two_of_words(ingredient: etree._Element) -> None:
    """The ingredient twice, each in words that its code refers to."""
    code = ingredient.xpath("*[local-name()='ingredientSubstance']/*[local-name()='code']")[0]
    said = f'{ORIGINAL}<translation code="1" codeSystem="2.16.578.1.12.4.1.1.7507" displayName="1 tablett ved behov"/>'
    null("OTH")(code)
    for n, part in enumerate((said[: len(ORIGINAL)], said[len(ORIGINAL) :])):
        add(part, n)(code)
    repeat(ingredient)


def unknown_times(period: etree._Element) -> None:
    """Neither from when to when nor how often."""
    null("UNK")(period)
    interval = period.getparent().getprevious()
    for edge in list(interval):
        null("UNK")(edge)


def broken(content: etree._Element) -> None:
    """Two lines, where the string value has one word."""
    content.append(etree.SubElement(content, f"{{{NS['h']}}}br"))
    content[-1].tail = "Gjentas 3 ganger"


ROWS = (
    # 1, all ids rooted, deterministic, unique
    Row("a UUID in lower case is a warning", "own-id-1", PS, "//h:entry//h:id",
        put(root="31b4cc36-105c-55b0-bd09-c336c2ee81c6"), SILENT, 1),
    Row("nobody compares the ids of entries", "own-id-2", PS, "//h:procedure/h:id", copied_id, SILENT, 1),
    Row("an identifier over 64 characters is a warning", "own-id-4", PS, f"{PATIENT}/h:id",
        put(extension="1" * 65), SILENT, 1),
    Row("the parent's id must differ from the own", "own-id-3", PS, "//h:parentDocument/h:id", own_parent, SILENT),
    # 3 and 4, displays
    Row("a missing display is let pass where anything inside has one", "own-code-1", PS, TRANSLATION,
        drop("displayName"), SILENT, 4),
    # 5, narrative
    Row("a reference without #", "own-reference-1", PS, "//h:originalText/h:reference", put(value="alg1"), SILENT, 5),
    Row("a reference to nowhere", "own-reference-1", PS, "//h:originalText/h:reference", put(value="#no"), SILENT, 5),
    Row("an ID twice", "own-reference-2", PS, "//h:tr[@ID='alg2']", put(ID="alg1"), HEARD, 5),
    Row("a value that the narrative does not say", "own-narrative-1", PS, "//h:section//h:translation",
        put(displayName="Noe ganske annet"), SILENT, 5),
    Row("an internal reference to nowhere", "own-reference-3", PS, PROBLEM + "/..", refer("9" * 4 + ".1.2"), HEARD),
    # 6, no empty elements, prefixes, encoding
    Row("an address without anything", "own-empty-1", PS, f"{PATIENT}/h:addr", empty, HEARD, 6),
    Row("an empty name is a warning", "own-empty-1", PS, "//h:patient/h:name/h:family", say(""), SILENT, 6),
    Row("xsi:schemaLocation", "own-root-1", PS, "/*", put(**{f"{XSI}schemaLocation": "urn:x x.xsd"}),
        HEARD, 6),
    Row("an undeclared prefix in xsi:type ends the official rules", "own-type-1", PS, PROBLEM, typed("cda:CD"),
        HEARD, 6),
    Row("a repeated edge ends the official rules", "own-type-2", PS, ENDED, repeat, HEARD),
    # 7, times
    Row("a document older than its newest item", "own-time-3", PS, "//h:entry//h:author/h:time",
        put(value="20260601"), SILENT, 7),
    Row("an item newer than documentationOf says", "own-header-6", PS, "//h:documentationOf//h:high",
        put(value="20200101"), SILENT, 7),
    Row("seconds are a warning", "own-time-2", PS, "/*/h:effectiveTime", put(value="202605040930+0000"), SILENT, 7),
    Row("low equals high", "own-time-4", PS, ENDED, put(value="2001"), HEARD, 7),
    # 8, dates
    Row("the birth of another number", "own-header-4", PS, "//h:birthTime", put(value="19620714"), SILENT, 8),
    Row("no birth of the calendar", "own-header-3", PS, "//h:birthTime", put(value="19620231"), HEARD, 8),
    Row("a birth after the document", "own-header-3", PS, "//h:birthTime", put(value="20990713"), SILENT, 8),
    Row("an instant without zone", "own-time-1", PS, "//h:author/h:time", put(value="20250101120000"), HEARD, 8),
    # 9, the authenticator
    Row("an authenticator without given name", "own-header-1", PS, "//h:legalAuthenticator//h:given", say(""),
        SILENT, 9),
    # 10, absence
    Row("problems without an entry", "own-section-1", PS, section("11450-4"), without_entries, SILENT, 10),
    Row("an entry of another template in problems", "own-section-2", PS,
        section("11450-4", f"//h:act/h:templateId[@root='{E}15']"), put(root="1.2.3"), SILENT, 10),
    Row("an allergy's value in a code of older waves", "own-absence-1", PS, ALLERGY,
        add(f'<value xsi:type="CD" code="160244002" codeSystem="{SNOMED}" displayName="No known allergies"/>', 6),
        SILENT, 10),
    Row("a problem's value in a code of older waves", "own-absence-1", PS, PROBLEM, legacy("160245001"), SILENT, 10),
    # 11, uncodable
    Row("OTH without words", "own-code-2", PS, "//h:value[@nullFlavor='OTH']", null("OTH"), SILENT, 11),
    Row("OTH with the national code alone", "own-null-2", PS, "//h:value[@nullFlavor='OTH']/h:originalText", remove,
        SILENT, 11),
    Row("UNK with a translation", "own-null-1", PS, TRANSLATION, null("UNK", "translation"), HEARD, 11),
    Row("NI with an original text", "own-null-1", PS, TRANSLATION, null("NI", "originalText"), HEARD, 11),
    Row("an untranscoded code", "own-code-5", PS, PROBLEM, put(**NATIONAL), SILENT, 11),
    Row("two translations of one code (RIM-002)", "own-code-3", PS, TRANSLATION + "/h:translation", repeat, HEARD, 11),
    # 12, units
    Row("a dose form's code as a unit", "own-unit-3", PS, DOSE, put(unit="10219000"), HEARD, 12),
    Row("a translation inside a dose", "own-unit-3", PS, DOSE, add("<translation value='1'/>"), HEARD, 12),
    Row("an ingredient's unit in a word", "own-unit-2", EP, "//h:numerator", put(unit="milligram"), SILENT, 12),
    Row("the content's unit", "own-unit-1", EP, "//pharm:asContent/pharm:quantity", drop("unit"), SILENT, 12),
    Row("the supply's unit in an eDispensation", "own-unit-1", ED, "//h:supply/h:quantity", drop("unit"), SILENT, 12),
    Row("a translation that states another number", "own-unit-4", EP, "//pharm:asContent/pharm:quantity",
        add('<translation value="1000" code="1" codeSystem="2.16.840.1.113883.6.8" displayName="one"/>'), SILENT, 12),
    Row("a substitution that says neither", "own-substitution-1", EP, "//h:observation/h:value", put(code="X"), HEARD),
    Row("the period's unit", "own-time-5", PS, PERIOD, put(unit="mg"), SILENT, 12),
    Row("a timing event with a display", "own-time-6", PS, PERIOD, timed(display="before breakfast"), HEARD),
    Row("a timing event without a system", "own-time-6", PS, PERIOD, timed(system=""), HEARD),
    # 13, packages
    Row("the package's code inside", "own-product-3", EP, "//pharm:containerPackagedProduct",
        add('<pharm:code code="1" codeSystem="2.16.578.1.12.4.1.1.7510" displayName="x"/>', 0), SILENT, 13),
    # 14, xsi:type
    *(
        Row(f"the value of template 3.{number} as {other}", "own-code-4", PS,
            f"//h:observation[h:templateId/@root='{E}{number}']/h:value[@code]", typed(other), HEARD, 14)
        for number, other in (("33", "CD"), ("35", "CD"), ("34", "CD"), ("41", "CD"), ("7", "CE"), ("44", "CE"),
                              ("8", "CE"))
    ),
    Row("the substitution's value as CD", "own-substitution-1", EP, "//h:observation/h:value", typed("CD"), SILENT, 14),
    # 15, level 1
    Row("an empty file", "own-file-1", L1, FILE, packed(" "), SILENT, 15),
    Row("a file that is not base64", "own-file-1", L1, FILE, packed("%PDF-1.4"), SILENT, 15),
    Row("a file that is no PDF", "own-file-1", L1, FILE, packed("aGVsbG8="), SILENT, 15),
    Row("a file of another type than it claims", "own-file-1", L1, FILE, packed("iVBORw0KGgo="), SILENT, 15),
    # statements without a line of their own
    Row("a confidentiality the catalogue has not", "own-header-2", PS, "/*/h:confidentialityCode",
        put(code="L", displayName="low"), SILENT),
    Row("a telecom without scheme", "own-telecom-1", PS, f"{PATIENT}/h:telecom", put(value="+4799999999"), SILENT),
    Row("a country in words", "own-country-1", PS, "//h:custodian//h:country", say("Norge"), SILENT),
    Row("an author's role of another system", "own-header-5", PS, "/*/h:author",
        add('<functionCode code="LE" codeSystem="1.2.3" displayName="Lege"/>', 0), SILENT),
    Row("a contact of another class", "own-header-7", PS, "//h:participant/h:associatedEntity",
        put(classCode="AGNT"), SILENT),
    Row("a code without its system", "own-code-6", PS, PROBLEM, drop("codeSystem"), SILENT),
    Row("a concern that ended without an end", "own-concern-1", PS, ENDED, remove, SILENT),
    Row("the right OID of an immunisation's code", "own-immunisation-1", PS, "//h:code[@code='IMMUNIZ']",
        put(codeSystem="1.3.6.1.4.1.19376.1.5.3.2"), HEARD),
    Row("an ATC code of another system", "own-product-1", EP, "//pharm:asSpecializedKind//pharm:code",
        put(codeSystem="1.2.3"), SILENT),
    Row("an ATC code as the product's own", "own-product-2", EP, "//h:manufacturedMaterial",
        add('<code code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracetamol"/>', 1), SILENT),
    Row("a route of another system", "own-product-4", EP, "//h:routeCode", put(codeSystem="1.2.3"), SILENT),
    Row("a dose form of another system", "own-product-4", EP, "//h:manufacturedMaterial/pharm:formCode",
        put(codeSystem="1.2.3"), HEARD),
    Row("an ingredient of another system", "own-product-5", EP, "//pharm:ingredientSubstance/pharm:code",
        put(codeSystem="1.2.3"), SILENT),
    Row("half a strength", "own-product-6", EP, "//h:denominator", remove, HEARD),
    Row("a container that holds nothing", "own-product-7", EP, "//pharm:asContent/pharm:quantity",
        put(value="0"), SILENT),
    Row("an item of another prescription", "own-entry-2", EP, "//h:section/h:id", put(extension="OTHER"), SILENT),
    Row("a prescription that is denied", "own-entry-3", EP, "//h:entry/h:substanceAdministration",
        put(negationInd="true"), SILENT),
    Row("every zero hours", "own-dose-2", EP, PERIOD, put(value="0"), SILENT),
    Row("a dispensation on another prescription", "own-fulfilment-2", ED, "//h:order/h:id",
        put(root="2.16.578.1.12.4.9999.2", extension="OTHER"), SILENT),
    Row("two entries", "own-entry-1", EP, "//h:entry", repeat, HEARD),
    Row("nothing supplied", "own-supply-1", EP, "//h:supply/h:quantity", put(value="0"), SILENT),
    Row("a dose of nothing", "own-dose-1", EP, "//h:doseQuantity/h:high", put(value="0"), HEARD),
    Row("no words for the patient", "own-instruction-1", EP, "//h:content[@ID='rx1']", say(""), SILENT),
    # what pages of other countries show
    Row("two ingredients with an original text", "own-readable-1", EP, "//pharm:ingredient", two_of_words, SILENT),
    Row("a route's words beside its code", "own-readable-2", EP, "//h:routeCode", add(ORIGINAL, 0), SILENT),
    Row("a form's words beside its code", "own-readable-2", EP, "//pharm:formCode", add(ORIGINAL, 0), SILENT),
    Row("an ingredient's words beside its code", "own-readable-2", EP, "//pharm:ingredientSubstance/pharm:code",
        add(ORIGINAL, 0), SILENT),
    Row("words without a translation", "own-readable-3", PS, "//h:value[@nullFlavor='OTH']/h:translation", remove,
        SILENT),
    Row("nothing known of the times, and every so often", "own-readable-4", EP, PERIOD, unknown_times, SILENT),
    Row("a code of the form alone", "own-readable-5", PS, f"//h:templateId[@root='{E}4']/..",
        add('<code code="DRUG" codeSystem="2.16.840.1.113883.5.4" displayName="Drug therapy"/>', 4), SILENT),
    Row("lines of an instruction glued", "own-readable-6", EP, "//h:content[@ID='rx1']", broken, SILENT),
    Row("a dispensation of itself", "own-fulfilment-1", ED, "//h:entryRelationship//h:id",
        put(root="2.16.578.1.12.4.9999.4", extension="DS-1"), SILENT),
)  # fmt: skip
NAMES = [f"{row.rule}: {row.statement}" for row in ROWS]
UNSEEN = [row for row in ROWS if row.silent]
ELSEWHERE = {
    1: "deterministic ids: the writers' round trips, the same bytes twice",
    2: "test_the_pair_says_the_same_in_both_headers",
    3: "tests of check_codes: the active release's display and membership",
}
"""Lines that are not about one document by itself."""


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_the_statement_is_seen_by_its_rule(row):
    found = check_integrity(edited(row.sound, row.path, row.change)).findings
    assert row.rule in {finding.rule for finding in found}


@pytest.mark.parametrize("sound", [PS, EP, ED, L1], ids=["ps", "ep", "ed", "l1"])
def test_the_sound_twin_has_no_finding_of_ours_and_no_official_error(sound):
    assert check_integrity(sound).findings == []
    checked = check(sound, artefacts())
    assert [f for f in checked.report.findings if f.code != "check-unavailable"] == []
    assert checked.layers_unavailable == {}


@pytest.mark.parametrize(
    "row", [r for r in ROWS if r.silent], ids=[n for r, n in zip(ROWS, NAMES, strict=True) if r.silent]
)
def test_the_official_rules_are_silent_on_it(row):
    found = check(edited(row.sound, row.path, row.change), artefacts(), layers=("xsd", "schematron")).report.findings
    assert [(f.path, f.text) for f in found if f.severity in {Severity.ERROR, Severity.FATAL}] == []


def test_a_concern_that_ended_without_any_time_is_one_without_an_end():
    found = check_integrity(edited(PS, ENDED.removesuffix("/h:high"), remove)).findings
    assert [finding.path.rpartition("/")[2] for finding in found if finding.rule == "own-concern-1"] == ["hl7:act[1]"]


def test_every_rule_has_a_row_and_every_line_of_the_composition_rules():
    assert {rule for rule, _ in RULES} == {row.rule for row in ROWS}
    assert {row.line for row in ROWS if row.line} | set(ELSEWHERE) == set(range(1, 16))


def test_every_rule_says_how_to_mend_what_it_found():
    apart = {"own-xml-1", "own-bytes-1", "own-release-1", "own-release-2", "own-pair-1"} | {
        f"own-words-{n}" for n in range(1, 8)
    }
    assert {rule for rule, _ in RULES} | apart == set(RULE_TEXTS)
    for row in ROWS:
        found = check_integrity(edited(row.sound, row.path, row.change)).findings
        assert all(f.text.endswith(RULE_TEXTS[f.rule].mend) for f in found)


def test_a_document_that_claims_no_template_is_an_error_where_the_official_rules_pass_it_unseen():
    wrong = edited(PS, "/*/h:templateId", put(root="1.2.3"))
    found = check(wrong, artefacts(), layers=("schematron",)).report.findings
    assert {f.rule for f in found if f.severity is Severity.ERROR} == {"own-kind-2"}
    assert check(PS, artefacts(), layers=("schematron",)).valid


def test_another_encoding_than_utf_8_is_not_read():
    other = PS.decode().replace("UTF-8", "ISO-8859-1", 1).encode("iso-8859-1", "xmlcharrefreplace")
    assert {f.rule for f in check_integrity(other).findings} == {"own-xml-1"}
    assert check_integrity(PS.replace(b"UTF-8", b"utf-8", 1)).findings == []


def test_an_internal_reference_repeats_mood_and_code_of_its_target():
    identity = parse(PS).xpath("//*[local-name()='procedure']/*[local-name()='id']/@root")[0]
    code = parse(PS).xpath("//*[local-name()='procedure']/*[local-name()='code']/@code")[0]

    def rules(**said: str) -> set[str | None]:
        change = refer(identity, **said)
        return {f.rule for f in check_integrity(edited(PS, PROBLEM + "/..", change)).findings}

    assert "own-reference-3" in rules(code="other", codeSystem=SNOMED, displayName="x")
    assert rules(code=code, codeSystem=SNOMED, displayName="x") == set()
    assert rules() == set()


@pytest.mark.parametrize(
    ("root", "number"),
    [
        ("2.16.578.1.12.4.1.4.1", "13076212345"),
        ("2.16.578.1.12.4.1.4.1", "13476212345"),
        ("2.16.578.1.12.4.1.4.1", "13726212345"),
        ("2.16.578.1.12.4.1.4.1", "13876212345"),
        ("2.16.578.1.12.4.1.4.2", "53076212345"),
        ("2.16.578.1.12.4.1.4.2", "53876212345"),
    ],
    ids=["ordinary", "raised by 40", "raised by 65", "raised by 80", "D-number", "D-number raised by 80"],
)
def test_a_number_names_its_birthday_also_where_day_or_month_is_raised(root, number):
    def rules(birth: str) -> set[str | None]:
        changed = edited(PS, f"{PATIENT}/h:id", put(root=root, extension=number))
        return {f.rule for f in check_integrity(edited(changed, "//h:birthTime", put(value=birth))).findings}

    assert rules("19620713") == rules("1962") == set()
    assert rules("19630713") == rules("19620714") == rules("19620813") == {"own-header-4"}
