"""ITI-55 Cross Gateway Patient Discovery, the request (IHE ITI TF-2 3.55.4.1, HL7 v3 PRPA_IN201305UV02)."""

from dataclasses import dataclass, field
from typing import Final

from gateway.errors import BodyElementUnknown, PatientIdentifierMissing, RequestMalformed
from gateway.messages import DayRange, FindPatient, PatientIdentifier
from gateway.wire.elements import first, in_request
from gateway.wire.names import FIND_PATIENT, HL7, Sender, hl7_time
from gateway.wire.printing import render
from trust.xml import XML_BLANKS, Element, serialise

_QUERY_ID: Final = "1.263507841149"  # the constant of every OpenNCP
_HL7 = in_request(HL7)
_ORGANISATION = "asAgent/representedOrganization/id"


@dataclass(frozen=True, slots=True)
class Instance:
    """An instance identifier as printed back: None is a root or extension that was not there."""

    root: str | None = None
    extension: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What an answer repeats of its request; read from a malformed request too, as far as it goes."""

    message: Instance
    sender_device: str | None
    sender_organisation: str | None
    query_id: Instance
    query: bytes | None = field(default=None, repr=False)
    """queryByParameter as received, serialised; None when there was not exactly one."""


@dataclass(frozen=True, slots=True)
class FindPatientMessage:
    """The request, and what its answer repeats."""

    request: FindPatient
    head: RequestHead


def read_request_head(body: Element) -> RequestHead:
    """What can be told of a request, however malformed: enough to address a refusal. Never raises."""
    queries = _HL7.all(body, "controlActProcess/queryByParameter")
    query = queries[0] if len(queries) == 1 else None
    return RequestHead(
        message=_instance(first(_HL7.all(body, "id"))),
        sender_device=_instance(first(_HL7.all(body, "sender/device/id"))).root,
        sender_organisation=_instance(first(_HL7.all(body, f"sender/device/{_ORGANISATION}"))).root,
        query_id=_instance(first(_HL7.all(query, "queryId")) if query is not None else None),
        query=serialise(query) if query is not None else None,
    )


def read_find_patient(body: Element) -> FindPatientMessage:
    """The patient discovery a body asks for; demographics are optional, an identifier is not.

    Raises BodyElementUnknown, RequestMalformed, PatientIdentifierMissing.
    """
    if body.tag != FIND_PATIENT:
        raise BodyElementUnknown
    _HL7.attribute(_HL7.one(body, "id"), "root", "id")
    query = _HL7.one(_HL7.one(body, "controlActProcess"), "queryByParameter")
    _HL7.one(query, "queryId")
    parameters = _HL7.one(query, "parameterList")
    family, given = _name(parameters)
    born = _birth(parameters)
    day = born.first if born is not None and born.first == born.last else None
    request = FindPatient(
        receiver=_community(body, "receiver"),
        sender=_community(body, "sender"),
        identifiers=_identifiers(parameters),
        family=family,
        given=given,
        birth_date=day,
        born=None if day is not None else born,
        gender=_gender(parameters),
    )
    return FindPatientMessage(request, read_request_head(body))


def write_find_patient(request: FindPatient, sender: Sender) -> bytes:
    """The request as OpenNCP 8 and 9 write it; demographics that are None are left out."""
    view = {
        "message_id": sender.new_id(),
        "message_extension": f"{sender.new_id().int % 10**10:010d}",
        "created": hl7_time(sender.now),
        "query_id": _QUERY_ID,
        "request": request,
        "birth_date": f"{request.birth_date:%Y%m%d}" if request.birth_date else None,
    }
    return render("find_patient", view)


def _instance(element: Element | None) -> Instance:
    if element is None:
        return Instance()
    return Instance(element.get("root"), element.get("extension"))


def _community(body: Element, role: str) -> str:
    """The community's id: the represented organisation's (IHE), else the device's; in OpenNCP they are the same."""
    device = _HL7.one(_HL7.one(body, role), "device")
    identifier = _HL7.maybe(device, _ORGANISATION)
    return _HL7.attribute(_HL7.one(device, "id") if identifier is None else identifier, "root", f"{role}/device")


def _identifiers(parameters: Element) -> tuple[PatientIdentifier, ...]:
    values = _HL7.all(parameters, "livingSubjectId/value")
    if not values:
        raise PatientIdentifierMissing
    return tuple(
        PatientIdentifier(
            root=_HL7.attribute(value, "root", "livingSubjectId/value"),
            extension=_HL7.attribute(value, "extension", "livingSubjectId/value"),
        )
        for value in values
    )


def _given_value(parameters: Element, name: str) -> Element | None:
    """The one value of a parameter; None when the asker left it out or said it is not known."""
    value = _HL7.maybe(parameters, f"{name}/value")
    return None if value is None or value.get("nullFlavor") else value


def _gender(parameters: Element) -> str | None:
    value = _given_value(parameters, "livingSubjectAdministrativeGender")
    return None if value is None else _HL7.attribute(value, "code", "livingSubjectAdministrativeGender/value")


def _birth(parameters: Element) -> DayRange | None:
    """The days a TS or an IVL_TS allows (PRPA_MT201306UV02); None when left out, null, or told by width alone."""
    value = _given_value(parameters, "livingSubjectBirthTime")
    if value is None:
        return None
    if "value" in value.attrib or len(value) == 0:
        return _days(value)
    low, high = (_end(value, name) for name in ("low", "high"))
    if low is None and high is None:
        return None
    born = DayRange(low.first if low else None, high.last if high else None)
    return born if born.meets(DayRange()) else _no_birth_date()


def _end(value: Element, name: str) -> DayRange | None:
    end = _HL7.maybe(value, name)
    return None if end is None or end.get("nullFlavor") else _days(end)


def _days(element: Element) -> DayRange:
    return DayRange.of_hl7(element.get("value", "").strip(XML_BLANKS)) or _no_birth_date()


def _no_birth_date() -> DayRange:
    raise RequestMalformed("livingSubjectBirthTime/value")


def _name(parameters: Element) -> tuple[str | None, tuple[str, ...]]:
    """The first name given, every family part of it as one: names decide nothing, so that none is refused."""
    value = first(_HL7.all(parameters, "livingSubjectName/value"))
    if value is None:
        return None, ()
    family, given = (
        [text for element in _HL7.all(value, part) if (text := (element.text or "").strip(XML_BLANKS))]
        for part in ("family", "given")
    )
    return " ".join(family) or None, tuple(given)
