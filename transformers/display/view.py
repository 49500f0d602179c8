"""A clinical document as a reader needs it: header, sections, entries with the English beside the original.

Works on any eHDSI CDA of waves 2 to 9, ours or another country's: it shows every statement it finds, in document order.
A patient summary begins with its overview; then its sections stand in clinical order, of others in the document's.
"""

import hashlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from markupsafe import Markup

from transformers.cda.kinds import recognise
from transformers.cda.types.original_file import PDF, REMARKS, FileFault, OriginalFile, file_body, read_file
from transformers.cda.types.people import in_precedence
from transformers.cda.types.tree import Tree
from transformers.cda.types.vocabulary import SECTIONS
from transformers.display.chrome import CHROME
from transformers.display.first_page import FirstPage
from transformers.display.medicine import MEDICINE_KINDS, key_entries
from transformers.display.narrative import safe_html
from transformers.display.narrative_lines import plain_lines
from transformers.display.overview import Overview, overview_of
from transformers.display.reader import ANY, PageReader, ShownCode, Words, joined, name_of, text_of
from transformers.display.statements import PageEntry, entry_of, local
from transformers.model.absence import IPS_ABSENT
from transformers.model.finding import Severity
from transformers.model.timestamps import read_timestamp, written_timestamp
from transformers.model.values import Moment
from transformers.spoken import Measures
from transformers.terminology.check_words import disagreements
from trust.xml import Element

Picture = Callable[[bytes], FirstPage | None]
"""Makes a picture of a PDF's first page; None where it cannot."""
_NOT_IN_DETAILS = frozenset({"realmCode", "typeId", "templateId", "id", "code", "title", "effectiveTime", "component"})
_ASKED_FIRST = (
    *("allergies", "medications", "devices", "pregnancies", "problems", "past_illness", "procedures"),
    *("immunisations", "results", "vital_signs", "functional_status", "social_history"),
)
_OF_SECTION = frozenset({"templateId", "id", "code", "title", "text", "entry", "component"})


@dataclass(frozen=True, slots=True)
class Section:
    """One section; ``narrative`` is safe HTML, ``lines`` the same as plain text, one of them made.

    What it says beside its entries (an author) is a last entry; ``keys`` are what is asked first of a medicine.
    """

    title: str
    code: ShownCode
    keys: tuple[PageEntry, ...]
    entries: tuple[PageEntry, ...]
    narrative: Markup
    lines: tuple[str, ...]
    unread: int = 0
    """How many of its entries could not be read as statements."""
    absence: bool = False
    """It codes that there is none, or nothing known: the sender's words are not folded away beneath that."""


@dataclass(frozen=True, slots=True)
class HeaderParty:
    """Somebody in the header."""

    name: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file to hand on: what it is, and itself as a ``data:`` address; its name tells nothing about anybody."""

    name: str
    size: str
    digest: str
    file_name: str
    address: str = field(repr=False)
    picture: str | None = field(repr=False, default=None)
    """Its first page, or itself where it is a picture, as a ``data:`` address; None where there is none."""
    pages: int | None = None
    """Of a PDF with a picture."""


@dataclass(frozen=True, slots=True)
class PageView:
    """Everything the page prints."""

    title: str
    kind: ShownCode
    unique_id: str
    created: str
    made: str
    """The same as a person reads it."""
    day: str
    """Its day alone."""
    language: str
    """BCP 47, as the document states it."""
    tongue: str
    """The language in words; as it is stated where the page has none for it."""
    patient: HeaderParty
    identifiers: tuple[HeaderParty, ...]
    """The number itself, then who gave it."""
    born: str
    sex: ShownCode
    author: HeaderParty
    responsible: HeaderParty
    custodian: HeaderParty
    country: str
    details: tuple[PageEntry, ...]
    """Every part of the header with all it says; one that says nothing is none."""
    kind_id: str | None
    """Of `cda.kinds`; None for a document of no kind that is known."""
    file: OriginalFile | FileFault | None
    """The body of a document of level 1, or why it cannot be handed on."""
    file_facts: FileFacts | None
    sections: tuple[Section, ...]
    overview: Overview | None = None
    """Of a patient summary alone."""
    age: str | None = None
    """At the day of the document; of somebody who is dead none."""
    died: str = ""

    @property
    def unread(self) -> int:
        """How many entries of the whole document could not be read as statements."""
        return sum(section.unread for section in self.sections)


def view_of(tree: Tree, reader: PageReader, *, printed: bool = False, picture: Picture | None = None) -> PageView:
    """The view of a ClinicalDocument; what it does not show as it was is in the reader's report.

    ``printed`` makes the narrative plain lines, for paper; ``picture`` is that of `facts_of`.
    """
    root = tree.root
    role = _first(root, "recordTarget/patientRole")
    person = _first(role, "patient")
    custodian = _first(root, "custodian/assignedCustodian/representedCustodianOrganization")
    body = file_body(root)
    file = None if body is None else read_file(body)
    if body is not None and isinstance(file, FileFault):
        reader.tell("not-shown", body, f"The document is a file that cannot be handed on: {file.value}.")
    if body is not None and isinstance(file, OriginalFile):
        for remark in file.remarks:
            severity, text = REMARKS[remark]
            reader.tell(remark.value, body, text, severity)
    kind = recognise(root)
    created = _moment(_first(root, "effectiveTime"))
    read = reader.marks.read
    died = _dated(_first(person, "deceasedTime"), reader)
    language = _attribute(_first(root, "languageCode"), "code")
    keyed = kind is not None and kind.id in MEDICINE_KINDS
    view = PageView(
        title=text_of(_first(root, "title")) or "",
        kind=_in_words(_first(root, "code"), reader),
        unique_id=_id(_first(root, "id")),
        created=_stamp(_first(root, "effectiveTime")),
        made=_dated(_first(root, "effectiveTime"), reader),
        day=_dated(_first(root, "effectiveTime"), reader, to_the_day=True),
        language=language,
        tongue=_tongue(language, reader),
        patient=HeaderParty(name_of(person), _contact(role)),
        identifiers=tuple(_number(e) for e in ([] if role is None else role.findall(f"{ANY}id"))),
        born=_dated(_first(person, "birthTime"), reader),
        sex=_code(_first(person, "administrativeGenderCode"), reader),
        author=_author(_first(root, "author/assignedAuthor")),
        responsible=_entity(_first(root, "legalAuthenticator/assignedEntity")),
        custodian=HeaderParty(name_of(custodian), _contact(custodian)),
        country=_country(text_of(_first(custodian, "addr/country")) or "", reader),
        details=tuple(
            entry
            for part in root
            if local(part) not in _NOT_IN_DETAILS
            if not (entry := entry_of(part, reader.word(f"group.{local(part)}"), reader)).says_nothing
        ),
        kind_id=None if kind is None else kind.id,
        file=file,
        file_facts=facts_of(file, picture) if isinstance(file, OriginalFile) else None,
        sections=tuple(
            _section(s, key_entries(s, tree, reader) if keyed else (), reader, printed=printed)
            for s in _sections(root, asked_first=kind is not None and kind.id == "ps-l3")
        ),
        overview=None
        if read is None
        else overview_of(read, reader, language, created, disagreements(root, reader.marks, reader.release)),
        died=died,
        age=None if died else _age(_moment(_first(person, "birthTime")), created, reader),
    )
    if reader.anchors.cut:
        reader.tell("reference-cut", root, "Long texts stand whole in their sections and shortened beside their codes.")
    return view


def facts_of(file: OriginalFile, picture: Picture | None = None) -> FileFacts:
    """What a page says of a file, and the file; ``picture`` makes one of a PDF's first page."""
    kind = file.media_type.rpartition("/")[2]
    packed = b64encode(file.content).decode("ascii")
    kilobytes = -(-len(file.content) // 1024)
    digest = hashlib.sha256(file.content).hexdigest()
    address = f"data:{file.media_type};base64,{packed}"
    facts = FileFacts(kind.upper(), f"{kilobytes} kB", digest, f"document.{kind}", address)
    if file.media_type != PDF:
        return replace(facts, picture=address)
    page = None if picture is None else picture(file.content)
    if page is None:
        return facts
    shown = f"data:image/png;base64,{b64encode(page.picture).decode('ascii')}"
    return replace(facts, picture=shown, pages=page.pages)


def _section(section: Element, keys: tuple[PageEntry, ...], reader: PageReader, *, printed: bool) -> Section:
    text = section.find(f"{ANY}text")
    narrative: Markup = Markup()
    if text is not None and not printed:
        narrative, reduced = safe_html(text)
        for name in sorted(set(reduced)):
            reader.tell("narrative-reduced", text, "Shown as plain text, or not at all.", Severity.INFO, f"//{name}")
    own = [part for part in section if local(part) not in _OF_SECTION]
    entries = [replace(entry_of(e, "", reader), id=reader.entry_id(e)) for e in section.findall(f"{ANY}entry")]
    return Section(
        title=text_of(section.find(f"{ANY}title")) or "",
        code=_in_words(section.find(f"{ANY}code"), reader),
        keys=keys,
        entries=tuple(entries + [entry_of(part, reader.word("about_section"), reader) for part in own]),
        narrative=narrative,
        lines=plain_lines(text) if text is not None and printed else (),
        unread=reader.marks.sections.get(section, 0),
        absence=any(
            e.get("codeSystem") == IPS_ABSENT for entry in section.findall(f"{ANY}entry") for e in entry.iter()
        ),
    )


def _sections(root: Element, *, asked_first: bool) -> list[Element]:
    """All sections in document order, each before those inside it; what is asked first before all else."""
    found = list(root.iter(f"{ANY}section"))
    if not asked_first:
        return found
    ranks = {SECTIONS[name].code.code: rank for rank, name in enumerate(_ASKED_FIRST)}
    place: dict[Element, int] = {}
    for section in found:
        outer = next((place[above] for above in section.iterancestors(f"{ANY}section")), None)
        code = _attribute(section.find(f"{ANY}code"), "code")
        place[section] = ranks.get(code, len(ranks)) if outer is None else outer
    return sorted(found, key=place.__getitem__)


def _first(element: Element | None, path: str) -> Element | None:
    """The first element at a path of HL7 names; None when there is none."""
    return None if element is None else element.find("/".join(f"{ANY}{name}" for name in path.split("/")))


def _code(element: Element | None, reader: PageReader) -> ShownCode:
    return ShownCode(None, None, None, ()) if element is None else reader.code(element)


def _in_words(element: Element | None, reader: PageReader) -> ShownCode:
    """A title's code; the page has words for those of the fixed codes that the release has none for."""
    code = _code(element, reader)
    key = f"title.{_attribute(element, 'code')}"
    if code.translated or reader.language == "en" or key not in CHROME[reader.language]:
        return code
    return replace(code, translated=Words(reader.word(key), reader.language), bare=None)


def _id(element: Element | None) -> str:
    if element is None:
        return ""
    return "^".join(part for part in (element.get("root"), element.get("extension")) if part)


def _number(element: Element) -> HeaderParty:
    """A patient's number with its authority's name and OID; a root alone is the number."""
    root, number = _attribute(element, "root"), _attribute(element, "extension")
    giver = (_attribute(element, "assigningAuthorityName"), root if number else "")
    return HeaderParty(number or root, tuple(part for part in giver if part))


def _tongue(language: str, reader: PageReader) -> str:
    key = f"tongue.{language.partition('-')[0].lower()}"
    return reader.word(key) if key in CHROME[reader.language] else language


def _moment(element: Element | None) -> Moment | None:
    return None if element is None else read_timestamp(element.get("value", "")).moment


def _dated(element: Element | None, reader: PageReader, *, to_the_day: bool = False) -> str:
    """A time as a person reads it; what is none stays as it is."""
    moment = _moment(element)
    if moment is None:
        return _stamp(element)
    return Measures(reader.language).moment(Moment(moment.iso[:10]) if to_the_day else moment)


def _country(code: str, reader: PageReader) -> str:
    return CHROME[reader.language].get(f"country.{code.upper()}", code)


def _age(born: Moment | None, when: Moment | None, reader: PageReader) -> str | None:
    return None if born is None or when is None else Measures(reader.language).age(born, when)


def _stamp(element: Element | None) -> str:
    return written_timestamp(_attribute(element, "value"))


def _contact(holder: Element | None) -> tuple[str, ...]:
    if holder is None:
        return ()
    lines = [joined(address, ", ") for address in in_precedence(holder, "addr")]
    lines += [t.get("value", "").removeprefix("tel:").removeprefix("mailto:") for t in holder.findall(f"{ANY}telecom")]
    return tuple(line for line in lines if line)


def _author(author: Element | None) -> HeaderParty:
    device = text_of(_first(author, "assignedAuthoringDevice/softwareName"))
    organisation = name_of(_first(author, "representedOrganization"))
    return HeaderParty(device or name_of(_first(author, "assignedPerson")), (organisation,) if organisation else ())


def _entity(entity: Element | None) -> HeaderParty:
    organisation = name_of(_first(entity, "representedOrganization"))
    return HeaderParty(name_of(_first(entity, "assignedPerson")), (organisation,) if organisation else ())


def _attribute(element: Element | None, name: str) -> str:
    return element.get(name, "") if element is not None else ""
