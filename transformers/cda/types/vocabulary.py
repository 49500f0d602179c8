"""Codes that the Patient Summary templates of eHDSI wave 8 fix, with the displays of the Master Value set Catalogue.

They belong to the document's form (template ids E.1.3, E.2.*, E.3.*) and come from no source; what a source says is
coded by transcoding. Source: ART-DECOR eHDSI 8.0.0, value sets 42.23, 42.26, 42.31, 42.34, 42.47 to 42.51.
"""

from collections.abc import Mapping
from typing import Final, NamedTuple

from transformers.cda.kinds import DISPENSATION_CODE, EHDSI, PATIENT_SUMMARY_CODE, PRESCRIPTION_CODE
from transformers.model.absence import AS_TEXT, DATA_ABSENT_REASON, IPS_ABSENT, SNOMED


class FixedCode(NamedTuple):
    """A code of the document's own form."""

    code: str
    system: str
    system_name: str
    display: str


E3: Final = f"{EHDSI}3."
"""Entry templates of eHDSI (E.3.*)."""
CCD: Final = "2.16.840.1.113883.10.20.1."
"""Templates of HL7 CCD."""
IHE: Final = "1.3.6.1.4.1.19376.1.5.3.1.4."
"""Entry templates of IHE PCC."""
CONTACT: Final = "1.3.6.1.4.1.19376.1.5.3.1.2.4"
"""Template of a patient contact (IHE PCC): next of kin, emergency contact, preferred professional, guardian."""
MEDICATION_ACTIVITY: Final = f"{CCD}24"
NORMAL_DOSING: Final = f"{IHE}7.1"
SIMPLE_OBSERVATION: Final = f"{IHE}13"
PRESCRIPTION_SECTION: Final = f"{EHDSI}2.1"
DISPENSATION_SECTION: Final = f"{EHDSI}2.2"
PRESCRIBED_ITEM: Final = f"{E3}2"
DISPENSED_ITEM: Final = f"{E3}3"
INTERNAL_REFERENCE: Final = f"{E3}14"
CCD_MEDICATIONS: Final = f"{CCD}8"

ValueSets = Mapping[tuple[type, str], tuple[str, ...]]
"""The value sets that a member's code may come from, in order, by its type and name."""
MVC: Final = f"{EHDSI}42."
"""Value sets of the Master Value Sets Catalogue."""
ILLNESSES: Final = f"{MVC}5"
RARE_DISEASES: Final = f"{MVC}63"
SEVERITIES: Final = f"{MVC}13"
ACTIVE_INGREDIENTS: Final = f"{MVC}24"

LOINC: Final = "2.16.840.1.113883.6.1"
ATC: Final = "2.16.840.1.113883.6.73"
UCUM: Final = "2.16.840.1.113883.6.8"
EDQM: Final = "0.4.0.127.0.16.1.1.2.1"
ALLERGY_STATUS_SYSTEM: Final = "2.16.840.1.113883.4.642.4.1373"
WORDS_ONLY_SYSTEM: Final = "2.16.578.1.12.4.5.10.1.3"
WORDS_ONLY: Final = "words-only"
"""A code system of our own with this one code: its displayName is what the source wrote, and there is no code for it.

Published in `transformers/cda/rules/README.md`. Pages of other countries show a concept in OTH by the displayName of
a translation alone, and a displayName needs a code (data types R1; dtr1-14-CD).
"""

SYSTEM_NAMES: Final[Mapping[str, str]] = {
    LOINC: "LOINC",
    SNOMED: "SNOMED CT",
    ATC: "Anatomical Therapeutic Chemical",
    UCUM: "UCUM",
    EDQM: "EDQM",
    IPS_ABSENT: "IPS Absent and Unknown Data",
    ALLERGY_STATUS_SYSTEM: "FHIR AllergyIntoleranceClinicalStatusCodes",
    "1.3.6.1.4.1.12559.11.10.1.3.1.44.2": "ICD-10",
    "1.3.6.1.4.1.12559.11.10.1.3.1.44.5": "Orphacodes",
    "1.3.6.1.4.1.12559.11.10.1.3.1.44.6": "EMDN",
    "2.16.840.1.113883.2.9.6.2.7": "ISCO",
    "2.16.840.1.113883.4.642.4.130": "FHIR AllergyIntoleranceCriticality",
    "2.16.840.1.113883.4.642.4.1371": "FHIR AllergyIntoleranceVerificationStatusCodes",
    "2.16.840.1.113883.4.642.4.1075": "FHIR ConditionVerificationStatus",
    "2.16.840.1.113883.5.111": "RoleCode",
    WORDS_ONLY_SYSTEM: "NCPeH Norway: words only",
}
"""Name of a code system, for @codeSystemName where a coding brings none."""


def loinc(code: str, display: str) -> FixedCode:
    """A code of LOINC."""
    return FixedCode(code, LOINC, "LOINC", display)


def _absent(code: str, display: str) -> FixedCode:
    return FixedCode(code, IPS_ABSENT, SYSTEM_NAMES[IPS_ABSENT], display)


PATIENT_SUMMARY: Final = loinc(PATIENT_SUMMARY_CODE, "Patient summary Document")
PRESCRIPTION: Final = loinc(PRESCRIPTION_CODE, "Prescription for medication")
PRESCRIPTION_LIST: Final = loinc("57828-6", "Prescription list")
DISPENSATION: Final = loinc(DISPENSATION_CODE, "Medication dispensed.extended Document")
DISPENSED: Final = loinc("60590-7", "Medication dispensed.brief Document")
DISCARD: Final = loinc("DISCARD-60593-1", "Discard Medication dispensed")
"""No code of LOINC: what OpenNCP 8 and 9 write into the document of a discard, and read."""

SUBSTITUTION_SYSTEM: Final = "2.16.840.1.113883.5.1070"
SUBSTITUTION_FORBIDDEN: Final = "N"
SUBSTITUTION_ALLOWED: Final = frozenset({"G", "TE", "E"})
"""HL7 substanceAdminSubstitution: none; generic, therapeutic, equivalent."""
SUBSTITUTION: Final[Mapping[str, FixedCode]] = {
    value: FixedCode(code, SUBSTITUTION_SYSTEM, "Substance Admin Substitution", display)
    for value, code, display in (("allowed", "G", "generic"), ("not-allowed", "N", "none"))
}
"""Value set 42.7, for a source that says it in words; a code of its own is sent as it is."""

GENDERS: Final[Mapping[str, FixedCode]] = {
    code: FixedCode(code, "2.16.840.1.113883.5.1", "AdministrativeGender", display)
    for code, display in (("F", "Female"), ("M", "Male"), ("UN", "Undifferentiated"))
}
CONFIDENTIALITY_SYSTEM: Final = "2.16.840.1.113883.5.25"
CONFIDENTIALITY: Final[Mapping[str, FixedCode]] = {
    code: FixedCode(code, CONFIDENTIALITY_SYSTEM, "Confidentiality", display)
    for code, display in (("N", "normal"), ("R", "restricted"), ("V", "very restricted"))
}
PRIMARY_CARE: Final = FixedCode("PCP", "2.16.840.1.113883.5.88", "ParticipationFunction", "primary care physician")

DRUG: Final = FixedCode("DRUG", "2.16.840.1.113883.5.4", "ActCode", "Drug therapy")
SUBSTITUTED: Final = FixedCode("SUBST", "2.16.840.1.113883.5.6", "ActClass", "Substitution")
ALLERGIC_DISPOSITION: Final = "609328004"
INTOLERANCE_DISPOSITION: Final = "782197009"
PROPENSITY: Final = "420134006"
PROPENSITY_TO_SUBSTANCE: Final = "418038007"
ALLERGY_TO_SUBSTANCE: Final = "419199007"
DIAGNOSIS: Final = "282291009"
DISEASE: Final = "64572001"
REPORTED_FINDING: Final = "418799008"
"""SNOMED CT: what kind of allergy or problem a statement is of."""
PROBLEM: Final = FixedCode("55607006", SNOMED, "SNOMED CT", "Problem")
FINDING: Final = FixedCode("404684003", SNOMED, "SNOMED CT", "Clinical finding")
PROBLEM_RESOLVED: Final = FixedCode("413322009", SNOMED, "SNOMED CT", "Problem resolved")

NO_INFORMATION: Final[Mapping[str, FixedCode]] = {
    "allergies": _absent("no-allergy-info", "No information about allergies"),
    "medications": _absent("no-medication-info", "No information about medications"),
    "problems": _absent("no-problem-info", "No information about current problems"),
    "procedures": _absent("no-procedure-info", "No information about past history of procedures"),
    "devices": _absent("no-device-info", "No information about device"),
}
NOT_READABLE: Final = FixedCode(AS_TEXT, DATA_ABSENT_REASON, "DataAbsentReason", "As Text")
"""HL7 FHIR R4 data-absent-reason: the content is in the narrative. Translation of the OTH of an unread entry."""
KNOWN_ABSENT: Final[Mapping[str, Mapping[str, FixedCode]]] = {
    "allergies": {
        code: _absent(code, display)
        for code, display in (
            ("no-known-allergies", "No known allergies"),
            ("no-known-medication-allergies", "No known medication allergies"),
            ("no-known-environmental-allergies", "No known environmental allergies"),
            ("no-known-food-allergies", "No known food allergies"),
        )
    },
    "medications": {"no-known-medications": _absent("no-known-medications", "No known medications")},
    "problems": {"no-known-problems": _absent("no-known-problems", "No known problems")},
    "procedures": {"no-known-procedures": _absent("no-known-procedures", "No known procedures")},
    "devices": {"no-known-devices": _absent("no-known-devices", "No known devices in use")},
}

NORWEGIAN_LANGUAGES: Final = frozenset({"nb-NO", "nn-NO", "no-NO", "se-NO", "nb-SJ"})
"""Norway's members of value set 42.6: the languages of documents of Norwegian sources."""
_LANGUAGES_OF: Final[Mapping[str, str]] = {
        "AT": "de", "AX": "sv", "BE": "de en fr nl", "BG": "bg", "CH": "de fr it rm", "CY": "el tr", "CZ": "cs",
        "DE": "de", "DK": "da", "EE": "et", "ES": "ca es eu gl", "FI": "fi se sv", "FO": "fo", "FR": "br ca fr",
        "GB": "en", "GL": "da kl", "GR": "el", "HR": "hr", "HU": "hu", "IE": "en ga", "IS": "is", "IT": "ca it",
        "LI": "de", "LT": "lt", "LU": "de fr lb", "LV": "lv", "MT": "en mt", "NL": "fy nl", "PL": "pl", "PT": "pt",
        "RO": "ro", "SE": "se sv", "SI": "sl", "SK": "sk", "US": "en",
}  # fmt: skip
DOCUMENT_LANGUAGES: Final = NORWEGIAN_LANGUAGES | frozenset(
    f"{language}-{country}" for country, languages in _LANGUAGES_OF.items() for language in languages.split()
)
"""Those of every country of the EEA and of Switzerland, and English as in documents of tests."""

SPOKEN_LANGUAGES: Final[Mapping[str, str]] = {
    "nb": "nb-NO",
    "nn": "nn-NO",
    "no": "no-NO",
    "se": "se-NO",
    **{tag: tag for tag in sorted(DOCUMENT_LANGUAGES)},
}
"""A person's language as a member of 42.6; a bare Norwegian language is of Norway, no other region is guessed."""

TELECOM_USES: Final = frozenset({"AS", "EC", "H", "HP", "HV", "MC", "PG", "WP", "TMP"})
"""Value set 42.40 as far as the schema takes it for a telecom."""


class SectionForm(NamedTuple):
    """What is fixed about a section: templates and code."""

    templates: tuple[str, ...]
    code: FixedCode


SECTIONS: Final[Mapping[str, SectionForm]] = {
    "allergies": SectionForm((f"{EHDSI}2.12",), loinc("48765-2", "Allergies and adverse reactions Document")),
    "medications": SectionForm(
        (f"{EHDSI}2.3", CCD_MEDICATIONS), loinc("10160-0", "History of Medication use Narrative")
    ),
    "problems": SectionForm((f"{EHDSI}2.9", f"{CCD}11"), loinc("11450-4", "Problem list - Reported")),
    "procedures": SectionForm((f"{EHDSI}2.11",), loinc("47519-4", "History of Procedures Document")),
    "devices": SectionForm((f"{EHDSI}2.4", f"{CCD}7"), loinc("46264-8", "History of medical device use")),
    "past_illness": SectionForm((f"{EHDSI}2.10",), loinc("11348-0", "History of Past illness Narrative")),
    "immunisations": SectionForm((f"{EHDSI}2.15", f"{CCD}6"), loinc("11369-6", "History of Immunization Narrative")),
    "vital_signs": SectionForm((f"{EHDSI}2.6",), loinc("8716-3", "Vital signs")),
    "results": SectionForm((f"{EHDSI}2.5",), loinc("30954-2", "Relevant diagnostic tests/laboratory data Narrative")),
    "social_history": SectionForm((f"{EHDSI}2.13", f"{CCD}15"), loinc("29762-2", "Social history Narrative")),
    "pregnancies": SectionForm((f"{EHDSI}2.7",), loinc("10162-6", "History of pregnancies Narrative")),
    "functional_status": SectionForm((f"{EHDSI}2.14",), loinc("47420-5", "Functional status assessment note")),
    "advance_directives": SectionForm((f"{EHDSI}2.16",), loinc("42348-3", "Advance directives")),
    "care_plan": SectionForm((f"{EHDSI}2.8", f"{CCD}10"), loinc("18776-5", "Plan of care note")),
}
