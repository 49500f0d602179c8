"""What an element is by its structural attributes: the values that eHDSI templates fix, element by element.

classCode, typeCode and determinerCode are form as long as they have the value of the form (HL7 RoleClass, EntityClass,
ParticipationType, ActRelationshipType). Any other value makes another thing of the element: a container that is a part
of the medicine, an author who entered, an agent who is the subject. Moods and the classes of ingredients are not here:
their readers decide on them.
"""

from collections.abc import Mapping
from typing import Final

Structure = tuple[tuple[str, frozenset[str]], ...]
"""Structural attributes of one element, each with the values that are form."""
_NAMESPACES: Final = ("urn:hl7-org:v3", "urn:hl7-org:pharm", "urn:epsos-org:ep:medication")
_ORGANISATIONS: Final = (
    *("manufacturerOrganization", "representedOrganization", "representedCustodianOrganization"),
    *("scopingOrganization", "wholeOrganization", "guardianOrganization", "providerOrganization"),
)
_CLASSES: Final[Mapping[str, str]] = {
    "ClinicalDocument": "DOCCLIN",
    "act": "ACT",
    "asContent": "CONT",
    "asSpecializedKind": "GRIC GEN",
    "assignedAuthor": "ASSIGNED",
    "assignedAuthoringDevice": "DEV",
    "assignedCustodian": "ASSIGNED",
    "assignedEntity": "ASSIGNED",
    "assignedPerson": "PSN",
    "associatedEntity": "NOK ECON PRS",
    "associatedPerson": "PSN",
    "containerPackagedMedicine": "CONT",
    "containerPackagedProduct": "CONT",
    "generalizedMaterialKind": "MMAT",
    "generalizedMedicineClass": "MMAT",
    "guardian": "GUARD",
    "guardianPerson": "PSN",
    "ingredientSubstance": "MMAT",
    "manufacturedMaterial": "MMAT",
    "manufacturedProduct": "MANU",
    "nonXMLBody": "DOCBODY",
    "observation": "OBS",
    "observationRange": "OBS",
    "order": "ACT",
    "organizer": "CLUSTER BATTERY",
    "parentDocument": "DOCCLIN",
    "part": "PART",
    "partMedicine": "MMAT",
    "partProduct": "MMAT",
    "participantRole": "MANU AGNT",
    "patient": "PSN",
    "patientRole": "PAT",
    "playingDevice": "DEV",
    "playingEntity": "MMAT ENT",
    "procedure": "PROC",
    "section": "DOCSECT",
    "serviceEvent": "PCPR ACT",
    "structuredBody": "DOCBODY",
    "substanceAdministration": "SBADM",
    "supply": "SPLY",
    **dict.fromkeys(_ORGANISATIONS, "ORG"),
}
_TYPES: Final[Mapping[str, str]] = {
    "author": "AUT",
    "component": "COMP",
    "consumable": "CSM",
    "custodian": "CST",
    "documentationOf": "DOC",
    "entry": "COMP DRIV",
    "entryRelationship": "SUBJ COMP REFR MFST RSON",
    "inFulfillmentOf": "FLFS",
    "legalAuthenticator": "LA",
    "participant": "IND DEV CSM",
    "performer": "PRF PPRF",
    "product": "PRD",
    "recordTarget": "RCT",
    "referenceRange": "REFV",
    "relatedDocument": "XFRM",
}
_INSTANCES: Final = ("assignedAuthoringDevice", "assignedPerson", "associatedPerson", "guardianPerson", "patient")
_DETERMINERS: Final[Mapping[str, str]] = {
    **dict.fromkeys((*_INSTANCES, *_ORGANISATIONS, "playingDevice"), "INSTANCE"),
    **dict.fromkeys(("containerPackagedProduct", "generalizedMaterialKind", "ingredientSubstance"), "KIND"),
    **dict.fromkeys(("partProduct", "manufacturedMaterial"), "KIND"),
    "containerPackagedMedicine": "INSTANCE KIND",
}


def _by_tag() -> dict[str, Structure]:
    found: dict[str, Structure] = {}
    tables = (("classCode", _CLASSES), ("typeCode", _TYPES), ("determinerCode", _DETERMINERS))
    for attribute, table in tables:
        for name, values in table.items():
            for namespace in _NAMESPACES:
                tag = f"{{{namespace}}}{name}"
                found[tag] = (*found.get(tag, ()), (attribute, frozenset(values.split())))
    return found


FIXED: Final[Mapping[str, Structure]] = _by_tag()
"""By tag of an element."""
