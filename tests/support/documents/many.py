"""A generated person with many allergies and medicines, each complete and each of its own name."""

from tests.support.documents.foreign import SNOMED, document, medicine, section

_KIND = f'<code code="609328004" {SNOMED} displayName="Allergic disposition"/>'
_SIDES = (
    '<entryRelationship typeCode="SUBJ" inversionInd="true"><observation classCode="OBS" moodCode="EVN">'
    '<code code="82606-5" codeSystem="2.16.840.1.113883.6.1"/><statusCode code="completed"/><value xsi:type="CE"'
    ' code="low" codeSystem="2.16.840.1.113883.4.642.4.130" displayName="Low Risk"/></observation></entryRelationship>'
)
_IMPLANT = (
    '<supply classCode="SPLY" moodCode="EVN"><effectiveTime xsi:type="IVL_TS"><low value="20140120"/></effectiveTime>'
    '<participant typeCode="DEV"><participantRole classCode="MANU"><playingDevice><code code="14106009"'
    f' {SNOMED} displayName="Cardiac pacemaker"/></playingDevice></participantRole></participant></supply>'
)


def of_size(allergies: int, medicines: int) -> bytes:
    """A summary with so many of each, and an implant."""
    return document(
        section("devices", _IMPLANT),
        section("allergies", *(_allergy(n) for n in range(1, allergies + 1))),
        section("medications", *(_medicine(n) for n in range(1, medicines + 1))),
    )


def _allergy(number: int) -> str:
    code = "39579001" if number % 5 == 0 else "271807003"
    display = "Anaphylaxis" if number % 5 == 0 else "Eruption of skin"
    return (
        '<act classCode="ACT" moodCode="EVN"><templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.16"/>'
        '<code code="CONC" codeSystem="2.16.840.1.113883.5.6"/><statusCode code="active"/>'
        '<entryRelationship typeCode="SUBJ"><observation classCode="OBS" moodCode="EVN">'
        f'<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.3.17"/>{_KIND}<statusCode code="completed"/>'
        f'<effectiveTime><low value="{1990 + number}0304"/></effectiveTime>'
        '<participant typeCode="CSM"><participantRole classCode="MANU"><playingEntity classCode="MMAT">'
        f"<name>Substância {number:02}</name></playingEntity></participantRole></participant>"
        '<entryRelationship typeCode="MFST" inversionInd="true"><observation classCode="OBS" moodCode="EVN">'
        f'<code code="404684003" {SNOMED}/><statusCode code="completed"/>'
        f'<value xsi:type="CD" code="{code}" {SNOMED} displayName="{display}"/></observation></entryRelationship>'
        f"{_SIDES}</observation></entryRelationship></act>"
    )


def _medicine(number: int) -> str:
    strength = (
        f'<pharm:ingredient classCode="ACTI"><pharm:quantity><numerator xsi:type="PQ" value="{number * 5}.0"'
        ' unit="mg"/>'
        '<denominator xsi:type="PQ" value="1" unit="1"/></pharm:quantity><pharm:ingredientSubstance>'
        '<pharm:code code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracetamol"/>'
        "</pharm:ingredientSubstance></pharm:ingredient>"
    )
    times = (
        '<effectiveTime xsi:type="IVL_TS"><low value="20250102"/></effectiveTime><effectiveTime xsi:type="PIVL_TS"'
        ' operator="A" institutionSpecified="true"><period value="8" unit="h"/></effectiveTime>'
        '<routeCode code="20053000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Oral use"/>'
        f'<doseQuantity value="{number % 3 + 1}" unit="{{Tablet}}"/>'
    )
    return medicine(f"<name>Medicamento {number:02}</name>{strength}", times=times)
