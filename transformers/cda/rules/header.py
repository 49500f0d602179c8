"""Own rules for the header of a CDA document: confidentiality, birth, roles of people, the date it is up to.

eHDSI CDA, header of every kind of document. The wave-8 Schematron asks for these elements, and looks away from what
they say: a role of any code system passes, a birth in the future, a number that names another birthday.
"""

import re
from collections.abc import Iterator
from typing import Final

from transformers.cda.types.vocabulary import CONFIDENTIALITY, CONFIDENTIALITY_SYSTEM, CONTACT
from transformers.cda.types.walk import HL7, Breach, DocumentElements, Element, Rule, child, children, has_template
from transformers.model.finding import Severity
from transformers.model.timestamps import read_timestamp

_ISCO: Final = "2.16.840.1.113883.2.9.6.2.7"
_ROLE = re.compile(r"[0-9]{1,4}")
_NUMBER = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})[0-9]{5}")
_NATIONAL_NUMBERS: Final = ("2.16.578.1.12.4.1.4.1", "2.16.578.1.12.4.1.4.2")
"""Norway's fødselsnummer and D-number: both begin with the date of birth, day raised by 40 in a D-number."""
_D_NUMBER: Final = 40
_SYNTHETIC: Final = (80, 65, 40, 0)
"""What the month is raised by: in the test numbers of Norway's registers, and in an ordinary one."""
_OF_THE_RULES_ALONE: Final = frozenset({"L", "M", "U"})
"""The Schematron lets them pass, and value set 42.31 has no display for them."""
_CONTACTS: Final = frozenset({"NOK", "ECON", "PRS"})
_LONGEST: Final = 64
"""Characters of an identifier's root and extension (data type II.EPSOS)."""


def _confidentiality_known(document: DocumentElements) -> Iterator[Breach]:
    """The confidentiality is one of HL7's codes; what the catalogue (N, R, V) lacks is a warning, so is a null."""
    for code in children(document.root, "confidentialityCode"):
        said = code.get("code")
        if said in CONFIDENTIALITY and code.get("codeSystem") == CONFIDENTIALITY_SYSTEM:
            continue
        legal = code.get("codeSystem") == CONFIDENTIALITY_SYSTEM and said in _OF_THE_RULES_ALONE
        if legal or (said is None and code.get("nullFlavor") is not None):
            yield Breach(code, "The confidentiality is none of N, R, V.", Severity.WARNING)
        else:
            yield Breach(code, "The confidentiality is no code of HL7's Confidentiality.")


def _birth_plausible(document: DocumentElements) -> Iterator[Breach]:
    """The patient's birth is a day, month or year of the calendar, and not later than the document."""
    for birth in document.root.iterfind(f"{HL7}recordTarget/{HL7}patientRole/{HL7}patient/{HL7}birthTime"):
        if read_timestamp(birth.get("value") or "").moment is None:
            yield Breach(birth, "The birth is no date of the calendar.")
        elif birth.get("value", "")[:8] > _until(document.root):
            yield Breach(birth, "The birth is later than the document.")


def _birth_of_the_number(document: DocumentElements) -> Iterator[Breach]:
    """A Norwegian number names the day of birth that the document states."""
    for patient in document.root.iterfind(f"{HL7}recordTarget/{HL7}patientRole"):
        birth = patient.find(f"{HL7}patient/{HL7}birthTime")
        said = "" if birth is None else (birth.get("value") or "")[:8]
        for identity in children(patient, "id"):
            found = _NUMBER.fullmatch(identity.get("extension") or "")
            if identity.get("root") not in _NATIONAL_NUMBERS or found is None or len(said) < 8:
                continue
            day = int(found[1]) % _D_NUMBER
            month = next((m - raised for raised in _SYNTHETIC if (m := int(found[2])) > raised), 0)
            if birth is not None and said[2:] != f"{found[3]}{month:02}{day:02}":
                yield Breach(birth, "The birth is not that of the patient's number.")


def _roles_known(document: DocumentElements) -> Iterator[Breach]:
    """The role of an author or performer is a code of ISCO, or said to be none."""
    for role in document.named(f"{HL7}functionCode"):
        parent = role.getparent()
        if parent is None or parent.tag == f"{HL7}participant" or role.get("nullFlavor") is not None:
            continue
        if role.get("codeSystem") != _ISCO or not _ROLE.fullmatch(role.get("code") or ""):
            yield Breach(role, "The role is no code of ISCO.")


def _contacts_classed(document: DocumentElements) -> Iterator[Breach]:
    """A contact of the patient is next of kin, an emergency contact or a person or place of care, by its class."""
    for participant in children(document.root, "participant"):
        if not has_template(participant, CONTACT):
            continue
        for entity in children(participant, "associatedEntity"):
            if entity.get("classCode") not in _CONTACTS:
                yield Breach(entity, "The contact's class is none of NOK, ECON, PRS.")


def _up_to_date(document: DocumentElements) -> Iterator[Breach]:
    """What the document says it is up to date to is not before the newest of its items."""
    high = document.root.find(f"{HL7}documentationOf/{HL7}serviceEvent/{HL7}effectiveTime/{HL7}high")
    said = "" if high is None else (high.get("value") or "")[:8]
    items = [
        value[:8]
        for author in document.root.iterfind(f"{HL7}component//{HL7}author")
        for time in children(author, "time")
        if (value := time.get("value"))
    ]
    newest = max(items, default="")
    shared = min(len(said), len(newest))
    if high is not None and said and newest[:shared] > said[:shared]:
        yield Breach(high, "An item of the document is newer than what it says to be up to date to.")


def _identifiers_short(document: DocumentElements) -> Iterator[Breach]:
    """An identifier's root and extension have at most 64 characters: registries cut them off there."""
    for identity in document.named(f"{HL7}id", f"{HL7}setId"):
        if any(len(identity.get(name) or "") > _LONGEST for name in ("root", "extension")):
            yield Breach(identity, "The identifier has more than 64 characters.", Severity.WARNING)


def _until(root: Element) -> str:
    made = child(root, "effectiveTime")
    return ("" if made is None else made.get("value") or "")[:8] or "99999999"


HEADER_RULES: Final[tuple[tuple[str, Rule], ...]] = (
    ("own-header-2", _confidentiality_known),
    ("own-header-3", _birth_plausible),
    ("own-header-4", _birth_of_the_number),
    ("own-header-5", _roles_known),
    ("own-header-6", _up_to_date),
    ("own-header-7", _contacts_classed),
    ("own-id-4", _identifiers_short),
)
