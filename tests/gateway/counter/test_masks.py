"""Search masks of other countries read, Norway's written, and what was entered held against them."""

from dataclasses import replace
from datetime import date

import pytest
from lxml import etree

from gateway.counter.entered import CheckedEntries, MaskEntries, check_entries, fields_of_form
from gateway.counter.errors import (
    EntryMissing,
    EntryRefused,
    MaskFieldLacking,
    MaskInvalid,
    MaskOfAnother,
    MaskPatternUnusable,
    MaskRefused,
)
from gateway.counter.mask import MaskScope, SearchMask
from gateway.counter.patterns import LONGEST_ENTRY, LONGEST_PATTERN
from gateway.counter.read_mask import ISM, read_mask
from gateway.counter.words import say_mask_refusal
from gateway.counter.write_mask import NORWAY, write_mask
from gateway.messages import PatientIdentifier
from tests.support.machine.require import artefacts
from transformers.words import LANGUAGES, read_words

CPR = (
    '<id domain="1.2.208.176.1.2" label="label.ism.nationalPersonIdentifier" format="{}" '
    'contextualDescription="Personal number" mandatory="true"/>'
)
DANISH = CPR.format(r"^\d{6}-?\d{4}$")
NORWEGIAN = r"""<searchFields xmlns="http://ec.europa.eu/sante/ehncp/ism">
 <country code="NO" label="label.ism.addressCountry">
  <patientSearch>
   <identifier type="CHOICE">
    <ids display="National identity number"><id domain="2.16.578.1.12.4.1.4.1" format="^[0-3]\d{10}$"
     label="label.ism.nationalPersonIdentifier" contextualDescription="Norwegian national identity number, 11 digits"
     originalContextualDescription="Fødselsnummer, 11 siffer" mandatory="true"/></ids>
    <ids display="D number"><id domain="2.16.578.1.12.4.1.4.2" label="label.ism.nationalPersonIdentifier"
     format="^[4-7]\d{10}$" contextualDescription="Norwegian D number, 11 digits"
     originalContextualDescription="D-nummer, 11 siffer" mandatory="true"/></ids>
   </identifier>
   <birthDate label="label.ism.birthDate" format="yyyyMMdd" contextualDescription="Date of birth"
    originalContextualDescription="Fødselsdato" mandatory="true"/>
  </patientSearch>
  <documentSearch scope="EP"><prescriptionId domain="2.16.578.1.12.4.1.7.2" label="label.ism.ePrescriptionId"
   format="^[0-9A-Za-z]{1,20}$" contextualDescription="Reference number, when the prescription is locked with one"
   originalContextualDescription="Referansenummer på låst resept" mandatory="false"/></documentSearch>
 </country>
</searchFields>"""


def mask(identifiers: str = DANISH, more: str = "", documents: str = "", *, kind: str = "NORMAL") -> bytes:
    return (
        f'<searchFields xmlns="{ISM}"><country code="DK" label="label.ism.addressCountry"><patientSearch>'
        f'<identifier type="{kind}">{identifiers}</identifier>{more}</patientSearch>{documents}</country>'
        "</searchFields>"
    ).encode()


def field(element: str, label: str, *, mandatory: bool = False, pattern: str = "^[A-Za-z0-9 ]{1,40}$") -> str:
    domain = ' domain="1.2.3"' if element in ("prescriptionId", "dispensationPINCode") else ""
    return (
        f'<{element}{domain} label="label.ism.{label}" format="{pattern}" contextualDescription="x" '
        f'mandatory="{str(mandatory).lower()}"/>'
    )


def danish(*, more: str = "", documents: str = "") -> SearchMask:
    return read_mask(mask(more=more, documents=documents), "DK")


def ask(
    of: SearchMask, *numbers: str | None, scope: MaskScope = MaskScope.PRESCRIPTION, **fields: str
) -> CheckedEntries:
    return check_entries(of, MaskEntries((0,) * len(of.patient.identifiers), numbers, fields), scope)


def _canonical(document: bytes | str) -> bytes:
    parser = etree.XMLParser(remove_blank_text=True, remove_comments=True)
    return etree.tostring(etree.fromstring(document, parser), method="c14n")


def test_norways_mask_is_what_we_write():
    assert _canonical(write_mask(NORWAY)) == _canonical(NORWEGIAN)


def test_what_we_write_is_read_as_the_same_mask_and_is_valid_for_the_official_schema():
    written = write_mask(NORWAY)
    assert read_mask(written, "NO") == NORWAY
    _official().assertValid(etree.fromstring(written))


def test_a_mask_whose_picture_was_dropped_is_not_written():
    with_picture = danish(more=PICTURE)
    assert with_picture.patient.has_media
    with pytest.raises(ValueError, match="picture"):
        write_mask(with_picture)
    assert read_mask(write_mask(danish()), "DK") == danish()


def test_refuses_the_mask_of_another_country():
    assert read_mask(mask(), "DK").country == "DK"
    with pytest.raises(MaskOfAnother):
        read_mask(mask(), "SE")


PICTURE = '<media label="label.ism.media"><mediaContent>AAAA</mediaContent></media>'
OUTSIDE = {
    "searchFields": b"<searchFields/>",
    "searchFields ": b"no XML",
    "searchFields/*": mask().replace(b"<country", b'<wrong xmlns="urn:x"/><country'),
    "country/patientSearch": mask().replace(b"patientSearch", b"nextOfKinSearch"),
    "country/@code": mask().replace(b'"DK"', b'"XX"'),
    "country/@label": mask().replace(b"label.ism.addressCountry", b"addressCountry"),
    "country/@*": mask().replace(b"<country ", b'<country other="1" '),
    "patientSearch/identifier": mask().replace(b"identifier", b"textField"),
    "patientSearch/birthDate": mask(more=field("birthDate", "birthDate") * 2),
    "patientSearch/textField": mask(more=field("birthDate", "birthDate") + field("textField", "firstName")),
    "patientSearch/@scope": mask().replace(b"<patientSearch", b'<patientSearch scope="OrCD"'),
    "patientSearch": mask(more="words"),
    "identifier/@type": mask(kind="EITHER"),
    "id/@label": mask().replace(b"nationalPersonIdentifier", b"familyName"),
    "id/@domain": mask().replace(b'domain="1.2.208.176.1.2"', b""),
    "id/@format": mask().replace(b"format", b"original"[:0] + b"xformat"),
    "id/@mandatory": mask().replace(b'"true"', b'"yes"'),
    "id": mask().replace(b'"true"/>', b'"true">word</id>'),
    "searchFields/@*": mask().replace(b"<searchFields ", b'<searchFields other="1" '),
    "media/@*": mask(more=PICTURE.replace("<media ", '<media other="1" ')),
    "mediaContent/@*": mask(more=PICTURE.replace("<mediaContent", '<mediaContent other="1"')),
    "media/mediaContent": mask(more='<media label="label.ism.media"/>'),
    "documentSearch/prescriptionId": mask(
        documents=f"<documentSearch>{field('prescriptionId', 'ePrescriptionId') * 2}</documentSearch>"
    ),
}
"""Where each is outside the schema (a blank tells two apart), and the bytes."""


@pytest.mark.parametrize("where", OUTSIDE)
def test_refuses_what_the_official_schema_refuses_and_names_where(where: str):
    with pytest.raises(MaskInvalid) as refused:
        read_mask(OUTSIDE[where], "DK")
    assert refused.value.field == where.strip().replace("@format", "@*" if b"xformat" in OUTSIDE[where] else "@format")
    if OUTSIDE[where] != b"no XML":
        assert not _official().validate(etree.fromstring(OUTSIDE[where]))


INSIDE = {
    "every field": mask(
        more=field("textField", "addressCity") + field("textField", "firstName")
        + field("birthDate", "birthDate") + field("gender", "gender") + field("accessCode", "accessCode") + PICTURE,
        documents=f'<documentSearch scope="EP">{field("prescriptionId", "ePrescriptionId")}'
        f'{field("dispensationPINCode", "dispensationPINCode")}{PICTURE}</documentSearch><documentSearch/>'
        f'<nextOfKinSearch><identifier type="NORMAL">{DANISH}</identifier></nextOfKinSearch>',
    ),
    "a choice": mask(f'<ids display="one">{DANISH}</ids><ids display="other">{DANISH}{DANISH}</ids>', kind="CHOICE"),
    "two numbers": mask(DANISH * 2),
    "one as boolean": mask().replace(b'"true"', b'" 1 "'),
}  # fmt: skip


@pytest.mark.parametrize("which", INSIDE)
def test_reads_what_the_official_schema_allows(which: str):
    _official().assertValid(etree.fromstring(INSIDE[which]))
    assert read_mask(INSIDE[which], "DK").country == "DK"


@pytest.mark.parametrize(("kind", "identifiers"), [("CHOICE", DANISH), ("NORMAL", f'<ids display="x">{DANISH}</ids>')])
def test_refuses_identifiers_that_are_not_of_the_kind_they_are_said_to_be(kind: str, identifiers: str):
    with pytest.raises(MaskInvalid):
        read_mask(mask(identifiers, kind=kind), "DK")


@pytest.mark.parametrize("domain", ["CPR", "1.2.x", "1..2", "3.1.2", "1.2.208.176.1.2 "])
def test_refuses_an_identifier_whose_domain_is_no_oid(domain: str):
    with pytest.raises(MaskInvalid) as refused:
        read_mask(mask(DANISH.replace("1.2.208.176.1.2", domain)), "DK")
    assert refused.value.field == "id/@domain"


@pytest.mark.parametrize("pattern", [r"^(\d+)+$", "^(1|11|111)*$", "^(1*)*(1*)*2$", r"^((1+)+)+$"])
def test_a_pattern_that_backtracks_without_end_elsewhere_is_answered(pattern: str):
    hostile = read_mask(mask(CPR.format(pattern)), "DK")
    with pytest.raises(EntryRefused):
        ask(hostile, "1" * (LONGEST_ENTRY - 1) + "!")


def test_what_fits_a_hostile_pattern_is_taken():
    hostile = read_mask(mask(CPR.format(r"^(\d+)+$")), "DK")
    assert ask(hostile, "1" * 28).identifiers == (PatientIdentifier("1.2.208.176.1.2", "1" * 28),)


@pytest.mark.parametrize("pattern", ["(?=1)1", r"(1)\1", "(", "((a{99}){99}){99}", "a" * 301, "(?P&lt;n>1)(?P=n)"])
def test_refuses_a_pattern_that_the_linear_engine_does_not_take(pattern: str):
    with pytest.raises(MaskPatternUnusable) as refused:
        read_mask(mask(CPR.format(pattern)), "DK")
    assert refused.value.field == "nationalPersonIdentifier"


@pytest.mark.parametrize(
    "entry",
    [
        "010180-12345",
        "0101801234\n5",
        "٠١٠١٨٠١٢٣٤",
        "x010180-1234",
        "010180-123\ud800",
        "\u00a0010180-1234",
        "9" * (LONGEST_ENTRY + 1),
    ],
)
def test_refuses_an_entry_that_is_not_of_the_countrys_form(entry: str):
    with pytest.raises(EntryRefused) as refused:
        ask(danish(), entry)
    assert refused.value.field == "nationalPersonIdentifier"
    assert entry not in str(refused.value)


def test_an_entry_of_the_countrys_form_is_sent_with_the_masks_root():
    assert ask(danish(), " 010180-1234 ").identifiers == (PatientIdentifier("1.2.208.176.1.2", "010180-1234"),)


@pytest.mark.parametrize("entry", [None, "", "  "])
def test_refuses_an_empty_mandatory_identifier(entry: str | None):
    with pytest.raises(EntryMissing) as refused:
        ask(danish(), entry)
    assert refused.value.field == "nationalPersonIdentifier"


def test_refuses_to_ask_without_any_identifier_when_none_is_mandatory():
    lax = read_mask(mask(DANISH.replace('mandatory="true"', "") * 2), "DK")
    assert len(ask(lax, None, "010180-1234").identifiers) == 1
    with pytest.raises(EntryMissing):
        ask(lax, None, None)


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [((), ()), ((2,), ("01018012345",)), ((-1,), ("01018012345",)), ((0,), ()), ((0,), ("1", "2"))],
)
def test_refuses_entries_that_are_not_of_the_masks_choices(chosen: tuple[int, ...], numbers: tuple[str, ...]):
    with pytest.raises(EntryRefused):
        check_entries(NORWAY, MaskEntries(chosen, numbers, {"birthDate": "19800101"}), MaskScope.PRESCRIPTION)


@pytest.mark.parametrize(("chosen", "number", "root"), [(0, "01018012345", "4.1"), (1, "41018012345", "4.2")])
def test_the_option_chosen_gives_the_root(chosen: int, number: str, root: str):
    entries = MaskEntries((chosen,), (number,), {"birthDate": "19800101"})
    checked = check_entries(NORWAY, entries, MaskScope.PRESCRIPTION)
    assert checked.identifiers == (PatientIdentifier(f"2.16.578.1.12.4.1.{root}", number),)
    assert checked.birth_date == date(1980, 1, 1)
    other = MaskEntries((1 - chosen,), (number,), {"birthDate": "19800101"})
    with pytest.raises(EntryRefused):
        check_entries(NORWAY, other, MaskScope.PRESCRIPTION)


@pytest.mark.parametrize("day", ["1980-01-01", "1980111", "198001011", "19800230", "1980", "١٩٨٠٠١٠١"])
def test_refuses_a_birth_date_that_is_no_day(day: str):
    with pytest.raises(EntryRefused) as refused:
        ask(NORWAY, "01018012345", birthDate=day)
    assert refused.value.field == "birthDate"


LACKING = {
    "addressCity": {"more": field("textField", "addressCity", mandatory=True)},
    "accessCode": {"more": field("accessCode", "accessCode", mandatory=True)},
    "dispensationPINCode": {
        "documents": f'<documentSearch scope="EP">'
        f"{field('dispensationPINCode', 'dispensationPINCode', mandatory=True)}</documentSearch>"
    },
}


@pytest.mark.parametrize("label", LACKING)
def test_refuses_a_mask_that_demands_a_field_we_lack_and_names_it(label: str):
    with pytest.raises(MaskFieldLacking) as refused:
        ask(danish(**LACKING[label]), "010180-1234")
    assert refused.value.field == label


@pytest.mark.parametrize("label", LACKING)
def test_a_field_we_lack_that_is_optional_is_left_out_of_the_form(label: str):
    optional = {where: xml.replace('mandatory="true"', 'mandatory="false"') for where, xml in LACKING[label].items()}
    assert fields_of_form(danish(**optional), MaskScope.PRESCRIPTION) == ()
    assert ask(danish(**optional), "010180-1234").identifiers
    with pytest.raises(EntryRefused):
        ask(danish(**optional), "010180-1234", **{label: "x"})


def test_a_field_of_another_kind_of_document_is_not_asked_for():
    prescriptions = danish(**LACKING["dispensationPINCode"])
    assert ask(prescriptions, "010180-1234", scope=MaskScope.PATIENT_SUMMARY).identifiers
    with pytest.raises(MaskFieldLacking):
        ask(prescriptions, "010180-1234", scope=MaskScope.PRESCRIPTION)


def test_every_field_that_we_can_send_is_handed_on():
    whole = danish(
        more=field("textField", "familyName") + field("textField", "firstName") + field("birthDate", "birthDate")
        + field("gender", "gender"),
        documents=f"<documentSearch>{field('prescriptionId', 'ePrescriptionId')}</documentSearch>",
    )  # fmt: skip
    checked = ask(
        whole, "010180-1234",
        familyName="Proeve", firstName="Ida", birthDate="19800101", gender="F", ePrescriptionId="A1",
    )  # fmt: skip
    assert (checked.family, checked.given, checked.gender) == ("Proeve", "Ida", "F")
    assert (checked.birth_date, checked.prescription_id) == (date(1980, 1, 1), "A1")
    with pytest.raises(EntryRefused):
        ask(whole, "010180-1234", gender="X")


def test_what_was_entered_is_in_no_representation():
    assert "010180" not in repr(MaskEntries((0,), ("010180-1234",), {"familyName": "010180"}))
    assert "010180" not in repr(ask(danish(), "010180-1234"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_refusal_has_a_sentence_that_names_the_field_in_words(language: str):
    fields = {"EntryMissing": "birthDate", "MaskInvalid": "id/@domain"}
    for kind in MaskRefused.__subclasses__():
        refusal = kind() if kind is MaskOfAnother else kind(fields.get(kind.__name__, "passportNumber"))
        text = say_mask_refusal(refusal, language)
        assert text.endswith(".")
        assert "{" not in text
        assert kind.__name__ not in text
    word = read_words("counter-masks")[language]["field.birthDate"]
    assert word in say_mask_refusal(EntryMissing("birthDate"), language)


def _official() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(artefacts("xsd", "smp", "ehdsi-ism-2023.xsd")))


def test_the_longest_pattern_and_entry_are_taken_and_no_longer_one():
    pattern = f"^[0-9]{{1,{LONGEST_ENTRY + 50}}}$".ljust(LONGEST_PATTERN, "$")
    longest = read_mask(mask(CPR.format(pattern)), "DK")
    assert ask(longest, "1" * LONGEST_ENTRY).identifiers
    with pytest.raises(EntryRefused):
        ask(longest, "1" * (LONGEST_ENTRY + 1))
    with pytest.raises(MaskPatternUnusable):
        read_mask(mask(CPR.format(pattern + "$")), "DK")


def test_what_we_could_not_read_is_not_written():
    (option,) = danish().patient.identifiers[0]
    broken = replace(option, ids=(replace(option.ids[0], pattern="(?=1)"),))
    with pytest.raises(MaskPatternUnusable):
        write_mask(replace(danish(), patient=replace(danish().patient, identifiers=((broken,),))))


def test_whom_a_mask_asks_for_beside_the_patient_is_kept():
    whole = read_mask(INSIDE["every field"], "DK")
    assert whole.next_of_kin is not None
    assert whole.next_of_kin.identifiers == danish().patient.identifiers
    assert danish().next_of_kin is None
