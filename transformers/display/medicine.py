"""What a pharmacist asks first of a prescription or a dispensation, in the order she asks it, from any eP or eD.

eHDSI ePrescription E.2.1/E.3.2 and eDispensation E.2.2/E.3.3. These rows repeat what the entry below them says in the
document's own order; nothing is left out there because it stands here. What the document does not state is said to be
not stated where silence could be misread: repeats, substitution, dosage.
"""

from collections.abc import Iterator

from transformers.cda.documents.deciding import surplus_in
from transformers.cda.documents.dispensation import times_of
from transformers.cda.documents.medicine_document import acts, read_status
from transformers.cda.documents.prescription import read_answer, substitution_answers
from transformers.cda.medicine.packages import rule_of_supply
from transformers.cda.medicine.posology import UNBELIEVABLE, holds, read_posology, split_times
from transformers.cda.statements.parts import linked, parts_below
from transformers.cda.statements.signs import signs_of
from transformers.cda.types.people import professional
from transformers.cda.types.tree import Tree
from transformers.cda.types.vocabulary import SUBSTITUTED
from transformers.display.medicine_product import amount_of, found, product_rows, with_unit
from transformers.display.quantities import quantity_of, time_of, when
from transformers.display.reader import ANY, PageReader, joined, name_of
from transformers.display.statements import PageEntry, Statement, local
from transformers.model.amounts import is_least_dose, is_period, is_repeat_count
from transformers.model.prescription import Substitution
from transformers.model.standing import Standing, standing
from transformers.spoken import TIMES
from trust.xml import Element

MEDICINE_KINDS = frozenset({"ep-l3", "ed"})


def key_entries(section: Element, tree: Tree, reader: PageReader) -> tuple[PageEntry, ...]:
    """The key facts of each entry of a section that prescribes or dispenses; ``tree`` is the document as it is read."""
    made: list[PageEntry] = []
    for entry in section.findall(f"{ANY}entry"):
        for act in entry:
            match local(act):
                case "substanceAdministration":
                    rows, form = _prescription(act, tree, reader), "prescription"
                case "supply":
                    rows, form = _dispensation(act, tree, reader), "dispensing"
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
    own, elsewhere = substitution_answers(act)
    answers = [*own, *elsewhere]
    alone = (_supplies(act), answers, *(answer.findall(f"{ANY}value") for answer in answers))
    if any(len(each) > 1 for each in alone) or next(surplus_in(act), None) is not None:
        yield Statement(reader.word("unread"), text=reader.word("unread.doubled"))


def _supplies(act: Element) -> list[Element]:
    """The supplies that are ordered with a prescription; a dispensation is one itself and has none."""
    return [e for _, e in linked(act) if local(e) == "supply" and _is_affirmed(e, "order")]


def _prescription(act: Element, tree: Tree, reader: PageReader) -> Iterator[Statement]:
    word = reader.word
    if read_status(tree, act) is None:
        yield Statement(word("of.statusCode"), text=word("not_stated"))
    yield from product_rows(found(act, "consumable/manufacturedProduct"), reader)
    yield from _coded(found(act, "routeCode"), word("of.routeCode"), reader)
    yield from _dosage(act, tree, reader)
    supplies = _supplies(act)
    supply = supplies[0] if supplies else None
    amounts = [amount for each in supplies for amount in each.findall(f"{ANY}quantity")]
    packages = _supplied(supply, reader) if len(amounts) == 1 else None
    missing = word("not_stated_see_text" if len(amounts) > 1 else "not_stated")
    yield Statement(word("key.packages"), text=packages or missing)
    repeats = amount_of(found(supply, "repeatNumber"), is_repeat_count, reader)
    yield Statement(word("key.repeats"), text=repeats or word("not_stated_see_text"))
    yield _substitution_allowed(act, tree, reader)
    yield from _instruction(act, "dispenser", "code.FINSTRUCT", reader)
    yield from _reasons(act, reader)
    treatment, _ = split_times(act)
    when = None if treatment is None else time_of(treatment, reader)
    if when:
        yield Statement(word("key.treatment"), text=when)
    author = _prescriber(act, tree)
    yield from _who(word("key.prescriber"), found(author, "assignedAuthor"), "assignedPerson", reader)
    yield from _time(word("key.prescribed"), found(author, "time"), reader)
    yield from _identifier(word("key.prescription_id"), found(act, "id"))


def _prescriber(act: Element, tree: Tree) -> Element | None:
    """The prescription's own author where that is somebody, else the document's."""
    own = found(act, "author")
    return own if professional(tree, found(own, "assignedAuthor")) is not None else found(tree.root, "author")


def _dispensation(act: Element, tree: Tree, reader: PageReader) -> Iterator[Statement]:
    word = reader.word
    yield from product_rows(found(act, "product/manufacturedProduct"), reader)
    yield Statement(word("key.dispensed"), text=_supplied(act, reader) or word("not_stated"))
    said = any(_is_affirmed(e, "part") for e in acts(act, SUBSTITUTED.code))
    yield Statement(word("key.substituted"), text=word("key.was_substituted" if said else "key.not_substituted"))
    performer = found(act, "performer")
    when = next((time for time in times_of(act) if time.get("value")), None)
    yield from _time(word("key.dispensed_at"), when, reader)
    yield from _who(word("key.dispenser"), found(performer, "assignedEntity"), "assignedPerson", reader)
    links = (e for _, e in linked(act) if local(e) == "substanceAdministration")
    prescribed = next((e for e in links if _is_affirmed(e, "prescribed")), None)
    if prescribed is not None:
        product = found(prescribed, "consumable/manufacturedProduct/manufacturedMaterial/name")
        if product is not None and (name := reader.text(product)):
            yield Statement(word("key.prescribed_product"), original=name)
        yield from _identifier(word("key.item_id"), found(prescribed, "id"))
    yield from _identifier(word("key.fulfils"), found(tree.root, "inFulfillmentOf/order/id"))
    yield from _identifier(word("key.dispensation_id"), found(act, "id"))


def _dosage(act: Element, tree: Tree, reader: PageReader) -> Iterator[Statement]:
    """The instruction to the patient is the dosage as the prescriber wrote it; the structure stands beneath it.

    Half of a regimen is another regimen: what the pivot's reader leaves to the words is left to them here.
    """
    label = reader.word("key.dosage")
    written = list(_instruction(act, "instruction", "code.PINSTRUCT", reader))
    yield from written
    _, dosage = read_posology(tree, act, None)
    if dosage.why_text_only not in {None, *UNBELIEVABLE}:
        yield Statement(label, text=reader.word("key.not_in_short"))
        return
    dose = found(act, "doseQuantity")
    amount = with_unit(amount_of(dose, is_least_dose, reader), dose, reader)
    if amount:
        yield Statement(reader.word("of.doseQuantity"), text=amount)
    limit = amount_of(found(act, "maxDoseQuantity"), is_least_dose, reader)
    if limit:
        yield Statement(reader.word("of.maxDoseQuantity"), text=limit)
    treatment, _ = split_times(act)
    rhythms = [_rhythm(time, reader) for time in act.findall(f"{ANY}effectiveTime") if time is not treatment]
    yield from (Statement(reader.word("of.effectiveTime"), text=when) for when in rhythms if when)
    if any(rhythms) and dose is not None and any(_is_rate(each.get("unit")) for each in dose.iter("*")):
        yield Statement(reader.word("unread"), text=reader.word("overview.mark.rate_and_rhythm"))
    if not (written or amount or any(rhythms)):
        yield Statement(label, text=reader.word("not_stated_see_text"))


def _is_rate(unit: str | None) -> bool:
    """So much a day is no dose that is taken several times a day."""
    top, _, time = (unit or "").rpartition("/")
    return bool(top) and time in TIMES


def _rhythm(time: Element, reader: PageReader) -> str | None:
    """When, again and again; an unknown period and an excluded time are in the words, if anywhere."""
    period = found(time, "period")
    silent = period is not None and period.get("nullFlavor") is not None and len(time) == 1
    told = time_of(time, reader) if holds(time) and not silent else reader.word("not_stated_see_text")
    marked = period is not None and amount_of(period, is_period, reader) != quantity_of(period, reader)
    return f"{told} – {reader.word('key.impossible')}" if told and marked else told


def _instruction(act: Element, kind: str, label: str, reader: PageReader) -> Iterator[Statement]:
    for part in parts_below(act).get(kind, ()):
        text = found(part, "text")
        if _is_affirmed(part, "instruction") and text is not None and (words := reader.text(text)):
            yield Statement(reader.word(label), original=words)


def _substitution_allowed(act: Element, tree: Tree, reader: PageReader) -> Statement:
    """Value set 42.7; a document that says nothing does not forbid it, and one whose answer is not known may."""
    label = reader.word("code.SUBST")
    answers, elsewhere = substitution_answers(act)
    if not answers and not elsewhere:
        return Statement(label, text=reader.word("key.not_forbidden"))
    values = [value for answer in answers for value in answer.findall(f"{ANY}value")]
    alone = len(answers) == 1 and len(values) == 1 and not elsewhere
    said = read_answer(tree, answers[0])[0] if alone else None
    if said is None:
        return Statement(label, text=reader.word("not_stated_see_text"))
    if said is Substitution.NOT_ALLOWED:
        return Statement(label, text=reader.word("key.forbidden"))
    return Statement(label, code=reader.code(values[0]))


def _reasons(act: Element, reader: PageReader) -> Iterator[Statement]:
    for part in parts_below(act).get("reason", ()):
        if _is_affirmed(part, "part"):
            yield from _coded(found(part, "value"), reader.word("relation.RSON"), reader)


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


def _time(label: str, element: Element | None, reader: PageReader) -> Iterator[Statement]:
    if element is not None and element.get("value"):
        yield Statement(label, text=when(element.get("value", ""), reader.language))


def _identifier(label: str, element: Element | None) -> Iterator[Statement]:
    told = None if element is None else element.get("extension") or element.get("root")
    if told:
        yield Statement(label, text=told)


def _supplied(supply: Element | None, reader: PageReader) -> str | None:
    """How much is handed out: packages when it has no unit."""
    stated = found(supply, "quantity")
    return amount_of(stated, rule_of_supply(stated), reader)


def _is_affirmed(act: Element, form: str) -> bool:
    """Whether what hangs below an act says that something is so."""
    return standing(form, signs_of(act)) is Standing.AFFIRMED
