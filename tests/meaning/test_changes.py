"""Each construct of the corpus changed in six ways, each field taken away: no crash, nothing invented, never more."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache

import pytest

from tests.meaning import readers
from tests.meaning.changes import Changed, constructs, removals, touched, words_in
from tests.meaning.table import Meaning, Row, every_row
from tests.support.machine.generated import choices

BASES: dict[str, Row] = {}
"""The first row of each table of documents, which is its base unchanged."""
for one in every_row():
    if one.kind in ("ps", "ep", "ed"):
        BASES.setdefault(one.base, one)
REFUSED = [
    row for row in every_row()
    if row.kind in ("ep", "ed") and not all(row.decisions.values()) and not row.means.state.startswith("refused")
]  # fmt: skip
BASES_A_DAY, REFUSED_ROWS_A_DAY, FIELDS_A_DAY = 3, 3, 60
DENYING = ("negated", "nullified", "planned")
TOLD_BY_READERS = ("level", "why_text_only", "completed", "negated", "kind", "substituted")
"""Facts that a reader concludes and no word of the document states."""


@cache
def said_of(base: str) -> readers.Said:
    row = BASES[base]
    return readers.pivot(row.kind, row.document, row.section)


def facts(meaning: Meaning) -> Counter[tuple[str, str]]:
    """Facts of every statement; of several, which one it is says nothing."""
    return Counter((re.sub(r"\d+", "#", name), value) for one in meaning.statements for name, value in one.items())


def plain(text: str) -> str:
    return re.sub(r"[\W_]", "", text)


def invented(said: Meaning, of: Meaning, document: bytes) -> list[str]:
    """Facts that the base has not and that no word of the document states."""
    words = plain(words_in(document))
    new = [one for one in sorted(set(facts(said)) - set(facts(of))) if one[0].rpartition(".")[2] not in TOLD_BY_READERS]
    return [
        f"{name}: {value}" for name, value in new if not all(plain(p) in words for p in re.split(r"[ ^\n]|\.\.", value))
    ]


def wrongly_changed(base: str, changed: Changed) -> list[str]:
    """What a change of a construct made that it may not."""
    row, before = BASES[base], said_of(base)
    after = readers.pivot(row.kind, changed.document, row.section)
    wrong = [f"{base}{changed.id}: {one}" for one in invented(after.meaning, before.meaning, changed.document)]
    gone = facts(before.meaning) - facts(after.meaning)
    if changed.id.endswith(DENYING) and not gone and not any(one.get("negated") for one in after.meaning.statements):
        wrong.append(f"{base}{changed.id}: still affirmed")
    readers.page(changed.document)
    return wrong


def wrongly_lacking(base: str, changed: Changed) -> list[str]:
    """What is read of a document that lacks a field, and that nothing states."""
    row, before = BASES[base], said_of(base)
    after = readers.pivot(row.kind, changed.document, row.section)
    return [f"{base}{changed.id}: {one}" for one in invented(after.meaning, before.meaning, changed.document)]


def more_permissive(row: Row, changed: Changed) -> list[str]:
    """Decisions that a document was refused and has after it lost or changed a field that was not at fault."""
    after = readers.pivot(row.kind, changed.document, row.section).decisions
    return [
        f"{row.id}: {name} without {changed.id}" for name, may in row.decisions.items() if not may and after.get(name)
    ]


def of_all(make: Iterable[tuple[str, Changed]], check: object) -> list[str]:
    return [one for base, changed in make for one in check(base, changed)]  # type: ignore[operator]  # a check above


def changes_of(bases: Iterable[str]) -> list[tuple[str, Changed]]:
    return [(base, one) for base in bases for one in constructs(BASES[base].document)]


def removals_of(bases: Iterable[str]) -> list[tuple[str, Changed]]:
    return [(base, one) for base in bases for one in removals(BASES[base].document)]


def of_refused(row: Row) -> Iterator[Changed]:
    """Changes of what is right in a document that is refused: not what is at fault, and not what stands beside it."""
    fault = touched(row.document, BASES[row.base].document)
    for one in (*removals(row.document), *constructs(row.document)):
        if one.place not in fault:
            yield one


def test_of_the_changes_of_the_day_none_is_affirmed_or_invented():
    today = choices("changes of constructs").sample(sorted(BASES), BASES_A_DAY)
    assert of_all(changes_of(today), wrongly_changed) == []


def test_without_the_fields_of_the_day_nothing_is_invented():
    chosen = choices("fields taken away")
    every = removals_of(chosen.sample(sorted(BASES), BASES_A_DAY))
    assert of_all(chosen.sample(every, min(len(every), FIELDS_A_DAY)), wrongly_lacking) == []


def test_no_refused_document_of_the_day_is_let_through_by_what_it_lacks():
    chosen = choices("refused documents")
    rows = chosen.sample(REFUSED, REFUSED_ROWS_A_DAY)
    found = [(row, one) for row in rows for one in of_refused(row)]
    assert [one for row, changed in chosen.sample(found, FIELDS_A_DAY) for one in more_permissive(row, changed)] == []


@pytest.mark.prove
def test_no_change_of_a_construct_is_affirmed_or_invented():
    assert of_all(changes_of(BASES), wrongly_changed) == []


@pytest.mark.prove
@pytest.mark.timed
def test_without_any_field_nothing_is_invented():
    assert of_all(removals_of(BASES), wrongly_lacking) == []


@pytest.mark.prove
@pytest.mark.timed
@pytest.mark.parametrize("row", REFUSED, ids=[row.id for row in REFUSED])
def test_no_refused_document_is_let_through_by_what_it_lacks(row):
    assert [one for changed in of_refused(row) for one in more_permissive(row, changed)] == []


def test_a_fault_that_is_taken_away_is_let_through():
    row = next(row for row in REFUSED if row.id == "ep/status/suspended")
    fault = touched(row.document, BASES["ep"].document)
    assert any(one.endswith("statusCode") for one in fault)
    assert said_of("ep").decisions == {"dispense": True, "list": True}
