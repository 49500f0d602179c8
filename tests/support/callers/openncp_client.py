"""How clients of OpenNCP 8 and 9 take an answer apart, as strictly as they do: what fails there is an error here.

Written from what their converters read (wire dossier 1.5, 1.7 and 1.8), not from our readers; shares no code with them.
"""

from dataclasses import dataclass

from lxml import etree

_HL7 = {"h": "urn:hl7-org:v3"}
_RIM = {"r": "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0", "e": "urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0"}
_UNIQUE_ID = "xdsdocumententry.uniqueid"
_STOPPING = {"ERROR_EP_NOT_FOUND", "ERROR_PS_NOT_FOUND", "4103"}


class ClientError(Exception):
    """What a client shows its clinician instead of an answer."""

    def __init__(self, xcpd: str | None, code: str | None, text: str) -> None:
        super().__init__(xcpd, code, text)
        self.xcpd, self.code, self.text = xcpd, code, text


@dataclass
class Demographics:
    id: str = ""
    root: str = ""
    family: str = ""
    given: str = ""
    gender: str | None = None
    birth: str | None = None
    city: str | None = None
    country: str | None = None
    postal_code: str | None = None
    street: str | None = None


def patients(answer: bytes) -> list[Demographics]:
    """Success is a subject; the first 8 characters of birthTime; the last given; else an exception with both codes."""
    root = etree.fromstring(answer)
    subjects = root.findall("h:controlActProcess/h:subject", _HL7)
    if not subjects:
        raise _refused(root)
    return [_demographics(subject) for subject in subjects]


def _refused(root: etree._Element) -> ClientError:
    detail = root.find("h:acknowledgement/h:acknowledgementDetail", _HL7)
    text = detail.find("h:text", _HL7).text
    assert text, "acknowledgementDetail/text is dereferenced"
    event = root.find("h:controlActProcess/h:reasonOf/h:detectedIssueEvent", _HL7)
    if event is None:
        return ClientError(None, None, text)
    issue = None
    for path in ("h:mitigatedBy/h:detectedIssueManagement/h:code", "h:triggerFor/h:actOrderRequired/h:code"):
        if issue is None and (code := event.find(path, _HL7)) is not None:
            issue = code.get("code")
    return ClientError(issue, detail.find("h:code", _HL7).get("code"), text)


def _demographics(subject: etree._Element) -> Demographics:
    patient = subject.find("h:registrationEvent/h:subject1/h:patient", _HL7)
    person = patient.find("h:patientPerson", _HL7)
    identifier = patient.find("h:id", _HL7)
    found = Demographics(identifier.get("extension"), identifier.get("root"))
    found.gender = person.find("h:administrativeGenderCode", _HL7).get("code")
    assert found.gender in (None, "M", "F", "UN"), "an unknown gender is a ParseException"
    birth = person.find("h:birthTime", _HL7)
    if birth is not None:
        value = birth.get("value")
        assert len(value) >= 8, "substring(0, 8)"
        found.birth = value[:8]
    for part in person.find("h:name", _HL7):
        if part.tag.endswith("}family"):
            found.family = part.text
        elif part.tag.endswith("}given"):
            found.given = part.text  # each overwrites the one before
    address = person.find("h:addr", _HL7)
    names = {"city": "city", "country": "country", "postalCode": "postal_code", "streetAddressLine": "street"}
    for part in address if address is not None else ():
        if (name := names.get(part.tag.rpartition("}")[2])) is not None:
            setattr(found, name, part.text)
    return found


def documents(answer: bytes) -> dict[str, str]:
    """Unique id to format code; the first Slot of each Classification is dereferenced, so are the Names."""
    root = etree.fromstring(answer)
    for error in root.findall("e:RegistryErrorList/e:RegistryError", _RIM):
        if error.get("severity").endswith(":Error") or error.get("errorCode") in _STOPPING:
            raise ClientError(None, error.get("errorCode"), error.get("codeContext"))
    found: dict[str, str] = {}
    for item in root.findall("r:RegistryObjectList/r:ExtrinsicObject", _RIM):
        assert item.find("r:Name/r:LocalizedString", _RIM).get("value")
        unique_id, format_code = "", ""
        for identifier in item.findall("r:ExternalIdentifier", _RIM):
            name = identifier.find("r:Name/r:LocalizedString", _RIM).get("value")
            unique_id = identifier.get("value") if name.lower() == _UNIQUE_ID else unique_id
        for classification in item.findall("r:Classification", _RIM):
            assert classification.findall("r:Slot", _RIM)[0].find("r:ValueList/r:Value", _RIM).text
            if classification.get("classificationScheme") == "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d":
                format_code = classification.get("nodeRepresentation")
        found[unique_id] = format_code
    return found
