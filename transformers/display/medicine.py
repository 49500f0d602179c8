"""What a pharmacist asks first of a prescription or a dispensation, in the order she asks it, from any eP or eD.

eHDSI ePrescription E.2.1/E.3.2 and eDispensation E.2.2/E.3.3. These rows repeat what the entry below them says in the
document's own order; nothing is left out there because it stands here. What the document does not state is said to be
not stated where silence could be misread: repeats, substitution, dosage.
"""

from collections.abc import Iterator

from transformers.cda.documents.deciding import surplus_in
from transformers.cda.medicine.posology import holds, split_times
from transformers.cda.statements.signs import signs_of
from transformers.cda.types.vocabulary import SUBSTITUTION_SYSTEM
from transformers.display.medicine_product import amount_of, found, product_rows
from transformers.display.reader import ANY, PageReader, joined, name_of, quantity_of, spoken, time_of
from transformers.display.statements import PageEntry, Statement, local
from transformers.model.amounts import (
    are_packages,
    is_content,
    is_least_dose,
    is_package_count,
    is_period,
    is_repeat_count,
)
from transformers.model.standing import Standing, standing
from trust.xml import Element

MEDICINE_KINDS = frozenset({"ep-l3", "ed"})


def key_entries(section: Element, root: Element, reader: PageReader) -> tuple[PageEntry, ...]:
    """The key facts of each entry of a section that prescribes or dispenses."""
    made: list[PageEntry] = []
    for entry in section.findall(f"{ANY}entry"):
        for act in entry:
            match local(act):
                case "substanceAdministration":
                    rows, form = _prescription(act, root, reader), "prescription"
                case "supply":
                    rows, form = _dispensation(act, root, reader), "dispensing"
                case _:
                    continue
            first = (*_denied(act, form, reader), *_doubled(act, reader))
            made.append(PageEntry(reader.word("key_facts"), (*first, *rows), None, ()))
    return tuple(made)


def _denied(act: Element, form: str, reader: PageReader) -> Iterator[Statement]:
    """Before everything else: that the item is denied, or stated in a way that makes it none."""
    why = standing(form, signs_of(act))
    if why is not Standing.AFFIRMED:
        yield Statement(reader.word("unread"), text=reader.word(f"unread.{why.value}"))


def _doubled(act: Element, reader: PageReader) -> Iterator[Statement]:
    """That something may stand once and stands twice: the rows show the first, which need not be the one meant."""
    answers = _answers(act)
    alone = (_supplies(act), answers, *(answer.findall(f"{ANY}value") for answer in answers))
    if any(len(each) > 1 for each in alone) or next(surplus_in(act), None) is not None:
        yield Statement(reader.word("unread"), text=reader.word("unread.doubled"))


def _supplies(act: Element) -> list[Element]:
    """The supplies that are ordered with a prescription; a dispensation is one itself and has none."""
    return [e for e in _related(act) if local(e) == "supply"]


def _prescription(act: Element, root: Element, reader: PageReader) -> Iterator[Statement]:
    word = reader.word
    status = found(act, "statusCode")
    if status is None or not status.get("code") or status.get("nullFlavor") is not None:
        yield Statement(word("of.statusCode"), text=word("not_stated"))
    yield from product_rows(found(act, "consumable/manufacturedProduct"), reader)
    yield from _coded(found(act, "routeCode"), word("of.routeCode"), reader)
    yield from _dosage(act, reader)
    supplies = _supplies(act)
    supply = supplies[0] if supplies else None
    amounts = [amount for each in supplies for amount in each.findall(f"{ANY}quantity")]
    packages = _supplied(supply, reader) if len(amounts) == 1 else None
    missing = word("not_stated_see_text" if len(amounts) > 1 else "not_stated")
    yield Statement(word("key.packages"), text=packages or missing)
    repeats = amount_of(found(supply, "repeatNumber"), is_repeat_count, reader)
    yield Statement(word("key.repeats"), text=repeats or word("not_stated_see_text"))
    yield _substitution_allowed(act, reader)
    yield from _instruction(act, "FINSTRUCT", reader)
    yield from _reasons(act, reader)
    treatment, _ = split_times(act)
    when = None if treatment is None else time_of(treatment, reader)
    if when:
        yield Statement(word("key.treatment"), text=when)
    author = found(root, "author")
    yield from _who(word("key.prescriber"), found(author, "assignedAuthor"), "assignedPerson", reader)
    yield from _time(word("key.prescribed"), found(author, "time"))
    yield from _identifier(word("key.prescription_id"), found(act, "id"))


def _dispensation(act: Element, root: Element, reader: PageReader) -> Iterator[Statement]:
    word = reader.word
    yield from product_rows(found(act, "product/manufacturedProduct"), reader)
    yield Statement(word("key.dispensed"), text=_supplied(act, reader) or word("not_stated"))
    said = next((e for e in _related(act) if _code(e) == "SUBST"), None)
    yield Statement(
        word("key.substituted"), text=word("key.not_substituted" if said is None else "key.was_substituted")
    )
    performer = found(act, "performer")
    yield from _time(word("key.dispensed_at"), found(performer, "time"))
    yield from _who(word("key.dispenser"), found(performer, "assignedEntity"), "assignedPerson", reader)
    prescribed = next((e for e in _related(act) if local(e) == "substanceAdministration"), None)
    if prescribed is not None:
        product = found(prescribed, "consumable/manufacturedProduct/manufacturedMaterial/name")
        if product is not None and (name := reader.text(product)):
            yield Statement(word("key.prescribed_product"), original=name)
        yield from _identifier(word("key.item_id"), found(prescribed, "id"))
    yield from _identifier(word("key.fulfils"), found(root, "inFulfillmentOf/order/id"))
    yield from _identifier(word("key.dispensation_id"), found(act, "id"))


def _dosage(act: Element, reader: PageReader) -> Iterator[Statement]:
    """The instruction to the patient is the dosage as the prescriber wrote it; the structure stands beneath it."""
    label = reader.word("key.dosage")
    written = list(_instruction(act, "PINSTRUCT", reader))
    yield from written
    dose = found(act, "doseQuantity")
    amount = amount_of(dose, is_least_dose, reader)
    if amount:
        yield Statement(reader.word("of.doseQuantity"), text=amount)
    treatment, _ = split_times(act)
    rhythms = [_rhythm(time, reader) for time in act.findall(f"{ANY}effectiveTime") if time is not treatment]
    yield from (Statement(reader.word("of.effectiveTime"), text=when) for when in rhythms if when)
    if not (written or amount or any(rhythms)):
        yield Statement(label, text=reader.word("not_stated_see_text"))


def _rhythm(time: Element, reader: PageReader) -> str | None:
    """When, again and again; an unknown period and an excluded time are in the words, if anywhere."""
    period = found(time, "period")
    silent = period is not None and period.get("nullFlavor") is not None and len(time) == 1
    told = time_of(time, reader) if holds(time) and not silent else reader.word("not_stated_see_text")
    marked = period is not None and amount_of(period, is_period, reader) != quantity_of(period)
    return f"{told} – {reader.word('key.impossible')}" if told and marked else told


def _instruction(act: Element, code: str, reader: PageReader) -> Iterator[Statement]:
    for related in _related(act):
        text = found(related, "text")
        if _code(related) == code and text is not None and (words := reader.text(text)):
            yield Statement(reader.word(f"code.{code}"), original=words)


def _answers(act: Element) -> list[Element]:
    """Every act below, however deep, that answers about substitution: by its code, or by its value's code system."""
    holders = (e.getparent() for e in act.iter(f"{ANY}code", f"{ANY}value"))
    below = dict.fromkeys(holder for holder in holders if holder is not None and holder is not act)
    return [one for one in below if _code(one) == "SUBST" or _is_answer(found(one, "value"))]


def _is_answer(value: Element | None) -> bool:
    """Whether a value is of the code system of answers about substitution, though its act's own code is not read."""
    return value is not None and value.get("codeSystem") == SUBSTITUTION_SYSTEM


def _substitution_allowed(act: Element, reader: PageReader) -> Statement:
    """Value set 42.7: N is "not allowed"; a document that says nothing does not forbid it."""
    label = reader.word("code.SUBST")
    answers = _answers(act)
    if not answers:
        return Statement(label, text=reader.word("key.not_forbidden"))
    values = [v for e in _related(act) if e in answers and _code(e) == "SUBST" for v in e.findall(f"{ANY}value")]
    if len(answers) != 1 or len(values) != 1:
        return Statement(label, text=reader.word("not_stated_see_text"))
    [value] = values
    if value.get("code") == "N":
        return Statement(label, text=reader.word("key.forbidden"))
    return Statement(label, code=reader.code(value))


def _reasons(act: Element, reader: PageReader) -> Iterator[Statement]:
    for related in _related(act):
        link = related.getparent()
        if link is not None and link.get("typeCode") == "RSON" and local(related) == "observation":
            yield from _coded(found(related, "value"), reader.word("relation.RSON"), reader)


def _who(label: str, holder: Element | None, person: str, reader: PageReader) -> Iterator[Statement]:
    name = name_of(found(holder, person))
    organisation = found(holder, "representedOrganization")
    place = name_of(organisation)
    where = None if organisation is None else organisation.find(f"{ANY}addr")
    at = "" if where is None else joined(where, ", ")
    told = ", ".join(part for part in (name, place, at) if part)
    yield Statement(label, original=told) if told else Statement(label, text=reader.word("not_stated"))


def _coded(element: Element | None, label: str, reader: PageReader) -> Iterator[Statement]:
    if element is not None:
        code = reader.code(element)
        if code.said or code.original:
            yield Statement(label, code=code)


def _time(label: str, element: Element | None) -> Iterator[Statement]:
    if element is not None and element.get("value"):
        yield Statement(label, text=spoken(element.get("value", "")))


def _identifier(label: str, element: Element | None) -> Iterator[Statement]:
    told = None if element is None else "^".join(p for p in (element.get("root"), element.get("extension")) if p)
    if told:
        yield Statement(label, text=told)


def _supplied(supply: Element | None, reader: PageReader) -> str | None:
    """How much is handed out: packages when it has no unit."""
    stated = found(supply, "quantity")
    counted = stated is not None and stated.get("value") is not None and are_packages(stated.get("unit"))
    return amount_of(stated, is_package_count if counted else is_content, reader)


def _related(act: Element) -> Iterator[Element]:
    """What hangs below an act by an entryRelationship and is affirmed."""
    for each in _hanging(act):
        form = "instruction" if _code(each) in _INSTRUCTIONS else _PARTS.get(local(each), "part")
        if standing(form, signs_of(each)) is Standing.AFFIRMED:
            yield each


_INSTRUCTIONS = frozenset({"PINSTRUCT", "FINSTRUCT"})
_PARTS = {"supply": "order", "substanceAdministration": "prescribed"}
"""Forms (`transformers.model.standing`) of what hangs below a prescription or a dispensation."""


def _hanging(act: Element) -> Iterator[Element]:
    """What hangs below an act by an entryRelationship, whatever it says."""
    for relation in act.findall(f"{ANY}entryRelationship"):
        yield from relation


def _code(act: Element) -> str | None:
    code = found(act, "code")
    return None if code is None else code.get("code")
