"""A validation service of the EU's Interoperability Test Bed: its two calls read, its answers printed.

GITB validation service API (namespace http://www.gitb.com/vs/v1/), SOAP 1.1: ``getModuleDefinition`` and ``validate``
with one input, ``document``, as text or in base64. A report is a TAR of http://www.gitb.com/tr/v1/. What an input names
by a URI is never fetched.
"""

from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from gateway.errors import RequestMalformed
from gateway.wire.printing import render
from transformers.model.finding import Finding, Severity
from trust.xml import ANSWER, Element, XmlRefused, parse

INPUT: Final = "document"
_SOAP: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
_SERVICE: Final = "{http://www.gitb.com/vs/v1/}"
_CORE: Final = "{http://www.gitb.com/core/v1/}"
_KINDS: Final = {Severity.INFO: "info", Severity.WARNING: "warning", Severity.ERROR: "error", Severity.FATAL: "error"}


@dataclass(frozen=True, slots=True)
class GitbCall:
    """``document`` is None where the module's definition is asked for."""

    document: bytes | None


def read_call(content: bytes) -> GitbCall:
    """A SOAP message of the API. Raises RequestMalformed, which names what is wrong or missing."""
    try:
        root = parse(content, ANSWER)
    except XmlRefused as refused:
        raise RequestMalformed("Envelope") from refused
    body = root.find(f"{_SOAP}Body") if root.tag == f"{_SOAP}Envelope" else None
    call = None if body is None else next(iter(body), None)
    if call is None:
        raise RequestMalformed("Body")
    if call.tag == f"{_SERVICE}GetModuleDefinitionRequest":
        return GitbCall(None)
    if call.tag != f"{_SERVICE}ValidateRequest":
        raise RequestMalformed("ValidateRequest")
    return GitbCall(_document_of(call))


def _document_of(call: Element) -> bytes:
    inputs = [one for one in call if _local(one) == "input" and one.get("name") == INPUT]
    if len(inputs) != 1:
        raise RequestMalformed(f"input[@name='{INPUT}']")
    value = inputs[0].find(f"{_CORE}value")
    text = "" if value is None else value.text or ""
    if not text.strip():
        raise RequestMalformed("value")
    how = inputs[0].get("embeddingMethod", "STRING")
    if how == "STRING":
        return text.strip().encode()
    if how != "BASE64":
        raise RequestMalformed("embeddingMethod")
    try:
        return b64decode("".join(text.split()), validate=True)
    except (NotBase64, ValueError) as fault:
        raise RequestMalformed("value") from fault


def print_report(findings: Iterable[Finding], *, checked: bool, at: datetime) -> bytes:
    """The answer to ``validate``. ``checked``: a layer could be run; without one the result is UNDEFINED."""
    items = [
        {
            "kind": _KINDS[finding.severity],
            "rule": finding.rule or finding.code,
            "text": finding.text,
            "path": finding.path,
        }
        for finding in findings
    ]
    errors = sum(item["kind"] == "error" for item in items)
    warnings = sum(item["kind"] == "warning" for item in items)
    clear = "WARNING" if warnings else "SUCCESS" if checked else "UNDEFINED"
    view = {
        "date": at.isoformat(timespec="seconds"),
        "result": "FAILURE" if errors else clear,
        "errors": errors,
        "warnings": warnings,
        "items": items,
    }
    return render("gitb_report", view)


def print_module(version: str) -> bytes:
    """The answer to ``getModuleDefinition``."""
    return render("gitb_module", {"version": version, "input": INPUT})


def print_fault(text: str) -> bytes:
    """A SOAP 1.1 fault of the caller."""
    return render("gitb_fault", {"text": text})


def print_wsdl(address: str) -> bytes:
    """What describes the service at that address (WSDL 1.1, document/literal)."""
    return render("gitb_wsdl", {"address": address})


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
