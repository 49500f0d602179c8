"""What a clinician asks of a patient summary, made from the document itself and by none of the readers of the product.

One question for each allergy, severe reaction, current medicine (which, what strength, what dose), implant and coded
absence. An answer is a set of ways to say it; one of them has to stand in one row with its label.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from transformers.terminology.release import Release
from trust.xml import Element, parse

_SECTIONS = {"allergies": "48765-2", "medications": "10160-0", "devices": "46264-8"}
_IPS = "2.16.840.1.113883.5.1150.1"
_GRAVE = {"24484000", "442452003", "399166001", "371924009"}
_TABLETS = {"{tablet}", "15054000"}


@dataclass(frozen=True)
class Question:
    """What is asked, where it is to be answered, and how: each of ``all_of`` by one of its ways."""

    what: str
    group: str
    all_of: tuple[frozenset[str], ...]
    label: str = ""


def questions_of(content: bytes, release: Release) -> list[Question]:
    """Every question of a document, in its order."""
    root = parse(content)
    asked = [*_of(root, "allergies", release, _allergy), *_of(root, "medications", release, _medicine)]
    return [*asked, *_of(root, "devices", release, _device), *_absences(root, release)]


def _of(
    root: Element, name: str, release: Release, ask: Callable[[Element, Release], Iterator[Question]]
) -> Iterator[Question]:
    for section in root.iterfind(".//{*}section"):
        code = section.find("{*}code")
        if code is not None and code.get("code") == _SECTIONS[name]:
            for entry in section.iterfind("{*}entry"):
                if not any(
                    each.get("codeSystem") == _IPS or each.get("negationInd") == "true" for each in entry.iter()
                ):
                    yield from ask(entry, release)


def _allergy(entry: Element, release: Release) -> Iterator[Question]:
    for entity in entry.iterfind(".//{*}participant[@typeCode='CSM']//{*}playingEntity"):
        agent = _ways(entity.find("{*}code"), release) | _text(entity.find("{*}name"))
        yield Question("allergic to", "o-allergies", (agent,))
        observation = next(entity.iterancestors("{urn:hl7-org:v3}observation"))
        for link in observation.iterfind("{*}entryRelationship[@typeCode='MFST']"):
            value = link.find("{*}observation/{*}value")
            said = _ways(value, release)
            grave = any(each.get("code") in _GRAVE for each in observation.iter())
            if said:
                what = "severe reaction" if grave else "reaction"
                yield Question(what, "o-allergies", (agent, said), "Reaksjon")


def _medicine(entry: Element, release: Release) -> Iterator[Question]:
    material = entry.find(".//{*}manufacturedMaterial")
    status = entry.find("{*}substanceAdministration/{*}statusCode")
    if material is None or (status is not None and status.get("code") == "completed"):
        return
    name = _text(material.find("{*}name"))
    yield Question("takes", "o-medications", (name,))
    for ingredient in material.iterfind("{*}ingredient"):
        number = ingredient.find("{*}quantity/{*}numerator")
        if number is not None and number.get("value"):
            yield Question("strength", "o-medications", (name, frozenset({_nb(number.get("value"))})), "Styrke")
    dose = entry.find("{*}substanceAdministration/{*}doseQuantity")
    low = None if dose is None else dose if dose.get("value") else dose.find("{*}low")
    if low is not None and low.get("value"):
        yield Question("dose", "o-medications", (name, _said(low)), "Dose")


def _device(entry: Element, release: Release) -> Iterator[Question]:
    said = _ways(entry.find(".//{*}playingDevice/{*}code"), release)
    if said:
        yield Question("implant", "o-devices", (said,))


def _absences(root: Element, release: Release) -> Iterator[Question]:
    for name, loinc in _SECTIONS.items():
        for code in root.iterfind(".//{*}section/{*}code"):
            section = code.getparent()
            if code.get("code") == loinc and section is not None:
                for said in section.iter("{*}value", "{*}code"):
                    if said.get("codeSystem") == _IPS:
                        known = not (said.get("code") or "").endswith("-info")
                        way = "INGEN KJENTE" if known else "ingen opplysninger"
                        yield Question("absence", f"o-{name}", (frozenset({way}),))


def _ways(element: Element | None, release: Release) -> frozenset[str]:
    """How a coded element may be said: its displays, its own words, the release's."""
    if element is None:
        return frozenset()
    found = {each.get("displayName") or "" for each in element.iter()}
    found |= {_words(each) for each in element.iterfind("{*}originalText")}
    for each in (element, *element.iter("{*}translation")):
        system, code = each.get("codeSystem") or "", each.get("code") or ""
        known = release.lookup(system, code)
        found |= {release.designation(system, code, "nb") or "", known[0].display or "" if known else ""}
    for reference in element.iterfind("{*}originalText/{*}reference"):
        found |= _referred(reference)
    return frozenset(_tidy(each) for each in found if each.strip())


def _referred(reference: Element) -> set[str]:
    name = (reference.get("value") or "").removeprefix("#")
    return {_words(each) for each in reference.getroottree().getroot().iter() if each.get("ID") == name}


def _words(element: Element) -> str:
    return "".join(map(str, element.itertext()))


def _text(element: Element | None) -> frozenset[str]:
    return frozenset() if element is None else frozenset({_tidy(_words(element))}) - {""}


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _nb(value: str | None) -> str:
    return format(Decimal(value or "0").normalize(), "f").replace(".", ",")


def _said(dose: Element) -> frozenset[str]:
    """The number of a dose, and a half or a quarter of a tablet as its sign."""
    number = _nb(dose.get("value"))
    signs = {"0,5": "½", "0,25": "¼"} if (dose.get("unit") or "").lower() in _TABLETS else {}
    return frozenset({number, signs.get(number, number)})
