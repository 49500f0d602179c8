"""Small Schematron schemas of our own, compiled; an artefact folder of our own around them."""

from collections.abc import Mapping
from pathlib import Path

from transformers.model.finding import Finding
from transformers.validation.schematron import Compiled, SchematronValueSet, read_schema
from trust.xml import parse

HL7 = "urn:hl7-org:v3"
_NAMESPACES = (
    f'<ns prefix="hl7" uri="{HL7}"/><ns prefix="cda" uri="{HL7}"/>'
    '<ns prefix="xs" uri="http://www.w3.org/2001/XMLSchema"/>'
)


def schematron(*content: str) -> str:
    """A schema around patterns and declarations."""
    return (
        '<schema xmlns="http://purl.oclc.org/dsdl/schematron" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
        f'queryBinding="xslt2">{_NAMESPACES}{"".join(content)}</schema>'
    )


class ValueSetTable:
    """Value sets from a table."""

    def __init__(self, table: Mapping[str, SchematronValueSet]) -> None:
        self._table = table

    def find(self, oid: str) -> SchematronValueSet | None:
        return self._table.get(oid)


def compiled(
    *content: str,
    files: Mapping[str, str] | None = None,
    value_sets: Mapping[str, SchematronValueSet] | None = None,
    phase: str | None = None,
) -> Compiled:
    """A schema compiled; ``files`` are what it may include, by path."""
    there = {"main.sch": schematron(*content), **(files or {})}
    schema = read_schema("main.sch", lambda path: parse(there[path].encode()), phase)
    return Compiled(schema, ValueSetTable(value_sets or {}))


def findings(rules: Compiled, document: str | bytes) -> list[Finding]:
    """What the rules find in a document."""
    return rules.run(parse(document if isinstance(document, bytes) else document.encode()))


def texts(rules: Compiled, document: str | bytes) -> list[str]:
    """The messages alone, in order."""
    return [finding.text for finding in findings(rules, document)]


LAX_XSD = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"
    targetNamespace="{HL7}" elementFormDefault="qualified">
  <xs:element name="ClinicalDocument"><xs:complexType><xs:sequence>
    <xs:any namespace="##any" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>
  </xs:sequence></xs:complexType></xs:element>
  <xs:element name="effectiveTime"><xs:complexType>
    <xs:attribute name="value" type="xs:gYear" use="required"/></xs:complexType></xs:element>
</xs:schema>"""
"""A schema of our own: anything in a ClinicalDocument, an effectiveTime needs a year."""


def artefact_folder(root: Path, **schematrons: str) -> Path:
    """An artefact folder with the lax XSD and the given schemas by name (``PatientSummary=schematron(…)``)."""
    xsd = root / "xsd" / "cda"
    xsd.mkdir(parents=True)
    (xsd / "CDA_Pharma.xsd").write_text(LAX_XSD, "utf-8")
    wave = root / "schematron" / "wave8-20240101T000000"
    (wave / "include").mkdir(parents=True)
    for name, text in schematrons.items():
        (wave / f"epsos-{name}.sch").write_text(text, "utf-8")
    return root


def clinical_document(
    template: str | None = "3", code: str | None = "60591-5", body: str = "structuredBody", more: str = ""
) -> bytes:
    """A ClinicalDocument of nothing but what tells its kind; ``template`` is the last arc of the eHDSI template OID."""
    templated = "" if template is None else f'<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.1.{template}"/>'
    coded = "" if code is None else f'<code code="{code}" codeSystem="2.16.840.1.113883.6.1"/>'
    return (
        f'<ClinicalDocument xmlns="{HL7}">{templated}{coded}{more}<component><{body}/></component></ClinicalDocument>'
    ).encode()
