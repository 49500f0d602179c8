"""Devices and implants as printed: E.3.5 (its effectiveTime is an IVL_TS with a low, always)."""

from dataclasses import dataclass
from typing import Final

from transformers.cda.statements.section import Layout, SectionView, section_view
from transformers.cda.types.composer import CdaComposer, CodeView, EntryPlace
from transformers.cda.types.identifiers import Id, usable_id
from transformers.cda.types.narrative import (
    Cell,
    NarrativeRow,
    codings_of,
    label_of,
    note_anchor,
    optional,
    period_cell,
    piece,
    row,
    source_cell,
)
from transformers.cda.types.times import Interval
from transformers.model.finding import Severity
from transformers.model.summary import ImplantedDevice, Section

LAYOUT: Final = Layout("devices", "dev", ("device", "code", "dates", "status", "source"))


@dataclass(frozen=True, slots=True)
class DeviceView:
    """E.3.5."""

    id: str
    anchor: str
    implanted: Interval
    device_id: Id | None
    code: CodeView
    note: str | None = None
    """Anchor of the comment."""
    template: str = "device.xml.j2"


def devices(state: Section[ImplantedDevice], composer: CdaComposer) -> SectionView | None:
    """The section of medical devices and implants."""

    def entry(device: ImplantedDevice, place: EntryPlace) -> tuple[NarrativeRow, DeviceView]:
        return _row(device, place.anchor, composer), _view(device, place.anchor, place.path, composer)

    return section_view(LAYOUT, state, composer, entry)


def _view(device: ImplantedDevice, anchor: str, path: str, composer: CdaComposer) -> DeviceView:
    device_id = None if device.device_id is None else usable_id(device.device_id)
    if device.device_id is not None and device_id is None:
        text = "The device's id does not fit an instance identifier; it is in the narrative."
        composer.note(Severity.WARNING, "identifier-in-narrative", f"{path}.device_id", text)
    return DeviceView(
        id=composer.entry_id(device.provenance, device.id, "device"),
        anchor=anchor,
        implanted=composer.interval(device.implanted, f"{path}.implanted"),
        device_id=device_id,
        code=composer.code(device.device, f"{path}.device", f"{anchor}-device"),
        note=note_anchor(device.note, anchor),
    )


def _row(device: ImplantedDevice, anchor: str, composer: CdaComposer) -> NarrativeRow:
    words = composer.words
    identity = device.device_id
    what: Cell = (
        piece(label_of(device.device), f"{anchor}-device"),
        *optional(None if identity is None else identity.extension or identity.root, words["label.device_id"]),
        *optional(device.note, words["label.note"], f"{anchor}-note"),
    )
    ended = words["status.completed" if device.implanted.end is not None else "status.current"]
    dates, source = period_cell(device.implanted, words), source_cell(device.provenance, words)
    return row(anchor, what, codings_of(device.device), dates, (piece(ended),), source)
