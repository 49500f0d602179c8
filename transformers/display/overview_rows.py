"""One row a statement: its substance, product, device or condition, and each further thing it says with its label.

A severe row is one by code or word: anaphylaxis, a severe or life-threatening reaction, a high criticality. A medicine
is past only when its status, or its stated end before the document's day, says so and the other does not disagree.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from transformers.cda.statements.allergies import KINDS
from transformers.cda.types.times import ends_before
from transformers.cda.types.vocabulary import PROBLEM_RESOLVED
from transformers.display.concepts import Concepts, Wording
from transformers.display.quantities import measured_of
from transformers.display.reader import ANY, PageReader
from transformers.model.summary import (
    Allergy,
    Dosage,
    ImplantedDevice,
    Ingredient,
    MedicationStatement,
    MedicinalProduct,
    Observation,
    ObservationGroup,
    Problem,
    Reaction,
    Timing,
)
from transformers.model.values import Coded, Moment, Quantity
from transformers.spoken import Measures, code_of
from transformers.terminology.check_words import numbers_differ, numbers_in
from trust.xml import Element

_ANAPHYLAXIS: Final = frozenset({"39579001", "T78.0", "T78.2", "T80.5", "T88.6"})
"""SNOMED CT "Anaphylaxis"; ICD-10 "Anaphylactic shock" by its causes."""
_ANAPHYLACTIC: Final = re.compile(r"ana(?:ph|f)[yiü]la|анафил|αναφυλα", re.IGNORECASE)
"""The word in Latin, Cyrillic and Greek letters, for a reaction of words alone."""
_GRAVE: Final = re.compile(
    r"\b(?:alvorl[ie]g|allvarlig|livstru|livshot|livsfarl|severe|life[- ]?threat|grave|gravíssim|severo|severa|sévère"
    r"|schwer(?:e|er|es|en|em|wiegend)?\b|lebensbedroh|ernstig|levensbedreig|vakava|hengenvaaral|raskekuju|eluohtlik"
    r"|smag[sai]\b|sunk(?:us|i|ios)\b|ciężk|zagrażając|závažn|těžk|ťažk|život ohrož|teš(?:ka|ke|ko)\b|ozbiljn|súlyos"
    r"|életveszély|sever[ăe]\b|тежк|животозастраш|σοβαρ|βαρι[άέ]|απειλητικ)",
    re.IGNORECASE,
)
"""A reaction whose own words call it severe in a language of the Union stands out, whatever the codes beside it say.

Stems that are another thing's name in a second language ("hud", "raske") are not here.
"""
_DENIES: Final = frozenset(
    {
        *("mindre", "ikke", "ikkje", "ej", "inte", "icke", "less", "not", "no", "non", "não", "menos", "pas", "peu"),
        *("moins", "meno", "nicht", "weniger", "niet", "minder", "ei", "ne", "nie", "nu", "nem", "δεν", "μη", "όχι"),
        *("не", "по-малко", "mniej", "méně", "menej", "manje", "manj"),
    }
)
"""Words that turn the one after them into its contrary."""
_SEVERE: Final = frozenset({"24484000", "442452003", "399166001", "371924009"})
"""Severe, life threatening, fatal, moderate to severe (value set 42.13, and SNOMED CT's of older waves)."""
_HIGH: Final = frozenset({"high", "CRITH"})
_ROW: Final = 300
"""Characters of the sender's row that stand here whole; a longer one is referred to, and stands whole at the entry."""
_CANNOT_BE: Final = frozenset({"dose-unbelievable", "period-unbelievable"})
_USUAL: Final = "N"
"""HL7 ObservationInterpretation "Normal": every other flag stands out."""
_LETHAL, _HIGH_RISK, _SERIOUS, _MILD = range(4)
_COUNTED_FORMS: Final = ("1021", "1022")
"""EDQM dose forms of capsules and tablets begin so: a number without unit counts them."""
_OVER: Final = frozenset({"inactive", "resolved", "73425007", PROBLEM_RESOLVED.code})


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a row says, with what it is; the label is empty where the column says it."""

    label: str
    said: tuple[Wording, ...]
    strong: bool = False


@dataclass(frozen=True, slots=True)
class OverviewRow:
    """One statement on one row."""

    name: tuple[Wording, ...]
    facts: tuple[Fact, ...]
    entry: str = ""
    """The id of its details on the page."""
    severe: bool = False
    marks: tuple[str, ...] = ()
    """Sentences on what of it disagrees with itself or is not told."""


@dataclass(frozen=True)
class RowMaker:
    """Makes the rows of one document; ``created`` is its moment, if it tells one."""

    reader: PageReader
    concepts: Concepts
    measures: Measures
    created: Moment | None

    def allergies(self, found: Sequence[tuple[Allergy, Element]]) -> tuple[OverviewRow, ...]:
        """Every allergy, the gravest first, what is over last; none is left out, whatever its status."""
        times = Counter(_code(one.agent) for one, _ in found)
        ranked = sorted(found, key=lambda pair: (_is_over(pair[0]), _gravity(pair[0])))
        return tuple(self._allergy(one, at, twice=times[_code(one.agent)] > 1) for one, at in ranked)

    def _allergy(self, allergy: Allergy, at: Element, *, twice: bool) -> OverviewRow:
        code = allergy.kind.target or allergy.kind.original
        kind = KINDS.get("" if code is None else code.code)
        unsaid = code is None and allergy.kind.text == "not stated"
        if kind or unsaid:
            kinds: tuple[Wording, ...] = (Wording(self.word(f"overview.kind.{kind or 'unsaid'}")),)
        else:
            kinds = (self.concepts.main(allergy.kind),)
        reaction = self._reactions(allergy) or (Wording(self.word("not_stated")),)
        return OverviewRow(
            name=self.concepts.both(allergy.agent),
            facts=(
                Fact("", kinds),
                self._labelled("reaction", reaction, strong=_gravity(allergy) in (_LETHAL, _SERIOUS)),
                *self._fact("severity", allergy.severity, strong=True),
                *self._fact("criticality", allergy.criticality, strong=_code(allergy.criticality) in _HIGH),
                *self._fact("certainty", allergy.certainty),
                *self._fact("status", allergy.status, strong=_is_over(allergy)),
                *self._since(allergy.onset),
            ),
            entry=self.reader.entry_id(at),
            severe=_gravity(allergy) < _MILD,
            marks=(self.word("overview.mark.twice"),) if twice else (),
        )

    def _reactions(self, allergy: Allergy) -> tuple[Wording, ...]:
        said: list[Wording] = []
        for reaction in allergy.reactions:
            said += (Wording(";", joint=True),) if said else ()
            said += self.concepts.both(reaction.manifestation)
            if reaction.severity is not None:
                said += (Wording(" –", joint=True), self.concepts.main(reaction.severity))
            if reaction.onset is not None and reaction.onset != allergy.onset:
                said.append(Wording(f"({self.measures.moment(reaction.onset)})"))
        return tuple(said)

    def medicines(
        self, found: Sequence[tuple[MedicationStatement, Element]]
    ) -> tuple[tuple[OverviewRow, ...], tuple[OverviewRow, ...]]:
        """Current medicines in the document's order, and past ones."""
        made: tuple[list[OverviewRow], list[OverviewRow]] = ([], [])
        for one, entry in found:
            past, mark = self._standing(one)
            made[past].append(self._medicine(one, entry, mark))
        return tuple(made[False]), tuple(made[True])

    def _standing(self, one: MedicationStatement) -> tuple[bool, str | None]:
        """Whether it is past, and what of status and dates disagrees or is not told."""
        end = one.used.end
        ended = None if end is None or self.created is None else ends_before(end, self.created)
        match one.status, ended:
            case "completed", False:
                return False, self.word("overview.mark.completed_goes_on")
            case "completed", _:
                return True, None
            case "active", True:
                return False, self.word("overview.mark.ended_active")
            case None, True:
                return True, None
            case None, _:
                return False, self.word("overview.mark.no_status")
        return False, None

    def _medicine(self, one: MedicationStatement, entry: Element, mark: str | None) -> OverviewRow:
        product = one.product
        dose, doubt = self._dose(one, entry)
        route = () if one.dosage.route is None else (Fact("", (self.concepts.main(one.dosage.route),)),)
        return OverviewRow(
            name=(self.concepts.written(product.name),) if product.name else (),
            facts=(*self._product(product), *dose, *route, *self._since(one.used.start), *self._until(one.used.end)),
            entry=self.reader.entry_id(entry),
            marks=tuple(each for each in (mark, doubt) if each),
        )

    def _product(self, product: MedicinalProduct) -> Iterator[Fact]:
        """Substance, strength and form, each part of a kit for itself."""
        yield from self._substances(product)
        form = product.form
        if form is not None:
            yield Fact("", (self.concepts.main(form),))
        elif product.form_text:
            yield Fact("", (self.concepts.written(product.form_text),))
        for number, part in enumerate(product.parts, 1):
            label = f"{self.word('key.part')} {number}/{len(product.parts)}"
            yield Fact(label, (self.concepts.written(part.name),))
            yield from self._product(part)

    def _substances(self, product: MedicinalProduct) -> Iterator[Fact]:
        """The substance and its strength; of several each strength by its substance."""
        substances = [self.concepts.main(one.substance) for one in product.ingredients]
        strengths = [self._strength(one) for one in product.ingredients]
        if not substances and product.atc is not None:
            substances = [self.concepts.main(product.atc)]
        if len(strengths) < 2:
            yield from (Fact("", (one,)) for one in substances if one.text.casefold() not in product.name.casefold())
            written = (self.concepts.written(product.strength_text),) if product.strength_text else ()
            strength = tuple(Wording(one) for one in strengths if one) or written
        else:
            strength = ()
            for one, amount in zip(substances, strengths, strict=True):
                strength += (Wording(";", joint=True),) if strength else ()
                strength += (one, Wording(amount or f"({self.word('not_stated')})"))
        if strength:
            yield self._labelled("strength", strength, strong=True)

    def _strength(self, one: Ingredient) -> str | None:
        return None if one.numerator is None else self.measures.strength(one.numerator, one.denominator)

    def _dose(self, one: MedicationStatement, entry: Element) -> tuple[tuple[Fact, ...], str | None]:
        """The dose as data and in the sender's words; where there is neither, the words of the whole row."""
        dosage = one.dosage
        regimen, text = ", ".join(self._regimen(dosage)), dosage.text
        words: tuple[Fact, ...] = () if not text else (self._labelled("words", (self.concepts.written(text),)),)
        doubt = self._doubt(dosage)
        if text and (not regimen or self._says_the_same(dosage)):
            return (self._labelled("dose", (self.concepts.written(text),), strong=True),), doubt
        if not regimen:
            return (
                self._labelled("dose", (Wording(self.word("overview.dose_in_words")),)),
                *self._row_words(entry),
            ), doubt
        uncertain = _lacks_rhythm(dosage) or (
            dosage.dose is not None and not code_of(dosage.dose) and not _is_counted(one.product)
        )
        if not text and uncertain:
            words = tuple(self._row_words(entry))
        return (self._labelled("dose", (Wording(regimen),), strong=True), *words), doubt

    def _doubt(self, dosage: Dosage) -> str | None:
        """What of the dose contradicts itself, or cannot be."""
        if dosage.why_text_only in _CANNOT_BE:
            return self.word("overview.mark.impossible")
        if dosage.dose is not None and _is_rate(dosage.dose) and (dosage.period or dosage.timings):
            return self.word("overview.mark.rate_and_rhythm")
        if dosage.text and dosage.dose is not None and numbers_differ(dosage.dose.value, dosage.text):
            return self.word("overview.mark.numbers_differ")
        return None

    def _says_the_same(self, dosage: Dosage) -> bool:
        """Whether the sender's words serve the reader and hold the number of the data."""
        stated = dosage.text or ""
        native = self.concepts.is_native(self.concepts.language)
        return native and dosage.dose is not None and dosage.dose.value in numbers_in(stated)

    def _row_words(self, entry: Element) -> Iterator[Fact]:
        text = entry.find(f"{ANY}text")
        words = None if text is None else self.reader.text(text)
        if words and len(words) <= _ROW:
            yield self._labelled("words", (self.concepts.written(words.replace("\n", " · ")),))
        elif words:
            yield self._labelled("words", (Wording(self.word("overview.in_details")),))

    def _regimen(self, dosage: Dosage) -> Iterator[str]:
        """Dose, rhythm, events, condition and limit, as far as they are data."""
        if dosage.dose is not None:
            yield self.measures.amount(dosage.dose, dosage.dose_high)
        timings: Iterable[Timing] = dosage.timings or ((Timing(period=dosage.period),) if dosage.period else ())
        for timing in timings:
            yield from self._timing(timing)
        if _lacks_rhythm(dosage):
            yield self.word("overview.rhythm_unstated")
        if dosage.as_needed:
            yield self.word("overview.as_needed")
        if dosage.daily_maximum is not None:
            most = self.measures.amount(dosage.daily_maximum)
            yield self.word("overview.most").replace("{}", most)

    def _timing(self, timing: Timing) -> Iterator[str]:
        rhythm = self.measures.rhythm(timing)
        if rhythm:
            yield rhythm
        if timing.event is not None:
            offset = f" ({self.measures.amount(timing.offset)})" if timing.offset and timing.offset.value else ""
            yield self.word(f"event.{timing.event.code}") + offset
        if timing.at is not None:
            yield self.measures.moment(timing.at)

    def device(self, one: ImplantedDevice, at: Element) -> OverviewRow:
        """A device or implant."""
        facts = (*self._since(one.implanted.start), *self._until(one.implanted.end))
        return OverviewRow(self.concepts.both(one.device), facts, self.reader.entry_id(at))

    def observation(self, one: Observation, at: Element) -> OverviewRow:
        """Something asked or seen, with what belongs to it."""
        parts = tuple(Fact(self.concepts.main(part.code).text, self._value(part)) for part in one.parts)
        when = one.when.start or one.when.end
        dated = () if when is None else (self._labelled("due", (Wording(self.measures.moment(when)),)),)
        facts = (Fact("", self._value(one), strong=True), *parts, *dated)
        return OverviewRow((self.concepts.main(one.code),), facts, self.reader.entry_id(at))

    def measurements(self, found: Sequence[tuple[ObservationGroup, Element]]) -> tuple[OverviewRow, ...]:
        """Each thing that was measured: its value, what it means, what is usual, and when."""
        return tuple(self._measurement(one, group, at) for group, at in found for one in _measured(group.observations))

    def _measurement(self, one: Observation, group: ObservationGroup, at: Element) -> OverviewRow:
        if isinstance(one.value, Quantity):
            value: tuple[Wording, ...] = (Wording(measured_of(one.value, self.reader.language)),)
        else:
            value = self._value(one)
        usual = (self.concepts.written(one.reference_range),) if one.reference_range else ()
        when = one.when.start or one.when.end or group.when.start or group.when.end
        facts = (
            Fact("", value, strong=True),
            *self._fact("flag", one.interpretation, strong=_code(one.interpretation) != _USUAL),
            *((self._labelled("reference", usual),) if usual else ()),
            *((self._labelled("due", (Wording(self.measures.moment(when)),)),) if when is not None else ()),
        )
        return OverviewRow((self.concepts.main(one.code),), facts, self.reader.entry_id(at))

    def _value(self, one: Observation) -> tuple[Wording, ...]:
        match one.value:
            case Coded() as concept:
                return self.concepts.both(concept)
            case Quantity() as amount:
                return (Wording(self.measures.amount(amount)),)
            case Moment() as moment:
                return (Wording(self.measures.moment(moment)),)
            case Decimal() as number:
                return (Wording(self.measures.number(number)),)
            case str() as text:
                return (self.concepts.written(text),)
        return (Wording(self.word("not_stated")),)

    def problems(
        self, found: Sequence[tuple[Problem, Element]]
    ) -> tuple[tuple[OverviewRow, ...], tuple[OverviewRow, ...]]:
        """Problems in the document's order, and resolved ones."""
        made: tuple[list[OverviewRow], list[OverviewRow]] = ([], [])
        for one, at in found:
            made[one.resolved].append(self._problem(one, at))
        return tuple(made[False]), tuple(made[True])

    def _problem(self, one: Problem, at: Element) -> OverviewRow:
        sides = (*self._fact("severity", one.severity), *self._fact("certainty", one.certainty))
        when = (*self._since(one.period.start), *self._until(one.period.end))
        return OverviewRow(self.concepts.both(one.condition), (*sides, *when), self.reader.entry_id(at))

    def _fact(self, key: str, concept: Coded | None, *, strong: bool = False) -> tuple[Fact, ...]:
        return () if concept is None else (self._labelled(key, (self.concepts.main(concept),), strong=strong),)

    def _since(self, moment: Moment | None) -> tuple[Fact, ...]:
        return () if moment is None else (self._labelled("since", (Wording(self.measures.moment(moment)),)),)

    def _until(self, moment: Moment | None) -> tuple[Fact, ...]:
        return () if moment is None else (self._labelled("until", (Wording(self.measures.moment(moment)),)),)

    def _labelled(self, key: str, said: tuple[Wording, ...], *, strong: bool = False) -> Fact:
        return Fact(self.word(f"overview.{key}"), said, strong)

    def word(self, key: str) -> str:
        """A word of the page."""
        return self.reader.word(key)


def _code(concept: Coded | None) -> str:
    """The code that names a concept, else its words."""
    if concept is None:
        return ""
    coding = concept.target or concept.original
    return (concept.text or "").casefold() if coding is None else coding.code


def _measured(observations: Iterable[Observation]) -> Iterator[Observation]:
    """Observations and those that belong to them; one that only holds others is none."""
    for one in observations:
        if one.value is not None or not one.parts:
            yield one
        yield from _measured(one.parts)


def _is_over(allergy: Allergy) -> bool:
    return _code(allergy.status) in _OVER


def _gravity(allergy: Allergy) -> int:
    """How grave it is, as its worst reaction, its criticality or its own severity says."""
    own = min((_of_reaction(one) for one in allergy.reactions), default=_MILD)
    if own != _LETHAL and _code(allergy.criticality) in _HIGH:
        return _HIGH_RISK
    return min(own, _SERIOUS) if _code(allergy.severity) in _SEVERE else own


def _of_reaction(reaction: Reaction) -> int:
    concept = reaction.manifestation
    codings = [coding for coding in (concept.target, concept.original, *concept.others) if coding is not None]
    words = (concept.text, *(coding.display for coding in codings))
    if any(coding.code in _ANAPHYLAXIS for coding in codings) or any(_ANAPHYLACTIC.search(one or "") for one in words):
        return _LETHAL
    grave = _code(reaction.severity) in _SEVERE or any(_called_grave(one or "") for one in words)
    return _SERIOUS if grave else _MILD


def _called_grave(words: str) -> bool:
    """Whether words call a thing severe, and do not deny it with the word before."""
    return any(
        not _DENIES.intersection(words[: found.start()].casefold().split()[-1:]) for found in _GRAVE.finditer(words)
    )


def _is_rate(amount: Quantity) -> bool:
    top, _, time = code_of(amount).rpartition("/")
    return bool(top) and time in {"h", "d", "min", "wk"}


def _lacks_rhythm(dosage: Dosage) -> bool:
    """Whether a dose is data and nothing says when: as needed, once, or in a way that only words say."""
    timed = dosage.as_needed or bool(dosage.timings) or dosage.period is not None
    return dosage.dose is not None and not timed and not _is_rate(dosage.dose)


def _is_counted(product: MedicinalProduct) -> bool:
    return _code(product.form).startswith(_COUNTED_FORMS)
