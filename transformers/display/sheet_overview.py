"""The overview of a summary on paper: the rows of its page, past ones unfolded, each with the mark of its details."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from transformers.display.concepts import Wording
from transformers.display.overview import Overview, OverviewGroup
from transformers.display.overview_rows import Fact, OverviewRow
from transformers.display.sheet import Block, Cell, Heading, LabelledTexts, Paragraphs, SheetTable, SheetText

Words = Mapping[str, str]
_WIDTHS: Final = (32, 68)


def overview_blocks(overview: Overview, words: Words, marks: Mapping[str, str]) -> Iterator[Block]:
    """The blocks of an overview in the reader's ``words``; ``marks``: of each entry's id, how the sheet names it."""
    if overview.untranslated:
        yield Paragraphs((SheetText(f"{overview.untranslated} {words['overview.untranslated']}"),))
    for group in overview.groups:
        yield from _group(group, words, marks)
    if overview.elsewhere:
        yield Heading(SheetText(words["overview.elsewhere"]))
        yield LabelledTexts(tuple((one.heading, _elsewhere(one, words)) for one in overview.elsewhere))


def _group(group: OverviewGroup, words: Words, marks: Mapping[str, str]) -> Iterator[Block]:
    counts = [str(len(group.rows))] if group.rows else []
    counts += [f"{group.unreadable} {words['overview.unreadable']}"] if group.unreadable else []
    yield Heading(SheetText(f"{group.heading} ({', '.join(counts)})" if counts else group.heading))
    if group.contradicted:
        yield Paragraphs((SheetText(f"▲ {words['absence.contradicted']}", strong=True),))
    sent = tuple(text for line in group.words for text in _wordings([line], words))
    absence = (SheetText(group.absence),) if group.absence else ()
    kept = tuple(SheetText(f"{one.why}: {one.words.text}" if one.words else one.why) for one in group.kept)
    if sent or absence:
        yield Paragraphs((*sent, *absence))
    if group.rows:
        yield _table(group.rows, words, marks)
    if kept:
        yield Paragraphs(kept)
    if group.past:
        yield Heading(SheetText(f"{len(group.past)} {words['overview.ended']}"), 3)
        yield _table(group.past, words, marks)


def _table(rows: Sequence[OverviewRow], words: Words, marks: Mapping[str, str]) -> SheetTable:
    head = (words["overview.column.what"], words["overview.column.more"])
    return SheetTable(head, tuple(_row(row, words, marks) for row in rows), _WIDTHS, inline=True)


def _row(row: OverviewRow, words: Words, marks: Mapping[str, str]) -> tuple[Cell, Cell]:
    severe = (SheetText(f"▲ {words['overview.severe']}", strong=True),) if row.severe else ()
    name = tuple(replace(text, strong=not text.soft) for text in _wordings(row.name, words))
    mark = (SheetText(marks[row.entry], soft=True),) if row.entry in marks else ()
    facts: list[SheetText] = []
    for fact in row.facts:
        facts += (*((SheetText("·", soft=True),) if facts else ()), *_fact(fact, words))
    return (*severe, *name, *mark), (*facts, *(SheetText(f"▲ {one}", strong=True) for one in row.marks))


def _fact(fact: Fact, words: Words) -> Iterator[SheetText]:
    if fact.label:
        yield SheetText(fact.label, soft=True)
    for text in _wordings(fact.said, words):
        yield replace(text, strong=True) if fact.strong else text


def _wordings(said: Sequence[Wording], words: Words) -> tuple[SheetText, ...]:
    texts: list[SheetText] = []
    for one in said:
        if one.joint and texts:
            texts[-1] = replace(texts[-1], text=texts[-1].text + one.text.rstrip())
            continue
        texts.append(SheetText(f"({one.text})" if one.beside else one.text, one.language, soft=one.beside))
        if one.differs:
            texts.append(SheetText(f"(▲ {words['differs']}: {one.differs})"))
    return tuple(texts)


def _elsewhere(group: OverviewGroup, words: Words) -> Cell:
    unreadable = f"{group.unreadable} {words['overview.unreadable']}" if group.unreadable else None
    return tuple(SheetText(text) for text in (group.absence, unreadable) if text)
