"""A medicinal product of a CDA as key facts: name, substances with strength, form, packages from within outwards.

What is an active substance, a container or a part of a kit is told where the pivot's readers tell it
(`cda.medicine`); here it is put into words, as the document wrote it. eHDSI E.3.29 and E.3.30, waves 2 to 9.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

from transformers.cda.medicine.ingredients import is_stated, substance_of
from transformers.cda.medicine.packages import ContainerElements, containers_around, is_denied
from transformers.cda.medicine.product import kind_of, part_product
from transformers.display.quantities import quantity_of
from transformers.display.reader import ANY, PageReader, name_of
from transformers.display.statements import Statement
from transformers.model.amounts import is_content, is_strength
from transformers.model.spelling import decimal
from transformers.spoken import SPOKEN
from trust.xml import Element


def found(element: Element | None, path: str) -> Element | None:
    """The first element at a path of local names, in any of HL7's namespaces."""
    return None if element is None else element.find("/".join(f"{ANY}{name}" for name in path.split("/")))


def amount_of(element: Element | None, possible: Callable[[Decimal], bool], reader: PageReader) -> str | None:
    """A quantity; one with a number that the pivot refuses is marked as one that cannot be.

    ``possible`` is the rule of `transformers.model.amounts` for each of its numbers. None when there is no value.
    """
    told = None if element is None else quantity_of(element, reader)
    if element is None or not told:
        return None
    numbers = [decimal(each.get("value", "")) for each in element.iter("*") if each.get("value") is not None]
    right = all(number is not None and possible(number) for number in numbers)
    return told if right else f"{told} – {reader.word('key.impossible')}"


def with_unit(told: str | None, element: Element | None, reader: PageReader) -> str | None:
    """A strength or a dose; one of which no number has a unit says so (100 of what?)."""
    if told is None or element is None:
        return told
    first = found(element, "numerator") if found(element, "numerator") is not None else element
    each = [] if first is None else [e for e in first.iter("*") if e.get("value") is not None]
    bare = all((e.get("unit") or "1") == "1" and not e.get("displayName") and not e.get("code") for e in each)
    return f"{told} ({SPOKEN[reader.language]['no_unit']})" if each and bare else told


def product_rows(product: Element | None, reader: PageReader) -> Iterator[Statement]:
    """The rows of a manufacturedProduct; one that is not there is said not to be stated."""
    material = found(product, "manufacturedMaterial")
    told = _words(found(material, "name"), reader)
    if told:
        yield Statement(reader.word("in.manufacturedMaterial"), original=told)
    else:
        yield Statement(reader.word("in.manufacturedMaterial"), text=reader.word("not_stated"))
    if material is None:
        return
    yield from _described(material, reader)
    yield from _parts(material, reader, 0)
    holder = name_of(found(product, "manufacturerOrganization"))
    if holder:
        yield Statement(reader.word("in.manufacturerOrganization"), original=holder)


def _parts(material: Element, reader: PageReader, depth: int) -> Iterator[Statement]:
    """What a kit consists of, part by part: each of its rows says whose it is."""
    parts = material.findall(f"{ANY}part")
    for number, part in enumerate(parts, 1):
        mark = f"{reader.word('key.part')} {number}/{len(parts)}"
        if is_denied(part):
            yield Statement(mark, text=reader.word("unread.denied"))
            continue
        inside = part_product(part, depth)
        told = _words(found(inside, "name"), reader)
        yield Statement(mark, original=told) if told else Statement(mark, text=reader.word("not_stated"))
        if inside is None:
            continue
        count = amount_of(found(part, "quantity"), is_content, reader)
        if count:
            yield Statement(f"{mark}: {reader.word('key.how_many')}", text=count)
        for row in (*_described(inside, reader), *_parts(inside, reader, depth + 1)):
            yield replace(row, label=f"{mark}: {row.label}")


def _described(material: Element, reader: PageReader) -> Iterator[Statement]:
    """Substances, strength, form and packages of a product or of a part of it."""
    yield from _substances(material, reader)
    strength = _words(found(material, "desc"), reader)
    if strength:
        yield Statement(reader.word("strength"), original=strength)
    form = found(material, "formCode")
    if form is not None:
        code = reader.code(form)
        yield (
            Statement(reader.word("of.formCode"), code=code)
            if code.said or code.original
            else Statement(reader.word("of.formCode"), text=reader.null(form) or reader.word("not_stated"))
        )
    for one in containers_around(material):
        yield from _package(one, reader)


def _substances(material: Element, reader: PageReader) -> Iterator[Statement]:
    """ATC first; then each ingredient, its strength said with it so that no strength stands by another's name."""
    for special in material.findall(f"{ANY}asSpecializedKind"):
        kind = found(kind_of(special), "code")
        code = None if kind is None else reader.code(kind)
        if code is not None and (code.said or code.original):
            yield Statement(reader.word("in.asSpecializedKind"), code=code)
    for ingredient in material.findall(f"{ANY}ingredient"):
        if is_stated(ingredient):
            yield from _ingredient(ingredient, reader)


def _ingredient(ingredient: Element, reader: PageReader) -> Iterator[Statement]:
    substance = substance_of(ingredient)
    coded, amount = found(substance, "code"), found(ingredient, "quantity")
    code = None if coded is None else reader.code(coded)
    words = _words(found(substance, "name"), reader)
    if code is not None and (code.said or code.original):
        yield Statement(reader.word("in.ingredient"), code=code)
    if words and (code is None or not (code.said or code.original == words)):
        yield Statement(reader.word("in.ingredient"), original=words)
    strength = with_unit(amount_of(amount, is_strength, reader), amount, reader)
    if strength:
        whose = words or (None if code is None else code.english or code.original)
        yield Statement(reader.word("strength") + (f" ({whose})" if whose else ""), text=strength)


def _package(one: ContainerElements, reader: PageReader) -> Iterator[Statement]:
    holds = _content(one.amount, reader) or _content(one.capacity, reader)
    form = found(one.container, "formCode")
    code = None if form is None else reader.code(form)
    kind = None if code is None else (code.translated.text if code.translated else code.english)
    held = f"{reader.word('key.holds')} {holds}" if holds else None
    number = found(one.container, "code")
    article = None if number is None else number.get("code")
    told = ", ".join(part for part in (kind, held, article) if part)
    if told:
        yield Statement(reader.word("in.containerPackagedProduct"), text=told)
    words = _words(found(one.container, "name"), reader)
    if words:
        yield Statement(reader.word("in.containerPackagedProduct"), original=words)


def _content(amount: Element | None, reader: PageReader) -> str | None:
    """How much a package holds; a bare count is one of pieces."""
    told = amount_of(amount, is_content, reader)
    bare = amount is not None and amount.get("unit") in {None, "1"} and len(amount) == 0
    number = None if amount is None else decimal(amount.get("value", ""))
    counted = bare and number is not None and is_content(number)
    return f"{told} {SPOKEN[reader.language]['units.{piece}']}" if told and counted else told


def _words(element: Element | None, reader: PageReader) -> str | None:
    return None if element is None else reader.text(element)
