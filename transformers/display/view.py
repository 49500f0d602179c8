"""A clinical document as a reader needs it: header, sections, entries with the English beside the original.

Works on any eHDSI CDA of waves 2 to 9, ours or another country's: it shows every coded statement it finds, in document
order, and never decides what matters.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from transformers.display.narrative import safe_html
from transformers.model.finding import Finding, Report, Severity
from trust.xml import Element

HL7 = "{urn:hl7-org:v3}"
PHARM = "{urn:hl7-org:pharm}"
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_SHOWN = frozenset({"code", "value", "routeCode", "formCode", "doseQuantity", "name", "effectiveTime"})
_BLOCK = "\x1e"
_BLOCKS = frozenset(f"{HL7}{name}" for name in ("td", "th", "tr", "paragraph", "item", "br"))
_FRAMES = frozenset({"CONC", "DRUG", "IMMUNIZ", "404684003", "55607006"})
"""Codes that only say that something is stated (concern, drug, clinical finding, problem); the statement follows."""


@dataclass(frozen=True, slots=True)
class Code:
    """One coded element: English display, the original's words, and the codes themselves."""

    english: str | None
    original: str | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """One line of an entry: what kind of thing, and its value."""

    label: str
    code: Code | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: its statements in document order, and the row of narrative it refers to."""

    statements: tuple[Statement, ...]
    original: str | None


@dataclass(frozen=True, slots=True)
class Section:
    """One section; ``narrative`` is safe HTML."""

    title: str
    code: Code
    entries: tuple[Entry, ...]
    narrative: str


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody in the header."""

    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentView:
    """Everything the page prints."""

    title: str
    kind: Code
    unique_id: str
    created: str
    language: str
    patient: Party
    identifiers: tuple[str, ...]
    born: str
    sex: Code | None
    author: Party
    responsible: Party | None
    custodian: Party
    country: str
    sections: tuple[Section, ...]
    report: Report = field(default_factory=Report)


def view_of(root: Element) -> DocumentView:
    """The view of a parsed ClinicalDocument."""
    report = Report()
    anchors = {identifier: e for e in root.iter() if (identifier := e.get("ID"))}
    role = root.find(f"{HL7}recordTarget/{HL7}patientRole")
    person = role.find(f"{HL7}patient") if role is not None else None
    custodian = root.find(f"{HL7}custodian/{HL7}assignedCustodian/{HL7}representedCustodianOrganization")
    gender = person.find(f"{HL7}administrativeGenderCode") if person is not None else None
    birth = person.find(f"{HL7}birthTime") if person is not None else None
    return DocumentView(
        title=_text(root.find(f"{HL7}title")) or "",
        kind=_code(root.find(f"{HL7}code"), anchors) or Code(None, None, ()),
        unique_id=_id(root.find(f"{HL7}id")),
        created=_time(root.find(f"{HL7}effectiveTime")) or "",
        language=_attribute(root.find(f"{HL7}languageCode"), "code"),
        patient=Party(_name(person), _contact(role)),
        identifiers=tuple(_id(e) for e in (role.findall(f"{HL7}id") if role is not None else ())),
        born=_time(birth) or "",
        sex=_code(gender, anchors) if gender is not None else None,
        author=_author(root.find(f"{HL7}author/{HL7}assignedAuthor")),
        responsible=_responsible(root.find(f"{HL7}legalAuthenticator/{HL7}assignedEntity")),
        custodian=Party(_below(custodian, f"{HL7}name"), _contact(custodian)),
        country=_below(custodian, f"{HL7}addr/{HL7}country"),
        sections=tuple(_section(s, anchors, report) for s in root.iter(f"{HL7}section")),
        report=report,
    )


def _section(section: Element, anchors: dict[str, Element], report: Report) -> Section:
    text = section.find(f"{HL7}text")
    narrative, reduced = safe_html(text) if text is not None else ("", [])
    for name in sorted(set(reduced)):
        path = f"section[{_attribute(section.find(f'{HL7}code'), 'code')}]/text//{name}"
        report.add(Finding(Severity.INFO, "narrative-reduced", path, "Shown as plain text, or not at all."))
    return Section(
        title=_text(section.find(f"{HL7}title")) or "",
        code=_code(section.find(f"{HL7}code"), anchors) or Code(None, None, ()),
        entries=tuple(_entry(e, anchors) for e in section.findall(f"{HL7}entry")),
        narrative=narrative,
    )


def _entry(entry: Element, anchors: dict[str, Element]) -> Entry:
    statements: list[Statement] = []
    for element in entry.iter():
        name = element.tag.removeprefix(HL7).removeprefix(PHARM)
        if name in _SHOWN and not _inside_translation(element):
            statements += [s for s in _statement(name, element, anchors) if s not in statements]
    reference = entry.find(f".//{HL7}text/{HL7}reference")
    return Entry(tuple(statements), _referred(reference, anchors) if reference is not None else None)


def _statement(name: str, element: Element, anchors: dict[str, Element]) -> list[Statement]:
    label = _label(element)
    if name == "effectiveTime":
        told = _time(element)
        return [Statement(label, text=told)] if told else []
    if name == "name":
        told = _text(element)
        return [Statement(label, text=told)] if told and not _is_said(told, element) else []
    if name == "code" and _is_frame(element):
        return []
    if element.get("code") or element.get("nullFlavor") == "OTH" or element.find(f"{HL7}originalText") is not None:
        code = _code(element, anchors)
        return [Statement(label, code=code)] if code is not None and (code.english or code.original) else []
    told = _quantity(element)
    return [Statement(label, text=told)] if told else []


_LABELS = {
    "observation": "Finding",
    "substanceAdministration": "Medicine or vaccine",
    "manufacturedMaterial": "Product",
    "playingEntity": "Agent",
    "playingDevice": "Device",
    "procedure": "Procedure",
    "supply": "Supply",
    "ingredientSubstance": "Ingredient",
    "asSpecializedKind": "Active substance",
    "generalizedMedicineClass": "Active substance",
    "generalizedMaterialKind": "Active substance",
    "act": "Concern",
    "participantRole": "Participant",
    "organizer": "Group",
}
_OWN = {"value": "Finding", "routeCode": "Route", "formCode": "Form", "doseQuantity": "Dose", "effectiveTime": "When"}


def _is_said(name: str, element: Element) -> bool:
    """A name that the coded element beside it says in the very words."""
    parent = element.getparent()
    code = parent.find(f"{HL7}code") if parent is not None else None
    return code is not None and any(e.get("displayName") == name for e in code.iter())


def _is_frame(element: Element) -> bool:
    """A code that is shown as the label of the value beside it, or that only says that something is stated."""
    parent = element.getparent()
    beside = parent.find(f"{HL7}value") if parent is not None else None
    return element.get("code") in _FRAMES or (beside is not None and element.get("displayName") is not None)


def _label(element: Element) -> str:
    name = element.tag.rpartition("}")[2]
    if name == "value":
        parent = element.getparent()
        code = parent.find(f"{HL7}code") if parent is not None else None
        label = code.get("displayName") if code is not None and code.get("code") not in _FRAMES else None
        return label or _OWN[name]
    if name in _OWN:
        return _OWN[name]
    parent = element.getparent()
    owner = parent.tag.rpartition("}")[2] if parent is not None else ""
    return _LABELS.get(owner, owner)


def _code(element: Element | None, anchors: dict[str, Element]) -> Code | None:
    if element is None:
        return None
    english = element.get("displayName") or (element.get("code") if not element.get("nullFlavor") else None)
    originals = [t.get("displayName") for t in element.iter(f"{HL7}translation") if t.get("displayName")]
    text = element.find(f"{HL7}originalText")
    referred = None
    if text is not None:
        reference = text.find(f"{HL7}reference")
        referred = _referred(reference, anchors) if reference is not None else _text(text)
    words = list(dict.fromkeys(w for w in (referred, *originals) if w))
    codes = tuple(
        f"{e.get('code')} ({e.get('codeSystemName') or e.get('codeSystem')})"
        for e in (element, *element.iter(f"{HL7}translation"))
        if e.get("code")
    )
    return Code(english, " / ".join(words) or None, tuple(dict.fromkeys(codes)))


def _referred(reference: Element, anchors: dict[str, Element]) -> str | None:
    """The narrative a reference points to, cells and paragraphs told apart."""
    target = anchors.get((reference.get("value") or "").removeprefix("#"))
    if target is None:
        return None
    words = " ".join("".join(_running(target)).split())
    blocks = [block.strip() for block in words.split(_BLOCK) if block.strip()]
    return " · ".join(blocks) or None


def _running(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        block = child.tag in _BLOCKS
        yield from ((_BLOCK,) if block else ())
        yield from _running(child)
        yield from ((_BLOCK,) if block else ())
        yield child.tail or ""


def _inside_translation(element: Element) -> bool:
    return element.tag == f"{HL7}translation" or any(a.tag == f"{HL7}translation" for a in element.iterancestors())


def _time(element: Element | None) -> str | None:
    if element is None:
        return None
    if element.get("value"):
        return spoken(str(element.get("value")))
    low, high = element.find(f"{HL7}low"), element.find(f"{HL7}high")
    start, end = _attribute(low, "value"), _attribute(high, "value")
    if not start and not end:
        return None
    return f"{spoken(start) if start else '…'} – {spoken(end) if end else '…'}" if low is not high else None


def spoken(stamp: str) -> str:
    """An HL7 time stamp as ISO 8601 prints it, as precise as it is."""
    digits, zone = stamp, ""
    for sign in "+-":
        if sign in stamp:
            digits, _, rest = stamp.partition(sign)
            zone = f" {sign}{rest[:2]}:{rest[2:4]}" if len(rest) >= 4 else ""
    parts = [digits[:4], digits[4:6], digits[6:8]]
    day = "-".join(p for p in parts if p)
    clock = ":".join(p for p in (digits[8:10], digits[10:12], digits[12:14]) if p)
    return f"{day} {clock}{zone}".strip() if clock else day


def _quantity(element: Element) -> str | None:
    if element.get("value"):
        unit = element.get("unit", "")
        return f"{element.get('value')} {'' if unit == '1' else unit}".strip()
    low, high = _attribute(element.find(f"{HL7}low"), "value"), _attribute(element.find(f"{HL7}high"), "value")
    if low or high:
        return low if low == high else f"{low} – {high}"
    return _text(element) if element.get(_XSI_TYPE, "").rpartition(":")[2] == "ST" else None


def _id(element: Element | None) -> str:
    if element is None:
        return ""
    return "^".join(part for part in (element.get("root"), element.get("extension")) if part)


def _name(person: Element | None) -> str:
    name = person.find(f"{HL7}name") if person is not None else None
    if name is None:
        return ""
    parts = [_text(e) for e in name]
    return " ".join(p for p in parts if p) or (_text(name) or "")


def _contact(holder: Element | None) -> tuple[str, ...]:
    if holder is None:
        return ()
    lines = []
    for address in holder.findall(f"{HL7}addr"):
        parts = [_text(e) for e in address]
        lines.append(", ".join(p for p in parts if p))
    lines += [t.get("value", "") for t in holder.findall(f"{HL7}telecom")]
    return tuple(line for line in lines if line)


def _author(author: Element | None) -> Party:
    if author is None:
        return Party("")
    device = author.find(f"{HL7}assignedAuthoringDevice/{HL7}softwareName")
    organisation = _text(author.find(f"{HL7}representedOrganization/{HL7}name"))
    name = _text(device) or _name(author.find(f"{HL7}assignedPerson"))
    return Party(name, (organisation,) if organisation else ())


def _responsible(entity: Element | None) -> Party | None:
    if entity is None:
        return None
    organisation = _text(entity.find(f"{HL7}representedOrganization/{HL7}name"))
    return Party(_name(entity.find(f"{HL7}assignedPerson")), (organisation,) if organisation else ())


def _text(element: Element | None) -> str | None:
    return " ".join("".join(map(str, element.itertext())).split()) or None if element is not None else None


def _below(element: Element | None, path: str) -> str:
    return (_text(element.find(path)) if element is not None else None) or ""


def _attribute(element: Element | None, name: str) -> str:
    return element.get(name, "") if element is not None else ""
