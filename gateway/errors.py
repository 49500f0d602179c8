"""Why the node refuses: a closed tree, one class per reason, fields and no prose.

    Refusal
    ├── MessageRefused     what the message alone decides: 0 national calls
    ├── AdmissionRefused   policy decides: 0 national calls
    ├── IdentityRefused    the person register and the privacy services decided
    ├── DocumentRefused    which document, whose
    ├── DispensationRefused  what was handed out abroad, or its discard, cannot be taken
    ├── NationalRefused    a national service did not answer as it must
    ├── MeaningRefused     the document could not be made well
    └── NodeRefused        our own state

`trust/errors.py` has the other half of the tree. `config/refusals.toml` gives each leaf of both, per transaction, the
form, the eHDSI code, severity, status and the text for the foreigner; a test fails for a leaf without a row or a row
without a leaf. No field holds personal data; ``kind`` and ``field`` of a class say which assertion and which of its
fields breaks the rule that the class names, as in trust's half.
"""

from dataclasses import dataclass


class Refusal(Exception):
    """Base of everything the node itself refuses with."""

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({fields})"


class MessageRefused(Refusal):
    """What the message alone decides."""


@dataclass
class BodyTooLarge(MessageRefused):
    """The HTTP body is over the limit in bytes."""

    limit: int


class BodyTooSlow(MessageRefused):
    """The HTTP body did not arrive within the deadline."""


class MediaTypeUnsupported(MessageRefused):
    """Neither application/soap+xml (text/xml) nor multipart/related."""


class MultipartMalformed(MessageRefused):
    """A multipart body outside RFC 2387 or our limits; a part missing, repeated or unused."""


class SoapMalformed(MessageRefused):
    """Not a SOAP 1.2 envelope with one body element."""


class SoapVersionUnknown(MessageRefused):
    """An envelope of another version than SOAP 1.2."""


class BodyElementUnknown(MessageRefused):
    """The body's root element belongs to no transaction of this service."""


class NotUnderstood(MessageRefused):
    """A header with mustUnderstand that is not WS-Addressing or WS-Security."""


@dataclass
class RequestMalformed(MessageRefused):
    """The body element lacks or repeats something its transaction needs; ``field`` names it."""

    field: str


@dataclass
class AnswerMalformed(MessageRefused):
    """A peer's answer lacks or repeats something its transaction needs; ``field`` names it."""

    field: str


class ReceiverWrong(MessageRefused):
    """XCPD receiver, or HomeCommunityId of a retrieve, is not this community."""


class SenderWrong(MessageRefused):
    """XCPD sender is not the home community registered for the caller's country."""


class PatientIdentifierMissing(MessageRefused):
    """No livingSubjectId: demographics alone are not enough."""


class PatientIdentifierInvalid(MessageRefused):
    """An identifier of a Norwegian system whose form or control digits are wrong."""


class QueryUnsupported(MessageRefused):
    """A stored query other than FindDocuments."""


class ClassCodeUnknown(MessageRefused):
    """No class code, or one this node does not serve."""


class FilterUnknown(MessageRefused):
    """A query filter with a value that cannot be read."""


class AdmissionRefused(Refusal):
    """Policy decides."""


class CountryADisabled(AdmissionRefused):
    """`country_a_enabled` is false."""


class CountryUnknown(AdmissionRefused):
    """The caller's country is not in the country directory."""


class ServiceNotAgreed(AdmissionRefused):
    """The service is not agreed with the caller's country."""


class PermissionMissing(AdmissionRefused):
    """The HCP assertion lacks a permission the transaction needs."""

    kind = "hcp"
    field = "urn:oasis:names:tc:xspa:1.0:subject:hl7:permission"


class RoleForbidden(AdmissionRefused):
    """The role may not use this transaction."""

    kind = "hcp"
    field = "urn:oasis:names:tc:xacml:2.0:subject:role"


class PatientDiffers(AdmissionRefused):
    """The request's patient identifier is not the TRC's."""

    kind = "trc"
    field = "urn:oasis:names:tc:xspa:1.0:subject:subject-id"


class NodeTooManyRequests(AdmissionRefused):
    """The pool of transactions is full."""


class IdentityRefused(Refusal):
    """The person register and the privacy services decided."""


class PatientUnknown(IdentityRefused):
    """No person with that identifier."""


class DemographicsDiffer(IdentityRefused):
    """Birth date or gender given by the asker is not the register's: answered as unknown."""


class PatientProtected(IdentityRefused):
    """Strictly confidential address (kode 6): answered as unknown."""


class PatientReserved(IdentityRefused):
    """Reserved against cross-border sharing: by policy answered as unknown."""


class PatientDeceased(IdentityRefused):
    """The register says deceased: by policy answered as unknown."""


class SharingBlocked(IdentityRefused):
    """The patient blocked a professional or restricted sharing: no clinical data may leave."""


class GuardianForbidden(IdentityRefused):
    """A next of kin asks, and the patient reserved herself against guardians' insight."""


class DocumentRefused(Refusal):
    """Which document, whose."""


class DocumentUnknown(DocumentRefused):
    """No document with that id, or it is no longer kept."""


class DocumentOfAnotherPatient(DocumentRefused):
    """The document is not of the TRC's patient: answered as unknown."""


class PrescriptionGone(DocumentRefused):
    """Listed, and may not be dispensed abroad any longer: recalled, expired, closed or changed since."""


class PrescriptionTaken(DocumentRefused):
    """Listed, and being dispensed by somebody else now."""


class PrescriptionDispensed(DocumentRefused):
    """Listed, and dispensed since, in whole or in part: the document no longer says what is left."""


class RepositoryUnknown(DocumentRefused):
    """RepositoryUniqueId is not ours."""


class DispensationRefused(Refusal):
    """What was handed out abroad, or its discard, cannot be taken: nothing took effect unless the class says so."""


class SubmissionUnknown(DispensationRefused):
    """Format, class, type, template and code do not tell one operation that we know."""


@dataclass
class DispensationUnreadable(DispensationRefused):
    """The document is no eDispensation that can be read, or contradicts itself; ``field`` names where."""

    field: str


@dataclass
class DispensationIncomplete(DispensationRefused):
    """The document does not state, or states impossibly, what a report stands on; ``field`` names it."""

    field: str


class ProductUnidentified(DispensationRefused):
    """Which product or package was handed out, or how much of it, cannot be told."""


class PrescriptionUnmatched(DispensationRefused):
    """No prescription of that id was listed to this country for this patient within the time set."""


class SubstitutionForbidden(DispensationRefused):
    """Another product was handed out where the prescriber or the law forbids it."""


class MoreThanLeft(DispensationRefused):
    """More was handed out than is left: it may be in the patient's hands."""


class DispensationRewritten(DispensationRefused):
    """A document of that id was taken before with other content."""


class DispensationDiscarded(DispensationRefused):
    """It was taken back, before or after it came: it is not reported again under this id."""


@dataclass
class DispensationLeftInForce(DispensationRefused):
    """The submission fell, and these of its ``documents`` could not be taken back: a person's case here."""

    documents: tuple[str, ...]


class DispensationUnsettled(DispensationRefused):
    """It was reported, and whether the report was accepted is not known yet."""


class DiscardUnmatched(DispensationRefused):
    """No dispensation of that id that this organisation may take back now: none, another's, too old, or not settled."""


@dataclass
class NationalRefused(Refusal):
    """A national service did not answer as it must; ``service`` is its port's name."""

    service: str


class NationalServiceDown(NationalRefused):
    """No connection, TLS failure, or an answer that says it is not serving."""


class NationalServiceSlow(NationalRefused):
    """No answer within the deadline."""


class NationalAnswerUnreadable(NationalRefused):
    """An answer outside its specification."""


class NationalAccessDenied(NationalRefused):
    """The service refuses us: token, scope or access basis."""


@dataclass
class NationalRejected(NationalRefused):
    """The service rejected our message by a receipt; ``codes`` are of its own lists (Volven 7419, 8221)."""

    codes: tuple[str, ...] = ()


class MeaningRefused(Refusal):
    """The document could not be made well."""


class RequiredMappingMissing(MeaningRefused):
    """A required coded element has no map."""


class DocumentInvalid(MeaningRefused):
    """The document we made breaks a rule that policy checks before it leaves."""


class NodeRefused(Refusal):
    """Our own state."""


@dataclass
class EvidenceUnavailable(NodeRefused):
    """The evidence row could not be written: no data leaves."""

    cause: str = ""
    """Class and code of what failed, ``OperationalError/SQLITE_FULL``; never its text, which may quote a row."""


@dataclass
class StoreUnavailable(NodeRefused):
    """The database does not answer, or refuses a statement."""

    cause: str = ""
    """Class and code of the driver's error; never its text, which may quote a row."""


class ClockAlone(NodeRefused):
    """Our clock tells another time than the other clocks we reach: what is in force now cannot be told."""


class MemoryForgotten(NodeRefused):
    """Whether the message came before was forgotten already, by a clock that was ahead or because ours is behind."""


class StoreTampered(NodeRefused):
    """A stored row does not authenticate: changed outside the node, or sealed under another key."""


class DispensingClosed(NodeRefused):
    """This node has no door by which a dispensing is reported: nothing was taken and nothing sent."""


class InternalFault(NodeRefused):
    """A fault of ours that no other class names."""
