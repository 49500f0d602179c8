"""Procedures E.3.26, devices E.3.5 and vaccinations E.3.19 of a foreign summary.

A vaccination that was not given is no vaccination; a procedure that is only planned is none either. What each sign
means stands in `transformers.model.standing`.
"""

from typing import Final

from transformers.cda.statements.absence import absences
from transformers.cda.statements.forms import Origin, StatementForm, provenance, single
from transformers.cda.statements.parts import (
    DOSE_NUMBER,
    comment,
    completed,
    own_words,
    parts_below,
    statement_id,
    status_of,
)
from transformers.cda.statements.signs import affirmed, unreadable
from transformers.cda.types.people import organisation, performing_organisation
from transformers.cda.types.tree import Element, Tree, child, children, text_of
from transformers.cda.types.values import coded, identifier, is_code, moment, named_concept, number, period, quantity
from transformers.cda.types.vocabulary import E3, IHE, MEDICATION_ACTIVITY
from transformers.model.finding import Severity
from transformers.model.section_state import Absence
from transformers.model.summary import Immunisation, ImplantedDevice, Procedure
from transformers.model.values import Coded

PROCEDURE: Final = StatementForm(frozenset({"procedure"}), (f"{E3}26",))
DEVICE: Final = StatementForm(frozenset({"supply"}), (f"{E3}5",))
IMMUNISATION: Final = StatementForm(
    frozenset({"substanceAdministration"}),
    (f"{E3}19", f"{IHE}12", MEDICATION_ACTIVITY),
    frozenset({"IMMUNIZ"}),
    older=(f"{IHE}12",),
)
_STATUSES: Final = frozenset({"active", "completed", "cancelled", "aborted"})


def read_procedure(tree: Tree, entry: Element, origin: Origin) -> Procedure | list[Absence] | None:
    """One procedure, or the absence of any; a status nobody states is read as completed, with a finding."""
    said = absences(tree, entry, (child(entry, "code"),), (origin, "procedure"))
    if said is not None:
        return said
    if not single(tree, entry, PROCEDURE, "procedure", origin):
        return None
    text, own = own_words(tree, entry)
    procedure = coded(tree, child(entry, "code"), text)
    if procedure is None:
        unreadable(tree, entry, "procedure")
        return None
    status = status_of(tree, entry, _STATUSES)
    if status is None:
        assumed = "The procedure has no status; as an event it is read as completed."
        tree.note(Severity.WARNING, "status-assumed", entry, assumed)
    sites = (coded(tree, e) for e in children(entry, "targetSiteCode"))
    made = provenance(tree, entry, origin)
    return Procedure(
        id=made.source_id or "",
        procedure=procedure,
        performed=period(tree, child(entry, "effectiveTime")),
        status=status or "completed",
        provenance=made,
        note=comment(tree, parts_below(entry), own),
        body_sites=tuple(s for s in sites if s is not None),
    )


def read_device(tree: Tree, entry: Element, origin: Origin) -> ImplantedDevice | list[Absence] | None:
    """One device or implant, or the absence of any."""
    named = entry.find("{*}participant/{*}participantRole/{*}playingDevice/{*}code")
    said = absences(tree, entry, (named,), (origin, "device"))
    if said is not None:
        return said
    if not single(tree, entry, DEVICE, "device", origin):
        return None
    text, own = own_words(tree, entry)
    role = entry.find("{*}participant/{*}participantRole")
    device = None if role is None else coded(tree, role.find("{*}playingDevice/{*}code"), text)
    if device is None or role is None:
        unreadable(tree, entry, "device")
        return None
    made = provenance(tree, entry, origin)
    completed(tree, entry)
    return ImplantedDevice(
        id=made.source_id or "",
        device=device,
        implanted=period(tree, child(entry, "effectiveTime")),
        provenance=made,
        device_id=next((i for e in children(role, "id") if (i := identifier(tree, e)) is not None), None),
        note=comment(tree, parts_below(entry), own),
    )


def read_immunisation(tree: Tree, entry: Element, origin: Origin) -> Immunisation | list[Absence] | None:
    """One vaccination given, on a day or on a day that nobody knows; or the absence of any."""
    material = entry.find("{*}consumable/{*}manufacturedProduct/{*}manufacturedMaterial")
    named = None if material is None else child(material, "code")
    said = absences(tree, entry, (named, child(entry, "code")), (origin, "immunisation"))
    if said is not None:
        return said
    if not single(tree, entry, IMMUNISATION, "immunisation", origin):
        return None
    text, _ = own_words(tree, entry)
    name = None if material is None else _words(tree, child(material, "name"))
    vaccine = None if material is None else coded(tree, child(material, "code"), text if name is None else name)
    given = moment(tree, _time(entry))
    if vaccine is None or material is None:
        unreadable(tree, entry, "vaccine")
        return None
    if given is None:
        tree.note(Severity.WARNING, "vaccination-undated", entry, "It is not told when the vaccination was given.")
    is_code(tree, child(entry, "code"), "IMMUNIZ")
    completed(tree, entry)
    product = material.getparent()
    made = provenance(tree, entry, origin)
    return Immunisation(
        id=made.source_id or "",
        vaccine=vaccine,
        given=given,
        provenance=made,
        product_name=None if vaccine.text is not None and " ".join(vaccine.text.split()) == name else name,
        target_diseases=tuple(d for e in children(entry, "participant") if (d := _disease(tree, e)) is not None),
        lot=_words(tree, child(material, "lotNumberText")),
        dose_number=_dose_number(tree, entry),
        performer=performing_organisation(tree, entry),
        route=coded(tree, child(entry, "routeCode")),
        dose=quantity(tree, child(entry, "doseQuantity")),
        manufacturer=None if product is None else organisation(tree, child(product, "manufacturerOrganization")),
    )


def _time(entry: Element) -> Element | None:
    """The time of a vaccination: a TS, or the low of an interval."""
    time = child(entry, "effectiveTime")
    return time if time is None or time.get("value") else child(time, "low")


def _words(tree: Tree, element: Element | None) -> str | None:
    words = None if element is None else text_of(element) or None
    if words is not None:
        tree.use(element)
    return words


def _disease(tree: Tree, participant: Element) -> Coded | None:
    role = child(participant, "participantRole")
    if role is None:
        return None
    return named_concept(tree, child(role, "code"), role.find("{*}playingEntity/{*}name"))


def _dose_number(tree: Tree, entry: Element) -> int | None:
    for element in parts_below(entry).get("dose", ()):
        value = child(element, "value")
        count = None if value is None else number(tree, value, value.get("value"))
        if value is not None and count is not None and count == int(count) and affirmed(tree, element, "part"):
            tree.use(value, "value")
            is_code(tree, child(element, "code"), DOSE_NUMBER.code.code)
            completed(tree, element)
            statement_id(tree, element)
            return int(count)
    return None
