"""What a refusal must look like on the wire, by `config/refusals.toml` read as data: form, code, status and words."""

import tomllib
from pathlib import Path

from lxml import etree

from tests.strangers.client import NS, SOAP, Answer

TABLE = tomllib.loads((Path(__file__).parents[2] / "config" / "refusals.toml").read_text("utf-8"))
_SEVERITY = "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:"


def row(cause: str, transaction: str) -> dict:
    """The one row of that cause, with what its transaction adds."""
    (found,) = [
        row
        for row in TABLE["refusal"]
        if cause in row["causes"] and transaction in row.get("transactions", [transaction])
    ]
    code = found["code"]
    return {**TABLE["transaction"][transaction], **found, "code": code if isinstance(code, str) else code[transaction]}


def refused(answer: Answer, cause: str, transaction: str, *, trc: bool = False) -> None:
    """The answer is that row's, whole, and gives nothing else."""
    stated = row(cause, transaction)
    code = stated.get("trc_code", stated["code"]) if trc else stated["code"]
    if stated["form"] == "fault":
        _fault(answer, stated)
        return
    assert answer.status == 200
    assert (answer.patients, answer.entries, answer.documents) == ([], [], {})
    assert answer.codes == [code]
    if stated["form"] == "xcpd":
        _discovery(answer.body, stated)
    else:
        _registry(answer.body, stated, transaction)


def _fault(answer: Answer, stated: dict) -> None:
    assert answer.status == stated.get("http_status", 500)  # the status at which OpenNCP 8 reads a fault
    assert answer.body.tag == f"{{{SOAP}}}Fault"
    value = answer.body.findtext(f"{{{SOAP}}}Code/{{{SOAP}}}Value")
    subcode = answer.body.findtext(f"{{{SOAP}}}Code/{{{SOAP}}}Subcode/{{{SOAP}}}Value")
    text = answer.body.findtext(f"{{{SOAP}}}Reason/{{{SOAP}}}Text")
    assert value.rpartition(":")[2] == stated["fault"]
    assert subcode.rpartition(":")[2] == stated.get("fault_code", stated["code"])
    assert text == stated["text"]


def _discovery(body: etree._Element, stated: dict) -> None:
    """Detail and issue both: without the second, OpenNCP does not read the first."""
    assert body.tag == "{urn:hl7-org:v3}PRPA_IN201306UV02"
    assert body.find("v3:acknowledgement/v3:typeCode", NS).get("code") == stated["acknowledgement"]
    assert body.find(".//v3:queryResponseCode", NS).get("code") == stated["response"]
    assert body.findtext("v3:acknowledgement/v3:acknowledgementDetail/v3:text", "", NS) == stated["text"]
    event = body.find("v3:controlActProcess/v3:reasonOf/v3:detectedIssueEvent", NS)
    assert event.find("v3:code", NS).get("code") == TABLE["issues"]["event"]
    issue = TABLE["issues"]["codes"][stated["issue"]]
    below = {"mitigatedBy": "detectedIssueManagement", "triggerFor": "actOrderRequired"}[issue["kind"]]
    code = event.find(f"v3:{issue['kind']}/v3:{below}/v3:code", NS)
    assert (code.get("code"), code.get("codeSystem")) == (stated["issue"], issue["system"])


def _registry(body: etree._Element, stated: dict, transaction: str) -> None:
    response = body if transaction == "ITI-38" else body.find("rs:RegistryResponse", NS)
    assert response.get("status").rpartition(":")[2] == stated["status"]
    (error,) = response.findall("rs:RegistryErrorList/rs:RegistryError", NS)
    assert error.get("severity") == _SEVERITY + stated["severity"]
    assert error.get("codeContext") == stated["text"]
