"""Documents to transcode and translate in place: small ones of given elements, and another way of counting codes."""

from functools import cache

from lxml import etree

from tests.support.machine.require import artefacts
from tests.support.persons import samples
from tests.support.terminology.packages import TABLES, facts
from transformers.terminology.coded_elements import PREFIXES
from transformers.terminology.compose import compose
from transformers.terminology.document_walk import Processed
from transformers.terminology.element_rules import ElementRules, read_coded_elements
from transformers.terminology.importers_csv import read_tables
from transformers.terminology.importers_package import read_package
from transformers.terminology.release import Release
from transformers.terminology.transcode_document import transcode_document
from transformers.terminology.translate_document import translate_document
from trust.xml import parse

RULES: dict[str, ElementRules] = dict(read_coded_elements(TABLES, facts()))
E = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
ICD10, ICD10_NO = "1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "2.16.578.1.12.4.1.1.7110"
SCT, REACTIONS_NO = "2.16.840.1.113883.6.96", "2.16.578.1.12.4.1.1.7497"
ATC, ATC_NO = "2.16.840.1.113883.6.73", "2.16.578.1.12.4.1.1.7180"
LOINC = "2.16.840.1.113883.6.1"
_TEMPLATES = {
    "ps-l3": ("3", "60591-5", "Patient summary Document"),
    "ep-l3": ("1", "57833-6", "Prescription for medication"),
    "ed": ("2", "60593-1", "Medication dispensed.extended Document"),
}


@cache
def catalogue() -> Release:
    """The whole central catalogue with the node's own tables, made once."""
    package = next(iter(sorted(artefacts("mvc").glob("*.tgz"))))
    return Release(compose([read_package(package, facts()), read_tables(TABLES, facts())], facts(), "mvc"))


def document(*body: str, kind: str = "ps-l3", header: str = "") -> bytes:
    """A document of a kind with one section whose entries are given."""
    number, code, display = _TEMPLATES[kind]
    return (
        '<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:pharm="urn:hl7-org:pharm"'
        ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f'<templateId root="1.3.6.1.4.1.12559.11.10.1.3.1.1.{number}"/><id root="1.2.3" extension="D1"/>'
        f'<code code="{code}" codeSystem="{LOINC}" displayName="{display}"/><title>Dokument</title>'
        f'<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25" displayName="normal"/>'
        f'<languageCode code="nb-NO"/>{header}'
        "<component><structuredBody><component><section><title>Ord</title>"
        '<text>Fortelling <content ID="a1">om <br/>alt</content></text>'
        f"{''.join(f'<entry>{entry}</entry>' for entry in body)}"
        "</section></component></structuredBody></component></ClinicalDocument>"
    ).encode()


def observation(template: str, *inside: str) -> str:
    """An observation of an eHDSI entry template."""
    return f'<observation><templateId root="{E}{template}"/>{"".join(inside)}</observation>'


def coded(
    code: str, system: str, display: str | None = None, inside: str = "", *, name: str = "value", **more: str
) -> str:
    """A coded element; ``more`` are further attributes (``codeSystemVersion``)."""
    attributes = {"code": code, "codeSystem": system, "displayName": display, **more}
    told = "".join(f' {key}="{value}"' for key, value in attributes.items() if value is not None)
    kind = ' xsi:type="CD"' if name == "value" else ""
    return f"<{name}{kind}{told}>{inside}</{name}>"


def problem(*value: str) -> bytes:
    """A patient summary with one problem."""
    return document(observation("7", *value))


def transcoded(content: bytes, release: Release | None = None) -> Processed:
    """Transcoded with the starter release, unless said."""
    return transcode_document(content, RULES, release or samples.release())


def translated(content: bytes, language: str = "nb", release: Release | None = None) -> Processed:
    """Translated with the starter release, unless said."""
    return translate_document(content, RULES, release or samples.release(), language)


def one(content: bytes, path: str = "//hl7:observation/hl7:value") -> etree._Element:
    """The one element at an XPath."""
    (found,) = parse(content).xpath(path, namespaces=PREFIXES)
    return found


def said(element: etree._Element) -> tuple[str | None, str | None, str | None]:
    """Code, system and display of an element."""
    return element.get("code"), element.get("codeSystem"), element.get("displayName")


def layers(element: etree._Element) -> list[tuple[str | None, str | None, str | None]]:
    """The element and its translations, from the outside in."""
    return [said(element), *(said(t) for t in element.iter("{urn:hl7-org:v3}translation"))]


def coded_paths(content: bytes, kind: str) -> set[etree._Element]:
    """Every coded element and unit as XPath finds them, by the table's own paths and a sweep."""
    root = parse(content)
    outside = "[not(ancestor-or-self::hl7:translation)]"
    found = {("code", e) for e in root.xpath(f"//*[@codeSystem]{outside}", namespaces=PREFIXES)}
    found |= {("unit", e) for e in root.xpath(f"//*[@unit]{outside}", namespaces=PREFIXES)}
    for rule in RULES[kind].rules:
        if rule.what != "unit":
            named = root.xpath(f"{rule.path}[@code or @nullFlavor]{outside}", namespaces=PREFIXES)
            found |= {("code", e) for e in named}
    return {(what, root.getroottree().getpath(e)) for what, e in found}
