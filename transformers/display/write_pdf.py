"""An eHDSI clinical document as PDF/A-1b: the same view as its page, on paper; what the page folds away stands open.

A document whose body is a PDF is not printed again: its own file is the paper, and the page hands it on.
The paper itself is set by `pdf.py`, the typesetter of every sheet.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from transformers.display.chrome import CHROME
from transformers.display.pdf import PdfMade, print_sheet
from transformers.display.reader import ShownCode
from transformers.display.sheet import Block, Cell, Heading, LabelledTexts, Paragraphs, Sheet, SheetTable, SheetText
from transformers.display.statements import PageEntry, Statement
from transformers.display.view import HeaderParty, PageView, Section
from transformers.display.write_html import read_document
from transformers.model.finding import Finding, Report, Severity
from transformers.terminology.release import Release
from transformers.words import Language

Words = Mapping[str, str]
_WIDTHS: Final = (24, 38, 38)
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
        (words["of.time"], (SheetText(" · ".join(p for p in (view.created or unknown, view.country) if p)),)),
        (words["language"], (SheetText(view.language or unknown),)),
        (words["author"], _party(view.author) or (SheetText(unknown),)),
        (words["responsible"], _party(view.responsible) or (SheetText(unknown),)),
        (words["custodian"], _party(view.custodian) or (SheetText(unknown),)),
    )
    if view.unread:
        yield Paragraphs((SheetText(f"{words['unread.head']}: {view.unread}"),))
    if view.file is not None:
        yield from _file(view, words)
    for section in view.sections:
        yield from _section(section, view, words)
    yield Heading(SheetText(words["header_details"]))
    for part in view.details:
        if part.statements or part.codes:
            yield from _entry(part, view, words)


def _section(section: Section, view: PageView, words: Words) -> Iterator[Block]:
    title = SheetText(section.title or words["unknown_value"], view.language)
    named = section.code.said and not section.code.bare
    yield Heading(_meaning(section.code, words)[0] if named else title)
    if named and section.title:
        yield Paragraphs((SheetText(section.title, view.language, soft=True),))
    if section.unread:
        yield Paragraphs((SheetText(f"{words['unread.section']}: {section.unread}"),))
    if not section.entries:
        yield Paragraphs((SheetText(words["no_entries"]),))
    for entry in (*section.keys, *section.entries):
        yield from _entry(entry, view, words)
    if section.lines:
        yield Heading(SheetText(words["narrative"]), 3)
        yield Paragraphs(tuple(SheetText(line, view.language) for line in section.lines))


def _entry(entry: PageEntry, view: PageView, words: Words) -> Iterator[Block]:
    if entry.label:
        yield Heading(SheetText(entry.label), 3)
    rows = [_row(statement, view, words) for statement in entry.statements]
    if entry.original:
        rows.append(((SheetText(words["original"]),), (), (SheetText(entry.original, view.language),)))
    if rows:
        yield SheetTable((words["kind_of_detail"], words["english"], words["original"]), tuple(rows), _WIDTHS)
    if entry.codes:
        yield Paragraphs((SheetText(f"{words['codes']}: {'; '.join(entry.codes)}", soft=True),))


def _row(statement: Statement, view: PageView, words: Words) -> tuple[Cell, ...]:
    label = (SheetText("– " * statement.depth + statement.label),)
    code = statement.code
    if code is not None:
        unsaid = words["untranslated" if code.coded else "not_coded"]
        english = _meaning(code, words) if code.said else (SheetText(unsaid),)
        if code.differs:
            english = (*english, SheetText(words["differs"]))
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
    return LabelledTexts(tuple(row for row in rows if row[1]))


def _party(party: HeaderParty) -> Cell:
    return tuple(SheetText(line, soft=n > 0) for n, line in enumerate((party.name, *party.lines)) if line)


def _said(text: str, language: str | None) -> Cell:
    return (SheetText(text, language),) if text else ()
