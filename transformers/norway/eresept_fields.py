"""Fields several e-resept messages have in common: yes and no (Volven 1101), dates, counts, sizes of packages."""

import re
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.values import Coded, Moment
from transformers.norway.code_systems import CodeSystems
from transformers.norway.errors import Malformed
from transformers.norway.moments import read_date, read_date_time
from transformers.norway.xml_fields import (
    child,
    code,
    coded_of,
    decimal,
    flag,
    name_of,
    namespace_of,
    required_text,
    text,
)

_YES, _NO = ("1", "Ja"), ("2", "Nei")
_COUNT = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True, slots=True)
class PackageSize:
    """Pakningsstr as written (``10x0,5``) and its unit."""

    written: str
    unit: Coded | None


def yes(parent: etree._Element, name: str) -> bool | None:
    """A code of Volven 1101, None when absent; raises ``Malformed(name)`` for any other code."""
    found = child(parent, name)
    if found is None:
        return None
    said = code(parent, name)
    if said not in (_YES[0], _NO[0]):
        raise Malformed(name)
    return said == _YES[0]


def yes_or_no(parent: etree._Element, name: str, *, said: bool) -> None:
    """Write a child whose code is Ja or Nei."""
    value, shown = _YES if said else _NO
    etree.SubElement(parent, f"{{{namespace_of(parent)}}}{name}", {"V": value, "DN": shown})


def day(parent: etree._Element, name: str) -> Moment | None:
    """An xs:date child."""
    written = text(parent, name)
    return None if written is None else read_date(written, name)


def changed_at(entry: etree._Element, name: str, report: Report, path: str) -> Moment | None:
    """When an entry was last changed; None, with a finding, where that cannot be read: what it states stands."""
    try:
        return read_date_time(required_text(entry, name), name)
    except Malformed:
        report.add(Finding(Severity.WARNING, "date-unknown", f"{path}.{name}", "when it was changed is not told"))
        return None


def number(parent: etree._Element, name: str) -> Decimal | None:
    """An xs:decimal child; raises ``Malformed(name)``."""
    written = text(parent, name)
    return None if written is None else decimal(written, name)


def whole(parent: etree._Element, name: str) -> int | None:
    """A count that is not negative; raises ``Malformed(name)``."""
    written = text(parent, name)
    if written is None:
        return None
    if not _COUNT.fullmatch(written):
        raise Malformed(name)
    return int(written)


def package_size(parent: etree._Element, systems: CodeSystems) -> PackageSize | None:
    """Pakningsstr and EnhetPakning of ``parent``."""
    written = text(parent, "Pakningsstr")
    return None if written is None else PackageSize(written, coded_of(child(parent, "EnhetPakning"), systems))


def required_flag(parent: etree._Element, name: str) -> bool:
    """An xs:boolean child; raises ``Malformed(name)`` when absent."""
    said = flag(parent, name)
    if said is None:
        raise Malformed(name)
    return said


def unread(element: etree._Element, known: frozenset[str], report: Report, path: str) -> None:
    """Name the children that no field holds: what is not carried is said."""
    names = {name_of(inner) for inner in element if not isinstance(inner, etree._Comment)}
    others = sorted(names - known)
    if others:
        report.add(Finding(Severity.INFO, "not-carried", path, "stated, and carried by no field", ", ".join(others)))
