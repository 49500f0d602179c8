"""An eHDSI clinical document as PDF/A-1b: the same view as its page, on paper; what the page folds away stands open.

What is asked first stands first (a summary's overview, a medicine's key facts), then all that each entry says, run
together and numbered, then codes and identifiers in an annex under those numbers.
A document whose body is a PDF is not printed again: its own file is the paper, and the page hands it on.
The paper itself is set by `pdf.py`, the typesetter of every sheet.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from transformers.display.chrome import CHROME
from transformers.display.pdf import PdfMade, print_sheet
from transformers.display.reader import ShownCode
from transformers.display.sheet import (
    Block,
    Cell,
    Heading,
    LabelledTexts,
    Paragraphs,
    RunIn,
    Sheet,
    SheetTable,
    SheetText,
    SmallPrint,
)
from transformers.display.sheet_overview import overview_blocks
from transformers.display.statements import PageEntry, Statement
from transformers.display.view import HeaderParty, PageView, Section
from transformers.display.write_html import read_document
from transformers.model.finding import Finding, Report, Severity
from transformers.terminology.release import Release
from transformers.words import Language

Words = Mapping[str, str]
_WIDTHS: Final = (24, 38, 38)
_PARTING: Final = re.compile(r"[\s·/–]+")
_UNDATED: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FORMS: Final = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H:%M %z", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d")


def write_pdf(document: bytes, *, release: Release, language: Language = "en") -> PdfMade:
    """The document in a language's words as PDF/A-1b. Raises as `write_html` does, and NotPrintable."""
    view, report = read_document(document, release=release, language=language, printed=True)
    words = CHROME[language]
    made = print_sheet(_sheet(view, words, language, release.id, report))
    return PdfMade(made.content, Report([*report.findings, *made.report.findings]))


def _sheet(view: PageView, words: Words, language: Language, release: str, report: Report) -> Sheet:
    created = _instant(view.created)
    if created is None:
        text = "The document's time is not given or not readable; the PDF carries the beginning of 1970 in its place."
        report.add(Finding(Severity.WARNING, "document-undated", "ClinicalDocument/effectiveTime", text))
    name = view.patient.name or words["unknown_value"]
    number = view.identifiers[0].name if view.identifiers else words["unknown_value"]
    title = words[f"kind.{view.kind_id}"] if view.kind_id else words["kind"]
    return Sheet(
        title=f"{title}: {name}",
        language=language,
        created=created or _UNDATED,
        running=f"{name} · {words['born']} {view.born or words['unknown_value']} · {number} · {title}",
        foot=f"{words['printed_from']} {view.unique_id} · {words['terminology']} {release}",
        blocks=tuple(_blocks(view, words)),
    )


def _instant(created: str) -> datetime | None:
    for form in _FORMS:
        try:
            found = datetime.strptime(created, form)  # noqa: DTZ007 - a stamp without zone is taken as UTC below
        except ValueError:
            continue
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None


def _blocks(view: PageView, words: Words) -> Iterator[Block]:
    unknown = words["not_stated"]
    sex = _meaning(view.sex, words) if view.sex.said else (SheetText(unknown),)
    kind = _meaning(view.kind, words) if view.kind.said else ()
    yield _facts(
        (words["document"], (*kind, *_said(view.title, view.language))),
        (words["identifier"], tuple(s for party in view.identifiers for s in _party(party)) or (SheetText(unknown),)),
        (words["born"], (SheetText(view.born or unknown),)),
        (words["sex"], sex),
        (words["address"], tuple(SheetText(line) for line in view.patient.lines)),
        (words["of.time"], (SheetText(" · ".join(p for p in (view.made or unknown, view.country) if p)),)),
        (words["language"], (SheetText(view.tongue or unknown),)),
        (words["author"], _party(view.author) or (SheetText(unknown),)),
        (words["responsible"], _party(view.responsible) or (SheetText(unknown),)),
        (words["custodian"], _party(view.custodian) or (SheetText(unknown),)),
    )
    if view.unread:
        yield Paragraphs((SheetText(f"{words['unread.head']}: {view.unread}"),))
    if view.file is not None:
        yield from _file(view, words)
    marks = _Numbering()
    if view.overview is not None:
        numbered = {entry.id: marks.of(entry) for section in view.sections for entry in section.entries if entry.id}
        yield from overview_blocks(view.overview, words, numbered)
    for section in view.sections:
        yield from _section(section, view, words, marks)
    yield Heading(SheetText(words["header_details"]))
    for part in view.details:
        yield _run_in(part, marks.of(part), view, words)
    if marks.codes:
        yield Heading(SheetText(words["codes"]))
        yield SmallPrint(tuple(SheetText(f"{mark} {'; '.join(codes)}") for mark, codes in marks.codes.items()))


@dataclass
class _Numbering:
    """The number of each entry, given once, and the codes that the annex tells under it."""

    given: dict[int, str] = field(default_factory=dict)
    codes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def of(self, entry: PageEntry) -> str:
        """The entry's mark."""
        mark = self.given.setdefault(id(entry), f"[{len(self.given) + 1}]")
        if entry.codes:
            self.codes[mark] = entry.codes
        return mark


def _section(section: Section, view: PageView, words: Words, marks: _Numbering) -> Iterator[Block]:
    title = SheetText(section.title or words["unknown_value"], view.language)
    named = section.code.said and not section.code.bare
    yield Heading(_meaning(section.code, words)[0] if named else title)
    if named and section.title:
        yield Paragraphs((SheetText(section.title, view.language, soft=True),), small=True)
    if section.unread:
        yield Paragraphs((SheetText(f"{words['unread.section']}: {section.unread}"),))
    if not section.entries:
        yield Paragraphs((SheetText(words["no_entries"]),))
    for key in section.keys:
        yield from _key(key, view, words, marks)
    narrated = {_letters(line) for line in section.lines}
    for entry in section.entries:
        mark = marks.of(entry)
        twice = entry.original is not None and _letters(entry.original) in narrated
        yield _run_in(replace(entry, original=None) if twice else entry, mark, view, words)
    if section.lines:
        yield Heading(SheetText(words["narrative"]), 3)
        yield Paragraphs(tuple(SheetText(line, view.language) for line in section.lines), small=True)


def _letters(text: str) -> str:
    """A text without what parts its cells and lines: a row of the narrative is printed once, in its narrative."""
    return _PARTING.sub("", text)


def _key(entry: PageEntry, view: PageView, words: Words, marks: _Numbering) -> Iterator[Block]:
    """What is asked first of a medicine: a row each."""
    told = (entry.label, marks.of(entry) if entry.codes else "")
    if any(told):
        yield Heading(SheetText(" ".join(filter(None, told))), 3)
    rows = [((SheetText(label),), told, written) for label, told, written in _statements(entry, view, words)]
    if rows:
        yield SheetTable((words["kind_of_detail"], words["english"], words["original"]), tuple(rows), _WIDTHS)


def _run_in(entry: PageEntry, mark: str, view: PageView, words: Words) -> RunIn:
    return RunIn(mark, entry.label, _statements(entry, view, words))


def _statements(entry: PageEntry, view: PageView, words: Words) -> tuple[tuple[str, Cell, Cell], ...]:
    said = [_row(statement, view, words) for statement in entry.statements]
    if entry.original:
        said.append((words["original"], (), (SheetText(entry.original, view.language),)))
    return tuple(said)


def _row(statement: Statement, view: PageView, words: Words) -> tuple[str, Cell, Cell]:
    label = "– " * statement.depth + statement.label
    code = statement.code
    if code is not None:
        unsaid = words["untranslated" if code.coded else "not_coded"]
        english = _meaning(code, words) if code.said else (SheetText(unsaid),)
        if code.differs:
            english = (*english, SheetText(f"▲ {words['differs']}"))
        return label, english, _said(code.original or "", view.language)
    return label, _said(statement.text or "", None), _said(statement.original or "", view.language)


def _meaning(code: ShownCode, words: Words) -> Cell:
    english = _said(code.english or "", "en")
    if code.translated:
        return (
            SheetText(code.translated.text, code.translated.language),
            *(SheetText(e.text, "en", soft=True) for e in english),
        )
    return english or (SheetText(f"{words['no_words']} {code.bare}"),)


def _file(view: PageView, words: Words) -> Iterator[Block]:
    facts = view.file_facts
    if facts is None:
        yield Heading(SheetText(words["file.none"]))
        yield Paragraphs((SheetText(words[f"file.{view.file}"]),))
        return
    yield Heading(SheetText(words["file"]))
    yield _facts(
        (words["file.type"], (SheetText(facts.name),)),
        (words["file.size"], (SheetText(facts.size),)),
        (words["file.digest"], (SheetText(facts.digest),)),
    )


def _facts(*rows: tuple[str, Cell]) -> LabelledTexts:
    return LabelledTexts(tuple(row for row in rows if row[1]), inline=True)


def _party(party: HeaderParty) -> Cell:
    return tuple(SheetText(line, soft=n > 0) for n, line in enumerate((party.name, *party.lines)) if line)


def _said(text: str, language: str | None) -> Cell:
    return (SheetText(text, language),) if text else ()
