"""What every view of one document shares: words, report, entry ids, and how a concept becomes a CDA code.

A concept with a target is printed as that code with the source's coding as its one translation; a concept without is
``OTH`` with the source's words and coding (cda-documents, shapes of friendly and pivot). Words without a coding stand
as a translation too (`words_only`), for other countries' pages show nothing else of an OTH. Nothing is coded here.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha1
from typing import Final, NamedTuple
from uuid import UUID

from transformers.cda.types.elements import CodeView, one_line
from transformers.cda.types.narrative import Cell, coded_cell, label_of
from transformers.cda.types.times import Interval, interval
from transformers.cda.types.vocabulary import SYSTEM_NAMES, WORDS_ONLY, WORDS_ONLY_SYSTEM
from transformers.model.finding import Finding, Report, Severity
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance
from transformers.words import Words

_NAMESPACE: Final = UUID("6f3f6d2e-0f0d-5b0c-9c57-2b1f0e6a8d41").bytes
"""Of the ids of entries; fixed for ever, so that a statement keeps its id from document to document."""
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]*))+")
_CODE = re.compile(r"\S+")


@dataclass(slots=True)
class CdaComposer:
    """State of one document's making. ``patient`` separates the entry ids of different persons."""

    words: Words
    report: Report
    patient: Identifier
    created: Moment
    updated: Moment
    told: Mapping[str, str] = field(default_factory=dict)
    """What a foreign document's sections said in words, by section code: printed below what is made here."""
    words_language: str | None = None
    """Of ``words``, where the document has another."""
    _used: Counter[str] = field(default_factory=Counter)

    def entry_id(self, provenance: Provenance, entry: str, role: str) -> str:
        """Id of an entry: uuid5 of who, source, the source's id and role, in upper case (DTr1 II); never twice."""
        parts = (self.patient.root, self.patient.extension or "", provenance.source, provenance.source_id or "", entry)
        name = "\x1f".join((*parts, role))
        self._used[name] += 1
        if self._used[name] > 1:
            name = f"{name}\x1f{self._used[name]}"
        return _uuid5(name)

    def note(self, severity: Severity, code: str, path: str, text: str, coded: Coded | None = None) -> None:
        """Add a finding; the original is shown as code and system, or as the words written."""
        original = None if coded is None else _shown(coded)
        self.report.add(Finding(severity, code, path, text, original=original, rule=f"cda-write:{code}"))

    def code(self, coded: Coded, path: str, anchor: str | None) -> CodeView:
        """The concept as a CD or CE whose original text is the narrative at ``anchor`` (None: where there is none)."""
        translation = self._translation(coded, path)
        target = coded.target
        if target is not None and _expressible(target) and target.display and target.display.strip():
            return CodeView(
                target.code,
                target.system,
                _named(target),
                target.version,
                one_line(target.display),
                reference=anchor,
                translation=translation,
            )
        if target is not None:
            self.note(Severity.ERROR, "target-incomplete", path, "The target has no code, OID or display.", coded)
        else:
            text = "No European code stands beside it; the original is sent as text and original coding."
            self.note(Severity.WARNING, "unmapped-code", path, text, coded)
        words = label_of(coded)
        return CodeView(
            null="OTH",
            reference=anchor,
            text=words if anchor is None else None,
            translation=translation or words_only(words),
        )

    def medicine_code(self, coded: Coded, path: str, anchor: str | None) -> CodeView:
        """The same for form, package, ingredient and route of a medicine: no original text beside a code.

        Pages of other countries show that text in place of the code's translated display, so the words stand as a
        translation where no other one says them. ``anchor`` None: no original text beside a null either.
        """
        view = self.code(coded, path, anchor)
        if view.null is not None and anchor is not None:
            return view
        words = one_line(label_of(coded))
        return view._replace(reference=None, text=None, translation=_saying(words, view.translation, view.display))

    def own_code(self, coding: Coding, words: str) -> CodeView | None:
        """A national code as it is, for a place bound to no value set; None when CDA cannot hold it."""
        display = one_line(coding.display or "") or one_line(words)
        if not _expressible(coding) or not display:
            return None
        return CodeView(coding.code, coding.system, _named(coding), None, display)

    def only_mapped(self, coded: Coded | None, path: str, anchor: str) -> CodeView | None:
        """The concept for a place that takes no null: without a target None and a finding; the narrative has it."""
        if coded is None:
            return None
        view = self.code(coded, path, anchor)
        return view if view.code is not None else None

    def interval(self, period: Period, path: str) -> Interval:
        """The period as an interval, with a finding when the structure cannot say what the source said."""
        result = interval(period)
        if result.finding == "period-reversed":
            text = "The end is before the start; both are in the narrative, neither in the structure."
            self.note(Severity.WARNING, result.finding, path, text)
        elif result.finding is not None:
            self.note(Severity.INFO, result.finding, path, "The end falls within the start; it is in the narrative.")
        return result

    def _translation(self, coded: Coded, path: str) -> CodeView | None:
        original, target = coded.original, coded.target
        if original is None:
            if coded.others:
                text = "Further codings without a main one are in the narrative."
                self.note(Severity.INFO, "coding-in-narrative", path, text)
            return None
        if not _expressible(original):
            text = "The original coding has no code or no OID that CDA can hold; it is in the narrative."
            self.note(Severity.WARNING, "coding-not-expressible", path, text, coded)
            return None
        display = one_line(original.display or "") or one_line(label_of(coded))
        changed = target is None or (original.code, original.system, display) != (
            target.code,
            target.system,
            one_line(target.display or ""),
        )
        others = self._others(coded, path)
        if not changed and not others:
            return None
        innermost = CodeView(original.code, original.system, _named(original), None, display) if changed else None
        return _nested(others, innermost)

    def _others(self, coded: Coded, path: str) -> tuple[Coding, ...]:
        """The source's further codings that can stand as translations: each code once (RIM-002), with a display."""
        said = {(c.code, c.system) for c in (coded.original, coded.target) if c is not None}
        kept: dict[tuple[str, str], Coding] = {}
        for coding in coded.others:
            if (coding.code, coding.system) in said:
                continue
            if not _expressible(coding) or not one_line(coding.display or ""):
                text = "A further coding has no code, OID or display that CDA can hold; it is in the narrative."
                self.note(Severity.INFO, "coding-in-narrative", path, text)
                continue
            kept.setdefault((coding.code, coding.system), coding)
        return tuple(kept.values())


class EntryPlace(NamedTuple):
    """Where one statement is printed: its document's composer, the stem of its ids in the narrative, its path."""

    composer: CdaComposer
    anchor: str
    path: str
    """In the pivot, for findings."""

    def view(self, coded: Coded, member: str, suffix: str | None = None) -> CodeView:
        """A member as a code, whose words stand at the anchor that ends in ``suffix``: the member's name by default."""
        return self.composer.code(coded, f"{self.path}.{member}", f"{self.anchor}-{suffix or member}")

    def medicine_view(self, coded: Coded, member: str, suffix: str) -> CodeView:
        """The same of a medicine's form or route (`CdaComposer.medicine_code`)."""
        return self.composer.medicine_code(coded, f"{self.path}.{member}", f"{self.anchor}-{suffix}")

    def cell(self, coded: Coded | None, kind: str) -> Cell:
        """The words of a coded member with the label of that kind, at the anchor that ends in it."""
        return coded_cell(coded, self.composer.words[f"label.{kind}"], f"{self.anchor}-{kind}")

    def part(self, members: str, number: int) -> "EntryPlace":
        """The place of one of several members, counted from one."""
        name = members.removesuffix("s")
        return EntryPlace(self.composer, f"{self.anchor}-{name}{number}", f"{self.path}.{members}[{number - 1}]")


def _nested(others: tuple[Coding, ...], innermost: CodeView | None) -> CodeView | None:
    """Translations within each other, the source's main coding innermost: its order survives every step."""
    view = innermost
    for coding in reversed(others):
        view = CodeView(
            coding.code, coding.system, _named(coding), None, one_line(coding.display or ""), translation=view
        )
    return view


def words_only(words: str) -> CodeView:
    """What the source wrote and has no code, as the translation of a code."""
    return CodeView(WORDS_ONLY, WORDS_ONLY_SYSTEM, SYSTEM_NAMES[WORDS_ONLY_SYSTEM], None, one_line(words))


def _saying(words: str, translation: CodeView | None, said: str | None) -> CodeView | None:
    """The translations with the words innermost, where the innermost (or, without any, the code) says others."""
    if translation is None:
        return None if words == said else words_only(words)
    return translation._replace(translation=_saying(words, translation.translation, translation.display))


def _uuid5(name: str) -> str:
    """RFC 9562, version 5, in upper case; without an object for each, of which a document has hundreds."""
    digest = sha1(_NAMESPACE + name.encode(), usedforsecurity=False).hexdigest().upper()
    variant = "89AB"[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


def _expressible(coding: Coding) -> bool:
    return bool(_CODE.fullmatch(coding.code)) and bool(_OID.fullmatch(coding.system)) and len(coding.system) <= 64


def _named(coding: Coding) -> str | None:
    return one_line(coding.system_name or "") or SYSTEM_NAMES.get(coding.system)


def _shown(coded: Coded) -> str:
    if coded.original is None:
        return coded.text or ""
    return f"{coded.original.code} ({coded.original.system})"
