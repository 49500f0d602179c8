"""Kritisk informasjon resources (FHIR R4) in the documented shape of NHN's Kj* profiles.

Facts: profile names, elements and status logic from NHN's developer portal; lists are Volven 7497, 7513-7519, 7522.
Where the portal does not show a URL (updater, updatedDateTime, validUntil, implanted, the type-of-information system)
the name it uses for the element is taken, said in samples/README.md.
"""

from typing import Any

from tests.support.authoring.people import Clinic, Individual
from tests.support.authoring.register import as_json, instance_id

STRUCTURE = "http://nhn.no/kj/fhir/StructureDefinition/"
SYSTEM = "http://nhn.no/kj/fhir/CodeSystem/"
VOLVEN = "urn:oid:2.16.578.1.12.4.1.1."
ATC = f"{SYSTEM}ATC"
ICD10 = f"{VOLVEN}7110"
_ALLERGY = "http://terminology.hl7.org/CodeSystem/allergyintolerance-"
_CONDITION = "http://terminology.hl7.org/CodeSystem/condition-"
_KINDS = {
    "3": "Intubasjonsproblem",
    "4": "Annet anestesiproblem",
    "5": "Kritisk medisinsk tilstand",
    "6": "Pågående behandling",
    "7": "Implantat",
    "9": "Annen prosedyreendring",
    "10": "Smitte",
}
_SOURCES = {
    "1": "Resultat av tester/analyser",
    "2": "Observert av behandlende lege",
    "3": "Pasientens egne opplysninger",
}

Resource = dict[str, Any]


def coding(system: str, code: str, display: str, *, chosen: bool | None = None) -> Resource:
    """A Coding; ``chosen`` is userSelected."""
    made: Resource = {"system": system, "code": code, "display": display}
    if chosen is not None:
        made["userSelected"] = chosen
    return made


def _concept(*codings: Resource, text: str | None = None) -> Resource:
    made: Resource = {"coding": list(codings)} if codings else {}
    if text:
        made["text"] = text
    return made


def _role(local: str, clinic: Clinic) -> Resource:
    return {
        "resourceType": "PractitionerRole",
        "id": local,
        "practitioner": {
            "identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.4", "value": clinic.hpr},
            "display": f"{clinic.family}, {clinic.given}",
        },
        "organization": {
            "identifier": {"system": "urn:oid:2.16.578.1.12.4.1.4.101", "value": clinic.organisation},
            "display": clinic.name,
        },
        "code": [_concept(coding(f"{SYSTEM}CategoriesOfHealthProfessionals", "LE", "Lege"))],
    }


def _patient(who: Individual) -> Resource:
    kind = "2" if who.d_number else "1"
    return {"identifier": {"system": f"urn:oid:2.16.578.1.12.4.1.4.{kind}", "value": who.number}}


def _extension(name: str, kind: str, value: object) -> Resource:
    return {"url": f"{STRUCTURE}{name}", f"value{kind}": value}


def _start(who: Individual, kind: str, profile: str, key: str, *, source: str, updated: str) -> Resource:
    return {
        "resourceType": kind,
        "id": instance_id(who.id, kind, key),
        "meta": {
            "versionId": "2",
            "lastUpdated": f"{updated}T10:20:30.000+00:00",
            "profile": [f"{STRUCTURE}{profile}"],
        },
        "contained": [_role("recorderRef", who.clinic), _role("updaterRef", who.clinic)],
        "extension": [
            _extension(
                "KjSourceOfInformation", "Coding", coding(f"{SYSTEM}SourceOfInformation", source, _SOURCES[source])
            ),
            _extension("Updater", "Reference", {"reference": "#updaterRef"}),
            _extension("UpdatedDateTime", "DateTime", f"{updated}T11:20:30+01:00"),
        ],
    }


def _type(code: str) -> list[Resource]:
    return [_concept(coding(f"{SYSTEM}CriticalInfoType", code, _KINDS[code]))]


def allergy(
    who: Individual, key: str, codings: list[Resource], *, category: str, reactions: list[tuple[str, str]],
    criticality: str | None = None, verification: str = "confirmed", presumed: bool = False,
    recorded: str = "2019-05-06", onset: str | None = None, note: str | None = None, text: str | None = None,
    source: str = "2",
) -> Resource:  # fmt: skip
    """KjAllergyIntolerance; ``verification`` is confirmed, unconfirmed, refuted or entered-in-error."""
    made = _start(who, "AllergyIntolerance", "KjAllergyIntolerance", key, source=source, updated=recorded)
    gone = verification in {"refuted", "entered-in-error"}
    if verification != "entered-in-error":
        state = "inactive" if gone else "active"
        made["clinicalStatus"] = _concept(coding(f"{_ALLERGY}clinical", state, state.capitalize()))
    status = _concept(coding(f"{_ALLERGY}verification", verification, verification.capitalize()))
    if presumed:
        status["extension"] = [_extension("Presumed", "Boolean", value=True)]
    made["verificationStatus"] = status
    made["category"] = [category]
    if criticality:
        made["criticality"] = criticality
    made["code"] = _concept(*codings, text=text)
    made["patient"] = _patient(who)
    if onset:
        made["onsetDateTime"] = onset
    made["recordedDate"] = f"{recorded}T09:00:00+01:00"
    made["recorder"] = {"reference": "#recorderRef"}
    if note:
        made["note"] = [{"text": note}]
    if reactions:
        made["reaction"] = [
            {"manifestation": [_concept(coding(f"{SYSTEM}TypeOfReaction", c, d)) for c, d in reactions]}
        ]
    return made


def condition(
    who: Individual, key: str, kind: str, profile: str, codings: list[Resource], *, verification: str = "confirmed",
    text: str | None = None, onset: str | None = None, note: str | None = None, evidence: list[Resource] | None = None,
    recorded: str = "2021-03-15", source: str = "2",
) -> Resource:  # fmt: skip
    """KjCondition<profile>; ``kind`` is the type-of-information code (3, 4, 5, 7, 10)."""
    made = _start(who, "Condition", f"KjCondition{profile}", key, source=source, updated=recorded)
    if verification != "entered-in-error":
        state = "inactive" if verification == "refuted" else "active"
        made["clinicalStatus"] = _concept(coding(f"{_CONDITION}clinical", state, state.capitalize()))
    made["verificationStatus"] = _concept(coding(f"{_CONDITION}ver-status", verification, verification.capitalize()))
    made["category"] = _type(kind)
    made["code"] = _concept(*codings, text=text)
    made["subject"] = _patient(who)
    if onset:
        made["onsetDateTime"] = onset
    made["recordedDate"] = f"{recorded}T09:00:00+01:00"
    made["recorder"] = {"reference": "#recorderRef"}
    if evidence:
        made["evidence"] = [{"code": [_concept(item)]} for item in evidence]
    if note:
        made["note"] = [{"text": note}]
    return made


def procedure(
    who: Individual, key: str, codings: list[Resource], *, status: str, start: str, end: str | None = None,
    text: str | None = None, note: str | None = None, valid_until: str | None = None, recorded: str = "2022-09-01",
) -> Resource:  # fmt: skip
    """KjProcedure (ongoing treatment, list 7517)."""
    made = _start(who, "Procedure", "KjProcedure", key, source="2", updated=recorded)
    if valid_until:
        made["extension"].append(_extension("ValidUntil", "Date", valid_until))
    period = {"start": start} if end is None else {"start": start, "end": end}
    made.update(status=status, category=_type("6")[0], code=_concept(*codings, text=text), subject=_patient(who))
    made.update(performedPeriod=period, recorder={"reference": "#recorderRef"})
    if note:
        made["note"] = [{"text": note}]
    return made


def flag(
    who: Individual, key: str, codings: list[Resource], *, status: str = "active", start: str, end: str | None = None,
    text: str | None = None, note: str | None = None, recorded: str = "2020-11-11",
) -> Resource:  # fmt: skip
    """KjFlag (other change of procedure, list 7522)."""
    made = _start(who, "Flag", "KjFlag", key, source="3", updated=recorded)
    if note:
        made["extension"].append(_extension("Note", "Annotation", {"text": note}))
    period = {"start": start} if end is None else {"start": start, "end": end}
    made.update(status=status, category=_type("9"), code=_concept(*codings, text=text), subject=_patient(who))
    made.update(period=period, author={"reference": "#recorderRef"})
    return made


def device(
    who: Individual, key: str, kind: Resource, *, status: str = "active", implanted: str, text: str | None = None,
    note: str | None = None, recorded: str = "2023-01-20",
) -> Resource:  # fmt: skip
    """KjDeviceUseStatement with the device contained (mechanical implants, list 7518)."""
    made = _start(who, "DeviceUseStatement", "KjDeviceUseStatement", key, source="2", updated=recorded)
    made["contained"].append(
        {
            "resourceType": "Device",
            "id": "deviceRef",
            "meta": {"profile": [f"{STRUCTURE}KjDevice"]},
            "type": _concept(kind, text=text),
        }
    )
    made["extension"].append(_extension("Implanted", "DateTime", implanted))
    made.update(status=status, subject=_patient(who), recordedOn=f"{recorded}T09:00:00+01:00")
    made.update(source={"reference": "#recorderRef"}, device={"reference": "#deviceRef"})
    if note:
        made["note"] = [{"text": note}]
    return made


def bundle(resources: list[Resource]) -> bytes:
    """A searchset Bundle."""
    entries = [{"fullUrl": f"urn:uuid:{resource['id']}", "resource": resource} for resource in resources]
    return as_json({"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries})
