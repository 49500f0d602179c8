"""Coded elements, times, quantities and texts of a CDA as words for one reader (HL7 v3 data types R1).

The English display is the document's; beside it stand the original's words and, for a Norwegian reader, the release's
designation: nynorsk, else bokmål, else none and a finding.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from transformers.cda.documents.sections import Marks
from transformers.cda.types.people import in_precedence
from transformers.cda.types.vocabulary import WORDS_ONLY_SYSTEM
from transformers.display.chrome import CHROME
from transformers.display.narrative import Anchors
from transformers.model.finding import Finding, Report, Severity
from transformers.model.spelling import decimal
from transformers.model.timestamps import written_timestamp
from transformers.terminology.languages import fallback
from transformers.terminology.release import Release
from transformers.words import Language
from trust.xml import Element

ANY = "{*}"
"""Any namespace: what HL7 moved to its pharmacy namespace, epSOS had in one of its own."""
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_HOURS: Mapping[str, int] = {"h": 1, "d": 24}
_DAY = 24
_PARTS = ("low", "high", "center", "width", "numerator", "denominator")


@dataclass(frozen=True, slots=True)
class Words:
    """Words in a language (BCP 47)."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class ShownCode:
    """One coded element: English display, the reader's own words if there are any, the original's, and the codes.

    ``bare`` is the code when neither the document nor the release has English words for it.
    """

    english: str | None
    translated: Words | None
    original: str | None
    codes: tuple[str, ...]
    bare: str | None = None

    @property
    def said(self) -> bool:
        """There is a coded meaning to show."""
        return bool(self.english or self.translated or self.bare)


@dataclass
class PageReader:
    """Who reads which document: the language of the page, the release, what the narrative says, what was remarked."""

    language: Language
    release: Release
    anchors: Anchors
    report: Report = field(default_factory=Report)
    marks: Marks = field(default_factory=Marks)
    """What of a patient summary is no statement, as the readers of the pivot decide."""
    _missing: set[tuple[str, str]] = field(default_factory=set)
    _paths: dict[Element, str] = field(default_factory=dict)
    _entries: dict[Element, str] = field(default_factory=dict)

    def entry_id(self, entry: Element) -> str:
        """The id of an entry's details on the page. Of an act that stands in an ``entry``, that entry's."""
        parent = entry.getparent()
        whole = parent if parent is not None and _step(parent) == "entry" else entry
        return self._entries.setdefault(whole, f"e{len(self._entries) + 1}")

    def word(self, key: str) -> str:
        """A word of the page; the key's last part where the page has none."""
        return CHROME[self.language].get(key) or key.rpartition(".")[2]

    def code(self, element: Element, *, framing: bool = False) -> ShownCode:
        """A coded element of any kind (CD, CE, CV, CS); ``framing`` for one of which only the codes are shown."""
        every = list(translations_of(element)) if len(element) else []
        translations = [t for t in every if t.get("codeSystem") != WORDS_ONLY_SYSTEM]
        originals = [words for t in translations if (words := t.get("displayName"))]
        text = element.find(f"{ANY}originalText") if len(element) else None
        alone = (t.get("displayName") for t in every if t.get("codeSystem") == WORDS_ONLY_SYSTEM)
        written = next((words for words in alone if words), None)
        told = written if text is None else self.text(text) or written
        null = element.get("nullFlavor") is not None and not element.get("code")
        english = None if null else element.get("displayName") or self._looked_up(element)
        bare = None if null or english else element.get("code")
        codes = [coding for e in (element, *translations) if (coding := _coding(e))]
        original = " / ".join(dict.fromkeys(words for words in (told, *originals) if words))
        return ShownCode(
            english, None if framing else self._translated(element), original or None, tuple(dict.fromkeys(codes)), bare
        )

    def null(self, element: Element) -> str | None:
        """Why a value is not there, in words; None for one that is, or that does not apply."""
        flavour = element.get("nullFlavor")
        return self.word(f"null.{flavour}") if flavour and flavour != "NA" else None

    def text(self, element: Element) -> str | None:
        """What an ED or ST says: its own text, else what it refers to. A reference that leads nowhere is reported."""
        reference = element.find(f"{ANY}reference")
        if reference is None:
            return text_of(element)
        words = self.anchors.words(reference)
        if words is None and (reference.get("value") or "").startswith("#"):
            self.tell("reference-dangling", element, "Refers to words that no text of the document holds, or several.")
        return words

    def tell(
        self, code: str, element: Element, text: str, severity: Severity = Severity.WARNING, below: str = ""
    ) -> None:
        """Remark that something of the document is not on the page as it was; ``below`` goes on from the element."""
        self.report.add(Finding(severity, code, self._path(element) + below, text))

    def _path(self, element: Element) -> str:
        parent = element.getparent()
        if parent is None:
            return _step(element)
        if parent not in self._paths:
            self._paths[parent] = self._path(parent)
        return f"{self._paths[parent]}/{_step(element)}"

    def _looked_up(self, element: Element) -> str | None:
        found = self.release.lookup(element.get("codeSystem", ""), element.get("code", ""))
        return None if found is None else found[0].display

    def _translated(self, element: Element) -> Words | None:
        system, code = element.get("codeSystem"), element.get("code")
        if not system or not code or self.language == "en":
            return None
        for language in fallback(self.language):
            words = self.release.designation(system, code, language)
            if words is not None:
                return Words(words, language)
        if (system, code) not in self._missing:
            self._missing.add((system, code))
            self.tell("missing-designation", element, f"The release has no words of this language for {code}.")
        return None


def translations_of(element: Element) -> Iterator[Element]:
    """The translations of a code and theirs; not those of what qualifies it."""
    for translation in element.findall(f"{ANY}translation"):
        yield translation
        yield from translations_of(translation)


def _step(element: Element) -> str:
    """The name of an element; a section's with its code."""
    name = str(element.tag).rpartition("}")[2]
    code = element.find(f"{ANY}code") if name == "section" else None
    return name if code is None else f"{name}[{code.get('code', '')}]"


def _coding(element: Element) -> str | None:
    code = element.get("code")
    if not code:
        return None
    system = element.get("codeSystemName") or element.get("codeSystem") or ""
    display = element.get("displayName")
    return f"{code}{f' ({system})' if system else ''}{f': {display}' if display else ''}"


def time_of(element: Element, reader: PageReader) -> str | None:
    """A point in time, an interval, or a rhythm (TS, IVL_TS, PIVL_TS, EIVL_TS, SXPR_TS) in words; None says nothing."""
    if element.get("value"):
        return spoken(element.get("value", ""))
    period, event = element.find(f"{ANY}period"), element.find(f"{ANY}event")
    parts = [_interval(element, reader)]
    if period is not None:
        free = element.get("institutionSpecified") == "true"
        parts.append(_rhythm(period, reader, free=free) if quantity_of(period) else reader.null(period))
    if event is not None:
        parts.append(reader.word(f"event.{event.get('code', '')}"))
    parts += [time_of(e, reader) for e in element.findall(f"{ANY}comp")]
    phase = element.find(f"{ANY}phase")
    parts.append(None if phase is None else time_of(phase, reader))
    return "; ".join(part for part in parts if part) or None


def _rhythm(period: Element, reader: PageReader, *, free: bool) -> str:
    """``free`` (institutionSpecified): so often a day and not so far apart, HL7 data types R1, PIVL."""
    every = f"{reader.word('every')} {quantity_of(period)}"
    if not free:
        return every
    hours = _HOURS.get(period.get("unit") or "")
    number = decimal(period.get("value") or "")
    apart = Decimal(0) if number is None or hours is None else number * hours
    if 0 < apart <= _DAY and _DAY % apart == 0:
        every = f"{_DAY / apart:.0f} × {reader.word('a_day')}"
    return f"{every}, {reader.word('hours_chosen')}"


def _interval(element: Element, reader: PageReader) -> str | None:
    ends = {name: element.find(f"{ANY}{name}") for name in ("low", "high", "center")}
    told = {name: spoken(e.get("value", "")) for name, e in ends.items() if e is not None and e.get("value")}
    width = element.find(f"{ANY}width")
    length = None if width is None else quantity_of(width)
    low, high = told.get("low"), told.get("high")
    ends_said = (f"{reader.word('from')} {low}" if low else None, f"{reader.word('until')} {high}" if high else None)
    interval = f"{low} – {high}" if low and high else next((end for end in ends_said if end), None)
    return ", ".join(part for part in (interval, told.get("center"), length) if part) or None


def spoken(stamp: str) -> str:
    """An HL7 time stamp as ISO 8601 prints it, as precise as it is; what is no time stamp stays as it is."""
    return written_timestamp(stamp)


def quantity_of(element: Element) -> str | None:
    """A value with its unit, an interval or a ratio of such; None when there is no value.

    A value that stands in a translation alone (a unit that UCUM does not have) is the value.
    """
    value, unit = element.get("value"), element.get("unit") or ""
    if len(element) == 0 and not value:
        return None
    others = [
        f"{amount} {_unit(t)}".strip()
        for t in element.findall(f"{ANY}translation")
        if (amount := t.get("value") or value)
    ]
    own = [f"{value} {'' if unit == '1' else unit}".strip()] if value else []
    if own or others:
        first, *more = own + others
        return first + (f" ({'; '.join(more)})" if more else "")
    parts: dict[str, Element] = {}
    for child in element:
        parts.setdefault(str(child.tag).rpartition("}")[2], child)
    parts = {name: parts[name] for name in _PARTS if name in parts}
    told = {name: words for name, e in parts.items() if (words := quantity_of(e))}
    if "numerator" in told or "denominator" in told:
        return " / ".join(told.get(name, "…") for name in ("numerator", "denominator"))
    if "low" in told or "high" in told:
        return _range(told.get("low"), told.get("high"), parts)
    return told.get("center") or told.get("width")


def _range(low: str | None, high: str | None, ends: Mapping[str, Element]) -> str:
    """An interval of quantities; an open end and an end that is not of it are said by signs."""
    shut = {name for name, e in ends.items() if e.get("inclusive") != "false"}
    above, below = ("≥" if "low" in shut else ">"), ("≤" if "high" in shut else "<")
    if low and high:
        if low == high:
            return low
        return f"{low} – {high}" if {"low", "high"} <= shut else f"{above} {low}, {below} {high}"
    return f"{above} {low}" if low else f"{below} {high}"


def _unit(translation: Element) -> str:
    """A unit in another system (PQR, e.g. an EDQM unit of presentation)."""
    written = text_of(translation.find(f"{ANY}originalText"))
    return translation.get("displayName") or translation.get("code") or written or ""


def text_of(element: Element | None) -> str | None:
    """All text of an element, blanks put together; None when there is none."""
    return None if element is None else " ".join("".join(map(str, element.itertext())).split()) or None


def name_of(holder: Element | None) -> str:
    """The parts of the ``name`` below an element, in order; empty when there is none. The name is the pivot's."""
    named = () if holder is None else in_precedence(holder, "name")
    return next((words for words in (joined(name, " ") for name in named) if words), "")


def joined(element: Element, between: str) -> str:
    """The texts of the parts of a name or an address."""
    return between.join(_texts(element))


def _texts(element: Element) -> Iterator[str]:
    yield from (part for part in ((element.text or "").strip(),) if part)
    for child in element:
        yield from (part for part in (text_of(child), (child.tail or "").strip()) if part)
