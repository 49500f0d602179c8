"""Foreign patient summaries for the tests of their readers: small bodies, authored here, in a whole document.

The person is invented. The header is a pivot document's; a body is given as the entries of its sections.
"""

from transformers.cda.documents.patient_summary import Read, read_patient_summary

SNOMED = 'codeSystem="2.16.840.1.113883.6.96"'
LOINC = 'codeSystem="2.16.840.1.113883.6.1"'
ICD10 = 'codeSystem="1.3.6.1.4.1.12559.11.10.1.3.1.44.2"'
IPS = 'codeSystem="2.16.840.1.113883.5.1150.1"'
_ADDRESS = "<addr><streetAddressLine>Rua Um 1</streetAddressLine><city>Lisboa</city><country>PT</country></addr>"
_TELECOM = '<telecom use="WP" value="tel:+351210000000"/>'
_ORGANISATION = f'<id root="2.999.5" extension="H1"/><name>Hospital Um</name>{_TELECOM}{_ADDRESS}'
HEADER = (
    '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:pharm="urn:hl7-org:pharm"'
    ' xmlns:epsos="urn:epsos-org:ep:medication" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    '<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
    '<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.1.3"/><id root="2.999.1" extension="D1"/>'
    f'<code code="60591-5" {LOINC} displayName="Patient summary Document"/><title>Resumo</title>'
    '<effectiveTime value="20260301101500+0000"/>'
    '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25" displayName="normal"/>'
    '<languageCode code="pt-PT"/>'
    f'<recordTarget><patientRole><id root="2.999.2" extension="P1"/>{_ADDRESS}<telecom nullFlavor="NI"/><patient>'
    "<name><given>Ana</given><family>Exemplo</family></name>"
    '<administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1" displayName="Female"/>'
    '<birthTime value="19620413"/></patient></patientRole></recordTarget>'
    '<author><time value="20260301101500+0000"/><assignedAuthor><id root="2.999.3" extension="A1"/>'
    "<assignedPerson><name><given>Rui</given><family>Autor</family></name></assignedPerson>"
    f"<representedOrganization>{_ORGANISATION}</representedOrganization></assignedAuthor></author>"
    f"<custodian><assignedCustodian><representedCustodianOrganization>{_ORGANISATION}"
    "</representedCustodianOrganization></assignedCustodian></custodian>"
    '<legalAuthenticator><time value="20260301101500+0000"/><signatureCode code="S"/><assignedEntity>'
    '<id root="2.999.3" extension="L1"/>'
    "<assignedPerson><name><given>Rui</given><family>Autor</family></name></assignedPerson></assignedEntity>"
    "</legalAuthenticator>"
    '<documentationOf><serviceEvent classCode="PCPR"><effectiveTime><high value="20260228"/></effectiveTime>'
    "</serviceEvent></documentationOf>"
    '<relatedDocument typeCode="XFRM"><parentDocument><id root="2.999.1" extension="SRC"/></parentDocument>'
    "</relatedDocument>"
)
CODES = {
    "allergies": "48765-2",
    "medications": "10160-0",
    "problems": "11450-4",
    "past_illness": "11348-0",
    "procedures": "47519-4",
    "devices": "46264-8",
    "immunisations": "11369-6",
    "social_history": "29762-2",
    "results": "30954-2",
    "unknown": "99999-9",
}


def section(name: str, *entries: str, text: str = '<paragraph ID="a1">ord</paragraph>', more: str = "") -> str:
    """A section with its entries."""
    made = "".join(f"<entry>{entry}</entry>" for entry in entries)
    return (
        f'<component><section>{more}<code code="{CODES[name]}" {LOINC} displayName="S"/>'
        f"<title>T</title><text>{text}</text>{made}</section></component>"
    )


def document(*sections: str, header: str = HEADER) -> bytes:
    """A whole document."""
    body = f"<component><structuredBody>{''.join(sections)}</structuredBody></component>"
    return f"{header}{body}</ClinicalDocument>".encode()


def read(*sections: str) -> Read:
    """The document of these sections, read."""
    return read_patient_summary(document(*sections))


def codes(result: Read) -> list[str]:
    """Codes of the findings, in order."""
    return [finding.code for finding in result.report.findings]


def problem(value: str, more: str = "", attributes: str = 'moodCode="EVN"') -> str:
    """A problem concern around one observation."""
    return (
        '<act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.15"/>'
        '<id root="2.999.9" extension="C1"/><code code="CONC" codeSystem="2.16.840.1.113883.5.6"/>'
        '<statusCode code="active"/><entryRelationship typeCode="SUBJ">'
        f'<observation classCode="OBS" {attributes}><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.7"/>'
        f'<id root="2.999.9" extension="O1"/><code code="55607006" {SNOMED}/>'
        f'<text><reference value="#a1"/></text><statusCode code="completed"/>{value}{more}</observation>'
        "</entryRelationship></act>"
    )


def observation(code: str, value: str, more: str = "") -> str:
    """An observation of any section."""
    return (
        '<observation classCode="OBS" moodCode="EVN"><id root="2.999.9" extension="B1"/>'
        f'{code}<statusCode code="completed"/>{value}{more}</observation>'
    )


def medicine(material: str, *, times: str = "", more: str = "", mood: str = "INT") -> str:
    """A medicine."""
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="{mood}"><id root="2.999.9" extension="M1"/>'
        f'<statusCode code="active"/>{times}<consumable><manufacturedProduct>'
        f"<manufacturedMaterial>{material}</manufacturedMaterial></manufacturedProduct></consumable>{more}"
        "</substanceAdministration>"
    )


def allergy(name: str, *below: str, more: str = "") -> str:
    """An allergy in its concern."""
    return (
        '<act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.16"/>'
        '<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>'
        '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">'
        '<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.17"/>'
        f'<code code="609328004" {SNOMED}/><statusCode code="completed"/>{more}'
        '<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">'
        f"<name>{name}</name></playingEntity></participantRole></participant>{''.join(below)}</observation>"
        "</entryRelationship></act>"
    )


def absent(code: str) -> str:
    """A coded absence of allergies."""
    value = f'<value xsi:type="CD" code="{code}" {IPS} displayName="x"/>'
    return (
        allergy("x", more=value)
        .replace("<name>x</name>", "")
        .replace(f'<code code="609328004" {SNOMED}/>', '<code nullFlavor="NA"/>')
    )
