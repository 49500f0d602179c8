"""What of a pivot comes back when it has been a Patient Summary CDA: the reviewed table, and its projection.

`NOT_CARRIED` names everything that differs, each with its reason. No clinical statement is on it: a value that has no
place in the structure is in the words of its section, which are read too.
"""

import re
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Final, TypeVar

from transformers.cda.types.identifiers import usable_id, usable_ids
from transformers.cda.types.narrative import label_of
from transformers.cda.types.people import printable_address, printable_name, printable_telecoms
from transformers.cda.types.times import interval
from transformers.cda.types.values import words_said
from transformers.cda.types.vocabulary import ATC, EDQM, PROBLEM_RESOLVED, SYSTEM_NAMES, UCUM
from transformers.model.people import Address, Name, Organisation, Professional, Telecom
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
    PackageLayer,
    Present,
    Problem,
    Procedure,
    Section,
    SummaryContent,
    Timing,
)
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance, Quantity

NOT_CARRIED: Final = (
    ("*.id, *.provenance", "an entry's id is made of who, source and id; the source and its ids stand in the words"),
    ("*.text: blanks", "blanks and empty lines are put together, as any XML reader does; lines are kept"),
    ("Coded.text", "a concept without words is given those a reader reads: its display or its code"),
    (
        "Coded.text of a medicine's form, package, ingredient, route",
        "beside a code they stand as a translation: not told twice where they are its display, and on one line",
    ),
    ("Coded.map_entry", "the evidence of transcoding stays in the node that transcoded"),
    ("Coded.original", "a code that no CD can hold (blank, no OID) is in words; its version is not printed"),
    ("Coded.others", "without code, OID and display, or without a main coding: in words"),
    ("Quantity.unit", "a counted EDQM unit is its English name in braces; no European code: the quantity is in words"),
    ("Moment", "fractions of a second are not printed; Z is +00:00"),
    ("Period", "an end that contradicts its start, or falls within it, is in words: an IVL_TS takes neither"),
    (
        "SourceUnavailable",
        "value sets 42.47 to 42.51 have no code for it: it is no-information, and words that say why",
    ),
    ("KnownAbsent of optional sections", "they have no code for it; the section is left out, with a finding"),
    ("Allergy.agent_is_medicine", "told by the code system of the agent; in words where it has no code"),
    ("Allergy.criticality, .certainty; Problem.certainty", "the form takes no null: without European code in words"),
    ("*.concern, Problem.status", "given by the writer where the source does not state them"),
    ("MedicinalProduct.level", "told by the codes it has"),
    ("MedicinalProduct.codes of a package or of ATC", "E.3.32: neither identifies a material; in words"),
    ("MedicinalProduct.form_text", "beside a form it is the same statement in words"),
    ("MedicinalProduct.ingredients", "E.3.32 demands a whole ratio of coded units: without one in words"),
    ("Dosage.timings", "E.3.4 takes one rule of when: of several none is chosen, all are in words"),
    ("Dosage.as_needed", "no form for a condition: the dosage is its text"),
    ("MedicinalProduct.packages", "more than three, or one without an amount of European unit: all are in words"),
    ("Observation.value", "a unit without European code makes it a text"),
    ("Observation.when", "vital signs and deliveries take a moment: a beginning alone is that moment"),
    ("Observation below no status", "an expected delivery stands below a status that nobody stated"),
    ("Narrated.text", "the writer's own line on the source follows it"),
    ("Dosage.dose, .dose_high", "a range with a half that has no European unit, or upside down, is in words"),
    ("Dosage.why_text_only", "a reason of ours; such a dosage is its text"),
    ("Dosage.period", "an interval that is no UCUM time of four decimals is in words"),
    ("MedicationStatement.status", "given by the writer where the source does not state it"),
    ("MedicationStatement.prescription_id", "no element of E.3.4 holds it; in words"),
    ("MedicationStatement.prescriber", "an author's role takes no null: without European code in words"),
    ("Immunisation.product_name", "a name that is the vaccine's words again is not told twice"),
    (
        "Organisation",
        "one id and one telecom each: the templates take no more; telecoms that are no URI are in no place",
    ),
    ("SummaryContent.medications_reconciled", "a sentence of the section"),
    ("SummaryContent.narratives, .other_sections", "the words of the document, made anew"),
)
_SOURCE: Final = Provenance("*")
_TIMES: Final = frozenset({"us", "ms", "s", "min", "h", "d", "wk", "mo", "a"})
T = TypeVar("T")


def line(text: str | None) -> str | None:
    """A text as one line, None when it says nothing."""
    return None if text is None else " ".join(text.split()) or None


def attribute(text: str | None) -> str | None:
    """A text as an attribute holds it: XML's own blanks become one."""
    return None if text is None else re.sub("[ \t\r\n]+", " ", text).strip(" ") or None


def lines(text: str | None) -> str | None:
    """A text with its lines, blanks put together within them."""
    if text is None:
        return None
    broken = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(kept for one in broken if (kept := " ".join(one.split()))) or None


def expressible(coding: Coding) -> bool:
    """Whether a CD can hold the code: no blank in it, and an OID of 64 characters."""
    parts = coding.system.split(".")
    numbers = all(p.isascii() and p.isdigit() and (p == "0" or p[0] != "0") for p in parts)
    blank = not coding.code or any(c.isspace() for c in coding.code)
    return not blank and numbers and len(coding.system) <= 64 and parts[0] in {"0", "1", "2"}


def coding(one: Coding, words: str, *, version: bool = False) -> Coding:
    """A coding as it comes back."""
    name = attribute(one.system_name) or SYSTEM_NAMES.get(one.system)
    return Coding(
        one.code, one.system, attribute(one.display) or attribute(words), name, one.version if version else None
    )


def concept(one: Coded, *, anchored: bool = True) -> Coded:
    """A concept as it comes back; ``anchored`` where it has words in the narrative."""
    words = lines(label_of(one)) or "–"
    target = None
    if one.target is not None and expressible(one.target) and attribute(one.target.display):
        target = coding(one.target, "", version=True)
    original, others = _source(one, words)
    text = words if anchored or target is None else None
    return Coded(text, original or target, tuple(o for o in others if o != target), target)


def of_medicine(one: Coded | None, *, anchored: bool = True) -> Coded | None:
    """A form, package, ingredient or route as it comes back; ``anchored`` where a null has words in the narrative."""
    made = maybe(one)
    if one is None or made is None or (made.target is None and anchored):
        return made
    words = attribute(label_of(one))
    return replace(made, text=None if made.original is not None and made.original.display == words else words)


def _source(one: Coded, words: str) -> tuple[Coding | None, tuple[Coding, ...]]:
    if one.original is None or not expressible(one.original):
        return None, ()
    said = {(c.code, c.system) for c in (one.original, one.target) if c is not None}
    kept: dict[tuple[str, str], Coding] = {}
    for other in one.others:
        key = (other.code, other.system)
        if key not in said and expressible(other) and attribute(other.display):
            kept.setdefault(key, coding(other, ""))
    main = coding(one.original, label_of(one))
    if one.target is not None:
        same = (main.code, main.system, main.display) == (
            one.target.code,
            one.target.system,
            attribute(one.target.display),
        )
        if same:
            # The outer code alone says it; a further coding would stand innermost.
            return (None, ()) if not kept else (list(kept.values())[-1], tuple(kept.values())[:-1])
    return main, tuple(kept.values())


def mapped(one: Coded | None) -> Coded | None:
    """A concept where no null is taken."""
    made = None if one is None else concept(one)
    return made if made is not None and made.target is not None else None


def maybe(one: Coded | None) -> Coded | None:
    return None if one is None else concept(one)


def moment(one: Moment | None) -> Moment | None:
    if one is None or len(one.iso) <= 10:
        return one
    return Moment(datetime.fromisoformat(one.iso).isoformat(timespec="seconds"))


def period(one: Period) -> Period:
    """A period as an IVL_TS brings it back."""
    made = interval(one)
    start = None if made.low is None else moment(one.start)
    end = moment(one.end) if made.high is not None else start if made.width is not None else None
    return Period(start, end)


def quantity(one: Quantity | None) -> Quantity | None:
    """A quantity as a PQ; None where its unit has no European code."""
    if one is None or one.unit is None:
        return one
    target = one.unit.target
    name = line(target.display) if target is not None else None
    if target is not None and target.system == UCUM:
        unit = target.code
    elif target is not None and target.system == EDQM and name and name.isascii() and not set(name) & set("{}"):
        unit = f"{{{name}}}"
    else:
        return None
    if unit == "1":
        return Quantity(one.value)
    code = Coding(unit, UCUM, None, "UCUM")
    return Quantity(one.value, Coded(None, code, (), code))


def section(state: Section[T], project: Any, *, required: bool) -> Section[Any]:
    """A section's state and entries as they come back."""
    if isinstance(state, Present):
        return Present(tuple(project(entry) for entry in state.entries))
    if isinstance(state, KnownAbsent) and required:
        return replace(state, provenance=_SOURCE)
    return NoInformation()


def content(one: SummaryContent) -> SummaryContent:
    """The projection of a whole content."""
    from tests.support.pivots import observation_projection as observations

    return SummaryContent(
        allergies=section(one.allergies, _allergy, required=True),
        medications=section(one.medications, medication, required=True),
        problems=section(one.problems, _problem, required=True),
        procedures=section(one.procedures, _procedure, required=True),
        devices=section(one.devices, _device, required=True),
        past_illness=section(one.past_illness, _problem, required=False),
        immunisations=section(one.immunisations, _immunisation, required=False),
        vital_signs=section(one.vital_signs, partial(observations.group, "vital_signs"), required=False),
        results=section(one.results, partial(observations.group, "results"), required=False),
        functional_status=section(
            one.functional_status, partial(observations.group, "functional_status"), required=False
        ),
        social_history=section(one.social_history, partial(observations.observation, "social_history"), required=False),
        pregnancies=section(one.pregnancies, partial(observations.observation, "pregnancies"), required=False),
        advance_directives=section(one.advance_directives, observations.narrated, required=False),
        care_plan=section(one.care_plan, observations.narrated, required=False),
    )


def _allergy(one: Allergy) -> Allergy:
    agent = concept(one.agent)
    status = one.status.target if one.status is not None else None
    concern = (
        {"active": "active", "inactive": "completed", "resolved": "completed"}.get(status.code) if status else None
    )
    return replace(
        one,
        id="",
        provenance=_SOURCE,
        agent=agent,
        agent_is_medicine=any(c is not None and c.system == ATC for c in (agent.target, agent.original)),
        kind=concept(one.kind),
        reactions=tuple(
            replace(r, manifestation=concept(r.manifestation), severity=maybe(r.severity), onset=moment(r.onset))
            for r in one.reactions
        ),
        criticality=mapped(one.criticality),
        certainty=mapped(one.certainty),
        status=maybe(one.status),
        onset=moment(one.onset),
        note=lines(one.note),
        concern=one.concern or concern,
        severity=maybe(one.severity),
    )


def _problem(one: Problem) -> Problem:
    own = Coding(*PROBLEM_RESOLVED[:2], PROBLEM_RESOLVED.display, PROBLEM_RESOLVED.system_name)
    said = Coded(None, own, (), own) if one.resolved else None
    return replace(
        one,
        id="",
        provenance=_SOURCE,
        condition=concept(one.condition),
        period=period(one.period),
        severity=maybe(one.severity),
        certainty=mapped(one.certainty),
        note=lines(one.note),
        status=maybe(one.status) or said,
        kind=_kind(one.kind, "55607006"),
        health_status=maybe(one.health_status),
        concern=one.concern or ("completed" if one.resolved else "active"),
    )


def _kind(one: Coded | None, usual: str) -> Coded | None:
    """The usual kind is the form's own, unless the source coded it otherwise too."""
    made = maybe(one)
    if made is None or (made.target is not None and made.target.code == usual and made.original == made.target):
        return None
    return made


def _procedure(one: Procedure) -> Procedure:
    return replace(
        one,
        id="",
        provenance=_SOURCE,
        procedure=concept(one.procedure),
        performed=period(one.performed),
        note=lines(one.note),
        body_sites=tuple(concept(site) for site in one.body_sites),
    )


def _device(one: ImplantedDevice) -> ImplantedDevice:
    made = None if one.device_id is None else usable_id(one.device_id)
    return replace(
        one,
        id="",
        provenance=_SOURCE,
        device=concept(one.device),
        implanted=period(one.implanted),
        device_id=None if made is None else Identifier(*made),
        note=lines(one.note),
    )


def medication(one: MedicationStatement) -> MedicationStatement:
    """A medicine as it comes back; ``status`` is left to the writer."""
    return replace(
        one,
        id="",
        provenance=_SOURCE,
        product=_product(one.product),
        dosage=_dosage(one.dosage),
        used=period(one.used),
        reason=maybe(one.reason),
        prescription_id=None,
        prescriber=_prescriber(one.prescriber),
        note=lines(one.note),
        status=None,
    )


def _product(one: MedicinalProduct) -> MedicinalProduct:
    codes: dict[tuple[str, str], Coding] = {}
    containers = {(layer.code.code, layer.code.system) for layer in one.packages if layer.code is not None}
    if one.level == "package" and not containers:
        containers = {(code.code, code.system) for code in one.codes[:1]}
    for code in one.codes:
        if (
            (code.code, code.system) not in containers
            and code.system != ATC
            and expressible(code)
            and (line(code.display) or line(one.name))
        ):
            codes.setdefault((code.code, code.system), coding(code, one.name))
    form = one.form or (Coded(one.form_text) if line(one.form_text) else None)
    whole = [(i, quantity(i.numerator), quantity(i.denominator)) for i in one.ingredients]
    return replace(
        one,
        name=line(one.name) or "",
        level="",
        atc=maybe(one.atc),
        codes=tuple(codes.values()),
        form=of_medicine(form),
        form_text=None,
        strength_text=line(one.strength_text),
        ingredients=tuple(
            replace(i, substance=_substance(i), numerator=n, denominator=d, english=_english(i))
            for i, n, d in whole
            if all(halves for _, *both in whole for halves in both)
        ),
        packages=_packages(one),
        manufacturer=_maker(one),
    )


def _substance(one: Ingredient) -> Coded:
    return of_medicine(one.substance, anchored=False) or one.substance


def _english(one: Ingredient) -> str | None:
    """An English name that is a word of the substance already is no further one."""
    english = line(one.english)
    return None if english in words_said(concept(one.substance)) else english


def _packages(one: MedicinalProduct) -> tuple[PackageLayer, ...]:
    layers = [replace(layer, quantity=_content(layer.quantity)) for layer in one.packages]
    if len(layers) > 3 or any(layer.quantity is None for layer in layers):
        return ()
    return tuple(
        PackageLayer(
            layer.quantity,
            of_medicine(layer.form),
            None if layer.code is None else _package_code(layer.code, layer.name or one.name),
            line(layer.name),
        )
        for layer in layers
    )


def _content(one: Quantity | None) -> Quantity | None:
    """A unit in words alone is a count of them; what was written beside a European unit stays."""
    if one is None or one.unit is None:
        return one
    if one.unit.original is None and one.unit.target is None:
        text = line(one.unit.text)
        return Quantity(one.value, None if text is None else Coded(text))
    made = quantity(one)
    wrote = line(one.unit.text) if one.unit.original in {None, one.unit.target} else None
    if made is None or made.unit is None:
        return None if made is None else Quantity(made.value, None if wrote is None else Coded(wrote))
    return replace(made, unit=replace(made.unit, text=wrote))


def _package_code(one: Coding, words: str) -> Coding | None:
    made = coding(one, words)
    return made if expressible(one) and made.display else None


def _dosage(one: Dosage) -> Dosage:
    if one.why_text_only is not None:
        return Dosage(text=lines(one.text), route=of_medicine(one.route))
    if len(one.timings) == 1 and one.timings[0] == Timing(period=one.timings[0].period):
        one = replace(one, period=one.timings[0].period, timings=())
    every = quantity(one.period)
    unit = every.unit.target if every is not None and every.unit is not None else None
    decimals = 0 if every is None else len(f"{every.value:f}".partition(".")[2])
    timed = unit is not None and unit.code in _TIMES and decimals <= 4
    timings = one.timings
    low, high, most = quantity(one.dose), quantity(one.dose_high), quantity(one.daily_maximum)
    if one.dose is None or (low is None) != (one.dose is None) or (high is None) != (one.dose_high is None):
        low = high = None  # half a range is no dose
    if low is not None and high is not None and low.unit != high.unit:
        low = high = None  # nor is one of two measures
    if low is not None and high is not None and low.value > high.value:
        low = high = None  # nor one that begins above its end
    if one.daily_maximum is not None and low is not None:
        fits = most is not None and most.unit == low.unit and most.value >= (high or low).value
        low, high = (low, high) if fits else (None, None)  # nor one whose limit cannot be said
    return replace(
        one,
        text=lines(one.text),
        route=of_medicine(one.route),
        dose=low,
        dose_high=None if high == low else high,
        daily_maximum=None if low is None else most,
        as_needed=False,
        period=every if timed and not timings else None,
        timings=tuple(_timing(t) for t in timings) if len(timings) == 1 else (),
    )


def _timing(one: Timing) -> Timing:
    event = None if one.event is None else Coding(one.event.code, one.event.system)
    return replace(one, period=quantity(one.period), event=event, offset=quantity(one.offset), at=moment(one.at))


def _prescriber(one: Professional | None) -> Professional | None:
    role = None if one is None or one.role is None else concept(one.role, anchored=False)
    if one is None or role is None or role.target is None:
        return None
    return Professional(
        _name(one.name),
        tuple(Identifier(*made) for made in usable_ids(one.identifiers)),
        role,
        _organisation(one.organisation or Organisation(None)),
        _telecoms(one.telecoms),
        _address(one.address),
    )


def _immunisation(one: Immunisation) -> Immunisation:
    vaccine = concept(one.vaccine)
    name = line(one.product_name)
    return replace(
        one,
        id="",
        provenance=_SOURCE,
        vaccine=vaccine,
        given=moment(one.given),
        product_name=None if name == line(vaccine.text) else name,
        target_diseases=tuple(concept(d) for d in one.target_diseases),
        lot=line(one.lot),
        performer=performer(one.performer),
        route=of_medicine(one.route),
        dose=quantity(one.dose),
        manufacturer=None if one.manufacturer is None else _organisation(one.manufacturer),
    )


def performer(one: Organisation | None) -> Organisation | None:
    """Who gave or measured it, as an assigned entity brings it back."""
    made = None if one is None else _organisation(one)
    if one is None or made is None:
        return None
    return replace(made, identifiers=tuple(Identifier(*i) for i in usable_ids(one.identifiers)))


def _name(one: Name | None) -> Name | None:
    found = printable_name(one)
    if found is None:
        return None
    return Name(tuple(line(g) or "" for g in found.given), line(found.family) or "", line(found.prefix))


def _address(one: Address | None) -> Address | None:
    found = printable_address(one)
    if found is None:
        return None
    parts = tuple(line(part) or "" for part in found.lines)
    return Address(parts, line(found.postal_code), line(found.city), found.country)


def _telecoms(found: tuple[Telecom, ...]) -> tuple[Telecom, ...]:
    return printable_telecoms(found)


def _organisation(one: Organisation) -> Organisation | None:
    made = Organisation(
        line(one.name),
        tuple(Identifier(*i) for i in usable_ids(one.identifiers)[:1]),
        _address(one.address),
        _telecoms(one.telecoms)[:1],
    )
    return None if made == Organisation(None) else made


def _maker(one: MedicinalProduct) -> Organisation | None:
    """Of a substance none is printed, nor one without id and name."""
    made = None if one.manufacturer is None or one.level == "substance" else _organisation(one.manufacturer)
    return made if made is not None and (made.name or made.identifiers) else None
