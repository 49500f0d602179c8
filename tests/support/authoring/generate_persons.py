"""500 invented persons, the same ones every time: clinically plausible, with absences, long and non-Latin texts.

A person has an age and a sex; conditions that fit them bring their medicines, procedures and devices. Person numbers
have 80 added to the month and valid control digits. Seeded: person n is the same on every machine.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from tests.support.authoring import clinical_facts as facts
from tests.support.pivots.summaries import EDQM, PERSON_ROOT, UCUM, VOLVEN, organisation, person_number, summary
from transformers.model.people import Gender, Person
from transformers.model.summary import (
    Allergy,
    Dosage,
    Immunisation,
    ImplantedDevice,
    Ingredient,
    KnownAbsent,
    MedicationStatement,
    MedicinalProduct,
    NoInformation,
    PatientSummary,
    Present,
    Problem,
    Procedure,
    Reaction,
    SourceUnavailable,
    SummaryContent,
)
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance, Quantity

COUNT: Final = 500
_TODAY: Final = datetime(2026, 5, 4, 9, 30, 15, tzinfo=UTC)
_SEED: Final = 20260504
_LONG: Final = "Pasienten er fulgt opp ved poliklinikken og beskriver plagene utførlig. "


def generated(count: int = COUNT, step: int = 1) -> Iterator[PatientSummary]:
    """Every ``step``-th of the first ``count`` persons."""
    for number in range(0, count, step):
        yield _Maker(number).summary()


class _Maker:
    """One person in the making; every choice comes from the person's own seed."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.dice = random.Random(_SEED + number)
        self.female = self.dice.random() < 0.52
        self.age = min(100, max(0, int(self.dice.triangular(0, 100, 58))))
        self.entries = 0

    def summary(self) -> PatientSummary:
        born = _TODAY - timedelta(days=self.age * 365 + self.dice.randrange(365))
        serial = (500 if born.year >= 2000 else 0) + 10 + self.number % 450
        digits = person_number(born.day, born.month, born.year, serial)
        person = Person(
            (Identifier(PERSON_ROOT, digits),),
            self.dice.choice(facts.NAMES),
            Gender.FEMALE if self.female else Gender.MALE,
            Moment(born.date().isoformat()),
            languages=tuple(self.dice.sample(("nb", "se", "nn", "pl-PL"), self.dice.randrange(2))),
        )
        return summary(
            self._content(),
            patient=person,
            id=Identifier("2.16.578.1.12.4.9999.10", f"PS-{self.number}"),
            parent=Identifier("2.16.578.1.12.4.9999.11", f"SRC-{self.number}"),
            language=self.dice.choice(("nb-NO", "nb-NO", "nn-NO", "se-NO")),
        )

    def _content(self) -> SummaryContent:
        sick = [c for c in facts.CONDITIONS if c.fits(self.age, female=self.female) and self.dice.random() < c.share]
        now, before = [c for c in sick if not c.passing], [c for c in sick if c.passing]
        medicines = [m for c in now for m in c.medicines if self.dice.random() < 0.85]
        done = [p for c in sick for p in c.procedures if self.dice.random() < 0.6]
        return SummaryContent(
            allergies=self._state([self._allergy(a) for a in self._some(facts.ALLERGENS, 0.12)], "no-known-allergies"),
            medications=self._state([self._medicine(m) for m in dict.fromkeys(medicines)], "no-known-medications"),
            problems=self._state([self._problem(c, resolved=False) for c in now], "no-known-problems"),
            procedures=self._state([self._procedure(p) for p in dict.fromkeys(done)], "no-known-procedures"),
            devices=self._state([self._device(d) for c in sick for d in c.devices], "no-known-devices"),
            past_illness=self._optional([self._problem(c, resolved=True) for c in before]),
            immunisations=self._optional([self._vaccine(v) for v in self._some(facts.VACCINES, 0.6)]),
            medications_reconciled=self.dice.random() < 0.3,
        )

    def _some(self, rows: tuple[Any, ...], share: float) -> list[Any]:
        return [row for row in rows if self.dice.random() < share]

    def _state(self, entries: list[Any], absence: str) -> Any:
        chance = self.dice.random()
        if chance < 0.03:
            return SourceUnavailable("Kjernejournal")
        if entries:
            return Present(tuple(entries))
        return KnownAbsent(absence, self._source("Kjernejournal")) if chance < 0.4 else NoInformation("Kjernejournal")

    def _optional(self, entries: list[Any]) -> Any:
        return Present(tuple(entries)) if entries else NoInformation()

    def _source(self, name: str) -> Provenance:
        self.entries += 1
        return Provenance(name, f"{self.number}-{self.entries}", self._moment(), self.dice.choice(facts.RECORDERS))

    def _moment(self, years: int = 20) -> Moment:
        """A moment of the person's life, as precise as its source."""
        days = self.dice.randrange(1, max(2, min(self.age, years) * 365))
        day = (_TODAY - timedelta(days=days)).date().isoformat()
        return Moment(self.dice.choice((day, day, day[:7], day[:4])))

    def _note(self) -> str | None:
        return self.dice.choice((*(None,) * 6, *facts.NOTES, _LONG * self.dice.randrange(3, 40)))

    def _coded(self, row: facts.Row) -> Coded:
        """The concept as its national source has it: mapped, mapped with another name, or not mapped at all."""
        target = Coding(row.code, row.system, row.display)
        original = Coding(row.national, f"{VOLVEN}.{row.list}", row.norwegian) if row.national else None
        if original is not None and self.dice.random() < 0.1:
            return Coded(row.norwegian, original)
        return Coded(row.norwegian, original or target, (), target, f"map-{row.code}")

    def _allergy(self, row: facts.Allergen) -> Allergy:
        reactions = self.dice.sample(facts.REACTIONS, self.dice.randrange(3))
        severity = self.dice.choice((None, *facts.SEVERITIES))
        return Allergy(
            f"a{self.entries}",
            self._coded(row.agent),
            row.medicine,
            self._coded(row.kind),
            tuple(Reaction(self._coded(r), severity and self._coded(severity), self._moment()) for r in reactions),
            self.dice.choice((None, *map(self._coded, facts.CRITICALITIES))),
            self.dice.choice((None, *map(self._coded, facts.CERTAINTIES))),
            self._coded(facts.ACTIVE),
            self.dice.choice((None, self._moment(40))),
            self._source("Kjernejournal – kritisk informasjon"),
            self._note(),
        )

    def _problem(self, row: facts.Condition, *, resolved: bool) -> Problem:
        start = self._moment(30)
        period = (
            Period(start, Moment(f"{_TODAY:%Y-%m}")) if resolved else Period(self.dice.choice((start, start, None)))
        )
        return Problem(
            f"p{self.entries}", self._coded(row.concept), period, resolved, self._source("Fastlegens journal"),
            note=self._note(),
        )  # fmt: skip

    def _procedure(self, row: facts.Row) -> Procedure:
        when = self._moment()
        source = self._source("Kjernejournal – kritisk informasjon")
        return Procedure(f"q{self.entries}", self._coded(row), Period(when, when), "completed", source, self._note())

    def _device(self, row: facts.Row) -> ImplantedDevice:
        source = self._source("Kjernejournal – kritisk informasjon")
        identity = self.dice.choice((None, Identifier("2.16.578.1.12.4.9999.30", f"UDI-{self.number}-{self.entries}")))
        return ImplantedDevice(f"d{self.entries}", self._coded(row), Period(self._moment()), source, identity)

    def _medicine(self, row: facts.Medicine) -> MedicationStatement:
        atc, strength = row.atc, Quantity(Decimal(row.milligrams), Coded(target=Coding("mg", UCUM, "milligram")))
        one = Quantity(
            Decimal(1), Coded("tablett", Coding("15054000", EDQM, "Tablet"), (), Coding("15054000", EDQM, "Tablet"))
        )
        every = Quantity(Decimal(self.dice.choice((8, 12, 24))), Coded(target=Coding("h", UCUM, "hour")))
        structured = self.dice.random() < 0.5
        text = self.dice.choice(facts.DOSAGES)
        return MedicationStatement(
            f"m{self.entries}",
            MedicinalProduct(
                f"{row.name} tab {row.milligrams} mg",
                "brand",
                self._coded(atc),
                (Coding(f"ID_{atc.code}", f"{VOLVEN}.7507", f"{row.name} tab {row.milligrams} mg"),),
                self._coded(facts.TABLET),
                "Tablett",
                f"{row.milligrams} mg",
                (Ingredient(self._coded(atc), strength, one),) if self.dice.random() < 0.5 else (),
            ),
            Dosage(
                text, None if structured else "free-text", self._coded(facts.ORAL), one if structured else None, every
            ),
            Period(self.dice.choice((None, self._moment(5)))),
            self.dice.random() < 0.9,
            self._coded(row.reason) if self.dice.random() < 0.7 else None,
            self._source("Reseptformidleren"),
            note=self._note(),
        )

    def _vaccine(self, row: facts.Row) -> Immunisation:
        source = self._source("SYSVAK")
        given = Immunisation(f"v{self.entries}", self._coded(row), self._moment(), source, row.norwegian)
        performer = organisation(self.dice.choice(facts.PLACES)) if self.dice.random() < 0.5 else None
        return replace(
            given, lot=f"L{self.entries}", dose_number=self.dice.choice((None, 1, 2, 3)), performer=performer
        )
