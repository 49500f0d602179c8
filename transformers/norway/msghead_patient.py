"""The patient of a hodemelding (MsgHead 1.2, MsgInfo/Patient): read, written, and compared with whom was asked for.

HIS 80601:2006. A person without a Norwegian number (a foreigner at a Norwegian pharmacy) is told by names, birth date
and sex (Volven 3101). Birth date and sex are what the message says; a number is never taken apart.
"""

from dataclasses import dataclass, field

from lxml import etree

from transformers.model.people import Gender, Person
from transformers.model.values import Moment
from transformers.norway.errors import Malformed, NumberInvalid, WrongPatient
from transformers.norway.identifiers import CODES_OF_KINDS, KINDS_OF_PERSON_IDS, read_person_number
from transformers.norway.moments import read_date
from transformers.norway.read_msghead import MSGHEAD, MessageHead
from transformers.norway.xml_fields import child, children, code, text

_CODES = {kind[0] for kind in CODES_OF_KINDS.values()}
_SEX = {Gender.MALE: ("1", "Mann"), Gender.FEMALE: ("2", "Kvinne")}
_READ_SEX = {"1": Gender.MALE, "2": Gender.FEMALE}


@dataclass(frozen=True, slots=True)
class HeadPatient:
    """Who a message is about. ``number`` is a Norwegian person number, None for somebody who has none."""

    family: str = field(repr=False)
    given: str = field(repr=False)
    middle: str | None = field(default=None, repr=False)
    number: str | None = field(default=None, repr=False)
    birth: Moment | None = field(default=None, repr=False)
    sex: Gender | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """The person asked for: every number that is hers, and her birth date in the person register where it is known."""

    numbers: frozenset[str] = field(repr=False)
    birth: Moment | None = field(default=None, repr=False)


def head_patient(person: Person, *, number: str | None) -> HeadPatient:
    """A person of the pivot as a message names her: the last given name beside the first is the middle name."""
    given, *middle = person.name.given or ("",)
    return HeadPatient(
        family=person.name.family,
        given=given,
        middle=" ".join(middle) or None,
        number=number,
        birth=person.birth if len(person.birth.iso) == 10 else None,
        sex=person.gender if person.gender in _SEX else None,
    )


def read_head_patient(head: MessageHead) -> HeadPatient | None:
    """The patient of a message's head, None when it has none; raises ``Malformed``."""
    root = head.payloads[0].getroottree().getroot() if head.payloads else None
    info = None if root is None else child(root, "MsgInfo")
    patient = None if info is None else child(info, "Patient")
    if patient is None:
        return None
    numbers = [text(i, "Id") for i in children(patient, "Ident") if code(i, "TypeId") in _CODES]
    if len(numbers) > 1:
        raise Malformed("Patient")
    birth = text(patient, "DateOfBirth")
    return HeadPatient(
        family=text(patient, "FamilyName") or "",
        given=text(patient, "GivenName") or "",
        middle=text(patient, "MiddleName"),
        number=numbers[0] if numbers else None,
        birth=None if birth is None else read_date(birth, "DateOfBirth"),
        sex=_READ_SEX.get(code(patient, "Sex") or ""),
    )


def check_patient(patient: HeadPatient | None, subject: Subject) -> None:
    """Return when the message is about her; raises ``WrongPatient``, also for a birth date that is not hers."""
    if patient is None or patient.number not in subject.numbers:
        raise WrongPatient
    if patient.birth is not None and subject.birth is not None and not patient.birth.iso.startswith(subject.birth.iso):
        raise WrongPatient


def write_head_patient(info: etree._Element, patient: HeadPatient) -> None:
    """Patient as the last child of ``info``; raises ``Malformed`` for somebody nobody could find again.

    Without a Norwegian number, birth date and sex are both required (error codes 111 to 115 of list 7419).
    """
    if not patient.family or not patient.given:
        raise Malformed("Patient")
    if patient.number is None and (patient.birth is None or patient.sex is None):
        raise Malformed("DateOfBirth" if patient.birth is None else "Sex")
    holder = _add(info, "Patient")
    for name, said in (
        ("FamilyName", patient.family),
        ("MiddleName", patient.middle),
        ("GivenName", patient.given),
        ("DateOfBirth", None if patient.birth is None else patient.birth.iso),
    ):
        if said:
            _add(holder, name).text = said
    if patient.sex is not None:
        kind, shown = _SEX[patient.sex]
        _add(holder, "Sex", V=kind, DN=shown)
    if patient.number is not None:
        _write_number(holder, patient.number)


def _write_number(holder: etree._Element, number: str) -> None:
    try:
        kind, shown = CODES_OF_KINDS[read_person_number(number).kind]
    except NumberInvalid:
        raise Malformed("Ident") from None
    ident = _add(holder, "Ident")
    _add(ident, "Id").text = number
    _add(ident, "TypeId", V=kind, DN=shown, S=KINDS_OF_PERSON_IDS)


def _add(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{MSGHEAD}}}{name}", attributes)


def required_patient(head: MessageHead) -> HeadPatient:
    """The patient of a message that must have one; raises ``Malformed``."""
    patient = read_head_patient(head)
    if patient is None:
        raise Malformed("Patient")
    return patient
