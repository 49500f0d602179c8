"""Why a terminology request is refused: a closed tree, each with its HTTP status and FHIR issue type.

FHIR R4 OperationOutcome, value set issue-type. A code that is not valid is an answer, not an error.

OperationRefused
├── BodyUnreadable         400 structure       not UTF-8, not JSON, too deep
├── BundleRefused          400 structure       no batch, or an entry that cannot be read
├── ResourceUnexpected     400 invalid         another resource than the request needs
├── ParameterMissing       400 required
├── ParameterMalformed     400 value           another type, a control character, negative, too large
├── ParameterRepeated      400 invalid
├── ParametersContradict   400 invalid
├── ParameterUnsupported   422 not-supported   known or not: what we do not heed is never silently left out
├── TooCostly              422 too-costly      more members or entries than one answer carries
├── CodeSystemNotInRelease, CodeNotInRelease, ValueSetNotInRelease, ConceptMapNotInRelease   404 not-found
├── ResourceUnknown, WaveNotServed                                                           404 not-found
├── PathNotServed          404 not-supported   no such resource type or operation here
├── MethodForbidden        405 not-supported   nothing here is written
├── FormatUnacceptable     406 not-supported   JSON of FHIR R4 is what there is
├── RequestBodyTooSlow     408 timeout
├── RequestBodyTooLong     413 too-long
├── FormatUnsupported      415 not-supported   a body that is no FHIR JSON
├── NodeBusy               503 throttled
├── ReleaseUnavailable     503 transient
└── OperationFault         500 exception       our own
"""

import re
from dataclasses import dataclass
from typing import Any, ClassVar

_SHOWN = 120
UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
"""What no FHIR string holds."""


@dataclass
class OperationRefused(Exception):
    """Base; ``what`` names the parameter, code or system."""

    what: str = ""
    status: ClassVar[int]
    issue: ClassVar[str]
    says: ClassVar[str]

    def __str__(self) -> str:
        what = self.what if len(self.what) <= _SHOWN else self.what[:_SHOWN] + "…"
        return self.says.format(what=UNPRINTABLE.sub("?", what))


class BodyUnreadable(OperationRefused):
    """Not UTF-8, not JSON, too deep."""

    status, issue, says = 400, "structure", "The body is no JSON that can be read."


class BundleRefused(OperationRefused):
    """No batch, or an entry that cannot be read."""

    status, issue, says = 400, "structure", "The Bundle cannot be answered: {what}."


class ResourceUnexpected(OperationRefused):
    """Another resource than the request needs."""

    status, issue, says = 400, "invalid", "The body must be a {what}."


class ParameterMissing(OperationRefused):
    """A parameter the operation needs."""

    status, issue, says = 400, "required", "The parameter {what} is missing."


class ParameterMalformed(OperationRefused):
    """Another type, a control character, negative, too large."""

    status, issue, says = 400, "value", "The parameter {what} has a value that it cannot have."


class ParameterRepeated(OperationRefused):
    """Said twice where once is allowed."""

    status, issue, says = 400, "invalid", "The parameter {what} is given more than once."


class ParametersContradict(OperationRefused):
    """Two parameters that cannot both be meant."""

    status, issue, says = 400, "invalid", "The parameters contradict each other: {what}."


class ParameterUnsupported(OperationRefused):
    """A parameter that would not be heeded."""

    status, issue, says = 422, "not-supported", "The parameter {what} is not supported here."


class TooCostly(OperationRefused):
    """More than one answer carries."""

    status, issue, says = 422, "too-costly", "Too much for one answer: {what}."


class CodeSystemNotInRelease(OperationRefused):
    """The release has no such code system."""

    status, issue, says = 404, "not-found", "The code system {what} is not in the release in force."


class CodeNotInRelease(OperationRefused):
    """The code system has no such code, in that version."""

    status, issue, says = 404, "not-found", "The code {what} is not in the release in force."


class ValueSetNotInRelease(OperationRefused):
    """The release has no such value set, in that version."""

    status, issue, says = 404, "not-found", "The value set {what} is not in the release in force."


class ConceptMapNotInRelease(OperationRefused):
    """The release has no such concept map."""

    status, issue, says = 404, "not-found", "The concept map {what} is not in the release in force."


class ResourceUnknown(OperationRefused):
    """Nothing has that id."""

    status, issue, says = 404, "not-found", "There is no {what} in the release in force."


class WaveNotServed(OperationRefused):
    """A wave this node does not speak."""

    status, issue, says = 404, "not-found", "This node speaks no wave {what}."


class PathNotServed(OperationRefused):
    """No such resource type or operation here."""

    status, issue, says = 404, "not-supported", "There is no {what} here; /metadata says what there is."


class MethodForbidden(OperationRefused):
    """Nothing here is written."""

    status, issue, says = 405, "not-supported", "{what} is not supported here."


class FormatUnacceptable(OperationRefused):
    """Another format, or another version of FHIR, is asked for."""

    status, issue, says = 406, "not-supported", "Answers are application/fhir+json of FHIR 4.0, not {what}."


class RequestBodyTooSlow(OperationRefused):
    """The body did not come in time."""

    status, issue, says = 408, "timeout", "The body did not arrive in time."


class RequestBodyTooLong(OperationRefused):
    """The body is larger than allowed."""

    status, issue, says = 413, "too-long", "The body is larger than {what} bytes."


class FormatUnsupported(OperationRefused):
    """A body that is no FHIR JSON."""

    status, issue, says = 415, "not-supported", "A body is application/fhir+json in UTF-8."


class NodeBusy(OperationRefused):
    """As many requests as allowed are being answered."""

    status, issue, says = 503, "throttled", "Too many requests at once; ask again."


class ReleaseUnavailable(OperationRefused):
    """Which release is in force cannot be found out."""

    status, issue, says = 503, "transient", "The release in force cannot be read; ask again."


class OperationFault(OperationRefused):
    """Our own fault."""

    status, issue, says = 500, "exception", "The request met a fault of this node."


def outcome(reason: OperationRefused) -> dict[str, Any]:
    """The OperationOutcome of a refusal."""
    severity = "fatal" if reason.status == OperationFault.status else "error"
    issue = {"severity": severity, "code": reason.issue, "diagnostics": str(reason)}
    return {"resourceType": "OperationOutcome", "issue": [issue]}
