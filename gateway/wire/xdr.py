"""ITI-41 Provide and Register Document Set-b, both sides (IHE ITI TF-2 3.41, TF-3 4.2; ebRS 3.0).

Metadata are written as OpenNCP 8 and 9 write them, but for its hours of 1 to 12. What a submission is about is for its
reader: here every document has its entry, every entry its document, and all of them are members of one submission set.
"""

import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from gateway.configuration.document_types import CodedFact, DocumentType, DocumentTypes
from gateway.configuration.refusals import RefusalRow
from gateway.errors import AnswerMalformed, BodyElementUnknown, RequestMalformed
from gateway.messages import (
    PatientIdentifier,
    ProvidedDocument,
    ProvideDocuments,
    ProvideReply,
    Remark,
    SubmissionAuthor,
)
from gateway.wire.elements import in_request
from gateway.wire.identifiers import read_cx
from gateway.wire.names import LCM, PROVIDE, PROVIDED, RIM, XDS, Sender
from gateway.wire.printing import render
from gateway.wire.registry import Status, answer_view, read_problems, read_status, refusal_view
from gateway.wire.xds_metadata import (
    CLASS_CODE,
    FORMAT_CODE,
    PATIENT_ID,
    PATIENT_ID_NAME,
    TYPE_CODE,
    UNIQUE_ID,
    UNIQUE_ID_NAME,
    facts_of,
    slot_values,
)
from gateway.wire.xop import read_binary
from trust.xml import XML_BLANKS, Element

_RIM, _LCM, _XDS = in_request(RIM), in_request(LCM), in_request(XDS)
_SET_ID: Final = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"
_SET_PATIENT: Final = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"
_SET_SOURCE: Final = "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832"
_SET_AUTHOR: Final = "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
_SET_CONTENT: Final = "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"
_MEMBER: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"
_PLACE: Final = b"<Document/>"  # where the template leaves room; no printed value can hold it, all are escaped
_MOST: Final = 15
"""Documents in one submission: as many as a message can have attachments; OpenNCP sends one."""
_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "urn:epSOS:ep:dis:2010": ("Medication dispensed", "eDispensation"),
    "urn:eHDSI:ed:discard:2020": ("Discard Medication dispensed", "eDispensation Discard"),
}
"""How OpenNCP (XDRConstants) names class and type of a submission, by format; others have the type's own title."""


@dataclass(frozen=True, slots=True)
class ProvideAnswer:
    """A peer's answer. ``status`` None: it gave none that is known, which is no success."""

    status: Status | None
    problems: tuple[Remark, ...]

    @property
    def accepted(self) -> bool:
        """The one answer by which something took effect: Success, and no error beside it.

        An error without severity is one (OpenNCP answers an unknown format so).
        """
        return self.status == "Success" and all(problem.severity == "Warning" for problem in self.problems)

    @property
    def contradicts_itself(self) -> bool:
        """No status that is known, or Success beside an error: whether it took effect nobody can read from it."""
        return not self.accepted and self.status != "Failure"


def read_provide(body: Element, attachments: Mapping[str, bytes]) -> ProvideDocuments:
    """The submission, its documents inline or among the envelope's attachments.

    Raises BodyElementUnknown, and RequestMalformed with the name of the field that is absent, repeated or unreadable.
    """
    if body.tag != PROVIDE:
        raise BodyElementUnknown
    objects = _RIM.one(_LCM.one(body, "SubmitObjectsRequest"), "RegistryObjectList")
    package = _RIM.one(objects, "RegistryPackage")
    entries = _RIM.all(objects, "ExtrinsicObject")
    contents = _contents(body, attachments)
    if not 1 <= len(entries) <= _MOST or {e.get("id", "") for e in entries} != contents.keys():
        raise RequestMalformed("Document")
    _check_members(objects, package, entries)
    named = [*(_patient_of(e, PATIENT_ID) for e in entries), _patient_of(package, _SET_PATIENT)]
    documents = tuple(_document(entry, contents[entry.get("id", "")]) for entry in entries)
    about = {document.patient for document in documents}
    slots = _slots(package)
    return ProvideDocuments(
        submission_set=_identified(package, _SET_ID) or _absent("XDSSubmissionSet.uniqueId"),
        documents=documents,
        further_patients=tuple(dict.fromkeys(one for one in named if one is not None and one not in about)),
        author=_author(package),
        submitted=_only(slots, "submissionTime"),
        source=_identified(package, _SET_SOURCE),
    )


def write_provide(request: ProvideDocuments, types: DocumentTypes, sender: Sender) -> bytes:
    """The submission, its documents as inline base64; ids inside are new ones.

    KeyError for a class and format that do not belong together; ValueError without documents.
    """
    if not request.documents:
        raise ValueError("a submission has a document")
    kinds = [types.of_format(document.class_code, document.format_code) for document in request.documents]
    entries = [_entry_view(*one, types, sender) for one in zip(request.documents, kinds, strict=True)]
    package = {"id": _new_urn(sender), **_package_view(request, kinds[0], types)}
    view = {"entries": entries, "package": package, "new": partial(_new_urn, sender)}
    head, *tails = render("provide", view).split(_PLACE)
    pieces = [head]
    for document, tail in zip(request.documents, tails, strict=True):
        pieces += [binascii.b2a_base64(document.content, newline=False), tail]
    return b"".join(pieces)


def write_provided(reply: ProvideReply) -> bytes:
    """The answer to a submission that took effect, whole. ValueError for an error among its warnings."""
    if any(warning.severity != "Warning" for warning in reply.warnings):
        raise ValueError("a submission takes effect or is refused: ITI-41 has no partial success")
    return render("provided", answer_view("Success", reply.warnings))


def write_provide_refusal(row: RefusalRow) -> bytes:
    """The answer to a refused submission: Failure, and one RegistryError with severity, code and text."""
    return render("provided", refusal_view(row))


def read_provided(body: Element) -> ProvideAnswer:
    """A peer's answer. Raises AnswerMalformed for another message."""
    if body.tag != PROVIDED:
        raise AnswerMalformed("RegistryResponse")
    return ProvideAnswer(read_status(body), read_problems(body))


def _contents(body: Element, attachments: Mapping[str, bytes]) -> dict[str, bytes]:
    """Every document by the id of its entry."""
    contents: dict[str, bytes] = {}
    for element in _XDS.all(body, "Document"):
        content = read_binary(element, attachments)
        name = _XDS.attribute(element, "id", "Document")
        if not content or contents.setdefault(name, content) is not content:
            raise RequestMalformed("Document")
    return contents


def _check_members(objects: Element, package: Element, entries: Sequence[Element]) -> None:
    """Each entry has an id of its own and is a member of the one submission set."""
    source = _RIM.attribute(package, "id", "RegistryPackage")
    ids = [_RIM.attribute(entry, "id", "ExtrinsicObject") for entry in entries]
    members = {
        link.get("targetObject")
        for link in _RIM.all(objects, "Association")
        if (link.get("associationType"), link.get("sourceObject")) == (_MEMBER, source)
    }
    if len({*ids, source}) <= len(ids) or not members.issuperset(ids):
        raise RequestMalformed("Association")


def _document(entry: Element, content: bytes) -> ProvidedDocument:
    slots, codes = _slots(entry), _codes(entry)
    patient = read_cx(_only(slots, "sourcePatientId") or "")
    return ProvidedDocument(
        content=content,
        class_code=codes.get(CLASS_CODE) or _absent("classCode"),
        format_code=codes.get(FORMAT_CODE) or _absent("formatCode"),
        type_code=codes.get(TYPE_CODE),
        patient=patient or _unreadable("sourcePatientId"),
        unique_id=_identified(entry, UNIQUE_ID),
        language=_only(slots, "languageCode"),
        created=_only(slots, "creationTime"),
        mime_type=entry.get("mimeType", "").strip(XML_BLANKS),
        patient_facts=tuple(slots.get("sourcePatientInfo", ())),
    )


def _slots(item: Element) -> dict[str, list[str]]:
    slots: dict[str, list[str]] = {}
    for slot in _RIM.all(item, "Slot"):
        name = _RIM.attribute(slot, "name", "Slot")
        if name in slots:
            raise RequestMalformed("Slot")
        slots[name] = slot_values(slot)
    return slots


def _only(slots: Mapping[str, Sequence[str]], name: str) -> str | None:
    """The one value of a slot; None where it is absent or blank."""
    values = slots.get(name, ())
    if len(values) > 1:
        raise RequestMalformed(name)
    return values[0] or None if values else None


def _codes(entry: Element) -> dict[str, str]:
    """Codes of an entry by their scheme: class, type and format stand once."""
    codes: dict[str, str] = {}
    for fact in _RIM.all(entry, "Classification"):
        scheme = fact.get("classificationScheme", "")
        if scheme in codes and scheme in (CLASS_CODE, TYPE_CODE, FORMAT_CODE):
            raise RequestMalformed("Classification")
        codes[scheme] = fact.get("nodeRepresentation", "").strip(XML_BLANKS)
    return codes


def _identified(item: Element, scheme: str) -> str | None:
    """The external identifier of that scheme; None where it is absent."""
    found = [e for e in _RIM.all(item, "ExternalIdentifier") if e.get("identificationScheme") == scheme]
    if len(found) > 1:
        raise RequestMalformed("ExternalIdentifier")
    return _RIM.attribute(found[0], "value", "ExternalIdentifier") if found else None


def _patient_of(item: Element, scheme: str) -> PatientIdentifier | None:
    value = _identified(item, scheme)
    return None if value is None else read_cx(value) or _unreadable("patientId")


def _author(package: Element) -> SubmissionAuthor | None:
    for fact in _RIM.all(package, "Classification"):
        if fact.get("classificationScheme") == _SET_AUTHOR:
            slots = _slots(fact)
            institution, person = _only(slots, "authorInstitution"), _only(slots, "authorPerson")
            return None if institution is None or person is None else SubmissionAuthor(institution, person)
    return None


def _absent(name: str) -> str:
    raise RequestMalformed(name)


def _unreadable(name: str) -> PatientIdentifier:
    raise RequestMalformed(name)


def _new_urn(sender: Sender) -> str:
    return f"urn:uuid:{sender.new_id()}"


def _entry_view(
    document: ProvidedDocument, kind: DocumentType, types: DocumentTypes, sender: Sender
) -> Mapping[str, object]:
    """An entry as the template prints it; a slot or identifier without a value is left out."""
    names = _NAMES.get(kind.format_code, (kind.title, kind.title))
    shown = dict(zip((CLASS_CODE, TYPE_CODE), names, strict=True))
    slots = {
        "creationTime": (document.created,),
        "languageCode": (document.language,),
        "sourcePatientId": (document.patient.cx(),),
        "sourcePatientInfo": document.patient_facts or (None,),
    }
    identifiers = (
        (PATIENT_ID, PATIENT_ID_NAME, document.patient.cx()),
        (UNIQUE_ID, UNIQUE_ID_NAME, document.unique_id),
    )
    facts = [
        (scheme, fact if scheme not in shown else CodedFact(code=fact.code, system=fact.system, display=shown[scheme]))
        for scheme, fact in facts_of(kind, "N", types, sender)
        if scheme != TYPE_CODE or document.type_code is not None
    ]
    return {
        "id": _new_urn(sender),
        "mime_type": document.mime_type,
        "object_type": types.object_type,
        "slots": {name: values for name, values in slots.items() if None not in values},
        "classifications": [{"scheme": scheme, "fact": fact} for scheme, fact in facts],
        "identifiers": [{"scheme": s, "name": name, "value": value} for s, name, value in identifiers if value],
    }


def _package_view(request: ProvideDocuments, kind: DocumentType, types: DocumentTypes) -> Mapping[str, object]:
    identifiers = (
        (_SET_ID, "XDSSubmissionSet.uniqueId", request.submission_set),
        (_SET_PATIENT, "XDSSubmissionSet.patientId", request.documents[0].patient.cx()),
        (_SET_SOURCE, "XDSSubmissionSet.sourceId", request.source),
    )
    return {
        "submitted": request.submitted,
        "title": kind.title,
        "author": request.author,
        "author_scheme": _SET_AUTHOR,
        "content": {
            "scheme": _SET_CONTENT,
            "fact": CodedFact(code=kind.class_code, system=types.class_system, display=kind.title),
        },
        "identifiers": [{"scheme": s, "name": name, "value": value} for s, name, value in identifiers if value],
    }
