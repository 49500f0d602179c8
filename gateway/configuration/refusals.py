"""Refusals are data: types and loader of ``config/refusals.toml``.

One row per transaction and leaf class of the two error trees: form, eHDSI code, texts; a code per other family of
documents for each code that names the patient summary; and a row for each code by which Reseptformidleren rejects.
Codes as OpenNCP 9 has them (OpenNCPErrorCode); XCPD issues as IHE ITI TF-2 3.55. How a row looks on the wire is wire's.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from pydantic import Field

import gateway.errors
import trust.errors
from gateway.configuration.closed import StrictTable, parsed_toml, read_as_settings
from gateway.configuration.document_types import Family
from gateway.messages import Remark

_Text = Field(min_length=1, max_length=200)
_OK, _SERVER_ERROR = 200, 500
# SOAP 1.2 (part 2, table 20) has 400 for a fault of the sender; 500 is the status at which OpenNCP 8 reads a fault. It
# is sent at 500 unless its row says otherwise, pinned by tests/strangers/refusals.py.
_OF_SUMMARIES = "_PS_"


class Transaction(StrEnum):
    """What was asked, as far as it is known; ``TLS`` is the handshake before anything was asked."""

    FIND_PATIENT = "ITI-55"
    FIND_DOCUMENTS = "ITI-38"
    RETRIEVE = "ITI-39"
    PROVIDE = "ITI-41"
    UNKNOWN = "unknown"
    TLS = "tls"


class RefusalForm(StrEnum):
    """How a refusal looks: an XCPD answer, a RegistryErrorList, a SOAP fault or a TLS alert."""

    XCPD = "xcpd"
    REGISTRY = "registry"
    FAULT = "fault"
    TLS = "tls"


FaultCode = Literal["Sender", "Receiver", "MustUnderstand", "VersionMismatch"]
Severity = Literal["Error", "Warning"]


@dataclass(frozen=True, slots=True)
class Issue:
    """What stands in an XCPD detectedIssueEvent: its code, and the issue under mitigatedBy, triggerFor or nowhere."""

    code: str
    system: str
    kind: Literal["mitigatedBy", "triggerFor", "none"]
    event: str
    event_system: str


class RejectionStep(StrEnum):
    """What becomes of a prescription that was taken, after a rejection."""

    NOT_TAKEN = "not-taken"
    RELEASE = "release"
    TAKE_AGAIN = "take-again"
    ASK = "ask"
    SHORTEN = "shorten"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class RejectionRow:
    """What codes of a national receipt that rejects mean (Volven 7419)."""

    codes: tuple[str, ...]
    """None: every code that no other row has."""
    step: RejectionStep
    code: str
    """What a submitted dispensation is answered."""
    text: str
    """For the pharmacist abroad, English."""
    operator: str
    retryable: bool
    alarm: bool
    """The operator is to look at once."""
    cause: str | None
    """Whose row answers a question about documents in place of NationalRejected's."""


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """The answer to one cause in one transaction; what its form does not need is None."""

    transaction: Transaction
    cause: str
    form: RefusalForm
    code: str
    severity: Severity
    text: str
    """For the clinician abroad, English."""
    operator: str
    """For the one who runs this node."""
    retryable: bool
    http_status: int
    status: Literal["Failure", "PartialSuccess", "Success"] | None = None
    fault: FaultCode | None = None
    issue: Issue | None = None
    acknowledgement: Literal["AA", "AE"] | None = None
    response: Literal["OK", "NF", "AE"] | None = None
    follows: str | None = None
    why: str | None = None
    trc_code: str | None = None
    """Replaces ``code`` when the refused assertion is the TRC."""

    def problem(self, location: str | None = None) -> Remark:
        """The row as a remark in an answer that has something else to give, too."""
        return Remark(self.code, self.severity, self.text, location)


class _Defaults(StrictTable):
    form: Literal["xcpd", "registry", "fault", "tls"]
    severity: Severity
    status: Literal["Failure", "PartialSuccess", "Success"] | None = None
    acknowledgement: Literal["AA", "AE"] | None = None
    response: Literal["OK", "NF", "AE"] | None = None


class _IssueCode(StrictTable):
    system: str
    kind: Literal["mitigatedBy", "triggerFor", "none"]


class _Issues(StrictTable):
    event: str
    event_system: str
    codes: dict[str, _IssueCode]
    follows: str
    why: str


class _Block(StrictTable):
    causes: list[str] = Field(min_length=1)
    transactions: list[str] = Field(default=[t.value for t in Transaction if t is not Transaction.TLS])
    code: str | dict[str, str]
    fault_code: str | None = None
    trc_code: str | None = None
    form: Literal["fault"] | None = None
    fault: FaultCode | None = None
    http_status: int = _SERVER_ERROR
    issue: str | None = None
    acknowledgement: Literal["AA", "AE"] | None = None
    response: Literal["OK", "NF", "AE"] | None = None
    retryable: bool = False
    text: str = _Text
    operator: str = _Text
    follows: str | None = None
    why: str | None = None


class _Rejection(StrictTable):
    codes: list[str]
    step: RejectionStep = Field(alias="next", strict=False)
    code: str
    cause: str | None = Field(default=None, alias="as")
    retryable: bool = False
    alarm: bool = False
    text: str = _Text
    operator: str = _Text


class _RefusalsFile(StrictTable):
    transaction: dict[str, _Defaults]
    issues: _Issues
    family: dict[Family, dict[str, str]]
    refusal: list[_Block]
    rejection: list[_Rejection]


class Refusals:
    """The whole table; a row for every cause of every transaction, or it does not load."""

    def __init__(
        self,
        rows: Mapping[tuple[Transaction, str], RefusalRow],
        of_family: Mapping[Family, Mapping[str, str]],
        rejections: tuple[RejectionRow, ...],
    ) -> None:
        self._rows = dict(rows)
        self.rejections = rejections
        self._of_family: dict[str, Mapping[str, str]] = {"PS": {}, **{str(f): codes for f, codes in of_family.items()}}

    def __iter__(self) -> Iterator[RefusalRow]:
        return iter(self._rows.values())

    def row(
        self, transaction: Transaction, cause: gateway.errors.Refusal | trust.errors.TrustError, family: str = "PS"
    ) -> RefusalRow:
        """The row of a raised refusal. A class outside the two closed trees is a KeyError: a fault of ours.

        ``family`` of the documents it is about (`document_types.toml`): its code replaces one that names the summary.
        """
        name = type(cause).__name__
        if isinstance(cause, gateway.errors.NationalRejected):
            rejected = self.rejection(cause.codes)
            if transaction is Transaction.PROVIDE:
                return _as_rejected(self._rows[transaction, name], rejected, cause.codes)
            name = rejected.cause or name
        row = self._rows[transaction, name]
        row = replace(row, code=self._of_family[family].get(row.code, row.code))
        is_trc = isinstance(cause, trust.errors.AssertionRefused) and cause.kind == "trc"
        if is_trc and row.trc_code and row.form is not RefusalForm.FAULT:
            return replace(row, code=row.trc_code)
        return row

    def rejection(self, codes: Collection[str]) -> RejectionRow:
        """What a national receipt with these codes means: the first row that has one of them, else every other's."""
        own = (row for row in self.rejections if not set(codes).isdisjoint(row.codes))
        return next(own, next(row for row in self.rejections if not row.codes))


def _as_rejected(row: RefusalRow, rejected: RejectionRow, codes: Collection[str]) -> RefusalRow:
    """A submission that was rejected: what the receipt means; after ``^``, as OpenNCP writes it, the country's own."""
    text = f"{rejected.text}^Reseptformidleren {' '.join(codes)}" if codes else rejected.text
    return replace(row, code=rejected.code, text=text, operator=rejected.operator, retryable=rejected.retryable)


def _rejections(file: _RefusalsFile, known: set[str]) -> tuple[RejectionRow, ...]:
    """Its rows; ValueError for a code in two, for no or several rows of every other code, for a cause that is none."""
    rows = tuple(
        RejectionRow(tuple(one.codes), one.step, one.code, one.text, one.operator, one.retryable, one.alarm, one.cause)
        for one in file.rejection
    )
    codes = [code for row in rows for code in row.codes]
    if doubled := {code for code in codes if codes.count(code) > 1}:
        raise ValueError(f"two rejection rows for {sorted(doubled)}")
    if sum(not row.codes for row in rows) != 1:
        raise ValueError("rejection rows need one without codes, for every other code")
    if unknown := {row.cause for row in rows if row.cause is not None} - known:
        raise ValueError(f"a rejection row as a cause that is none: {sorted(map(str, unknown))}")
    return rows


def leaves(root: type[Exception]) -> set[str]:
    """Names of the leaf classes of a closed tree, as far as its own module defines them."""
    below = [c for c in root.__subclasses__() if c.__module__ in ("gateway.errors", "trust.errors")]
    return set().union(*(leaves(c) for c in below)) if below else {root.__name__}


def causes(transaction: Transaction) -> set[str]:
    """The causes that need a row in that transaction: a TLS handshake knows certificates alone."""
    if transaction is Transaction.TLS:
        return leaves(trust.errors.CertificateRefused)
    return leaves(gateway.errors.Refusal) | leaves(trust.errors.TrustError)


@lru_cache(maxsize=8)  # a node reads the same table when it asks of itself whether it fits, and when it is built
def read_refusals(text: str) -> Refusals:
    """The table in the TOML given; ValueError (pydantic's included) names what is missing, doubled or misfit."""
    file = _RefusalsFile.model_validate(parsed_toml(text))
    rows: dict[tuple[Transaction, str], RefusalRow] = {}
    for block in file.refusal:
        for transaction in map(Transaction, block.transactions):
            for cause in block.causes:
                if (transaction, cause) in rows:
                    raise ValueError(f"two refusal rows for {transaction} {cause}")
                rows[transaction, cause] = _row(file, block, transaction, cause)
    needed = {(transaction, cause) for transaction in Transaction for cause in causes(transaction)}
    if missing := needed - rows.keys():
        raise ValueError(f"no refusal row for {sorted(missing)}")
    if unknown := rows.keys() - needed:
        raise ValueError(f"a refusal row for no cause: {sorted(unknown)}")
    _check_families(file, {row.code for row in rows.values() if _OF_SUMMARIES in row.code})
    return Refusals(rows, file.family, _rejections(file, {cause for _, cause in rows}))


def _check_families(file: _RefusalsFile, of_summaries: set[str]) -> None:
    """ValueError unless every family but the summary's replaces every code that names the summary, and no other."""
    for family in get_args(Family):
        wanted = set() if family == "PS" else of_summaries
        if differ := wanted ^ file.family.get(family, {}).keys():
            raise ValueError(f"codes of family {family} are not those of the refusals: {sorted(differ)}")


def load_refusals(path: Path) -> Refusals:
    """The table in the file ``path``. Raises SettingsError naming file and key."""
    return read_as_settings(path, lambda: read_refusals(path.read_text(encoding="utf-8")))


def _row(file: _RefusalsFile, block: _Block, transaction: Transaction, cause: str) -> RefusalRow:
    defaults = file.transaction[transaction]
    form = RefusalForm(block.form or defaults.form)
    code = block.code if isinstance(block.code, str) else block.code.get(transaction)
    if code is None:
        raise ValueError(f"no code for {transaction} {cause}")
    row = RefusalRow(
        transaction=transaction,
        cause=cause,
        form=form,
        code=code,
        severity=defaults.severity,
        text=block.text,
        operator=block.operator,
        retryable=block.retryable,
        http_status=_OK,
        follows=block.follows,
        why=block.why,
        trc_code=block.trc_code,
    )
    return _shaped(row, file, block, defaults)


def _shaped(row: RefusalRow, file: _RefusalsFile, block: _Block, defaults: _Defaults) -> RefusalRow:
    """The row with what its form needs; ValueError when the file does not give it."""
    where = f"{row.transaction} {row.cause}"
    if row.form is RefusalForm.FAULT:
        code = block.fault_code or row.code
        if block.fault is None or not code.isidentifier():
            raise ValueError(f"a fault needs `fault` and a code that is a name: {where}")
        return replace(row, code=code, fault=block.fault, http_status=block.http_status)
    if row.form is RefusalForm.REGISTRY:
        if defaults.status is None:
            raise ValueError(f"a registry answer needs a status: {where}")
        return replace(row, status=defaults.status)
    if row.form is RefusalForm.XCPD:
        acknowledgement = block.acknowledgement or defaults.acknowledgement
        response = block.response or defaults.response
        if block.issue is None or acknowledgement is None or response is None:
            raise ValueError(f"an XCPD answer needs issue, acknowledgement and response: {where}")
        return replace(row, issue=_issue(file, block.issue), acknowledgement=acknowledgement, response=response)
    return row


def _issue(file: _RefusalsFile, code: str) -> Issue:
    of_code = file.issues.codes.get(code)
    if of_code is None:
        raise ValueError(f"no issue {code}")
    return Issue(code, of_code.system, of_code.kind, file.issues.event, file.issues.event_system)
