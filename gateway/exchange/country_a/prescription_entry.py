"""What the list (ITI-38) says of one ePrescription, without opening it: metadata as OpenNCP 8 and 9 read them.

eHDSI structured eP list (CP-051): event codes for dispensable, ATC, dose form, strength and substitution. The title and
displays are English, the product's name is as the prescriber's system wrote it; nothing here names a person.
"""

import hashlib
from collections.abc import Iterator
from typing import Final

from gateway.messages import STATUS_SCHEME, DocumentEntry, EventCode, PatientIdentifier
from transformers.cda.kinds import PRESCRIPTION_CODE
from transformers.cda.types.elements import quantity_view
from transformers.model.decisions import against_listing
from transformers.model.prescription import Prescription, Substitution
from transformers.model.spelling import decimal
from transformers.model.summary import Ingredient, MedicinalProduct
from transformers.model.values import Coded
from transformers.terminology.rules import ATC_WHO, is_atc

FORMAT: Final = "urn:epsos:ep:pre:2010"
_TITLE: Final = "eHDSI - ePrescription"
STRENGTH_SCHEME: Final = "eHDSI_Strength_CodeSystem"
SUBSTITUTION_SCHEME: Final = "2.16.840.1.113883.5.1070"
_OPEN: Final = "urn:ihe:iti:xdw:2011:eventCode:open"
_CLOSED: Final = "urn:ihe:iti:xdw:2011:eventCode:closed"
_SUBSTITUTION: Final = {Substitution.ALLOWED: ("G", "generic"), Substitution.NOT_ALLOWED: ("N", "none")}
_LIMIT: Final = 256
"""Of a code and a name in ebRIM (LongName): what is longer stands in the document alone, never cut."""


def prescription_entry(
    prescription: Prescription, content: bytes, *, repository: str, home_community: str
) -> DocumentEntry:
    """The entry of a transcoded prescription whose document is ``content``; size and hash are of these bytes.

    Only concepts with a European code become event codes, and the ATC code that the source states, which is the same
    code also where the release has no display for it. ValueError without a patient's identifier.
    """
    if not prescription.patient.identifiers:
        raise ValueError("an entry is about somebody")
    current = prescription.patient.identifiers[0]
    own = prescription.id
    return DocumentEntry(
        unique_id=own.root if own.extension is None else f"{own.root}^{own.extension}",
        patient=PatientIdentifier(current.root, current.extension or ""),
        class_code=PRESCRIPTION_CODE,
        format_code=FORMAT,
        title=_TITLE,
        description=_description(prescription.item.product),
        created=prescription.created,
        language=prescription.language,
        size=len(content),
        sha1=hashlib.sha1(content, usedforsecurity=False).hexdigest(),
        confidentiality="N" if prescription.confidentiality is None else prescription.confidentiality.code,
        repository=repository,
        home_community=home_community,
        events=tuple(event for event in _events(prescription) if _fits(event)),
    )


def _description(product: MedicinalProduct) -> str:
    """The product with its substance's English name, ``brand (generic)``, when the name does not say it."""
    name = " ".join(product.name.split())
    target = None if product.atc is None else product.atc.target
    generic = "" if target is None or target.display is None else target.display  # an empty one is in every name
    return f"{name} ({generic})" if generic.lower() not in name.lower() else name


def _events(prescription: Prescription) -> Iterator[EventCode]:
    """In the order of OpenNCP's own list; open is what nothing speaks against."""
    item, closed = prescription.item, bool(against_listing(prescription))
    yield EventCode(_CLOSED if closed else _OPEN, STATUS_SCHEME, "Closed" if closed else "Open")
    yield from _atc(item.product.atc)
    yield from _coded(item.product.form)
    strength = _strength(item.product)
    if strength:
        yield EventCode(strength, STRENGTH_SCHEME, "Strength of medication")
    said = tuple(_coded(item.substitution_code))
    if not said and item.substitution is not None:
        code, display = _SUBSTITUTION[item.substitution]
        said = (EventCode(code, SUBSTITUTION_SCHEME, display),)
    yield from said


def _atc(coded: Coded | None) -> Iterator[EventCode]:
    """ATC as transcoded, else as the source states it (Norway's edition is WHO's, code for code), with its words."""
    known = tuple(_coded(coded))
    yield from known
    original = None if coded is None or known else coded.original
    if coded is not None and original is not None and is_atc(original):
        yield EventCode(original.code.strip(), ATC_WHO, original.display or coded.text or original.code.strip())


def _strength(product: MedicinalProduct) -> str:
    """The strength in the source's words, else those of its ingredients in the order of the product.

    Empty where one of them has none with a coded unit: half a strength would name another medicine.
    """
    written = " ".join((product.strength_text or "").split())
    if written:
        return written
    each = [_ratio(one) for one in product.ingredients]
    return " + ".join(filter(None, each)) if all(each) else ""


def _ratio(ingredient: Ingredient) -> str | None:
    """A strength per one thing by its numerator alone (``50 mg``), else both halves (``250 mg / 5 mL``)."""
    if ingredient.numerator is None or ingredient.denominator is None:
        return None
    much, per = quantity_view(ingredient.numerator), quantity_view(ingredient.denominator)
    if much is None or per is None:
        return None
    counted = decimal(per.value) == 1 and (per.unit == "1" or per.unit.startswith("{"))
    return f"{much.value} {much.unit}" if counted else f"{much.value} {much.unit} / {per.value} {per.unit}"


def _coded(coded: Coded | None) -> Iterator[EventCode]:
    target = None if coded is None else coded.target
    if target is not None and target.display and target.display.strip():
        yield EventCode(target.code, target.system, target.display)


def _fits(event: EventCode) -> bool:
    return 0 < len(event.code) <= _LIMIT and len(event.display) <= _LIMIT
