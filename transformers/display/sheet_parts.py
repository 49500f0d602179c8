"""Parts of the pivot as a reader of the original document reads them: the source's own words, codes behind them.

Nothing of a target code is printed where the source has words of its own; quantities keep their decimals.
"""

from collections.abc import Iterator, Mapping

from transformers.cda.types.narrative import coded_text, quantity_text
from transformers.cda.types.times import spoken
from transformers.cda.words import words_for
from transformers.display.original_words import ORIGINAL_WORDS
from transformers.display.sheet import Block, Cell, Heading, LabelledTexts, SheetText
from transformers.model.people import Address, Contact, Device, Organisation, Person, Professional
from transformers.model.values import Coded, Coding, Identifier, Moment, Period, Provenance, Quantity

Words = Mapping[str, str]


def words_of(language: str) -> Words:
    """The words of a document of that language (`words_for`)."""
    return words_for(language, ORIGINAL_WORDS)


def cell(*texts: str | None) -> Cell:
    """Each text a line of its own; absent and blank ones left out."""
    return tuple(SheetText(text) for text in texts if text is not None and text.strip())


def facts(*rows: tuple[str, Cell]) -> LabelledTexts:
    """The rows that say something."""
    return LabelledTexts(tuple(row for row in rows if row[1]))


def coded(concept: Coded | None) -> str | None:
    """Words and, in brackets, the source's codings."""
    return None if concept is None else coded_text(concept)


def coding_text(coding: Coding) -> str:
    """A bare coding with the display it has."""
    system = coding.system_name or coding.system
    return f"{coding.display} ({coding.code}, {system})" if coding.display else f"{coding.code} ({system})"


def moment(value: Moment | None) -> str | None:
    """ISO order, as precise as its source."""
    return None if value is None else spoken(value)


def period(value: Period | None, words: Words) -> Cell:
    """From and to, as far as they are known."""
    start, end = (None, None) if value is None else (value.start, value.end)
    first = None if start is None else f"{words['from']} {spoken(start)}"
    return cell(first, None if end is None else f"{words['to']} {spoken(end)}")


def quantity(value: Quantity | None) -> str | None:
    """A number without exponent, and its unit in the source's words."""
    if value is None:
        return None
    return quantity_text(value)


def identifier(value: Identifier) -> str:
    """The extension, which is the number people know; a root alone is the number."""
    return value.extension or value.root


def address(value: Address | None) -> str | None:
    """On one line."""
    if value is None:
        return None
    place = " ".join(part for part in (value.postal_code, value.city) if part)
    return ", ".join(part for part in (*value.lines, place, value.country) if part) or None


def organisation(value: Organisation | None) -> Cell:
    """Name and identifiers, address, how to reach it."""
    if value is None:
        return ()
    numbers = ", ".join(identifier(i) for i in value.identifiers)
    named = " ".join(part for part in (value.name, f"({numbers})" if numbers else None) if part)
    return cell(named, address(value.address), *(t.value for t in value.telecoms))


def professional(value: Professional | None) -> Cell:
    """Name with identifiers, role, how to reach, organisation."""
    if value is None:
        return ()
    numbers = ", ".join(identifier(i) for i in value.identifiers)
    name = None if value.name is None else " ".join(p for p in (value.name.prefix, value.name.plain()) if p)
    named = " ".join(part for part in (name, f"({numbers})" if numbers else None) if part)
    reach = (address(value.address), *(t.value for t in value.telecoms))
    return (*cell(named, coded(value.role), *reach), *organisation(value.organisation))


def author(value: Professional | Device) -> Cell:
    """A person, or the system that composed the document."""
    if isinstance(value, Professional):
        return professional(value)
    return (*cell(" ".join(p for p in (value.software, value.model) if p)), *organisation(value.organisation))


def provenance(value: Provenance, words: Words) -> Cell:
    """Where it comes from, when and by whom it was recorded, its id there."""
    when = None if value.recorded is None else f"{words['recorded']} {spoken(value.recorded)}"
    by = None if not value.recorded_by else f"{words['by']} {value.recorded_by}"
    said = " ".join(part for part in (when, by) if part)
    return cell(value.source, said, f"{words['reference']} {value.source_id}" if value.source_id else None)


def patient_blocks(person: Person, words: Words) -> Iterator[Block]:
    """Who the document is about; first of all, and whole."""
    current = person.identifiers[0].root if person.identifiers else ""
    numbers = cell(*(identifier(i) for i in person.identifiers if i.root == current))
    others = cell(*(f"{identifier(i)} ({i.root})" for i in person.identifiers if i.root != current))
    yield Heading(SheetText(words["patient"]))
    yield facts(
        (words["name"], cell(" ".join(p for p in (person.name.prefix, person.name.plain()) if p))),
        (words["number"], numbers),
        (words["other_number"], others),
        (words["born"], cell(spoken(person.birth))),
        (words["sex"], cell(words["not_stated" if person.gender is None else f"sex.{person.gender.value}"])),
        (words["dead"], cell(moment(person.death))),
        (words["address"], cell(address(person.address))),
        (words["telecom"], cell(*(t.value for t in person.telecoms))),
        (words["languages"], cell(", ".join(person.languages))),
    )
    if person.contacts:
        yield Heading(SheetText(words["contacts"]), 3)
        yield facts(*((words.get(f"contact.{c.role}", c.role), _contact(c, words)) for c in person.contacts))


def _contact(contact: Contact, words: Words) -> Cell:
    name = None if contact.name is None else " ".join(p for p in (contact.name.prefix, contact.name.plain()) if p)
    own = cell(name, coded(contact.relationship), address(contact.address), *(t.value for t in contact.telecoms))
    said = (*own, *organisation(contact.organisation), *period(contact.period, words))
    return said or cell(words["not_stated"])
