"""Guardians of Persontjenesten's person (API version 2, GuardianshipOrFuturePowerOfAttorney) as contacts of the pivot.

Only who decides in personal matters, in force and named, is a contact; her number is not carried. Kjernejournal's own
contact persons have no published form, and parental responsibility names people by number alone: neither is read, the
second is told.
"""

from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Contact, Name
from transformers.model.values import Coded, Moment, Period
from transformers.norway.errors import Malformed
from transformers.norway.json_fields import Member, member, objects, words
from transformers.norway.moments import read_fhir

PART = "guardianshipOrFuturePowerOfAttorney"

_KINDS = {
    "SingleMinorAsylumSeeker": "Verge for enslig mindreårig asylsøker",
    "SingleMinorRefugee": "Verge for enslig mindreårig flyktning",
    "Adult": "Verge for voksen",
    "TemporaryForAdult": "Midlertidig verge for voksen",
    "Minor": "Verge for mindreårig",
    "TemporaryForMinor": "Midlertidig verge for mindreårig",
    "ManagementOutsideGuardianship": "Forvaltning utenfor vergemål",
    "ConfirmedFuturePowerOfAttorney": "Stadfestet fremtidsfullmakt",
}
_FINANCIAL = "FinancialInterests"
_SCOPES = (
    "ImmigrationPersonalAndFinancialInterests",
    "PersonalAndFinancialInterests",
    _FINANCIAL,
    "PersonalInterests",
)


def read_guardians(source: Member, report: Report) -> tuple[Contact, ...]:
    """Guardians in force; raises ``Malformed`` for a kind or scope the published lists do not have."""
    found = []
    for index, fact in enumerate(objects(source, PART)):
        contact = None if fact.get("isValid") is False else _guardian(fact, f"{PART}[{index}]", report)
        if contact is not None:
            found.append(contact)
    if objects(source, "parentalResponsibility"):
        said = "who has parental responsibility is told by number alone"
        report.add(Finding(Severity.INFO, "parents-not-read", "parentalResponsibility", said))
    return tuple(found)


def _guardian(fact: Member, path: str, report: Report) -> Contact | None:
    kind = words(fact, "guardianshipType")
    if kind is not None and kind not in _KINDS:
        raise Malformed("guardianshipType")
    guardian = member(fact, "guardian")
    if guardian is None:
        report.add(Finding(Severity.INFO, "guardian-unnamed", path, "a guardianship without a guardian", kind))
        return None
    scope = words(guardian, "guardianshipScope")
    if scope is not None and scope not in _SCOPES:
        raise Malformed("guardianshipScope")
    if scope == _FINANCIAL or guardian.get("isGuardianshipInPersonalScope") is False:
        report.add(Finding(Severity.INFO, "guardian-of-property", path, "decides in financial matters only", scope))
        return None
    name = _name(guardian)
    if name is None:
        report.add(Finding(Severity.WARNING, "guardian-unnamed", path, "the guardian is told by number alone", kind))
        return None
    shown = _KINDS.get(kind or "", "Verge")
    ends = (_moment(fact, "validFrom"), _moment(fact, "validTo"))
    period = Period(*ends) if any(ends) else None
    return Contact(role="GUARD", name=name, relationship=Coded(text=shown), period=period)


def _moment(fact: Member, member_name: str) -> Moment | None:
    """The day; the register's time of day says nothing more."""
    written = words(fact, member_name)
    return None if written is None else read_fhir(written[:10], member_name)


def _name(guardian: Member) -> Name | None:
    name = member(guardian, "name") or {}
    given, family = words(name, "givenName"), words(name, "familyName")
    if given is None or family is None:
        return None
    middle = words(name, "middleName")
    return Name(given=(given, middle) if middle else (given,), family=family)
