"""Rows of Reseptformidleren's lists of prescriptions (M9.2, M9.6): a list survives its worst row, and says which."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.norway.errors import Malformed
from transformers.norway.xml_fields import children, plain


class Identified(Protocol):
    """A row that was read."""

    @property
    def id(self) -> str:
        """ReseptId."""


Row = TypeVar("Row", bound=Identified)


def rows_of(
    elements: Sequence[etree._Element], name: str, read: Callable[[etree._Element], Row], report: Report
) -> tuple[tuple[Row, ...], tuple[str, ...]]:
    """The rows that ``read`` can read, and the ids (else places) of the others: what is missing or unknown, or twice.

    Of two rows of one id nobody can tell which holds: neither is taken.
    """
    found: list[Row] = []
    lost: list[str] = []
    for index, element in enumerate(elements):
        path = f"{name}[{index}]"
        try:
            found.append(read(element))
        except Malformed as fault:
            text = f"one row could not be read: {fault.what}"
            report.add(Finding(Severity.WARNING, "row-unreadable", path, text, fault.code))
            lost.append(_id(element) or path)
    counts = Counter(row.id.lower() for row in found)
    twice = sorted(id_ for id_, count in counts.items() if count > 1)
    for id_ in twice:
        report.add(Finding(Severity.WARNING, "row-twice", name, "two rows of one prescription: neither is taken", id_))
    spoilt = {*twice, *(id_.lower() for id_ in lost)}
    return tuple(row for row in found if row.id.lower() not in spoilt), (*dict.fromkeys((*lost, *twice)),)


def _id(element: etree._Element) -> str | None:
    return next((written for one in children(element, "ReseptId") if (written := plain(one.text)) is not None), None)
