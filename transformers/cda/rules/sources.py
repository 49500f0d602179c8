"""On what each own rule stands, which decides how grave a breach may be, and the right form as an example.

An official text forbids it: an ERROR, also where the official rules fail to look. A decision or a patient could be
misled: an ERROR too. What the official texts allow is at most a WARNING, and `texts` says why we mind. The words of
the wave-8 Schematron and of data types are quoted as they stand there.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final, NamedTuple


class RuleGround(StrEnum):
    """What makes a breach of a rule wrong."""

    FORBIDDEN = "forbidden"
    """An official text forbids it."""
    MISLEADING = "misleading"
    """It is allowed, or nobody says so; somebody decides wrongly by it."""
    ALLOWED = "allowed"
    """The official texts allow it, and readers of other countries have trouble with it: a warning."""


class RuleSource(NamedTuple):
    """``text``: the official words, or who is misled by what. ``of``: where the words stand; empty without any."""

    ground: RuleGround
    text: str
    of: str
    example: str
    """How it is written rightly."""


_WAVE_8: Final = "Schematron of wave 8 (ART-DECOR eHDSI 8.0.0)"
_XSD: Final = "CDA_Pharma.xsd"
_TYPES: Final = "HL7 V3 Data Types R1"
_SETS: Final = "value sets of wave 8, bound as required"


def _forbidden(text: str, of: str, example: str) -> RuleSource:
    return RuleSource(RuleGround.FORBIDDEN, text, of, example)


def _misleading(text: str, example: str) -> RuleSource:
    return RuleSource(RuleGround.MISLEADING, text, "", example)


def _allowed(text: str, example: str) -> RuleSource:
    return RuleSource(RuleGround.ALLOWED, text, "", example)


_OF_DOCUMENT: Final = {
    "own-xml-1": _forbidden(
        "Violations of well-formedness constraints are fatal errors.", "XML 1.0, 2.1",
        '<?xml version="1.0" encoding="UTF-8"?>',
    ),
    "own-bytes-1": _allowed("XML 1.0 allows the mark in UTF-8.", '<?xml version="1.0" encoding="UTF-8"?>'),
    "own-root-1": _forbidden(
        "this is explicitly PROHIBITED by [ITS§1.4], and thus by the CDA standard.", _WAVE_8,
        '<ClinicalDocument xmlns="urn:hl7-org:v3">',
    ),
    "own-id-1": _forbidden(
        "@root SHALL be a syntactically correct OID or UUID.", _WAVE_8,
        '<id root="2.16.578.1.12.4.9999.1" extension="42"/>',
    ),
    "own-id-2": _forbidden(
        "A unique identifier for the Act.", "HL7 RIM, Act.id", '<id root="2.16.578.1.12.4.9999.1" extension="43"/>'
    ),
    "own-id-3": _misleading(
        "The registry replaces the original by its transformation, or the other way round.",
        '<parentDocument><id root="2.16.578.1.12.4.9999.7" extension="original"/></parentDocument>',
    ),
    "own-id-4": _allowed("The Schematron warns.", '<id root="2.16.578.1.12.4.9999.1" extension="42"/>'),
    "own-reference-1": _forbidden(
        "element hl7:text[hl7:reference]", _WAVE_8, '<text><reference value="#problem-1"/></text>'
    ),
    "own-reference-2": _forbidden("xs:ID", _XSD, '<tr ID="problem-1">'),
    "own-reference-3": _forbidden(
        "(eHDSIInternalReference): element hl7:id is required [min 1x].", _WAVE_8,
        '<act classCode="ACT" moodCode="EVN"><id root="(the id of the other statement)"/>',
    ),
    "own-empty-1": _forbidden(
        "empty name particles should not be present.", _WAVE_8, '<telecom nullFlavor="NI"/>'
    ),
    "own-section-1": _forbidden(
        "(eHDSIAllergiesAndOtherAdverseReactions): element hl7:entry", _WAVE_8,
        "<section><code …/><title>Allergies</title><text>…</text><entry>…</entry></section>",
    ),
    "own-section-2": _misleading(
        "A statement that no country shows: the clinician reads the section as complete.",
        '<entry><act classCode="ACT" moodCode="EVN"><templateId root="(of the section\'s entries)"/>',
    ),
    "own-narrative-1": _allowed(
        "No text asks for it word by word.", '<text><content ID="p1">Diabetes type 2</content></text>'
    ),
    "own-file-1": _forbidden(
        "element hl7:nonXMLBody[not(@nullFlavor)][@classCode = 'DOCBODY'][@moodCode = 'EVN'][hl7:text] is mandatory",
        _WAVE_8,
        '<text mediaType="application/pdf" representation="B64">JVBERi0xLjQK…</text>',
    ),
    "own-pair-1": _misleading(
        "Words of one patient stand beside codes of another.", "(the same recordTarget, author and times in both)"
    ),
}  # fmt: skip

_OF_HEADER: Final = {
    "own-header-1": _forbidden(
        "(eHDSILegalAuthenticator): element hl7:name is required [min 1x].", _WAVE_8,
        "<name><given>Kari</given><family>Lege</family></name>",
    ),
    "own-header-2": _forbidden(
        "element hl7:confidentialityCode", _WAVE_8,
        '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25" displayName="normal"/>',
    ),
    "own-header-3": _forbidden(
        "(eHDSIRecordTarget): element hl7:birthTime[not(@nullFlavor)] is mandatory [min 1x].", _WAVE_8,
        '<birthTime value="19740313"/>',
    ),
    "own-header-4": _misleading("Two persons in one header.", '<birthTime value="(of the number)"/>'),
    "own-header-5": _forbidden(
        "(eHDSIAuthor): element hl7:functionCode[concat(@code, @codeSystem) =", _WAVE_8,
        '<functionCode code="2211" codeSystem="2.16.840.1.113883.2.9.6.2.7" '
        'displayName="Generalist medical practitioners"/>',
    ),
    "own-header-6": _misleading(
        "A clinician takes what is new for old, and asks for nothing newer.", '<high value="(day of the newest item)"/>'
    ),
    "own-header-7": _forbidden(
        "hl7:associatedEntity[@classCode = 'PRS']", _WAVE_8, '<associatedEntity classCode="NOK">'
    ),
    "own-telecom-1": _forbidden(
        "dtr1-3-URL: @value must be a valid URI with a scheme.", _WAVE_8, '<telecom value="tel:+4799999999"/>'
    ),
    "own-country-1": _forbidden(
        "(eHDSIOrganization): element hl7:country is required [min 1x].", _WAVE_8, "<country>NO</country>"
    ),
    "own-time-1": _forbidden(
        "time SHALL include a time zone if more precise than to the day", _WAVE_8, '<time value="20260504093000+0200"/>'
    ),
    "own-time-2": _forbidden(
        "element hl7:effectiveTime[not(@nullFlavor)] is mandatory [min 1x].", _WAVE_8,
        '<effectiveTime value="20260504093000+0200"/>',
    ),
    "own-time-3": _misleading(
        "Of two versions the older one is taken for the newer.", '<effectiveTime value="(after all its items)"/>'
    ),
    "own-time-4": _forbidden(
        "must be before high/@value", _WAVE_8,
        '<effectiveTime><low value="20260501"/><high value="20260601"/></effectiveTime>',
    ),
    "own-time-5": _misleading("How often to take a medicine becomes a guess.", '<period value="8" unit="h"/>'),
    "own-time-6": _forbidden(
        "dtr1-7-EIVL_TS: cannot have displayName", _WAVE_8, '<event code="ACM" codeSystem="2.16.840.1.113883.5.139"/>'
    ),
}  # fmt: skip

_PROBLEM: Final = (
    '<value xsi:type="CD" code="E11" codeSystem="(OID of ICD-10)" displayName="Type 2 diabetes mellitus"/>'
)
_OTHER: Final = (
    '<value xsi:type="CD" nullFlavor="OTH"><originalText>Diabetes</originalText>'
    '<translation code="T90" codeSystem="2.16.578.1.12.4.1.1.7170" displayName="Diabetes"/></value>'
)
_OF_CODES: Final = {
    "own-code-1": _forbidden(
        "dtr1-1-CD.EPSOS: attribute @displayName is required on all codes and translations thereof", _WAVE_8, _PROBLEM
    ),
    "own-code-2": _misleading("A reader learns that there is an allergy, and not to what.", _OTHER),
    "own-code-3": _forbidden("dtr1-19-CD: [RIM-002] translations SHALL be distinct", _WAVE_8, _PROBLEM),
    "own-code-4": _forbidden(
        'If an @xsi:type instruction is present it SHALL be valued "{urn:hl7-org:v3}:CE".', _WAVE_8, _PROBLEM
    ),
    "own-code-5": _misleading("A clinician abroad has a Norwegian word alone to decide by.", _OTHER),
    "own-code-6": _forbidden("dtr1-2-CD: code requires codeSystem", _WAVE_8, _PROBLEM),
    "own-null-1": _forbidden(
        "dtr1-1-ANY: if there is a nullFlavor, there shall be no text or other attribute or element", _WAVE_8, _OTHER
    ),
    "own-null-2": _allowed("The Schematron takes OTH with a translation alone.", _OTHER),
    "own-type-1": _forbidden("QName resolution (Instance)", "XML Schema Part 1, 3.15.3", '<value xsi:type="CD" …/>'),
    "own-type-2": _forbidden("must be before high/@value", _WAVE_8, '<low value="20260501"/><high value="20260601"/>'),
    "own-release-1": _forbidden("it can never modify the meaning of the code", f"{_TYPES}, CD.displayName", _PROBLEM),
    "own-release-2": _forbidden("The element value SHALL be one of", _SETS, _OTHER),
    "own-absence-1": _forbidden(
        "eHDSIAbsentOrUnknownAllergy (DYNAMIC)", _WAVE_8,
        '<value xsi:type="CD" code="no-known-allergies" codeSystem="2.16.840.1.113883.5.1150.1" '
        'displayName="No known allergies"/>',
    ),
    "own-concern-1": _misleading(
        "A concern without an end is shown among the active ones.",
        '<statusCode code="completed"/><effectiveTime><low value="2000"/><high nullFlavor="UNK"/></effectiveTime>',
    ),
    "own-immunisation-1": _forbidden(
        "(@code='IMMUNIZ' and @codeSystem='1.3.5.1.4.1.19376.1.5.3.2')", _WAVE_8,
        '<code code="IMMUNIZ" codeSystem="1.3.5.1.4.1.19376.1.5.3.2" displayName="Immunization"/>',
    ),
}  # fmt: skip

_NARRATIVE: Final = "CDA R2 4.3.5.1: what the entries say is in the narrative; nothing compares the two."
_ROW_OF_ENTRY: Final = '<tr ID="a1">…</tr> … <text><reference value="#a1"/></text>'
_OF_WORDS: Final = {f"own-words-{number}": _allowed(_NARRATIVE, _ROW_OF_ENTRY) for number in range(1, 8)}

_EDQM: Final = 'codeSystem="0.4.0.127.0.16.1.1.2.1"'
_ATC: Final = '<pharm:code code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracetamol"/>'
_OF_MEDICINES: Final = {
    "own-unit-1": _misleading(
        "A number without unit is a dose that nobody can give.", '<low value="1" unit="{Tablet}"/>'
    ),
    "own-unit-2": _forbidden(
        "The unit of measure specified in the Unified Code for Units of Measure (UCUM).", f"{_TYPES}, PQ.unit",
        '<numerator xsi:type="PQ" value="500" unit="mg"/>',
    ),
    "own-unit-3": _forbidden(
        "dtr1-3-PQ: [RIM-002] translations SHALL be distinct", _WAVE_8, '<low value="1" unit="{Tablet}"/>'
    ),
    "own-unit-4": _misleading(
        "One reader takes 81, the other 18.",
        '<value xsi:type="PQ" value="81" unit="kg">'
        '<translation value="81" code="kg" codeSystem="(OID of UCUM)" displayName="kilogram"/></value>',
    ),
    "own-product-1": _forbidden("(eHDSIasSpecializedKind): element hl7:code is required [min 1x].", _WAVE_8, _ATC),
    "own-product-2": _misleading(
        "A pharmacy looks for a product of that number, and finds another.",
        '<code code="012345" codeSystem="2.16.578.1.12.4.1.1.7510" displayName="Paracet"/>',
    ),
    "own-product-3": _misleading(
        "A pharmacy multiplies the layers from the wrong end.",
        "<pharm:containerPackagedProduct>(blister)<pharm:asContent>(box, with the package's number)",
    ),
    "own-product-4": _forbidden(
        "The element value SHALL be one of", _SETS, f'<pharm:formCode code="10219000" {_EDQM} displayName="Tablet"/>'
    ),
    "own-product-5": _forbidden("The element value SHALL be one of", _SETS, _ATC),
    "own-product-6": _forbidden(
        "(eHDSIePeDManufacturedMaterial): element hl7:numerator is required [min 1x].", _WAVE_8,
        '<numerator xsi:type="PQ" value="500" unit="mg"/><denominator xsi:type="PQ" value="1" unit="1"/>',
    ),
    "own-product-7": _misleading(
        "How much a package holds decides how many are handed out.", '<pharm:quantity value="10" unit="1"/>'
    ),
    "own-entry-1": _forbidden("appears too often [max 1x].", _WAVE_8, "<section>…<entry>(one)</entry></section>"),
    "own-entry-2": _misleading(
        "A dispensation is booked on another prescription than the one it names.",
        '<section><id root="1.2.3" extension="RX-1"/>…<substanceAdministration><id root="1.2.3" extension="RX-1"/>',
    ),
    "own-entry-3": _misleading(
        "A medicine that was not prescribed is handed out, or one is booked that was not.",
        '<substanceAdministration classCode="SBADM" moodCode="INT">',
    ),
    "own-dose-1": _misleading("A dose that nobody can take is a slip of a key.", '<low value="1" unit="{Tablet}"/>'),
    "own-dose-2": _misleading("Every zero hours is no regimen.", '<period value="8" unit="h"/>'),
    "own-supply-1": _forbidden(
        "(eHDSISubstanceAdministration): element hl7:quantity[not(@nullFlavor)] is mandatory [min 1x].", _WAVE_8,
        '<quantity value="2" unit="1"/>',
    ),
    "own-substitution-1": _forbidden(
        'it SHALL be valued "{urn:hl7-org:v3}:CE".', _WAVE_8,
        '<value xsi:type="CE" code="N" codeSystem="2.16.840.1.113883.5.1070" displayName="none"/>',
    ),
    "own-instruction-1": _misleading(
        "An instruction that leads to no words: the patient is told nothing.",
        '<code code="PINSTRUCT" …/><text><reference value="#dosage"/></text>',
    ),
    "own-fulfilment-1": _forbidden(
        "(eHDSIinFulfillmentOf): element hl7:order[@moodCode = 'RQO'] is required [min 1x].", _WAVE_8,
        '<order classCode="ACT" moodCode="RQO"><id root="(of the ePrescription)"/></order>',
    ),
    "own-fulfilment-2": _misleading(
        "One prescription is closed, and another one is dispensed a second time.",
        '<order …><id root="1.2.3" extension="RX-1"/></order>…'
        '<substanceAdministration><id root="1.2.3" extension="RX-1"/>',
    ),
}  # fmt: skip

RULE_SOURCES: Final[Mapping[str, RuleSource]] = {
    **_OF_DOCUMENT,
    **_OF_HEADER,
    **_OF_CODES,
    **_OF_WORDS,
    **_OF_MEDICINES,
}
_NONE: Final = RuleSource(RuleGround.ALLOWED, "No official text speaks of it.", "", "")


def source_of(rule: str) -> RuleSource:
    """On what the rule of that id stands; what has no row here stands on nothing official, and may warn at most."""
    return RULE_SOURCES.get(rule, _NONE)
