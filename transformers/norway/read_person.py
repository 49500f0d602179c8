"""Persontjenesten's person (API version 2, OpenAPI schema Person) to the pivot: who she is now, and which numbers she
had.

Most parts are lists of facts, each current or past (``isValid``). Under address protection (fortrolig, strengt
fortrolig) neither address nor telecom nor contacts are read at all. Birth date and sex are what the register says,
never the number.
"""

from dataclasses import dataclass

from transformers.model.finding import Finding, Report, Severity
from transformers.model.people import Address, Gender, Name, Person, Telecom
from transformers.model.values import Identifier, Moment
from transformers.norway.errors import Malformed, NumberInvalid, WrongPatient
from transformers.norway.identifiers import DNR, FHN, FNR, read_person_number
from transformers.norway.json_fields import Member, member, objects, read_object, required_words, words
from transformers.norway.moments import read_fhir
from transformers.norway.read_guardians import read_guardians

CONFIDENTIALITY = ("Unclassified", "ClientAddress", "Confidential", "StrictlyConfidential")
"""AddressConfidentiality, mildest first."""

_PROTECTED = CONFIDENTIALITY[2:]
_ROOTS = {"NationalIdentityNumber": FNR, "DNumber": DNR, "AlternateIdentificationNumber": FHN}
_GENDERS = {"Female": Gender.FEMALE, "Male": Gender.MALE}
_LANGUAGES = {"nb": "nb-NO", "nn": "nn-NO", "se": "se-NO"}
_ADDRESS_PARTS = ("residentialAddress", "presentAddress", "sharedResidence", "preferredContactAddress")


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """A person of the register. ``person.identifiers[0]`` is the number in use; ``historical`` were hers once."""

    person: Person
    confidentiality: str
    """The strictest of what the register says, one of `CONFIDENTIALITY`."""
    deceased: bool
    historical: tuple[Identifier, ...]


def read_person(data: bytes, *, asked: str) -> tuple[RegisterEntry, Report]:
    """Read the answer about the number ``asked``; raises ``Malformed``, and ``WrongPatient`` when it is not among
    hers."""
    report = Report()
    source = read_object(data, "Person")
    current, historical = _numbers(source)
    if asked not in {number.extension for number in (current, *historical)}:
        raise WrongPatient
    confidentiality = _confidentiality(source)
    protected = confidentiality in _PROTECTED
    death = _death(source)
    person = Person(
        identifiers=(current,),
        name=_name(source),
        gender=_gender(source, report),
        birth=_birth(source),
        death=death,
        address=None if protected else _address(source, report),
        telecoms=() if protected else _telecoms(source),
        languages=_languages(source),
        contacts=() if protected else read_guardians(source, report),
    )
    deceased = death is not None or _status(source) == "Deceased"
    return RegisterEntry(person, confidentiality, deceased, historical), report


def _facts(source: Member, name: str) -> list[Member]:
    """The facts of a part, one or many."""
    value = source.get(name)
    return [value] if isinstance(value, dict) else objects(source, name)


def _current(source: Member, name: str) -> Member | None:
    """The fact in force; raises ``Malformed(name)`` when several claim to be."""
    valid = [fact for fact in _facts(source, name) if fact.get("isValid") is True]
    if len(valid) > 1:
        raise Malformed(name)
    return valid[0] if valid else None


def _required(source: Member, name: str) -> Member:
    fact = _current(source, name)
    if fact is None:
        raise Malformed(name)
    return fact


def _numbers(source: Member) -> tuple[Identifier, tuple[Identifier, ...]]:
    """The one number in use, and those that are not."""
    part = "norwegianIdentificationNumber"
    in_use: list[Identifier] = []
    before: list[Identifier] = []
    for fact in objects(source, part):
        root = _ROOTS.get(required_words(fact, "identificationNumberType"))
        if root is None:
            raise Malformed("identificationNumberType")
        number = required_words(fact, "identificationNumber")
        status = required_words(fact, "status")
        if status not in ("InUse", "Discontinued"):
            raise Malformed("status")
        (in_use if status == "InUse" else before).append(Identifier(root, number))
    if len(in_use) != 1:
        raise Malformed(part)
    try:
        read_person_number(in_use[0].extension or "")
    except NumberInvalid:
        raise Malformed(part) from None
    return in_use[0], tuple(before)


def _confidentiality(source: Member) -> str:
    """The strictest level of address protection and of every address in force; not stated at all is not unprotected."""
    if "addressProtection" not in source:
        raise Malformed("addressProtection")
    said = [required_words(fact, "protectionLevel") for fact in _in_force(source, "addressProtection")]
    for part in _ADDRESS_PARTS:
        said += [level for fact in _in_force(source, part) if (level := words(fact, "addressConfidentiality"))]
    if any(level not in CONFIDENTIALITY for level in said):
        raise Malformed("addressConfidentiality")
    return max(said, key=CONFIDENTIALITY.index, default=CONFIDENTIALITY[0])


def _in_force(source: Member, name: str) -> list[Member]:
    return [fact for fact in _facts(source, name) if fact.get("isValid") is not False]


def _name(source: Member) -> Name:
    fact = _required(source, "name")
    given, middle = required_words(fact, "givenName"), words(fact, "middleName")
    return Name(given=(given, middle) if middle else (given,), family=required_words(fact, "familyName"))


def _gender(source: Member, report: Report) -> Gender | None:
    fact = _current(source, "gender")
    code = None if fact is None else words(fact, "gender")
    if code is not None and code not in _GENDERS:
        report.add(Finding(Severity.WARNING, "code-unknown", "patient.gender", "a word of no list here", code))
    return _GENDERS.get(code or "")


def _birth(source: Member) -> Moment:
    """The day, or the year when the register knows no more; time of day is to be ignored (OpenAPI, birthDate)."""
    fact = _required(source, "birth")
    day = words(fact, "birthDate")
    return _day(day, "birthDate") if day is not None else read_fhir(required_words(fact, "birthYear"), "birthYear")


def _day(written: str, what: str) -> Moment:
    return read_fhir(written[:10], what)


def _death(source: Member) -> Moment | None:
    fact = _current(source, "death")
    day = None if fact is None else words(fact, "deceasedDate")
    return None if day is None else _day(day, "deceasedDate")


def _status(source: Member) -> str:
    return required_words(_required(source, "status"), "status")


def _address(source: Member, report: Report) -> Address | None:
    """The residential street address; another kind of address is not guessed into one."""
    fact = _current(source, "residentialAddress")
    if fact is None:
        return None
    street = member(fact, "streetAddress")
    if street is None:
        report.add(
            Finding(
                Severity.INFO, "address-not-read", "patient.address", "the residential address is no street address"
            )
        )
        return None
    number = member(street, "addressNumber") or member(street, "streetAddressNumber") or {}
    house = "".join(filter(None, (words(number, "houseNumber"), words(number, "houseLetter"))))
    line = " ".join(filter(None, (words(street, "addressName"), house)))
    city = member(street, "city") or {}
    lines = tuple(part for part in (words(street, "coAddressName"), line) if part)
    return Address(lines=lines, postal_code=words(city, "postalCode"), city=words(city, "cityName"), country="NO")


def _telecoms(source: Member) -> tuple[Telecom, ...]:
    register = member(source, "commonContactRegisterInformation") or {}
    contact = member(register, "contactInformation") or {}
    phone, email = words(contact, "phoneNumber"), words(contact, "email")
    found = []
    if phone is not None:
        found.append(Telecom(f"tel:{phone.replace(' ', '')}", "MC"))
    if email is not None:
        found.append(Telecom(f"mailto:{email}"))
    return tuple(found)


def _languages(source: Member) -> tuple[str, ...]:
    register = member(source, "commonContactRegisterInformation") or {}
    language = words(register, "language")
    return () if language is None else (_LANGUAGES.get(language, language),)
