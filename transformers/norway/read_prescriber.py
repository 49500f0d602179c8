"""The prescriber of a message: MsgHead 1.2 Sender, organisation and health professional (HIS 80601:2006).

Identifiers by Volven 9051 and 8116, profession by 9060. Under address protection the place is left out: organisation,
address and telephone would tell the municipality; name and HPR number stay, a prescription needs its prescriber.
"""

import re

from lxml import etree

from transformers.model.people import Address, Name, Organisation, Professional, Telecom
from transformers.model.values import Coded, Identifier
from transformers.norway.code_systems import VOLVEN, CodeSystems
from transformers.norway.errors import Malformed
from transformers.norway.identifiers import ENH, HER, HPR, RSH
from transformers.norway.xml_fields import child, children, code, plain, required, required_text, text

_SYSTEMS = {"ENH": ENH, "HER": HER, "RSH": RSH, "HPR": HPR}
_PROFESSIONS = f"{VOLVEN}9060"
_PHONE = re.compile(r"^\+?[0-9]{5,15}$")


def read_prescriber(info: etree._Element, systems: CodeSystems, *, protected: bool) -> Professional:
    """The health professional of MsgInfo/Sender. Raises ``Malformed`` where there is none, or none with a name."""
    organisation = required(required(info, "Sender"), "Organisation")
    person = required(organisation, "HealthcareProfessional")
    where = None if protected else _organisation(organisation)
    return Professional(
        name=_name(person),
        identifiers=_identifiers(person),
        role=_role(person, systems),
        organisation=where,
        telecoms=() if protected else _telecoms(person),
        address=None if protected else _address(person),
    )


def _name(person: etree._Element) -> Name:
    given = [part for part in (text(person, "GivenName"), text(person, "MiddleName")) if part]
    family = text(person, "FamilyName")
    if family is None or not given:
        raise Malformed("HealthcareProfessional")
    return Name(tuple(given), family)


def _organisation(element: etree._Element) -> Organisation:
    return Organisation(
        name=required_text(element, "OrganisationName"),
        identifiers=_identifiers(element),
        address=_address(element),
        telecoms=_telecoms(element),
    )


def _identifiers(holder: etree._Element) -> tuple[Identifier, ...]:
    """Those of a known kind; a RESH number 0 is no number."""
    found = []
    for ident in children(holder, "Ident"):
        system, value = _SYSTEMS.get(code(ident, "TypeId") or ""), text(ident, "Id")
        if system is not None and value is not None and value.strip("0"):
            found.append(Identifier(system, value))
    return tuple(found)


def _role(person: etree._Element, systems: CodeSystems) -> Coded | None:
    kind = child(person, "TypeHealthcareProfessional")
    value = None if kind is None else plain(kind.get("V"))
    if kind is None or value is None:
        return None
    shown = plain(kind.get("DN"))
    return Coded(text=shown or value, original=systems.coding(value, _PROFESSIONS, shown))


def _address(holder: etree._Element) -> Address | None:
    found = children(holder, "Address")
    if not found:
        return None
    street = text(found[0], "StreetAdr")
    return Address(
        lines=(street,) if street else (),
        postal_code=text(found[0], "PostalCode"),
        city=text(found[0], "City"),
        country="NO",
    )


def _telecoms(holder: etree._Element) -> tuple[Telecom, ...]:
    """Telephones, as tel: URIs with Norway's prefix; mail addresses."""
    found = []
    for telecom in children(holder, "TeleCom"):
        address = child(telecom, "TeleAddress")
        written = "" if address is None else (address.get("V") or "")
        kind, _, value = written.partition(":")
        number = value.replace(" ", "")
        if kind == "tel" and _PHONE.match(number):
            found.append(Telecom(f"tel:{number if number.startswith('+') else '+47' + number}", "WP"))
        elif kind == "mailto" and "@" in value:
            found.append(Telecom(f"mailto:{value}", "WP"))
    return tuple(found)
