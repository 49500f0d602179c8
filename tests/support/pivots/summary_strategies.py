"""Hypothesis strategies for patient summaries: everything a Norwegian source may say, and what it may leave out.

Codes come from a small pool of real European codes and from national codes that no release knows; texts are long, in
many scripts, with line ends and with what XML escapes.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from tests.support.pivots.observation_strategies import (
    FUNCTION_GROUPS,
    NARRATED,
    PREGNANCIES,
    PREGNANCY,
    RESULT_GROUPS,
    SOCIAL,
    VITAL_GROUPS,
)
from tests.support.pivots.summaries import (
    ALLERGY_STATUS,
    ATC,
    CERTAINTY,
    CONDITION_CERTAINTY,
    CRITICALITY,
    EDQM,
    EMDN,
    ICD10,
    ISCO,
    ORGANISATION_ROOT,
    PERSON_ROOT,
    ROLE,
    SNOMED,
    UCUM,
    VOLVEN,
    person_number,
)
from transformers.model.people import (
    Address,
    Contact,
    Device,
    Gender,
    Name,
    Organisation,
    Person,
    Professional,
    Telecom,
)
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
    PatientSummary,
    Present,
    Problem,
    Procedure,
    Reaction,
    SourceUnavailable,
    SummaryContent,
    Timing,
)
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance, Quantity

POOL = {
    "agent": (("J01CA04", ATC, "amoxicillin"), ("735971005", SNOMED, "Fish"), ("111088007", SNOMED, "Latex")),
    "kind": (("609328004", SNOMED, "Allergic disposition"), ("782197009", SNOMED, "Intolerance to substance")),
    "reaction": (("39579001", SNOMED, "Anaphylaxis"), ("195967001", SNOMED, "Asthma")),
    "severity": (("24484000", SNOMED, "Severe"), ("255604002", SNOMED, "Mild")),
    "criticality": (("high", CRITICALITY, "High Risk"), ("low", CRITICALITY, "Low Risk")),
    "certainty": (("confirmed", CERTAINTY, "Confirmed"), ("unconfirmed", CERTAINTY, "Unconfirmed")),
    "status": (("active", ALLERGY_STATUS, "Active"), ("resolved", ALLERGY_STATUS, "Resolved")),
    "condition": (("E11", ICD10, "Type 2 diabetes mellitus"), ("I10", ICD10, "Essential (primary) hypertension")),
    "condition-certainty": (("confirmed", CONDITION_CERTAINTY, "Confirmed"),),
    "procedure": (("103716009", SNOMED, "Placement of stent"), ("103735009", SNOMED, "Palliative care")),
    "device": (("J0101", EMDN, "PACEMAKERS"), ("A100101", EMDN, "ONE PIECE COLOSTOMY BAGS")),
    "atc": (("N02BE01", ATC, "paracetamol"), ("M01AE01", ATC, "ibuprofen")),
    "form": (("10219000", EDQM, "Tablet"), ("10502000", EDQM, "Cream")),
    "route": (("20053000", EDQM, "Oral use"), ("20045000", EDQM, "Intravenous use")),
    "dose-unit": (("mg", UCUM, "milligram"), ("15054000", EDQM, "Tablet"), ("mL", UCUM, "millilitre")),
    "time-unit": (("h", UCUM, "hour"), ("d", UCUM, "day"), ("mg", UCUM, "milligram")),
    "role": (("2211", ISCO, "Generalist medical practitioners"), ("2221", ISCO, "Nursing professionals")),
    "vaccine": (("J07BB02", ATC, "influenza, inactivated, split virus or surface antigen"),),
    "finding": (("55607006", SNOMED, "Problem"), ("282291009", SNOMED, "Diagnosis interpretation")),
    "health": (("162467007", SNOMED, "Free of symptoms"),),
    "site": (("7771000", SNOMED, "Left"),),
    "package": (("30007000", EDQM, "Blister"), ("30009000", EDQM, "Box")),
    "relationship": (("SPS", ROLE, "spouse"), ("MTH", ROLE, "mother")),
}
"""Codes of the wave-8 value sets, with their displays, by what they are for."""

_SPOKEN = st.text(st.sampled_from("abcdefghijklmnoprstuvyæøåÆØÅáčđŋšŧž ,.-/0123456789"), max_size=40)
_FOREIGN = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=30)
_MARKED = st.sampled_from(
    (
        *('<b>5 & "6"</b>', "]]>", "&#65;", "{{ x }}", "'enkel'", '"sitat"'),
        *("a\r\nb\rc\nd", "  led\tog etter  ", "αβγ سلام 漢字 🙂"),
    )
)
_LONG = st.integers(200, 4000).map(lambda n: ("Pasienten tåler ikke dette. " * (n // 27 + 1))[:n])
TEXTS = st.one_of(_SPOKEN, _FOREIGN, _MARKED, _LONG)
WORDS = TEXTS.filter(lambda text: bool(text.strip()))
NAMES = st.one_of(
    st.text(st.sampled_from("abdefgiklmnorstæøåáčđŋšŧž'- "), min_size=1, max_size=20), _FOREIGN, _MARKED
).filter(lambda text: bool(text.strip()))

MOMENTS = st.one_of(
    st.integers(1900, 2099).map(lambda year: Moment(f"{year:04}")),
    st.dates(datetime(1900, 1, 1).date(), datetime(2099, 12, 31).date()).flatmap(  # noqa: DTZ001 - only its date is used
        lambda day: st.sampled_from((Moment(day.isoformat()), Moment(day.isoformat()[:7])))
    ),
    st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31)).flatmap(  # noqa: DTZ001 - a zone is put on it
        lambda at: st.sampled_from(("Z", "+01:00", "-05:30")).map(
            lambda zone: Moment(at.isoformat(timespec="seconds") + zone)
        )
    ),
)
PERIODS = st.one_of(
    st.builds(Period, st.none() | MOMENTS, st.none() | MOMENTS), MOMENTS.map(lambda moment: Period(moment, moment))
)
_CODES = st.one_of(st.from_regex(r"[A-Z0-9.\-]{1,12}", fullmatch=True), st.sampled_from(("A 1", "", "æ1", "x" * 80)))
_SYSTEMS = st.one_of(
    st.integers(7000, 9999).map(lambda n: f"{VOLVEN}.{n}"), st.sampled_from(("http://ehelse.no/fhir/x", "1.2.03", ATC))
)
CODINGS = st.builds(Coding, _CODES, _SYSTEMS, st.none() | TEXTS, st.none() | _SPOKEN, st.none() | st.just("2024"))


@st.composite
def coded(draw: st.DrawFn, purpose: str) -> Coded:
    """A concept: mapped or not, with or without original coding, words and further codings."""
    target = draw(st.none() | st.sampled_from(POOL[purpose]).map(lambda row: Coding(*row)))
    original = draw(st.none() | CODINGS | st.just(target))
    text = draw(st.none() | TEXTS)
    if text is None and original is None and target is None:
        text = draw(WORDS)
    others = tuple(draw(st.lists(CODINGS, max_size=2)))
    return Coded(text, original, others, target, None if target is None else f"map-{target.code}")


PROVENANCES = st.builds(
    Provenance,
    st.sampled_from(("Kjernejournal – kritisk informasjon", "SYSVAK", "Reseptformidleren", "")),
    st.none() | _SPOKEN,
    st.none() | MOMENTS.filter(lambda moment: moment.iso < "2026"),
    st.none() | NAMES,
)
IDS = st.text(st.sampled_from("abc123-"), max_size=6)
IDENTIFIERS = st.one_of(
    st.integers(1, 10**9).map(lambda n: Identifier(ORGANISATION_ROOT, str(n))),
    st.sampled_from((Identifier("not-an-oid", "1"), Identifier("2.16.578.1", "x" * 70), Identifier("1.2.3"))),
)
TELECOMS = st.builds(
    Telecom,
    st.sampled_from(
        ("tel:+4799999999", "tel:22 33 44 55", "mailto:a@example.no", "99999999", "tel:", "https://x.no/å", "TEL:+47-1")
    ),
    st.none() | st.sampled_from(("H", "WP", "MC", "HP", "PUB")),
)
ADDRESSES = st.builds(
    Address,
    st.lists(TEXTS, max_size=3).map(tuple),
    st.none() | _SPOKEN,
    st.none() | TEXTS,
    st.sampled_from((None, "NO", "SE", "Norge", "")),
)
ORGANISATIONS = st.builds(
    Organisation,
    st.none() | NAMES,
    st.lists(IDENTIFIERS, max_size=2).map(tuple),
    st.none() | ADDRESSES,
    st.lists(TELECOMS, max_size=3).map(tuple),
)
PEOPLE_NAMES = st.builds(Name, st.lists(TEXTS, max_size=3).map(tuple), TEXTS, st.none() | _SPOKEN)
WHOLE_NAMES = st.builds(Name, st.lists(NAMES, min_size=1, max_size=3).map(tuple), NAMES, st.none() | _SPOKEN)
PROFESSIONALS = st.builds(
    Professional,
    st.none() | PEOPLE_NAMES,
    st.lists(IDENTIFIERS, max_size=2).map(tuple),
    st.none() | coded("role"),
    st.none() | ORGANISATIONS,
    st.lists(TELECOMS, max_size=2).map(tuple),
    st.none() | ADDRESSES,
)
CONTACTS = st.builds(
    Contact,
    st.sampled_from(("PCP", "NOK", "ECON", "GUARD", "OTHER")),
    st.none() | PEOPLE_NAMES,
    st.none() | ORGANISATIONS,
    st.none() | coded("relationship"),
    st.lists(TELECOMS, max_size=2).map(tuple),
    st.none() | ADDRESSES,
    st.none() | PERIODS,
)
_BIRTHS = st.one_of(
    st.integers(1900, 2025).map(lambda year: Moment(f"{year:04}")),
    st.sampled_from(("1962-07", "1962-07-13", "1962-07-13T04:05:00+01:00")).map(Moment),
)
"""A year alone may be any; a day is that of the number (own-header-3, own-header-4)."""
PERSONS = st.builds(
    Person,
    st.integers(0, 900).map(lambda n: (Identifier(PERSON_ROOT, person_number(13, 7, 1962, n)),)),
    WHOLE_NAMES,
    st.none() | st.sampled_from(Gender),
    _BIRTHS,
    st.none() | MOMENTS,
    st.none() | ADDRESSES,
    st.lists(TELECOMS, max_size=3).map(tuple),
    st.lists(st.sampled_from(("nb", "nn-NO", "se-NO", "pl-PL", "klingon")), max_size=3).map(tuple),
    st.lists(CONTACTS, max_size=3).map(tuple),
)
_NUMBERS = st.decimals(Decimal("0.001"), Decimal("5000"), places=3).map(lambda d: d.normalize())
_DOSES = st.builds(Quantity, _NUMBERS, st.none() | coded("dose-unit"))
_REACTIONS = st.builds(Reaction, coded("reaction"), st.none() | coded("severity"), st.none() | MOMENTS)
ALLERGIES = st.builds(
    Allergy,
    IDS,
    coded("agent"),
    st.booleans(),
    coded("kind"),
    st.lists(_REACTIONS, max_size=2).map(tuple),
    st.none() | coded("criticality"),
    st.none() | coded("certainty"),
    st.none() | coded("status"),
    st.none() | MOMENTS,
    PROVENANCES,
    st.none() | TEXTS,
    st.sampled_from((None, None, "active", "suspended", "completed")),
    st.none() | coded("severity"),
)
PROBLEMS = st.builds(
    Problem,
    IDS,
    coded("condition"),
    PERIODS,
    st.booleans(),
    PROVENANCES,
    st.none() | coded("severity"),
    st.none() | coded("condition-certainty"),
    st.none() | TEXTS,
    st.none() | coded("finding"),
    st.none(),
    st.none() | coded("health"),
)
PROCEDURES = st.builds(
    Procedure,
    IDS,
    coded("procedure"),
    PERIODS,
    st.sampled_from(("active", "completed", "cancelled", "aborted")),
    PROVENANCES,
    st.none() | TEXTS,
    st.lists(coded("site"), max_size=1).map(tuple),
)
DEVICES = st.builds(
    ImplantedDevice, IDS, coded("device"), PERIODS, PROVENANCES, st.none() | IDENTIFIERS, st.none() | TEXTS
)
_INGREDIENTS = st.builds(Ingredient, coded("atc"), st.none() | _DOSES, st.none() | _DOSES)
_TIMINGS = st.one_of(
    st.builds(
        Timing,
        st.just(Quantity(Decimal(8), Coded(target=Coding("h", UCUM, "hour")))),
        institution_specified=st.just(True),
    ),
    st.builds(Timing, event=st.just(Coding("ACM", "2.16.840.1.113883.5.139"))),
    st.builds(Timing, at=MOMENTS),
)
_LAYERS = st.builds(
    PackageLayer,
    _DOSES,
    st.none() | coded("package"),
    st.none() | CODINGS,
    st.none() | WORDS,
)
_PRODUCTS = st.builds(
    MedicinalProduct,
    TEXTS,
    st.sampled_from(("package", "brand", "substance", "compounded", "unknown")),
    st.none() | coded("atc"),
    st.lists(CODINGS, max_size=2).map(tuple),
    st.none() | coded("form"),
    st.none() | TEXTS,
    st.none() | TEXTS,
    st.lists(_INGREDIENTS, max_size=2).map(tuple),
    st.lists(_LAYERS, max_size=3).map(lambda made: (*(replace(one, code=None) for one in made[:-1]), *made[-1:])),
    st.none() | ORGANISATIONS,
)
_DOSAGES = st.builds(
    Dosage,
    st.none() | TEXTS,
    st.none() | st.just("several-doses"),
    st.none() | coded("route"),
    st.none() | _DOSES,
    st.none() | st.builds(Quantity, _NUMBERS, st.none() | coded("time-unit")),
    dose_high=st.none() | _DOSES,
    daily_maximum=st.none() | st.none() | _DOSES,
    timings=st.lists(_TIMINGS, max_size=2).map(tuple),
)
MEDICATIONS = st.builds(
    MedicationStatement,
    IDS,
    _PRODUCTS,
    _DOSAGES,
    PERIODS,
    st.booleans(),
    st.none() | coded("condition"),
    PROVENANCES,
    st.none() | TEXTS,
    st.none() | PROFESSIONALS,
    st.none() | TEXTS,
)
IMMUNISATIONS = st.builds(
    Immunisation,
    IDS,
    coded("vaccine"),
    MOMENTS,
    PROVENANCES,
    st.none() | TEXTS,
    st.lists(coded("condition"), max_size=2).map(tuple),
    st.none() | TEXTS,
    st.none() | st.integers(1, 9),
    st.none() | ORGANISATIONS,
    st.none() | coded("route"),
    st.none() | _DOSES,
    st.none() | ORGANISATIONS,
)
_NOTHING = st.one_of(
    st.builds(NoInformation, st.none() | NAMES), st.builds(SourceUnavailable, st.sampled_from(("Kjernejournal", "")))
)


def section(entries: st.SearchStrategy[Any], *absences: str) -> st.SearchStrategy[Any]:
    """A section in any of its states."""
    present = st.lists(entries, min_size=1, max_size=2).map(lambda made: Present(tuple(made)))
    absent = st.builds(KnownAbsent, st.sampled_from(absences or ("no-known-problems",)), PROVENANCES)
    return st.one_of(present, present, absent, _NOTHING)


def _lists(entries: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.lists(entries, min_size=1, max_size=2).map(lambda made: Present(tuple(made)))


CONTENTS = st.builds(
    SummaryContent,
    section(ALLERGIES, "no-known-allergies", "no-known-food-allergies", "no-known-medication-allergies"),
    section(MEDICATIONS, "no-known-medications"),
    section(PROBLEMS, "no-known-problems"),
    section(PROCEDURES, "no-known-procedures"),
    section(DEVICES, "no-known-devices"),
    section(PROBLEMS),
    section(IMMUNISATIONS),
    section(VITAL_GROUPS),
    section(RESULT_GROUPS),
    section(SOCIAL),
    st.one_of(_NOTHING, st.tuples(PREGNANCY).map(Present), _lists(PREGNANCIES)),
    section(FUNCTION_GROUPS),
    st.one_of(_NOTHING, st.tuples(NARRATED).map(Present)),
    st.one_of(_NOTHING, st.tuples(NARRATED).map(Present)),
    medications_reconciled=st.booleans(),
)
_CUSTODIANS = st.builds(
    Organisation,
    NAMES,
    st.just((Identifier(ORGANISATION_ROOT, "999888777"),)),
    st.none() | ADDRESSES,
    st.lists(TELECOMS, max_size=2).map(tuple),
)
SUMMARIES = st.builds(
    PatientSummary,
    id=st.integers(1, 999).map(lambda n: Identifier("2.16.578.1.12.4.9999.10", f"PS-{n}")),
    parent=st.integers(1, 999).map(lambda n: Identifier("2.16.578.1.12.4.9999.11", f"SRC-{n}")),
    patient=PERSONS,
    content=CONTENTS,
    created=st.datetimes(datetime(2026, 1, 2), datetime(2027, 1, 1)).map(  # noqa: DTZ001 - a zone is put on it
        lambda at: at.replace(tzinfo=UTC)
    ),
    last_updated=st.sampled_from(("2026", "2026-01", "2026-01-01", "2026-01-01T08:00:00+01:00")).map(Moment),
    language=st.sampled_from(("nb-NO", "nn-NO", "no-NO", "se-NO", "nb-SJ")),
    author=st.builds(
        Device, NAMES, st.none() | TEXTS, st.none() | _CUSTODIANS, st.lists(IDENTIFIERS, max_size=1).map(tuple)
    ),
    custodian=_CUSTODIANS,
    legal_authenticator=st.builds(
        Professional,
        WHOLE_NAMES,
        st.just((Identifier("2.16.578.1.12.4.9999.13", "medical-1"),)),
        st.none() | coded("role"),
        st.none() | ORGANISATIONS,
        st.lists(TELECOMS, max_size=2).map(tuple),
        st.none() | ADDRESSES,
    ),
    title=WORDS,
    confidentiality=st.sampled_from("NRV"),
)
