"""Names, addresses, telecoms, organisations and professionals of a CDA document (EN, AD, TEL of data types R1).

Read: every part that says something is kept: a part the pivot has no field for becomes a line of the address. A name
written without parts is kept whole as family name, with a finding. Printed: absent is NI, said once; a country is ISO
3166-1 alpha-2; a telecom is a URI with a scheme, telephone numbers of digits, signs and no blanks. What does not fit is
left out: it is text that no machine may act on.

Of several names or addresses one is the one to call and to find somebody by; the order of a document says nothing. What
is in force at the document's time comes before what is not (validTime, useablePeriod); then the use decides, and
between equals the text, so that any order of the same parts gives the same answer. A name to search by and an address
that is bad come last.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import islice
from typing import Final

from transformers.cda.types.elements import escaped, idents
from transformers.cda.types.identifiers import usable_ids
from transformers.cda.types.narrative import coded_text
from transformers.cda.types.times import ends_before
from transformers.cda.types.tree import Element, Tree, child, children, local, text_of
from transformers.cda.types.values import coded, identifiers
from transformers.cda.types.vocabulary import MVC, TELECOM_USES, ValueSets
from transformers.model.finding import Severity
from transformers.model.people import Address, Device, Name, Organisation, Professional, Telecom
from transformers.model.timestamps import read_timestamp
from transformers.model.values import Moment

_UNSTATED: Final = 2
_USES: Final[Mapping[str, Mapping[str, int]]] = {
    "name": {"L": 0, "OR": 1, "C": 1, "I": 3, "R": 3, "ASGN": 4, "A": 5, "P": 5}
    | dict.fromkeys(("SRCH", "SNDX", "PHON"), 9),
    "addr": {"HP": 0, "H": 1, "PHYS": 1, "WP": 3, "DIR": 3, "PUB": 3, "PST": 4, "HV": 5, "TMP": 6, "BAD": 9},
}
"""HL7 EntityNameUse and PostalAddressUse, the first to be taken lowest; one that is not stated is an ordinary one."""
_LAST: Final = 9
_PERIODS: Final = ("validTime", "useablePeriod")


def in_precedence(holder: Element, tag: str) -> list[Element]:
    """The names or addresses of somebody, the one to be taken first; ``tag`` is ``name`` or ``addr``."""
    found = list(holder.iterchildren(f"{{*}}{tag}"))
    if len(found) < 2:
        return found
    day = day_of(holder)
    return sorted(found, key=lambda one: (*rank(one, day), text_of(one)))


def rank(one: Element, day: Moment | None) -> tuple[int, int]:
    """Smaller comes first: whether it is out of force on a day (2 for one never to be used), and what its use says."""
    uses = _USES[local(one)]
    stated = [uses.get(use, _UNSTATED) for use in (one.get("use") or "").split()]
    use = min(stated, default=_UNSTATED) if _LAST not in stated else _LAST
    return 2 if use == _LAST else 0 if day is None or _in_force(one, day) else 1, use


def _in_force(one: Element, day: Moment) -> bool:
    for period in (e for name in _PERIODS for e in one.iterchildren(f"{{*}}{name}")):
        low, high = (_moment(child(period, edge)) for edge in ("low", "high"))
        if (low is not None and ends_before(day, low)) or (high is not None and ends_before(high, day)):
            return False
    return True


def day_of(element: Element) -> Moment | None:
    """The day of the document, or of the message, that an element is of."""
    root = element.getroottree().getroot()
    made = child(root, "effectiveTime") if local(root) == "ClinicalDocument" else None
    if made is None:
        made = next((e for above in element.iterancestors() if (e := child(above, "creationTime")) is not None), None)
    return _moment(made)


def _moment(element: Element | None) -> Moment | None:
    return None if element is None else read_timestamp(element.get("value") or "").moment


VALUE_SETS: Final[ValueSets] = {(Professional, "role"): (f"{MVC}1",)}
_LINES: Final = (
    *("streetAddressLine", "deliveryAddressLine", "additionalLocator", "careOf", "unitID", "unitType", "houseNumber"),
    *("streetName", "buildingNumberSuffix", "postBox", "precinct", "county", "state", "censusTract", "direction"),
    *("houseNumberNumeric", "streetNameBase", "streetNameType", "deliveryInstallationType", "deliveryMode"),
)
_ORGANISED: Final = ("representedOrganization", "scopingOrganization", "wholeOrganization")
_TELEPHONE: Final = re.compile(r"(tel|fax):\+?[0-9().-]*[0-9][0-9().-]*")
_URI: Final = re.compile(r"[a-z][a-z0-9+.-]*:[!#$&-;=?-Z_a-z~%\[\]]+")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")
_BLANKS: Final = re.compile(r"[ .()-]+")


def person_name(tree: Tree, holder: Element | None) -> Name | None:
    """The name of somebody: of several the legal one and the one in force (`in_precedence`)."""
    return next(iter(person_names(tree, holder)), None)


def person_names(tree: Tree, holder: Element | None, most: int = 1) -> tuple[Name, ...]:
    """So many names as are asked for, the one to be used first; between equals it is said that others are as good."""
    named = [] if holder is None else in_precedence(holder, "name")
    read = ((e, n) for e in named if (n := _name(tree, e)) is not None)
    found = tuple(islice(read, most))
    _note_equals(tree, [e for e, _ in found], named)
    return tuple(dict.fromkeys(n for _, n in found))


def _note_equals(tree: Tree, taken: list[Element], all_: list[Element]) -> None:
    """Two legal names in force, or two homes, are a doubt that no rule of the data type solves."""
    first = next(iter(taken), None)
    if first is None or len(all_) < 2:
        return
    day = day_of(first)
    same = [e for e in all_ if e is not first and rank(e, day) == rank(first, day) and text_of(e)]
    if any(text_of(e) != text_of(first) for e in same):
        text = "Another one of the same use stands beside it; which of them is meant first is not stated."
        tree.note(Severity.INFO, "several-of-one-use", first, text)


def _name(tree: Tree, element: Element) -> Name | None:
    given, family, prefix = (tuple(_texts(tree, element, tag)) for tag in ("given", "family", "prefix"))
    if given or family:
        tree.use(element, "use")
        return Name(given, " ".join(family), " ".join(prefix) or None, _use(element))
    whole = " ".join((element.text or "").split())
    if not whole:
        return None
    tree.note(Severity.WARNING, "name-unstructured", element, "A name without given and family name is kept whole.")
    tree.use(element, "use")
    return Name((), whole, use=_use(element))


def _use(element: Element) -> str | None:
    return " ".join((element.get("use") or "").split()) or None


def _texts(tree: Tree, element: Element, tag: str) -> Iterable[str]:
    for part in children(element, tag):
        words = text_of(part)
        if words:
            tree.use(part)
            yield words


def address(tree: Tree, holder: Element | None) -> Address | None:
    """The address of somebody: of several the home in force (`in_precedence`)."""
    return next(iter(addresses(tree, holder)), None)


def addresses(tree: Tree, holder: Element | None, most: int = 1) -> tuple[Address, ...]:
    """So many addresses as are asked for, the one to be used first."""
    placed = [] if holder is None else in_precedence(holder, "addr")
    read = ((e, a) for e in placed if (a := _address(tree, e)) is not None)
    found = tuple(islice(read, most))
    _note_equals(tree, [e for e, _ in found], placed)
    return tuple(dict.fromkeys(a for _, a in found))


def _address(tree: Tree, element: Element) -> Address | None:
    lines = [words for words in ((element.text or "").strip(), *((e.tail or "").strip() for e in element)) if words]
    parts: dict[str, str] = {}
    for part in element:
        words, name = text_of(part), local(part)
        if not words:
            continue
        if name in {"postalCode", "city", "country"} and name not in parts:
            parts[name] = words
        elif name in _LINES or name in parts:
            lines.append(words)
        else:
            continue
        tree.use(part)
    if not lines and not parts:
        return None
    tree.use(element, "use")
    return Address(tuple(lines), parts.get("postalCode"), parts.get("city"), parts.get("country"), _use(element))


def telecoms(tree: Tree, holder: Element | None) -> tuple[Telecom, ...]:
    """Telecoms with a value, as written, each once."""
    found: dict[Telecom, None] = {}
    for element in () if holder is None else children(holder, "telecom"):
        value = element.get("value")
        if value:
            tree.use(element, "value", "use")
            found[Telecom(value, element.get("use"))] = None
    return tuple(found)


def organisation(tree: Tree, element: Element | None) -> Organisation | None:
    """An Organization of the RIM; None when it says nothing."""
    if element is None:
        return None
    named = child(element, "name")
    name = None if named is None else text_of(named) or None
    if name is not None:
        tree.use(named)
    made = Organisation(
        name, identifiers(tree, children(element, "id")), address(tree, element), telecoms(tree, element)
    )
    return None if made == Organisation(None) else made


def professional(tree: Tree, role: Element | None, function: Element | None = None) -> Professional | None:
    """An AssignedEntity or AssignedAuthor that is a person (or nobody named); ``function`` is its functionCode.

    Without a function the role's own code stands for it.
    """
    if role is None:
        return None
    own = child(role, "code")
    organised = next((e for n in _ORGANISED if (e := child(role, n)) is not None), None)
    said = coded(tree, function)
    if said is None:
        said = coded(tree, own)
    made = Professional(
        name=person_name(tree, child(role, "assignedPerson")),
        identifiers=identifiers(tree, children(role, "id")),
        role=said,
        organisation=organisation(tree, organised),
        telecoms=telecoms(tree, role),
        address=address(tree, role),
    )
    return None if made == Professional(None) else made


def performing_organisation(tree: Tree, entry: Element) -> Organisation | None:
    """The organisation that did it, with the performer's own ids first; a person alone stays unread."""
    for entity in entry.iterfind("{*}performer/{*}assignedEntity"):
        found = organisation(tree, child(entity, "representedOrganization"))
        if found is not None:
            own = identifiers(tree, children(entity, "id"))
            return replace(found, identifiers=tuple(dict.fromkeys((*own, *found.identifiers))))
    return None


def author(tree: Tree, element: Element) -> Professional | Device | None:
    """An author: the composing system where it is one, else the professional."""
    role = child(element, "assignedAuthor")
    device = None if role is None else child(role, "assignedAuthoringDevice")
    if role is None or device is None:
        return professional(tree, role, child(element, "functionCode"))
    software, model = (_word(tree, device, tag) for tag in ("softwareName", "manufacturerModelName"))
    made = organisation(tree, child(role, "representedOrganization"))
    return Device(software or model or "", model, made, identifiers(tree, children(role, "id")))


def _word(tree: Tree, element: Element, tag: str) -> str | None:
    part = child(element, tag)
    words = None if part is None else text_of(part) or None
    if words is None and part is not None:
        words = (part.get("displayName") or "").strip() or None
        if words is not None:
            tree.use(part, "displayName")
        return words
    if words is not None:
        tree.use(part)
    return words


def printable_name(name: Name | None) -> Name | None:
    """The name without blank parts (no family name is an empty one); None when nothing is left."""
    if name is None:
        return None
    given, family = tuple(part.strip() for part in name.given if part.strip()), name.family.strip()
    return Name(given, family, (name.prefix or "").strip() or None, name.use) if given or family else None


def printable_address(found: Address | None) -> Address | None:
    """The address without blank or repeated parts; None when nothing is left."""
    if found is None:
        return None
    lines = tuple(dict.fromkeys(line.strip() for line in found.lines if line.strip()))
    country = _stripped(found.country)
    country = country if country and _COUNTRY.fullmatch(country) else None
    made = Address(lines, _stripped(found.postal_code), _stripped(found.city), country, found.use)
    return None if replace(made, use=None) == Address() else made


def printable_telecoms(found: Iterable[Telecom]) -> tuple[Telecom, ...]:
    """Those that are URIs, each once; a use that the value set does not know is left out."""
    made: dict[str, Telecom] = {}
    for telecom in found:
        uri = telecom_uri(telecom)
        if uri is not None:
            made.setdefault(uri, Telecom(uri, telecom.use if telecom.use in TELECOM_USES else None))
    return tuple(made.values())


def telecom_uri(telecom: Telecom) -> str | None:
    """The URI as printed, None when it is none; the scheme of a number that lacks one is not guessed."""
    value = telecom.value.strip()
    scheme, _, rest = value.partition(":")
    if scheme.lower() not in {"tel", "fax"}:
        return value if _URI.fullmatch(value) else None
    dialled = f"{scheme.lower()}:{_BLANKS.sub('', rest)}"
    return dialled if _TELEPHONE.fullmatch(dialled) else None


def country_known(found: Address | None) -> bool:
    """False when the address names a country that is no alpha-2 code and so is not printed."""
    country = None if found is None else _stripped(found.country)
    return country is None or _COUNTRY.fullmatch(country) is not None


def print_name(name: Name | None) -> str:
    """A person's name. The templates ask for both parts of it, even of one that is not known."""
    found = printable_name(name)
    if found is None:
        return '<name><given nullFlavor="NI"/><family nullFlavor="NI"/></name>'
    prefix = "" if found.prefix is None else f"<prefix>{escaped(found.prefix)}</prefix>"
    given = "".join(f"<given>{escaped(part)}</given>" for part in found.given) or '<given nullFlavor="NI"/>'
    family = f"<family>{escaped(found.family)}</family>" if found.family else '<family nullFlavor="NI"/>'
    return f"<name{_printed_use(found.use)}>{prefix}{given}{family}</name>"


def print_address(found: Address | None) -> str:
    """Where somebody lives or works."""
    made = printable_address(found)
    if made is None:
        return '<addr nullFlavor="NI"/>'
    country = "" if made.country is None else f"<country>{made.country}</country>"
    return f"<addr{_printed_use(made.use)}>{_address_parts(made)}{country}</addr>"


def _printed_use(use: str | None) -> str:
    return "" if use is None else f' use="{escaped(use)}"'


def _address_parts(made: Address) -> str:
    parts = "".join(f"<streetAddressLine>{escaped(line)}</streetAddressLine>" for line in made.lines)
    if made.city is not None:
        parts += f"<city>{escaped(made.city)}</city>"
    return parts if made.postal_code is None else f"{parts}<postalCode>{escaped(made.postal_code)}</postalCode>"


def print_telecoms(found: Iterable[Telecom]) -> str:
    """How somebody is reached."""
    return "".join(map(_telecom, printable_telecoms(found))) or '<telecom nullFlavor="NI"/>'


def _telecom(one: Telecom) -> str:
    use = "" if one.use is None else f' use="{one.use}"'
    return f'<telecom{use} value="{escaped(one.value)}"/>'


def print_organisation(tag: str, found: Organisation) -> str:
    """An organisation with one id, one name, one telecom: the header templates take the first of each.

    Its address has a country or says that it is not known.
    """
    parts = idents(usable_ids(found.identifiers)[:1], "NI") + print_organisation_name(found.name)
    telecoms_ = printable_telecoms(found.telecoms)[:1]
    parts += _telecom(telecoms_[0]) if telecoms_ else '<telecom nullFlavor="NI"/>'
    where = printable_address(found.address) or Address()
    country = '<country nullFlavor="NI"/>' if where.country is None else f"<country>{where.country}</country>"
    addr = f"<addr>{_address_parts(where)}{country}</addr>"
    return f'<{tag} classCode="ORG" determinerCode="INSTANCE">{parts}{addr}</{tag}>'


def print_organisation_name(name: str | None) -> str:
    """The name of an organisation."""
    shown = _stripped(name)
    return '<name nullFlavor="NI"/>' if shown is None else f"<name>{escaped(shown)}</name>"


def print_person(name: Name | None, tag: str = "assignedPerson") -> str:
    """A Person of the RIM, who has a name and nothing else."""
    return f'<{tag} classCode="PSN" determinerCode="INSTANCE">{print_name(name)}</{tag}>'


def print_assigned(who: Professional, null: str, organisation_: Organisation | None) -> str:
    """What an assignedEntity or assignedAuthor holds: ids (``null`` without any), reach, name, organisation."""
    place = print_organisation("representedOrganization", organisation_ or Organisation(None))
    reach = print_address(who.address) + print_telecoms(who.telecoms)
    return f"{idents(usable_ids(who.identifiers), null)}{reach}{print_person(who.name)}{place}"


def print_performer(found: Organisation) -> str:
    """The organisation that did it, with its ids as the performer's own."""
    ids, place = idents(usable_ids(found.identifiers), "NI"), print_organisation("representedOrganization", found)
    return f'<performer typeCode="PRF"><assignedEntity classCode="ASSIGNED">{ids}{place}</assignedEntity></performer>'


def _stripped(text: str | None) -> str | None:
    return text.strip() or None if text is not None else None


def professional_text(professional: Professional | None) -> str | None:
    """Name, role and organisation of somebody, as one text."""
    if professional is None:
        return None
    organisation = None if professional.organisation is None else professional.organisation.name
    role = None if professional.role is None else coded_text(professional.role)
    name = None if professional.name is None else professional.name.plain()
    return ", ".join(part for part in (name, role, organisation) if part and part.strip()) or None
