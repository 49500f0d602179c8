"""A search mask's bytes become `SearchMask`: its shape, its country and its patterns.

eHDSI ISM 2023 (`ehdsi-ism-2023.xsd`): the rules of that schema stand here as code, so that a node needs no file of
others; a test holds both against each other. Who signed a mask is discovery's (SMP). Beyond the schema: ``NORMAL`` has
ids and ``CHOICE`` has sets, a domain is an OID, texts and patterns have a greatest length, and every pattern is one of
the linear engine. Nothing of the mask is run or opened.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from gateway.counter.errors import MaskInvalid, MaskOfAnother
from gateway.counter.mask import (
    PREFIX,
    DocumentSearch,
    MaskField,
    MaskOption,
    MaskScope,
    PersonSearch,
    SearchMask,
    Trait,
)
from gateway.counter.patterns import compiled
from trust.xml import XML_BLANKS, Element, XmlLimits, XmlRefused, parse

ISM: Final = "http://ec.europa.eu/sante/ehncp/ism"
LIMITS: Final = XmlLimits(bytes=2 * 1024 * 1024, depth=8, elements=500, attributes=4_000, namespaces=50)
"""A mask has some twenty elements; a picture in it makes the bytes."""
_TEXT: Final = 500
_OID: Final = re.compile(r"[0-2](?:\.(?:0|[1-9][0-9]{0,38})){1,30}")
_COUNTRIES: Final = frozenset({
    "BE", "BG", "CZ", "DK", "DE", "EE", "IE", "GR", "ES", "FR", "HR", "IS", "IT", "CY", "LV", "LT", "LU", "HU",
    "MT", "NL", "NO", "AT", "PL", "PT", "RO", "SI", "SK", "FI", "SE", "EU",
})  # fmt: skip
_IDENTIFIERS: Final = frozenset({
    "healthCardNumber", "nationalIdentityCardNumber", "nationalPersonIdentifier", "nationalSocialSecurityNumber",
    "passportNumber", "regionalPatientIdentifier", "regionIdentifier",
})  # fmt: skip
_TEXTS: Final = frozenset({
    "addressStreet", "addressPostalCode", "addressCity", "addressCountry", "familyName", "firstName",
})  # fmt: skip
_FIXED: Final[Mapping[Trait, str]] = {
    Trait.BIRTH_DATE: "birthDate",
    Trait.GENDER: "gender",
    Trait.ACCESS_CODE: "accessCode",
    Trait.PRESCRIPTION_ID: "ePrescriptionId",
    Trait.PIN_CODE: "dispensationPINCode",
}
_LABELS: Final[Mapping[Trait, frozenset[str]]] = {
    Trait.ID: _IDENTIFIERS,
    Trait.TEXT: _TEXTS,
    **{trait: frozenset({label}) for trait, label in _FIXED.items()},
}
_ANY_LABEL: Final = _IDENTIFIERS | _TEXTS | frozenset(_FIXED.values()) | {"media"}
"""The country's own label may be any of the list, a quirk of the schema; nothing is told by it."""
_WITH_DOMAIN: Final = frozenset({Trait.ID, Trait.PRESCRIPTION_ID, Trait.PIN_CODE})
_BOOLEAN: Final = {"true": True, "1": True, "false": False, "0": False}
_PERSON: Final = ("identifier", "textField", "birthDate", "gender", "accessCode", "media")
_DOCUMENT: Final = ("prescriptionId", "dispensationPINCode", "media")
_KNOWN: Final = frozenset({*_PERSON, *_DOCUMENT, "country", "id", "ids", "patientSearch", "nextOfKinSearch"})
_SCHEMA_LOCATION: Final = "{http://www.w3.org/2001/XMLSchema-instance}schemaLocation"
_NOT_ONCE: Final = frozenset({"identifier", "textField", "documentSearch"})


def read_mask(content: bytes, country: str) -> SearchMask:
    """The mask of ``country`` (ISO 3166) out of the bytes that it published.

    Raises MaskInvalid with the element or attribute that is outside the schema, MaskOfAnother and MaskPatternUnusable.
    What the form lacks is told by `gateway.counter.entered.fields_of_form`.
    """
    try:
        root = parse(content, LIMITS)
    except XmlRefused:
        raise MaskInvalid("searchFields") from None
    if root.tag != f"{{{ISM}}}searchFields":
        raise MaskInvalid("searchFields")
    _attributes(root, (), ())
    only = _children(root, ("country",), required=("country",))
    mask = _country(only[0])
    if mask.country != country:
        raise MaskOfAnother
    return mask


def _country(element: Element) -> SearchMask:
    stated = _attributes(element, ("code", "label"), ("friendlyName",))
    if stated["code"] not in _COUNTRIES:
        raise MaskInvalid("country/@code")
    order = ("patientSearch", "documentSearch", "nextOfKinSearch")
    children = _children(element, order, required=("patientSearch",))
    kin = [one for one in children if _name(one) == "nextOfKinSearch"]
    return SearchMask(
        stated["code"],
        _label(stated["label"], _ANY_LABEL, "country"),
        _person(children[0]),
        tuple(_document(one) for one in children if _name(one) == "documentSearch"),
        _person(kin[0]) if kin else None,
    )


def _person(element: Element) -> PersonSearch:
    stated = _attributes(element, (), ("friendlyName", "scope"))
    children = _children(element, _PERSON, required=("identifier",))
    fields = [one for one in children if _name(one) not in ("identifier", "media")]
    return PersonSearch(
        tuple(_identifier(one) for one in children if _name(one) == "identifier"),
        tuple(_field(one) for one in fields),
        _scope(stated, element) or MaskScope.ALL,
        _has_media(children),
    )


def _document(element: Element) -> DocumentSearch:
    stated = _attributes(element, (), ("friendlyName", "scope"))
    children = _children(element, _DOCUMENT)
    fields = tuple(_field(one) for one in children if _name(one) != "media")
    return DocumentSearch(fields, _scope(stated, element), _has_media(children))


def _identifier(element: Element) -> tuple[MaskOption, ...]:
    kind = _attributes(element, ("type",), ())["type"]
    if kind == "NORMAL":
        return (MaskOption(None, _ids(element)),)
    if kind != "CHOICE":
        raise MaskInvalid("identifier/@type")
    sets = _children(element, ("ids",), required=("ids",), repeats=("ids",))
    return tuple(MaskOption(_attributes(one, ("display",), ())["display"], _ids(one)) for one in sets)


def _ids(element: Element) -> tuple[MaskField, ...]:
    return tuple(_field(one) for one in _children(element, ("id",), required=("id",), repeats=("id",)))


def _field(element: Element) -> MaskField:
    """One field with its attributes; it has no content."""
    name = _name(element)
    trait = Trait(name)
    needed = ("label", "format", "contextualDescription", *(("domain",) if trait in _WITH_DOMAIN else ()))
    stated = _attributes(element, needed, ("originalContextualDescription", "mandatory"))
    _children(element, ())
    mandatory = _BOOLEAN.get(stated.get("mandatory", "false").strip(XML_BLANKS))
    if mandatory is None:
        raise MaskInvalid(f"{name}/@mandatory")
    domain = stated.get("domain")
    if domain is not None and _OID.fullmatch(domain) is None:
        raise MaskInvalid(f"{name}/@domain")
    label = _label(stated["label"], _LABELS[trait], name)
    if trait not in (Trait.BIRTH_DATE, Trait.GENDER):
        compiled(stated["format"], label)
    words = stated["contextualDescription"], stated.get("originalContextualDescription")
    return MaskField(trait, label, stated["format"], *words, mandatory, domain)


def _label(stated: str, allowed: frozenset[str], element: str) -> str:
    label = stated.removeprefix(PREFIX)
    if label == stated or label not in allowed:
        raise MaskInvalid(f"{element}/@label")
    return label


def _scope(stated: Mapping[str, str], element: Element) -> MaskScope | None:
    scope = stated.get("scope")
    if scope is None:
        return None
    try:
        return MaskScope(scope)
    except ValueError:
        raise MaskInvalid(f"{_name(element)}/@scope") from None


def _has_media(children: Iterable[Element]) -> bool:
    """Whether there is a picture. Its form is looked at, its base64 is left as it is and dropped."""
    media = [one for one in children if _name(one) == "media"]
    for one in media:
        stated = _attributes(one, ("label",), ("mediaName", "fileExtension", "description"))
        _label(stated["label"], frozenset({"media"}), "media")
        content = _children(one, ("mediaContent",), required=("mediaContent",))[0]
        _attributes(content, (), ())
        if len(content):
            raise MaskInvalid("mediaContent")
    return bool(media)


def _name(element: Element) -> str:
    """The local name, None of another namespace being one of the schema's."""
    tag = str(element.tag)
    return tag.removeprefix(f"{{{ISM}}}") if tag.startswith(f"{{{ISM}}}") else tag


def _children(
    element: Element, order: tuple[str, ...], *, required: tuple[str, ...] = (), repeats: Iterable[str] = _NOT_ONCE
) -> list[Element]:
    """The children, which are in this order, each at most once where it does not repeat; no text stands between."""
    found, at = list(element), 0
    texts = (element.text, *(one.tail for one in found))
    if any(text and text.strip(XML_BLANKS) for text in texts):
        raise MaskInvalid(_name(element))
    names = [_name(one) for one in found]
    for place, name in enumerate(names):
        if name not in order[at:] or (place and name == names[place - 1] and name not in repeats):
            raise MaskInvalid(f"{_name(element)}/{name if name in _KNOWN else '*'}")
        at = order.index(name)
    for name in required:
        if name not in names:
            raise MaskInvalid(f"{_name(element)}/{name}")
    return found


def _attributes(element: Element, needed: Iterable[str], optional: Iterable[str]) -> dict[str, str]:
    """The attributes without a namespace, none beside those named; where its schema lies is passed over."""
    name, allowed = _name(element), {*needed, *optional}
    stated = {str(key): str(value) for key, value in element.attrib.items() if key != _SCHEMA_LOCATION}
    for key, value in stated.items():
        if key not in allowed or len(value) > _TEXT:
            raise MaskInvalid(f"{name}/@{key if key in allowed else '*'}")
    for key in needed:
        if key not in stated:
            raise MaskInvalid(f"{name}/@{key}")
    return stated
