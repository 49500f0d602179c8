"""Devices and implants (section E.2.4), read and printed: E.3.5; its effectiveTime is an IVL_TS with a low."""

from typing import Final

from transformers.cda.statements.absence import absences
from transformers.cda.statements.forms import Origin, StatementForm, provenance, roles, single
from transformers.cda.statements.parts import COMMENT, comment, completed, only, own_words, parts_below, print_words
from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.statements.signs import unreadable
from transformers.cda.types.composer import CdaComposer, EntryPlace
from transformers.cda.types.elements import CodeView, code, ident, interval, reference, templates
from transformers.cda.types.identifiers import usable_id
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    codings_of,
    label_of,
    note_anchor,
    optional,
    period_cell,
    phrase,
    piece,
    row,
    source_cell,
)
from transformers.cda.types.times import UNKNOWN
from transformers.cda.types.tree import Element, Tree, child, children
from transformers.cda.types.values import coded, identifier, period
from transformers.cda.types.vocabulary import E3, MVC, ValueSets
from transformers.model.finding import Severity
from transformers.model.section_state import Absence
from transformers.model.summary import ImplantedDevice, Section

FORM: Final = StatementForm(frozenset({"supply"}), (f"{E3}5",))
VALUE_SETS: Final[ValueSets] = {(ImplantedDevice, "device"): (f"{MVC}8",)}
_CODE: Final = "{*}playingDevice/{*}code"


def read_device(tree: Tree, entry: Element, origin: Origin) -> ImplantedDevice | list[Absence] | None:
    """One device or implant, or the absence of any."""
    found = list(roles(entry))
    said = absences(tree, entry, (role.find(_CODE) for role in found), (origin, "device"))
    if said is not None:
        return said
    if not single(tree, entry, FORM, "device", origin):
        return None
    role = only(tree, found, "device")
    text, own = own_words(tree, entry)
    device = None if role is None else coded(tree, role.find(_CODE), text)
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


def devices(state: Section[ImplantedDevice], composer: CdaComposer) -> SectionView | None:
    """The section of medical devices and implants, as printed."""
    return section_view(LAYOUT, state, composer, lambda one, place: (_row(one, place), _print(one, place)))


def _print(device: ImplantedDevice, place: EntryPlace) -> str:
    composer, anchor, path = place
    device_id = None if device.device_id is None else usable_id(device.device_id)
    if device.device_id is not None and device_id is None:
        text = "The device's id does not fit an instance identifier; it is in the narrative."
        composer.note(Severity.WARNING, "identifier-in-narrative", f"{path}.device_id", text)
    identity = composer.entry_id(device.provenance, device.id, "device")
    implanted = interval("effectiveTime", composer.interval(device.implanted, f"{path}.implanted"), "IVL_TS")
    own = '<id nullFlavor="NI"/>' if device_id is None else ident(device_id)
    return _supply(
        (f'<id root="{identity}"/>', reference(anchor), implanted),
        own,
        place.view(device.device, "device"),
        print_words(COMMENT, note_anchor(device.note, anchor)),
    )


def _supply(head: tuple[str, str, str], device_id: str, device: CodeView, note: str) -> str:
    """E.3.5; ``head`` are its id, the reference to its words, and when."""
    identity, told, when = head
    return (
        f'<supply classCode="SPLY" moodCode="EVN">{templates(*FORM.templates)}{identity}\n{told}{when}\n'
        f'<participant typeCode="DEV"><participantRole classCode="MANU">{device_id}<playingDevice classCode="DEV" '
        f'determinerCode="INSTANCE">{code("code", device)}</playingDevice></participantRole></participant>{note}'
        "</supply>"
    )


def _print_empty(said: CodeView, anchor: str, _identity: str) -> str:
    """The section without statements (value set 42.48); low is required and unknown."""
    null, when = '<id nullFlavor="NA"/>', interval("effectiveTime", UNKNOWN, "IVL_TS")
    return _supply((null, reference(anchor), when), null, said, "")


LAYOUT: Final = Layout("devices", "dev", ("device", "code", "dates", "status", "source"), _print_empty)


def _row(device: ImplantedDevice, place: EntryPlace) -> NarrativeRow:
    words, anchor, identity = place.composer.words, place.anchor, device.device_id
    what: Cell = (
        piece(label_of(device.device), f"{anchor}-device"),
        *optional(None if identity is None else identity.extension or identity.root, words["label.device_id"]),
        *optional(device.note, words["label.note"], f"{anchor}-note"),
    )
    ended = words["status.completed" if device.implanted.end is not None else "status.current"]
    dates, source = period_cell(device.implanted, words), source_cell(device.provenance, words)
    return row(anchor, what, codings_of(device.device), dates, (phrase(ended),), source)
