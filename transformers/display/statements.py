"""Any part of a CDA as a list of statements, in document order, for eyes: every leaf that says something is one.

Works on every entry template and header part, known or not, ours or another country's. What only machines need
(template ids, class codes) is left out; codes and identifiers stand apart; what cannot be shown is reported.
"""

import re
from dataclasses import dataclass, field, replace
from functools import lru_cache

from transformers.cda.medicine.ingredients import acts
from transformers.cda.statements.parts import COMMENT
from transformers.cda.types.vocabulary import FINDING, PROBLEM
from transformers.display.chrome import CHROME
from transformers.display.quantities import codes_of, quantity_of, time_of
from transformers.display.reader import (
    ANY,
    XSI_TYPE,
    PageReader,
    ShownCode,
    joined,
    translations_of,
)
from transformers.model.absence import IPS_ABSENT
from transformers.model.standing import Standing
from trust.xml import Element

_OWN = ("{urn:hl7-org:v3}", "{urn:hl7-org:pharm}", "{urn:epsos-org:ep:medication}")
_MACHINES = frozenset({"templateId", "typeId", "realmCode", "translation", "originalText", "reference"})
_TIMES = frozenset({"effectiveTime", "time", "birthTime", "deceasedTime", "signatureTime", "activityTime"})
_CODED = frozenset({"CD", "CE", "CV", "CS", "CO"})
_TIMED = frozenset({"TS", "IVL_TS", "PIVL_TS", "EIVL_TS", "SXPR_TS"})
_TRUTHS = frozenset({"independentInd"})
_FILES = frozenset({"observationMedia", "regionOfInterest", "nonXMLBody"})
_FRAMES = frozenset(
    {"CONC", "DRUG", "IMMUNIZ", FINDING.code, PROBLEM.code, "SEV", "PINSTRUCT", "FINSTRUCT", COMMENT.code.code}
)
"""Codes that only say that something is stated (concern, drug, finding, severity, instruction, comment); it follows."""
_NAMED_HERE = frozenset({"SUBST", "PINSTRUCT", "FINSTRUCT", COMMENT.code.code})
"""Codes that the page has words of its own for: a substitution, the instructions, a comment."""
_ACTS = frozenset({"act", "observation", "substanceAdministration", "supply", "procedure", "organizer", "encounter"})
_RANK = {
    "consumable": 0,
    "participant": 0,
    "effectiveTime": 2,
    "author": 3,
    "performer": 3,
    "informant": 3,
    "entryRelationship": 4,
    "component": 4,
}
"""What it is comes first, then how, in which state and when, by whom, and what belongs to it; else document order."""
_STATE, _LAST = 2, 4
_RELATIONS = frozenset({"MFST", "RSON", "CAUS"})
_PACKAGES = frozenset({"containerPackagedProduct", "containerPackagedMedicine"})
"""Their form is a bottle or a box, not the medicine's."""
_OWNERS_OF_VALUES = frozenset({"observationRange", "criterion"})
"""Their values bound or limit a statement and are none themselves."""
_DEEPEST = 3
_UNKNOWN = frozenset({"UNK", "NI", "NA"})
_SCHEMES = frozenset({"tel", "mailto", "fax"})
_IN_WORD, _GOES_ON = re.compile(r"[\w.,]"), re.compile(r"[\w.,]\w")


@dataclass(frozen=True, slots=True)
class Statement:
    """One line: what kind of thing, and its value as a code, as the document's words, or as a time or quantity."""

    label: str
    code: ShownCode | None = None
    text: str | None = None
    """Times, quantities and words of the page: in no language, or the reader's."""
    original: str | None = None
    """Words of the document, in its language."""
    depth: int = 0
    """How far below the entry's first statement: a reaction's severity belongs to that reaction."""
    unknown: bool = False
    """It says only that something is not known (null flavours UNK, NI and NA), which of a person is no news."""


@dataclass(frozen=True, slots=True)
class PageEntry:
    """One entry or header part: its statements, the row of narrative it refers to, all its codes and identifiers."""

    label: str
    statements: tuple[Statement, ...]
    original: str | None
    codes: tuple[str, ...]
    id: str = ""
    """Of an entry of a section: its place on the page."""

    @property
    def says_nothing(self) -> bool:
        """It has no code, no words, and nothing but that things are not known."""
        return not self.codes and not self.original and all(one.unknown for one in self.statements)


@dataclass
class _EntryParts:
    statements: list[Statement] = field(default_factory=list)
    originals: set[str] = field(default_factory=set)
    """What its statements say in the document's own words."""
    codes: dict[str, None] = field(default_factory=dict)
    original: str | None = None


@dataclass(frozen=True, slots=True)
class _WalkPosition:
    """Where a walk stands: the depth of statements here and of acts below; what need not be said again."""

    depth: int = 0
    nested: int = 0
    told: frozenset[Statement] = frozenset()


def entry_of(element: Element, label: str, reader: PageReader) -> PageEntry:
    """An ``entry`` or a part of the header, with all it says."""
    made = _EntryParts()
    _EntryWalk(reader, made).into(element, _WalkPosition())
    return PageEntry(label, tuple(made.statements), made.original, tuple(made.codes))


class _EntryWalk:
    def __init__(self, reader: PageReader, made: _EntryParts) -> None:
        self._reader = reader
        self._made = made
        self._met_an_act = False
        self._originals: dict[Element, str | None] = {}
        self._row_at: Element | None = None
        self._row: str | None = None
        """The words of the narrative that the whole entry refers to."""
        self._siblings: dict[tuple[Element, str], Element | None] = {}
        self._labels: dict[Element, str] = {}
        self._displays: dict[Element, frozenset[str]] = {}

    def into(self, element: Element, place: _WalkPosition) -> None:
        """The statements of an element's children. A concern speaks after what it holds, and says no time again."""
        if local(element) not in _ACTS:
            for child in element:
                self._child(child, place, place)
            return
        here = _WalkPosition(min(place.nested, _DEEPEST), place.nested, place.told)
        concern = _code_of(element) == "CONC"
        below = _WalkPosition(here.depth, place.nested + (0 if concern else 1))
        first, self._met_an_act = not self._met_an_act, True
        if first:
            self._row = self._row_of(element)
        self._stands(element, here)
        ranked: tuple[list[Element], ...] = tuple([] for _ in range(_LAST + 1))
        for child in element:
            ranked[_RANK.get(local(child), 1)].append(child)
        for rank in (_LAST, *range(_LAST)) if concern else range(_LAST + 1):
            if rank == _STATE:
                self._state(element, here, first=first)
            for child in ranked[rank]:
                self._child(child, here, below)
            if concern and rank == _LAST:
                here = _WalkPosition(here.depth, here.nested, frozenset(self._made.statements))

    def _row_of(self, act: Element) -> str | None:
        """What the narrative says of the whole entry: where its act, or the one within its concern, refers to."""
        path = f"{ANY}text" if _code_of(act) != "CONC" else f"{ANY}entryRelationship/*/{ANY}text"
        text = act.find(path)
        if text is None or text.find(f"{ANY}reference") is None:
            return None
        self._row_at = text
        return self._reader.text(text)

    def _stands(self, element: Element, place: _WalkPosition) -> None:
        """That an act is denied, or why it is no statement: before anything of it, its own null flavour too."""
        word, why = self._reader.word, self._reader.marks.acts.get(element)
        negated = element.get("negationInd") not in {None, "false", "0"}
        if negated and why is not Standing.CONTRADICTED:
            self._say(Statement(word("negation"), text=word("negated")), place)
        if why is not None and not (negated and why is Standing.DENIED):
            self._say(Statement(word("unread"), text=word(f"unread.{why.value}")), place)
        self._null(element, word(f"in.{local(element)}"), place)

    def _say(self, statement: Statement, place: _WalkPosition) -> None:
        if statement.depth != place.depth:
            statement = replace(statement, depth=place.depth)
        if statement in place.told:
            return
        self._made.statements.append(statement)
        said = (statement.original, statement.code.original if statement.code else None)
        self._made.originals.update(words for words in said if words)

    def _state(self, element: Element, place: _WalkPosition, *, first: bool) -> None:
        """Ordered or taken, and how far it has come; an inner act's ``completed`` only says that it was written."""
        word = self._reader.word
        code, status = element.find(f"{ANY}code"), element.find(f"{ANY}statusCode")
        if code is not None and code.get("codeSystem") == IPS_ABSENT:  # it says it all, an act's mood adds nothing
            return
        mood = element.get("moodCode", "EVN")
        instructs = _code_of(element) in _NAMED_HERE
        if (mood != "EVN" and not instructs) or local(element) == "substanceAdministration":
            self._say(Statement(word("mood"), text=word(f"mood.{mood}")), place)
        state = None if status is None else status.get("code")
        if state and (first or state != "completed"):
            self._say(Statement(word("status"), text=word(f"status.{state}")), place)

    def _child(self, child: Element, place: _WalkPosition, below: _WalkPosition) -> None:
        name = local(child)
        if name in _MACHINES or (name == "statusCode" and _parent(child) in _ACTS):
            return
        if name == "id":
            self._identifier(child)
            return
        label, kind = self._label(child), child.get(XSI_TYPE, "").rpartition(":")[2]
        if name in _FILES or child.get("representation") == "B64":
            self._reader.tell("not-shown", child, "A file or picture inside the document is not shown.")
            self._say(Statement(label, text=self._reader.word("attachment")), place)
        elif name == "text" and child.find(f"{ANY}reference") is not None:
            self._referred(child, label, place)
        elif kind in _CODED or child.get("code") or (name.lower().endswith("code") and not kind):
            self._coded(child, label, place)
        elif (told := self._measure(child)) is not None:
            self._plain(child, label, told, place)
        elif name in ("name", "addr", "telecom") or kind in ("ST", "ED") or len(child) == 0:
            self._words(child, label, place)
        else:
            own = " ".join(" ".join((child.text or "", *(part.tail or "" for part in child))).split())
            if own:
                self._say(Statement(label, original=own), place)
            if name not in _ACTS:
                self._null(child, label, place)
            self.into(child, below)

    def _measure(self, element: Element) -> str | None:
        """A yes or no (BL), a time or a quantity in the reader's words; empty says nothing, None is no such."""
        name, kind = local(element), element.get(XSI_TYPE, "").rpartition(":")[2]
        if kind == "BL" or name in _TRUTHS:
            said = element.get("value")
            return self._reader.word(f"truth.{said}") if said in {"true", "false"} else said
        if name in _TIMES or kind in _TIMED:
            for period in element.iter(f"{ANY}period") if len(element) else ():
                self._made.codes.update(dict.fromkeys(codes_of(period, None)))
            return time_of(element, self._reader) or ""
        if name == "telecom":
            return None
        told = quantity_of(element, self._reader)
        if told is not None:
            self._made.codes.update(dict.fromkeys(codes_of(element, told)))
        return told

    def _identifier(self, element: Element) -> None:
        told = "^".join(part for part in (element.get("root"), element.get("extension")) if part)
        if told:
            self._made.codes[f"id {told}"] = None

    def _coded(self, element: Element, label: str, place: _WalkPosition) -> None:
        tongue = f"tongue.{(element.get('code') or '').partition('-')[0].lower()}"
        if local(element) == "languageCode" and tongue in CHROME["en"]:
            self._made.codes[element.get("code") or ""] = None
            self._say(Statement(label, text=self._reader.word(tongue)), place)
            return
        code = self._reader.code(element, framing=self._is_label(element), row=self._row)
        self._originals[element] = code.original
        self._made.codes.update(dict.fromkeys(code.codes))
        if not self._is_label(element):
            if code.said or code.original:
                self._say(Statement(label, code=code), place)
            if element.get("code") or not (code.said or code.original):
                self._null(element, label, place)
        for coded in (element, *translations_of(element)) if len(element) else ():
            for qualifier in coded.findall(f"{ANY}qualifier"):
                self._qualified(qualifier, place)

    def _qualified(self, qualifier: Element, place: _WalkPosition) -> None:
        """What narrows a code down: the side of the body, a degree. Without it the code says something else."""
        name, value = qualifier.find(f"{ANY}name"), qualifier.find(f"{ANY}value")
        label = self._reader.word("qualifier")
        if name is not None:
            kind = self._reader.code(name)
            self._made.codes.update(dict.fromkeys(kind.codes))
            label = (kind.translated.text if kind.translated else kind.english) or label
        if value is not None:
            self._coded(value, label, place)

    def _referred(self, element: Element, label: str, place: _WalkPosition) -> None:
        """The first text of an entry is its row of narrative; one that this row does not hold is said on its own."""
        told = self._row if element is self._row_at else self._reader.text(element)
        if self._made.original is None:
            self._made.original = told
        elif (
            told
            and told not in self._made.originals
            and (self._beside_named(element) or not _stands_in(told, self._made.original))
        ):
            self._say(Statement(label, original=told), place)

    def _beside_named(self, element: Element) -> bool:
        """A dosage, an instruction or a note: it is said on its own, wherever its words stand."""
        code = self._beside(element, "code")
        return code is not None and code.get("code") in _NAMED_HERE

    def _plain(self, element: Element, label: str, told: str | None, place: _WalkPosition) -> None:
        if told:
            self._say(Statement(label, text=told), place)
            self._null(element, label, place)
        else:
            low = element.find(f"{ANY}low")
            self._null(element if low is None or element.get("nullFlavor") else low, label, place)

    def _words(self, element: Element, label: str, place: _WalkPosition) -> None:
        told = self._address(element) if local(element) == "telecom" else self._text(element)
        if told and not self._is_said(told, element):
            self._say(Statement(label, original=told), place)
        elif not told:
            self._null(element, label, place)

    def _address(self, element: Element) -> str | None:
        """A telephone number or an address of mail without its scheme, which is among the codes."""
        address = element.get("value")
        scheme, _, plain = (address or "").partition(":")
        if scheme not in _SCHEMES:
            return address
        self._made.codes[address or ""] = None
        return plain

    def _text(self, element: Element) -> str | None:
        parts = local(element) in ("name", "addr") and len(element) > 0
        return joined(element, " " if local(element) == "name" else ", ") if parts else self._reader.text(element)

    def _null(self, element: Element, label: str, place: _WalkPosition) -> None:
        """Why something is not there; that a part's time is simply not known is no row."""
        why = self._reader.null(element)
        untold = place.depth > 0 and element.get("nullFlavor") in {"UNK", "NI"}
        if why and not (untold and (local(element) in _TIMES or local(element) == "low")):
            self._say(Statement(label, text=why, unknown=element.get("nullFlavor") in _UNKNOWN), place)

    def _is_label(self, element: Element) -> bool:
        """A code that labels the value beside it, or only says that something is stated."""
        return local(element) == "code" and (
            element.get("code") in _FRAMES or self._beside(element, "value") is not None
        )

    def _label(self, element: Element) -> str:
        name, owner = local(element), _parent(element)
        if (owner, name) == ("ingredient", "quantity"):
            return self._reader.word("strength" if _is_active(element) else "of.quantity")
        if owner == "ingredientSubstance" and name in ("code", "name") and not _is_active(element):
            return self._reader.word("in.inactive")
        if (name == "value" and owner in _OWNERS_OF_VALUES) or (name == "formCode" and owner in _PACKAGES):
            return self._reader.word(f"in.{owner}")
        beside = self._beside(element, "code") if name in ("value", "text") else None
        if beside is not None and beside.get("code") in _NAMED_HERE:
            return self._reader.word(f"code.{beside.get('code')}")
        beside = beside if name == "value" else None
        if beside is not None:
            if beside not in self._labels:
                self._labels[beside] = self._label_of_value(beside)
            return self._labels[beside]
        named = f"in.{owner}" if name in ("code", "name") else f"of.{name}"
        return self._reader.word(named if named in CHROME["en"] else f"in.{name}")

    def _label_of_value(self, code: Element) -> str:
        """What the value beside a code is: what the code says, a severity, or how its act belongs to the one above."""
        if code.get("code") not in (None, *_FRAMES):
            said = self._reader.code(code)
            return (said.translated.text if said.translated else said.english) or self._reader.word("of.value")
        if code.get("code") == "SEV":
            return self._reader.word("severity")
        relation = _relation(code.getparent())
        return self._reader.word(f"relation.{relation}" if relation in _RELATIONS else "of.value")

    def _beside(self, element: Element, name: str) -> Element | None:
        """The first element of a name among an element and its siblings, looked for once."""
        parent = element.getparent()
        if parent is None:
            return None
        if (parent, name) not in self._siblings:
            self._siblings[parent, name] = parent.find(f"{ANY}{name}")
        return self._siblings[parent, name]

    def _is_said(self, words: str, element: Element) -> bool:
        """A name that the coded element beside it says in the very words."""
        code = self._beside(element, "code") if local(element) == "name" else None
        if code is None:
            return False
        if code not in self._displays:
            original = self._originals.get(code) or ""
            self._displays[code] = frozenset((*(e.get("displayName", "") for e in code.iter()), *original.split(" / ")))
        return words in self._displays[code]


def local(element: Element) -> str:
    """The name of an element of HL7's own namespaces; another's keeps its namespace."""
    return _local(str(element.tag))


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return next((tag.removeprefix(space) for space in _OWN if tag.startswith(space)), tag)


def _parent(element: Element) -> str:
    parent = element.getparent()
    return "" if parent is None else local(parent)


def _is_active(element: Element) -> bool:
    """Whether what stands in an ingredient is of an active one."""
    ingredient = next(element.iterancestors(f"{ANY}ingredient"), None)
    return ingredient is None or acts(ingredient)


def _relation(act: Element | None) -> str | None:
    """How an act belongs to the one above it: a reaction (MFST), a reason (RSON), a cause (CAUS)."""
    above = None if act is None else act.getparent()
    return None if above is None else above.get("typeCode")


def _code_of(act: Element) -> str | None:
    code = act.find(f"{ANY}code")
    return None if code is None else code.get("code")


def _stands_in(words: str, text: str) -> bool:
    """The words stand in a text as words of their own: ``5 mg`` is not said by ``15 mg`` or ``5 mg/mL``."""
    start = text.find(words)
    while start >= 0:
        before, after = text[:start][-1:], text[start + len(words) :][:2]
        if not _IN_WORD.fullmatch(before) and not _GOES_ON.fullmatch(after):
            return True
        start = text.find(words, start + 1)
    return False
