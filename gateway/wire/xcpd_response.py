"""ITI-55 Cross Gateway Patient Discovery, the answer (IHE ITI TF-2 3.55.4.2, HL7 v3 PRPA_IN201306UV02).

Writes queryResponseCode as IHE has it; OpenNCP 7 to 9 write AE even on success, so the reader decides by the subjects.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.configuration.refusals import RefusalForm, RefusalRow
from gateway.errors import AnswerMalformed
from gateway.messages import FoundPatient, PatientIdentifier, PatientsReply, Remark
from gateway.wire.elements import first, in_answer
from gateway.wire.names import HL7, PATIENTS, Sender, hl7_time
from gateway.wire.printing import render, verbatim
from gateway.wire.xcpd_request import Instance, RequestHead
from transformers.cda.types.people import in_precedence
from trust.xml import XML_BLANKS, Element

_HL7 = in_answer(HL7)
_DAY = 8  # digits of a day; clients of OpenNCP 7 to 9 cut a birthTime there and fail on a shorter one
_ISSUES = ("mitigatedBy/detectedIssueManagement/code", "triggerFor/actOrderRequired/code")


@dataclass(frozen=True, slots=True)
class Match:
    """One patient of an answer, and the community that says it holds her data (custodian), dotted OID."""

    patient: FoundPatient
    home_community: str | None


@dataclass(frozen=True, slots=True)
class PatientsAnswer:
    """A peer's answer: matches, or why there are none. What to make of it is the asker's decision."""

    matches: tuple[Match, ...]
    problems: tuple[Remark, ...]
    """acknowledgementDetails; K9 and KE put their error code there, GE leaves details out on success."""
    issue: str | None
    """XCPD issue code, e.g. AnswerNotAvailable."""
    acknowledgement: str | None
    response: str | None
    """queryResponseCode as sent: always AE from OpenNCP."""
    sender: str | None
    in_reply_to: Instance


def write_patients(head: RequestHead, reply: PatientsReply, sender: Sender) -> bytes:
    """The answer with matches; ValueError without any, because a no-match is a refusal with its own row."""
    if not reply.patients:
        raise ValueError("an answer without a match is written from its refusal row")
    view: dict[str, object] = {
        "patients": [_patient_view(patient) for patient in reply.patients],
        "acknowledgement": "AA",
        "response": "OK",
        "status": "deliveredResponse",
        "row": None,
        "issue": None,
    }
    return render("patients", {**_frame(head, sender), **view})


def write_find_patient_refusal(head: RequestHead, row: RefusalRow, sender: Sender) -> bytes:
    """The answer to a refused request: acknowledgementDetail and detectedIssueEvent both, because clients of OpenNCP 7
    to 9 read the code only when both are there."""
    if row.form is not RefusalForm.XCPD or row.issue is None:
        raise ValueError("a row of another form")
    view: dict[str, object] = {
        "patients": [],
        "acknowledgement": row.acknowledgement,
        "response": row.response,
        "status": "aborted" if row.response == "AE" else "deliveredResponse",
        "row": row,
        "issue": row.issue,
    }
    return render("patients", {**_frame(head, sender), **view})


def read_patients(body: Element) -> PatientsAnswer:
    """A peer's answer in any of the forms OpenNCP 7 to 9, and the German simulator, give it; raises AnswerMalformed."""
    if body.tag != PATIENTS:
        raise AnswerMalformed("PRPA_IN201306UV02")
    act = _HL7.one(body, "controlActProcess")
    acknowledgement = first(_HL7.all(body, "acknowledgement"))
    target = first(_HL7.all(acknowledgement, "targetMessage/id")) if acknowledgement is not None else None
    return PatientsAnswer(
        matches=tuple(_match(subject) for subject in _HL7.all(act, "subject")),
        problems=_problems(acknowledgement),
        issue=_issue(act),
        acknowledgement=_code(acknowledgement, "typeCode"),
        response=_code(first(_HL7.all(act, "queryAck")), "queryResponseCode"),
        sender=_sender(body),
        in_reply_to=Instance(target.get("root"), target.get("extension")) if target is not None else Instance(),
    )


def _frame(head: RequestHead, sender: Sender) -> Mapping[str, object]:
    """What every answer has: ids, time, the two communities, the request's echo."""
    return {
        "head": head,
        "message_id": sender.new_id(),
        "message_extension": f"{sender.new_id().int % 10**10:010d}",
        "created": hl7_time(sender.now),
        "home_community": sender.home_community,
        "query": verbatim(head.query) if head.query is not None else "",
    }


def _patient_view(patient: FoundPatient) -> Mapping[str, object]:
    """A match as the template prints it.

    Given names are printed in one element: clients of OpenNCP 7 to 9 keep the last ``given`` alone, and a middle name
    is not what a person is called (pinned by test_prints_all_given_names_in_one_element).
    """
    address = {
        "city": patient.city,
        "postalCode": patient.postal_code,
        "streetAddressLine": patient.street,
        "country": patient.country,
    }
    return {
        "identifier": patient.identifier,
        "family": patient.family,
        "given": " ".join(patient.given),
        "gender": patient.gender,
        "birth_time": patient.birth_date if len(patient.birth_date) >= _DAY else None,
        "address": {name: value for name, value in address.items() if value},
    }


def _match(subject: Element) -> Match:
    event = _HL7.one(subject, "registrationEvent")
    custodian = first(_HL7.all(event, "custodian/assignedEntity/id"))
    return Match(
        patient=_found(_HL7.one(event, "subject1/patient")),
        home_community=custodian.get("root") if custodian is not None else None,
    )


def _found(patient: Element) -> FoundPatient:
    """The patient of a match; members a peer left out are empty, the identifier's root too.

    Of several names and addresses it is the one that the pivot takes of a document.
    """
    identifier, *further = _identifiers(patient)
    person = _HL7.one(patient, "patientPerson")
    name, address = (first(in_precedence(person, tag)) for tag in ("name", "addr"))
    birth = first(_HL7.all(person, "birthTime"))
    gender = first(_HL7.all(person, "administrativeGenderCode"))
    given = _HL7.all(name, "given") if name is not None else []
    return FoundPatient(
        identifier=identifier,
        further=tuple(further),
        family=_first_text(name, "family") or "",
        given=tuple(text for element in given if (text := (element.text or "").strip(XML_BLANKS))),
        gender=gender.get("code") if gender is not None else None,
        birth_date=birth.get("value", "") if birth is not None else "",
        street=_first_text(address, "streetAddressLine") or _first_text(address, "streetName"),
        postal_code=_first_text(address, "postalCode"),
        city=_first_text(address, "city"),
        country=_first_text(address, "country"),
    )


def _identifiers(patient: Element) -> tuple[PatientIdentifier, ...]:
    """At least one: those with root and number in order, each once; without such a one the first, as it stands."""
    stated = _HL7.all(patient, "id")
    if not stated:
        raise AnswerMalformed("patient/id")
    read = tuple(PatientIdentifier(e.get("root", ""), e.get("extension", "").strip(XML_BLANKS)) for e in stated)
    whole = tuple(dict.fromkeys(one for one in read if one.root and one.extension))
    if not (whole or read[0].extension):
        raise AnswerMalformed("patient/id")
    return whole or read[:1]


def _problems(acknowledgement: Element | None) -> tuple[Remark, ...]:
    if acknowledgement is None:
        return ()
    return tuple(
        Remark(
            code=_code(detail, "code") or "",
            severity="Warning" if detail.get("typeCode") in ("W", "I") else "Error",
            text=_first_text(detail, "text") or "",
            location=_first_text(detail, "location"),
        )
        for detail in _HL7.all(acknowledgement, "acknowledgementDetail")
    )


def _issue(act: Element) -> str | None:
    event = first(_HL7.all(act, "reasonOf/detectedIssueEvent"))
    if event is None:
        return None
    for path in _ISSUES:
        if (code := first(_HL7.all(event, path))) is not None:
            return code.get("code")
    return None


def _sender(body: Element) -> str | None:
    for path in ("sender/device/asAgent/representedOrganization/id", "sender/device/id"):
        if (found := first(_HL7.all(body, path))) is not None:
            return found.get("root")
    return None


def _code(parent: Element | None, name: str) -> str | None:
    found = first(_HL7.all(parent, name)) if parent is not None else None
    return found.get("code") if found is not None else None


def _first_text(parent: Element | None, name: str) -> str | None:
    found = first(_HL7.all(parent, name)) if parent is not None else None
    return ((found.text or "").strip(XML_BLANKS) or None) if found is not None else None
