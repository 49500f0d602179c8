"""Names, addresses, telecoms, organisations and professionals of a CDA document (EN, AD, TEL of data types R1).

Every part that says something is kept: a part the pivot has no field for becomes a line of the address. A name written
without parts is kept whole as family name, with a finding.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from transformers.cda.read_tree import Element, Tree, child, children, local, text_of
from transformers.cda.read_values import coded, identifiers
from transformers.model.finding import Severity
from transformers.model.people import Address, Device, Name, Organisation, Professional, Telecom

_LINES: Final = (
    *("streetAddressLine", "deliveryAddressLine", "additionalLocator", "careOf", "unitID", "unitType", "houseNumber"),
    *("streetName", "buildingNumberSuffix", "postBox", "precinct", "county", "state", "censusTract", "direction"),
    *("houseNumberNumeric", "streetNameBase", "streetNameType", "deliveryInstallationType", "deliveryMode"),
)


def person_name(tree: Tree, holder: Element | None) -> Name | None:
    """The first name below ``holder`` that says something."""
    if holder is None:
        return None
    return next((n for e in children(holder, "name") if (n := _name(tree, e)) is not None), None)


def _name(tree: Tree, element: Element) -> Name | None:
    given, family, prefix = (tuple(_texts(tree, element, tag)) for tag in ("given", "family", "prefix"))
    if given or family:
        tree.use(element)
        return Name(given, " ".join(family), " ".join(prefix) or None)
    whole = " ".join((element.text or "").split())
    if not whole:
        return None
    tree.note(Severity.WARNING, "name-unstructured", element, "A name without given and family name is kept whole.")
    tree.use(element)
    return Name((), whole)


def _texts(tree: Tree, element: Element, tag: str) -> Iterable[str]:
    for part in children(element, tag):
        words = text_of(part)
        if words:
            tree.use(part)
            yield words


def address(tree: Tree, holder: Element | None) -> Address | None:
    """The first address below ``holder`` that says something."""
    if holder is None:
        return None
    return next((a for e in children(holder, "addr") if (a := _address(tree, e)) is not None), None)


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
    return Address(tuple(lines), parts.get("postalCode"), parts.get("city"), parts.get("country"))


def telecoms(tree: Tree, holder: Element | None) -> tuple[Telecom, ...]:
    """Telecoms with a value, as written, each once."""
    found: dict[Telecom, None] = {}
    for element in () if holder is None else children(holder, "telecom"):
        value = (element.get("value") or "").strip()
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


_ORGANISED: Final = ("representedOrganization", "scopingOrganization", "wholeOrganization")


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
