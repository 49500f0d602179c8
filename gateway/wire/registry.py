"""What answers to ITI-38, ITI-39 and ITI-41 share: status and RegistryErrorList (ebRS 3.0, IHE ITI TF-3 4.2.4)."""

from typing import Final, Literal

from gateway.configuration.refusals import RefusalForm, RefusalRow
from gateway.messages import Remark
from gateway.wire.elements import in_answer
from gateway.wire.names import RS
from trust.xml import XML_BLANKS, Element

Status = Literal["Success", "PartialSuccess", "Failure"]

_RS = in_answer(RS)
_STATUSES: Final[dict[str, Status]] = {
    "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success": "Success",
    "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure": "Failure",
    "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess": "PartialSuccess",
    # The ebXML form is in the field too, though neither ebRS nor IHE defines it.
    "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:PartialSuccess": "PartialSuccess",
}
_WRITTEN: Final[dict[Status, str]] = {
    "Success": "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Success",
    "Failure": "urn:oasis:names:tc:ebxml-regrep:ResponseStatusType:Failure",
    "PartialSuccess": "urn:ihe:iti:2007:ResponseStatusType:PartialSuccess",
}


def read_status(element: Element) -> Status | None:
    """The status of an answer; None when it is not there or not known: then it is no success."""
    return _STATUSES.get((element.get("status") or "").strip(XML_BLANKS))


def read_problems(element: Element) -> tuple[Remark, ...]:
    """The RegistryErrors below a RegistryResponse or AdhocQueryResponse. Anything but a warning is an error."""
    return tuple(
        Remark(
            code=error.get("errorCode", ""),
            severity="Warning" if error.get("severity", "").endswith("ErrorSeverityType:Warning") else "Error",
            text=" ".join(
                dict.fromkeys(filter(None, (error.get("codeContext", ""), (error.text or "").strip(XML_BLANKS))))
            ),
            location=error.get("location"),
        )
        for error in _RS.all(element, "RegistryErrorList/RegistryError")
    )


def status_of(*, something: bool, problems: tuple[Remark, ...]) -> Status:
    """The status our answer has: warnings leave it a Success, an error beside something to give makes it partial."""
    if not something and not problems:
        raise ValueError("an answer is never empty: it gives something or says why not")
    if all(problem.severity == "Warning" for problem in problems):
        return "Success"
    return "PartialSuccess" if something else "Failure"


def answer_view(status: Status, problems: tuple[Remark, ...]) -> dict[str, object]:
    """What the templates print of status and problems."""
    return {
        "status": _WRITTEN[status],
        "problems": problems,
        "highest": "Error" if any(problem.severity == "Error" for problem in problems) else "Warning",
    }


def refusal_view(row: RefusalRow) -> dict[str, object]:
    """The view of an answer that gives nothing but its reason."""
    if row.form is not RefusalForm.REGISTRY or row.status is None:
        raise ValueError("a row of another form")
    return answer_view(row.status, (row.problem(),))
