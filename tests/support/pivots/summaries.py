"""Builders of pivots for the tests of what is made from them: one rich patient summary, one with nothing, and parts.

Everybody here is invented. Person numbers have 80 added to the month and valid control digits.
"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

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
    MedicationStatement,
    MedicinalProduct,
    NoInformation,
    PatientSummary,
    Present,
    Problem,
    Procedure,
    Reaction,
    SummaryContent,
)
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance, Quantity

NOW = datetime(2026, 5, 4, 9, 30, 15, tzinfo=UTC)

SNOMED = "2.16.840.1.113883.6.96"
ATC = "2.16.840.1.113883.6.73"
ICD10 = "1.3.6.1.4.1.12559.11.10.1.3.1.44.2"
EDQM = "0.4.0.127.0.16.1.1.2.1"
UCUM = "2.16.840.1.113883.6.8"
EMDN = "1.3.6.1.4.1.12559.11.10.1.3.1.44.6"
ISCO = "2.16.840.1.113883.2.9.6.2.7"
ROLE = "2.16.840.1.113883.5.111"
CRITICALITY = "2.16.840.1.113883.4.642.4.130"
CERTAINTY = "2.16.840.1.113883.4.642.4.1371"
ALLERGY_STATUS = "2.16.840.1.113883.4.642.4.1373"
CONDITION_CERTAINTY = "2.16.840.1.113883.4.642.4.1075"
VOLVEN = "2.16.578.1.12.4.1.1"
PERSON_ROOT = "2.16.578.1.12.4.1.4.1"
ORGANISATION_ROOT = "2.16.578.1.12.4.1.4.101"

KRITISK = "Kjernejournal – kritisk informasjon"
RESEPT = "Reseptformidleren"
SYSVAK = "SYSVAK"


def person_number(day: int, month: int, year: int, serial: int) -> str:
    """A synthetic national identity number: month + 80, the first serial from ``serial`` on that has control digits."""
    for candidate in range(serial, serial + 20):
        digits = [int(d) for d in f"{day:02}{month + 80:02}{year % 100:02}{candidate:03}"]
        first = (11 - sum(a * b for a, b in zip((3, 7, 6, 1, 8, 9, 4, 5, 2), digits, strict=True)) % 11) % 11
        second = (
            11 - sum(a * b for a, b in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), (*digits, first), strict=True)) % 11
        ) % 11
        if first < 10 and second < 10:
            return "".join(map(str, (*digits, first, second)))
    raise ValueError("no valid number from that serial")


def mapped(code: str, system: str, display: str, national: tuple[str, str, str] | None = None) -> Coded:
    """A concept with its European code; ``national`` is (code, Volven list, display)."""
    original = None if national is None else volven(*national)
    text = None if national is None else national[2]
    return Coded(text=text, original=original, target=Coding(code, system, display), map_entry=f"map-{code}")


def unmapped(text: str, code: str, volven_list: str) -> Coded:
    """A national concept that no map knows."""
    return Coded(text=text, original=volven(code, volven_list, text))


def volven(code: str, volven_list: str, display: str) -> Coding:
    """A coding of a national list."""
    return Coding(code, f"{VOLVEN}.{volven_list}", display, f"Volven {volven_list}")


def provenance(
    source: str = KRITISK, source_id: str | None = "kj-1", recorded: str | None = "2024-11-02"
) -> Provenance:
    """Where a statement comes from."""
    return Provenance(source, source_id, None if recorded is None else Moment(recorded), "Lege Ola Strand")


def organisation(name: str = "Norsk helsenett SF (syntetisk)", number: str = "999888777") -> Organisation:
    """An organisation with everything."""
    return Organisation(
        name,
        (Identifier(ORGANISATION_ROOT, number),),
        Address(("Abels gate 9",), "7030", "Trondheim", "NO"),
        (Telecom("tel:+4724200000", "WP"),),
    )


def professional(name: Name | None = None) -> Professional:
    """A physician with a mapped role."""
    return Professional(
        name=name or Name(("Kari",), "Solberg"),
        identifiers=(Identifier("2.16.578.1.12.4.1.4.4", "9990001"),),
        role=mapped("2211", ISCO, "Generalist medical practitioners", ("LE", "9060", "Lege")),
        organisation=organisation("Fjordgløtt legesenter", "999777666"),
        telecoms=(Telecom("tel:+4722000001", "WP"),),
    )


def person() -> Person:
    """Someone with a middle name, an address, a physician, next of kin and a Sámi letter."""
    return Person(
        identifiers=(Identifier(PERSON_ROOT, person_number(13, 7, 1962, 301)),),
        name=Name(("Áile", "Marie"), "Nordlåtta Sørbø"),
        gender=Gender.FEMALE,
        birth=Moment("1962-07-13"),
        address=Address(("Testveien 1 B", "c/o Sørbø"), "9730", "Karasjok", "NO"),
        telecoms=(Telecom("tel:+4799999999", "MC"), Telecom("mailto:aile@example.no", "H")),
        languages=("nb-NO", "se-NO"),
        contacts=(
            Contact(
                "PCP",
                Name(("Kari",), "Solberg"),
                organisation("Fjordgløtt legesenter", "999777666"),
                telecoms=(Telecom("tel:+4722000001", "WP"),),
                period=Period(Moment("2019-01-01")),
            ),
            Contact(
                "NOK",
                Name(("Per",), "Sørbø"),
                relationship=mapped("SPS", ROLE, "spouse"),
                telecoms=(Telecom("tel:+4798888888", "MC"),),
            ),
            Contact("ECON", Name(("Berit",), "Sørbø"), telecoms=(Telecom("tel:+4797777777"),)),
        ),
    )


def drug_allergy(**changes: object) -> Allergy:
    """An allergy to amoxicillin with a severe reaction."""
    base = Allergy(
        id="a1",
        agent=mapped("J01CA04", ATC, "amoxicillin", ("J01CA04", "7180", "Amoksicillin")),
        agent_is_medicine=True,
        kind=mapped("609328004", SNOMED, "Allergic disposition"),
        reactions=(
            Reaction(
                mapped("39579001", SNOMED, "Anaphylaxis", ("1", "7497", "Anafylaktisk reaksjon")),
                mapped("24484000", SNOMED, "Severe", ("1", "7520", "Alvorlig")),
                Moment("2010-06"),
            ),
        ),
        criticality=mapped("high", CRITICALITY, "High Risk"),
        certainty=mapped("unconfirmed", CERTAINTY, "Unconfirmed", ("2", "7521", "Sannsynlig")),
        status=mapped("active", ALLERGY_STATUS, "Active"),
        onset=Moment("2010"),
        provenance=provenance(),
        note="Reagerte etter første tablett.\nInnlagt to døgn.",
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change one field by name


def other_allergy() -> Allergy:
    """An allergy to something that is no medicine, with a reaction no map knows."""
    return Allergy(
        id="a2",
        agent=mapped("735971005", SNOMED, "Fish", ("5", "7514", "Fisk")),
        agent_is_medicine=False,
        kind=mapped("609328004", SNOMED, "Allergic disposition"),
        reactions=(Reaction(unmapped("Annen mindre alvorlig reaksjon", "19", "7497")),),
        criticality=unmapped("Mindre alvorlig", "2", "7520"),
        certainty=None,
        status=None,
        onset=None,
        provenance=provenance(source_id="kj-2", recorded=None),
    )


def problem(**changes: object) -> Problem:
    """Type 2 diabetes, active."""
    base = Problem(
        id="p1",
        condition=mapped("E11", ICD10, "Type 2 diabetes mellitus", ("T90", "7170", "Diabetes ikke-insulinavhengig")),
        period=Period(Moment("2019-03-01")),
        resolved=False,
        provenance=provenance(source_id="kj-3"),
        severity=mapped("6736007", SNOMED, "Moderate", ("2", "7520", "Moderat")),
        certainty=mapped("confirmed", CONDITION_CERTAINTY, "Confirmed"),
        note="Kostregulert",
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change one field by name


def procedure(**changes: object) -> Procedure:
    """A stent, done on one day."""
    base = Procedure(
        id="s1",
        procedure=mapped("103716009", SNOMED, "Placement of stent", ("FNG05", "7270", "Innsetting av stent")),
        performed=Period(Moment("2020-06-15"), Moment("2020-06-15")),
        status="completed",
        provenance=provenance(source_id="kj-4"),
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change one field by name


def implant(**changes: object) -> ImplantedDevice:
    """A pacemaker with its own id."""
    base = ImplantedDevice(
        id="d1",
        device=mapped("J0101", EMDN, "PACEMAKERS", ("9", "7518", "Pacemaker")),
        implanted=Period(Moment("2021-02-03T10:15:00+01:00")),
        provenance=provenance(source_id="kj-5"),
        device_id=Identifier("2.16.840.1.113883.3.3719", "UDI-0001"),
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change one field by name


def medication(**changes: object) -> MedicationStatement:
    """Paracetamol with coded form, route, dose and interval, prescribed by a physician with a mapped role."""
    base = MedicationStatement(
        id="m1",
        product=MedicinalProduct(
            name="Paracet tab 500 mg",
            level="brand",
            atc=mapped("N02BE01", ATC, "paracetamol", ("N02BE01", "7180", "Paracetamol")),
            codes=(Coding("ID-1234", f"{VOLVEN}.7507", "Paracet tab 500 mg", "FEST LegemiddelMerkevare"),),
            form=mapped("10219000", EDQM, "Tablet", ("53", "7448", "Tablett")),
            form_text="Tablett",
            strength_text="500 mg",
            ingredients=(
                Ingredient(
                    mapped("N02BE01", ATC, "paracetamol", ("N02BE01", "7180", "Paracetamol")),
                    Quantity(Decimal("500"), mapped("mg", UCUM, "milligram")),
                    Quantity(Decimal("1")),
                ),
            ),
        ),
        dosage=Dosage(
            text="1 tablett 3 ganger daglig",
            route=mapped("20053000", EDQM, "Oral use", ("53", "7477", "Oral")),
            dose=Quantity(Decimal("1"), mapped("15054000", EDQM, "Tablet", ("1", "7480", "tablett"))),
            period=Quantity(Decimal("8"), mapped("h", UCUM, "hour")),
        ),
        used=Period(Moment("2025-01-01"), Moment("2027-01-01")),
        ordered=True,
        reason=mapped("I10", ICD10, "Essential (primary) hypertension", ("K86", "7170", "Hypertensjon")),
        provenance=Provenance(RESEPT, "rf-1", Moment("2025-01-01T12:00:00+01:00"), None),
        prescription_id="b3b6f6f0-0000-4000-8000-000000000001",
        prescriber=professional(),
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change one field by name


def text_medication() -> MedicationStatement:
    """What an e-prescription gives: name, form and dosage as text, ATC, a package."""
    return MedicationStatement(
        id="m2",
        product=MedicinalProduct(
            name="Ibux tab 400 mg",
            level="package",
            atc=mapped("M01AE01", ATC, "ibuprofen", ("M01AE01", "7180", "Ibuprofen")),
            codes=(Coding("012345", f"{VOLVEN}.7510", None, "Varenummer"),),
            form=unmapped("Tablett, drasjert, lokal", "9999", "7448"),
        ),
        dosage=Dosage(text="1 tablett ved behov, maks 3\ndaglig. Tas med mat.", why_text_only="as-needed"),
        used=Period(),
        ordered=True,
        reason=unmapped("Mot smerter", "A1", "9999"),
        provenance=Provenance(RESEPT, "rf-2", Moment("2026-01-05"), None),
        prescriber=replace(professional(), role=unmapped("Lege", "LE", "9060")),
    )


def immunisation(**changes: object) -> Immunisation:
    """Influenza vaccine, second dose."""
    base = Immunisation(
        id="v1",
        vaccine=mapped(
            "J07BB02", ATC, "influenza, inactivated, split virus or surface antigen", ("INF02", "9501", "Influensa")
        ),
        given=Moment("2024-10-15"),
        provenance=Provenance(SYSVAK, "sv-1", Moment("2024-10-16"), None),
        product_name="Vaxigrip Tetra",
        target_diseases=(
            mapped("J11", ICD10, "Influenza, virus not identified"),
            unmapped("Sesonginfluensa", "INF", "9501"),
        ),
        lot="AB123",
        dose_number=2,
        performer=organisation("Karasjok kommune", "999666555"),
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change one field by name


def rich_content(**changes: object) -> SummaryContent:
    """Every section present."""
    base = SummaryContent(
        allergies=Present((drug_allergy(), other_allergy())),
        medications=Present((medication(), text_medication())),
        problems=Present((problem(), problem(id="p2", condition=unmapped("Mestringsproblem", "Z99", "7170")))),
        procedures=Present((procedure(),)),
        devices=Present((implant(),)),
        past_illness=Present((problem(id="p3", resolved=True, period=Period(Moment("2001"), Moment("2003-05"))),)),
        immunisations=Present((immunisation(),)),
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change one field by name


def empty_content() -> SummaryContent:
    """No source knows anything."""
    nothing = NoInformation()
    return SummaryContent(nothing, nothing, nothing, nothing, nothing)


def summary(content: SummaryContent | None = None, **changes: object) -> PatientSummary:
    """A patient summary, rich unless told otherwise; ``changes`` replace its fields."""
    base = PatientSummary(
        id=Identifier("2.16.578.1.12.4.9999.10", "PS-0001"),
        parent=Identifier("2.16.578.1.12.4.9999.11", "SRC-0001"),
        patient=person(),
        content=content or rich_content(),
        created=NOW,
        last_updated=Moment("2026-01-05"),
        language="nb-NO",
        author=Device("ncpeh", "NCPeH Norge 0.1", organisation(), (Identifier("2.16.578.1.12.4.9999.12", "node-1"),)),
        custodian=organisation(),
        legal_authenticator=Professional(
            Name(("Eva", "Lise"), "Ansvarlig"), (Identifier("2.16.578.1.12.4.9999.13", "medical-1"),)
        ),
        title="Pasientoppsummering",
    )
    return replace(base, **changes)  # type: ignore[arg-type] - tests change one field by name
