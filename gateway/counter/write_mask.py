"""Norway's own search mask, and the writing of one: eHDSI ISM 2023 (`ehdsi-ism-2023.xsd`).

What is written is read again by `read_mask` before it leaves: a mask that we refuse of others is none that we publish.
A pattern cannot hold the control digits (modulus 11); country A looks at them (`transformers/norway/identifiers.py`).
"""

from typing import Final, cast

from lxml import etree

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
from gateway.counter.read_mask import ISM, read_mask
from transformers.norway.identifiers import DNR, FNR
from trust.xml import Element, serialise

REFERENCE_NUMBER_DOMAIN: Final = "2.16.578.1.12.4.1.7.2"
"""Reseptens referansenummer: registered nowhere in public, to be agreed with its owner before Norway publishes."""


_DEFAULT: Final = cast("dict[str, str]", {None: ISM})  # the stubs do not have lxml's None for the default namespace


def _number(domain: str, pattern: str, english: str, norwegian: str) -> MaskField:
    return MaskField(Trait.ID, "nationalPersonIdentifier", pattern, english, norwegian, mandatory=True, domain=domain)


NORWAY: Final = SearchMask(
    "NO",
    "addressCountry",
    PersonSearch(
        (
            (
                MaskOption(
                    "National identity number",
                    (
                        _number(
                            FNR,
                            r"^[0-3]\d{10}$",
                            "Norwegian national identity number, 11 digits",
                            "Fødselsnummer, 11 siffer",
                        ),
                    ),
                ),
                MaskOption(
                    "D number",
                    (_number(DNR, r"^[4-7]\d{10}$", "Norwegian D number, 11 digits", "D-nummer, 11 siffer"),),
                ),
            ),
        ),
        (MaskField(Trait.BIRTH_DATE, "birthDate", "yyyyMMdd", "Date of birth", "Fødselsdato", mandatory=True),),
    ),
    (
        DocumentSearch(
            (
                MaskField(
                    Trait.PRESCRIPTION_ID,
                    "ePrescriptionId",
                    "^[0-9A-Za-z]{1,20}$",
                    "Reference number, when the prescription is locked with one",
                    "Referansenummer på låst resept",
                    domain=REFERENCE_NUMBER_DOMAIN,
                ),
            ),
            MaskScope.PRESCRIPTION,
        ),
    ),
)
"""One of two numbers, the birth date, and for a prescription the reference number of a locked one.

The month's digits are not narrowed: invented persons of the test environments have other months in their numbers.
"""


def write_mask(mask: SearchMask) -> bytes:
    """The mask as UTF-8. Raises what `read_mask` raises, when we could not read it ourselves.

    A picture is not kept by its reader: ValueError for a mask that had one.
    """
    if any(one.has_media for one in (mask.patient, *mask.documents, mask.next_of_kin) if one is not None):
        raise ValueError("the picture of a mask is not kept, so that the mask is not whole")
    root = etree.Element(f"{{{ISM}}}searchFields", nsmap=_DEFAULT)
    country = _below(root, "country", code=mask.country, label=PREFIX + mask.label)
    _person(_below(country, "patientSearch"), mask.patient)
    for one in mask.documents:
        search = _below(country, "documentSearch")
        if one.scope is not None:
            search.set("scope", one.scope.value)
        for field in one.fields:
            _field(search, field)
    if mask.next_of_kin is not None:
        _person(_below(country, "nextOfKinSearch"), mask.next_of_kin)
    written = b'<?xml version="1.0" encoding="UTF-8"?>\n' + serialise(root) + b"\n"
    read_mask(written, mask.country)
    return written


def _person(search: Element, person: PersonSearch) -> None:
    if person.scope is not MaskScope.ALL:
        search.set("scope", person.scope.value)
    for options in person.identifiers:
        choice = options[0].display is not None
        identifier = _below(search, "identifier", type="CHOICE" if choice else "NORMAL")
        for option in options:
            parent = identifier if option.display is None else _below(identifier, "ids", display=option.display)
            for one in option.ids:
                _field(parent, one)
    for one in person.fields:
        _field(search, one)


def _field(parent: Element, field: MaskField) -> None:
    stated = {
        "domain": field.domain,
        "label": PREFIX + field.label,
        "format": field.pattern,
        "contextualDescription": field.description,
        "originalContextualDescription": field.original_description,
        "mandatory": "true" if field.mandatory else "false",
    }
    _below(parent, field.trait.value, **{key: value for key, value in stated.items() if value is not None})


def _below(parent: Element, name: str, **attributes: str) -> Element:
    return etree.SubElement(parent, f"{{{ISM}}}{name}", attributes)
