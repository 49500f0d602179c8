"""A section in each of its five states: entries, known absence, no information, not readable, source unavailable.

eHDSI PS sections E.2.3, E.2.4, E.2.9 to E.2.12, E.2.15: the five required ones always carry an entry, an IPS code when
there is no statement. What no template of the section can carry is said in the narrative or, at last, in a finding.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import count
from typing import Final, Protocol, TypeVar

from transformers.cda.errors import AbsenceUnknown
from transformers.cda.types import elements
from transformers.cda.types.composer import CdaComposer, EntryPlace, words_only
from transformers.cda.types.elements import CodeView, escaped, fixed, one_line
from transformers.cda.types.narrative import (
    Cell,
    Narrative,
    NarrativeRow,
    Piece,
    absent_sentence,
    footer,
    language_mark,
    phrase,
    piece,
    print_narrative,
)
from transformers.cda.types.vocabulary import KNOWN_ABSENT, NO_INFORMATION, NOT_READABLE, SECTIONS, FixedCode
from transformers.model.finding import Severity
from transformers.model.summary import (
    KeptInWords,
    KnownAbsent,
    Narrated,
    NoInformation,
    NotReadable,
    Present,
    Section,
    SourceUnavailable,
)
from transformers.model.values import Moment, Provenance

_TEXT_ALONE: Final = frozenset({"functional_status", "advance_directives", "care_plan"})
"""Sections whose template takes no entry: others claim their template only with one."""


class Stated(Protocol):
    """Every entry of the pivot tells where it comes from."""

    @property
    def provenance(self) -> Provenance:
        """The statement's provenance."""


T = TypeVar("T", bound=Stated)


@dataclass(frozen=True, slots=True)
class SectionView:
    """A section as printed."""

    templates: tuple[str, ...]
    code: CodeView
    title: str
    narrative: Narrative
    entries: tuple[str, ...]
    own_title: bool = True
    """Its title is words of ours."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a section is laid out: its name in the pivot, prefix of its anchors, keys of the column heads."""

    name: str
    prefix: str
    columns: tuple[str, ...]
    empty: Callable[[CodeView, str, str], str] | None = None
    """Prints the entry of a section without statements: of a code, the anchor of its words, and its id."""
    unread: Callable[[CodeView, str, str], str] | None = None
    """The same of what could not be read, where that has another form."""


def section_view(
    layout: Layout,
    state: Section[T],
    composer: CdaComposer,
    entry: Callable[[T, EntryPlace], tuple[NarrativeRow, str]],
    extra: tuple[str, ...] = (),
) -> SectionView | None:
    """The section, or None when it is not required and has nothing to say.

    ``entry`` makes row and text of one statement at its place; ``extra`` are sentences for a present
    section. Raises AbsenceUnknown for an absence that is not of the section's value set.
    """
    match state:
        case Present(entries):
            places = (EntryPlace(composer, f"{layout.prefix}{n}", f"{layout.name}[{n - 1}]") for n in count(1))
            made = [entry(one, place) for one, place in zip(entries, places, strict=False)]
            columns = tuple(composer.words[f"column.{key}"] for key in layout.columns)
            end = footer((e.provenance.source for e in entries), _newest(entries, composer), composer.words)
            paragraphs = (*(phrase(sentence) for sentence in extra), end)
            printed = tuple(text for _, text in made)
            if state.unread:
                paragraphs = (*paragraphs, unread_piece(layout, state.unread, composer))
                printed = (*printed, _unread(layout, state.unread, composer))
            narrative = Narrative(columns, tuple(row for row, _ in made), paragraphs)
            return _section(layout, composer, narrative, printed)
        case KnownAbsent():
            return _known_absent(layout, state, composer)
        case NotReadable():
            end = footer((state.source or "",), composer.updated, composer.words)
            narrative = Narrative((), (), (unread_piece(layout, state.unread, composer), end))
            return _section(layout, composer, narrative, (_unread(layout, state.unread, composer),))
        case NoInformation() | SourceUnavailable():
            return _without_information(layout, state, composer)


def print_section(section: SectionView, language: str | None) -> str:
    """The section with its narrative and entries; ``language`` as of `print_narrative`."""
    titled = f"<title{language_mark(language if section.own_title else None)}>{escaped(section.title)}</title>"
    printed = "".join(f'<entry typeCode="COMP">{one}</entry>\n' for one in section.entries)
    return (
        '<component typeCode="COMP"><section classCode="DOCSECT" moodCode="EVN">'
        f"{elements.templates(*section.templates)}{elements.code('code', section.code)}\n"
        f"{titled}\n{print_narrative(section.narrative, language)}{printed}</section></component>"
    )


def _newest(entries: tuple[T, ...], composer: CdaComposer) -> Moment:
    recorded = [e.provenance.recorded for e in entries if e.provenance.recorded is not None]
    return max(recorded, key=lambda moment: moment.iso, default=composer.updated)


def _section(layout: Layout, composer: CdaComposer, narrative: Narrative, entries: tuple[str, ...]) -> SectionView:
    form = SECTIONS[layout.name]
    told = composer.told.get(form.code.code)
    if told is not None:
        original = piece(told, label=composer.words["label.original"])
        narrative = Narrative(narrative.columns, narrative.rows, (*narrative.paragraphs, original))
    return SectionView(form.templates, fixed(form.code), composer.words[f"title.{layout.name}"], narrative, entries)


def _known_absent(layout: Layout, state: KnownAbsent, composer: CdaComposer) -> SectionView | None:
    if layout.name not in KNOWN_ABSENT:
        _left_out(layout, composer, "The section has no code for a known absence.")
        return None
    anchor = f"{layout.prefix}1"
    code, said = _absence(layout, state, anchor, composer)
    beside = (unread_piece(layout, state.unread, composer),) if state.unread else ()
    end = footer((state.provenance.source,), state.provenance.recorded or composer.updated, composer.words)
    narrative = Narrative((), (), (*said, *beside, end))
    identity = composer.entry_id(state.provenance, state.kind, layout.name)
    return _section(layout, composer, narrative, _empty(layout, fixed(code), anchor, identity))


def _absence(layout: Layout, state: KnownAbsent, anchor: str, composer: CdaComposer) -> tuple[FixedCode, Cell]:
    """Code and sentence of an absence. One of a scope has no code: no information on the whole, and its words."""
    if state.scope is not None:
        return NO_INFORMATION[layout.name], (piece(state.scope, anchor, composer.words["unread.absence"]),)
    code = KNOWN_ABSENT[layout.name].get(state.kind)
    if code is None:
        raise AbsenceUnknown(layout.name)
    return code, absent_sentence(state, anchor, composer.words)


def unread_piece(layout: Layout, unread: tuple[KeptInWords, ...], composer: CdaComposer) -> Piece:
    """How many entries could not be read, and what each says in the sender's words."""
    coded = f"{NOT_READABLE.display} ({NOT_READABLE.code}, {NOT_READABLE.system_name})"
    return piece(_unread_words(unread, composer), f"{layout.prefix}-unread", more=coded)


def _unread_words(unread: tuple[KeptInWords, ...], composer: CdaComposer) -> str:
    words = composer.words
    lines = [f"{words[f'unread.{one.why.value}']}: {one.words or words['unread.no_words']}" for one in unread]
    return "\n".join((f"{words['unread.sentence']} ({len(unread)}).", *lines))


def _unread(layout: Layout, unread: tuple[KeptInWords, ...], composer: CdaComposer) -> str:
    """The one entry that says that something stands here that could not be read: its code is OTH, its words say it."""
    printed = layout.unread or layout.empty
    if printed is None:
        return ""
    anchor = f"{layout.prefix}-unread"
    identity = composer.entry_id(Provenance(""), "not-readable", layout.name)
    words = words_only(_unread_words(unread, composer))._replace(translation=fixed(NOT_READABLE))
    return printed(CodeView(null="OTH", reference=anchor, translation=words), anchor, identity)


def _empty(layout: Layout, code: CodeView, anchor: str, identity: str) -> tuple[str, ...]:
    """The entry of a section without statements, where it takes one."""
    return () if layout.empty is None else (layout.empty(code, anchor, identity),)


def _without_information(
    layout: Layout, state: NoInformation | SourceUnavailable, composer: CdaComposer
) -> SectionView | None:
    words = composer.words
    anchor = f"{layout.prefix}1"
    unavailable = isinstance(state, SourceUnavailable)
    source = state.source or ""
    if layout.name not in NO_INFORMATION and not unavailable:
        return None
    if f"none.{layout.name}" not in words:
        _left_out(layout, composer, "The source could not be reached and the section takes no empty entry.")
        return None
    said = words[f"none.{layout.name}"]
    sentences = (phrase(said, anchor), *((phrase(words["sentence.unavailable"]),) if unavailable else ()))
    beside = state.beside if isinstance(state, SourceUnavailable) else ()
    told = (piece(one, label=words["label.beside"]) for one in beside)
    narrative = Narrative((), (), (*sentences, *told, footer((source,), composer.updated, words)))
    if layout.name not in NO_INFORMATION:
        return _section(layout, composer, narrative, ())
    identity = composer.entry_id(Provenance(source), "none", layout.name)
    code = fixed(NO_INFORMATION[layout.name])
    return _section(layout, composer, narrative, _empty(layout, code, anchor, identity))


def _left_out(layout: Layout, composer: CdaComposer, text: str) -> None:
    composer.note(Severity.WARNING, "section-left-out", layout.name, text)


def narrated(name: str, state: Section[Narrated], composer: CdaComposer) -> list[SectionView]:
    """Advance directives or the care plan: text alone."""
    if not isinstance(state, Present):
        return []
    merged = "\n".join(one.text for one in state.entries)
    first = state.entries[0]
    return [narrated_section(replace(first, text=merged), composer, name)]


def narrated_section(one: Narrated, composer: CdaComposer, name: str | None = None) -> SectionView:
    """A section that is its words; it claims a template only where that takes no entry."""
    known = name if name in _TEXT_ALONE else None
    paragraphs: list[Piece] = [piece(line) for line in one.text.split("\n") if line.strip()]
    if one.provenance is not None:
        paragraphs.append(footer((one.provenance.source,), composer.updated, composer.words))
    title = (one.title or "").strip() or (None if name is None else composer.words[f"title.{name}"])
    return SectionView(
        templates=() if known is None else SECTIONS[known].templates,
        code=_section_code(one, name),
        title=title or composer.words["title.other"],
        narrative=Narrative((), (), tuple(paragraphs) or (piece(""),)),
        entries=(),
        own_title=title is None or not (one.title or "").strip(),
    )


def _section_code(one: Narrated, name: str | None) -> CodeView:
    if name is not None:
        return fixed(SECTIONS[name].code)
    coding = one.code
    if coding is None:
        return CodeView(null="UNK")
    return CodeView(coding.code, coding.system, coding.system_name, None, one_line(coding.display or coding.code))
