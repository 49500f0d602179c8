"""Coded elements and texts of a CDA as words for one reader (HL7 v3 data types R1); `quantities` has times and amounts.

The English display is the document's; beside it stand the original's words and, for a Norwegian reader, the release's
designation: nynorsk, else bokmål, else none and a finding.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from transformers.cda.documents.sections import Marks
from transformers.cda.types.people import in_precedence
from transformers.cda.types.vocabulary import WORDS_ONLY_SYSTEM
from transformers.display.chrome import CHROME
from transformers.display.narrative import Anchors
from transformers.model.finding import Finding, Report, Severity
from transformers.terminology.languages import fallback
from transformers.terminology.release import Release
from transformers.words import Language
from trust.xml import Element

ANY = "{*}"
"""Any namespace: what HL7 moved to its pharmacy namespace, epSOS had in one of its own."""
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


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
    differs: bool = False
    """The document's words for the code are none of the release's: which is meant is not known."""
    coded: bool = False
    """It has a code of its own, whether or not there are words for it."""

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

    def code(self, element: Element, *, framing: bool = False, row: str | None = None) -> ShownCode:
        """A coded element of any kind (CD, CE, CV, CS); ``framing`` for one of which only the codes are shown.

        ``row``: the words of the whole entry, which are not those of one of its codes.
        """
        every = list(translations_of(element)) if len(element) else []
        translations = [t for t in every if t.get("codeSystem") != WORDS_ONLY_SYSTEM]
        codes = tuple(dict.fromkeys(coding for e in (element, *translations) if (coding := _coding(e))))
        if framing:
            return ShownCode(None, None, None, codes)
        originals = [words for t in translations if (words := t.get("displayName"))]
        told = self._written(element, every)
        if told is not None and row is not None and "\n" in told and told in row:
            told = None
        null = element.get("nullFlavor") is not None and not element.get("code")
        display = None if null else element.get("displayName")
        known = None if null else self._looked_up(element)
        translated = None if null else self._translated(element)
        differs = differ(display, known, translated)
        english = display or known if self.language == "en" else known
        if self.language != "en" and display and not is_same(display, known):
            originals.append(display)
        bare = None if null or english or translated or display else element.get("code")
        coded = not null and element.get("code") is not None
        original = " / ".join(dict.fromkeys(words for words in (told, *originals) if words))
        return ShownCode(english, translated, original or None, codes, bare, differs, coded)

    def _written(self, element: Element, translations: list[Element]) -> str | None:
        """The original text of a code, or the words that stand as a translation."""
        text = element.find(f"{ANY}originalText") if len(element) else None
        alone = (t.get("displayName") for t in translations if t.get("codeSystem") == WORDS_ONLY_SYSTEM)
        written = next((words for words in alone if words), None)
        return written if text is None else self.text(text) or written

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


def is_same(words: str, other: str | None) -> bool:
    """Whether two texts are the same words, whatever their capitals and blanks."""
    return words == other or _folded(words) == _folded(other)


def differ(display: str | None, known: str | None, translated: Words | None) -> bool:
    """Whether a document's words for a code are none of those that the release has for it."""
    if not display or known is None:
        return False
    return not is_same(display, known) and not (translated is not None and is_same(display, translated.text))


def _folded(words: str | None) -> str:
    return " ".join((words or "").split()).casefold()


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
