"""Of a sample person: the rules asked now, of every prescription she has, down to whether its document can be made."""

import json
from pathlib import Path
from typing import Final

from gateway.cli.transform_made import Making, making
from gateway.cli.transform_sample import prescriptions_of_sample
from gateway.configuration.settings import CountryRow, Settings
from gateway.errors import DocumentInvalid, RequiredMappingMissing
from gateway.exchange.country_a.compose import refuse_unfit
from gateway.exchange.country_a.compose_prescription import draft_prescription, prescription_of
from gateway.exchange.country_a.find_prescriptions import reason_of
from gateway.national.exportability import export_policy
from gateway.national.ports import AddressConfidentiality, RegisteredPerson
from gateway.national.why_not_abroad import (
    BLOCKED,
    COUNTRY_NOT_AGREED,
    DECEASED,
    PROTECTED,
    RESERVED,
    TAKEN,
    PrescriptionAbroad,
)
from gateway.terminology.chosen import release_chosen
from transformers.norway.exportable import Asking, ExportBar, names_against_export
from transformers.norway.prescription import NorwegianPrescription
from transformers.norway.prescription_status import PrescriptionStatus

_KIND: Final = "ep-l3"


def sampled_abroad(person: str, country: CountryRow, settings: Settings) -> list[PrescriptionAbroad]:
    """Each of hers. Raises typer.BadParameter (exit 2) for an unknown person or a sample that cannot be read."""
    made_with = making(settings, release_chosen(settings, country.wave), None)
    policy = export_policy(settings.tables["exportability"], settings.files["exportability"])
    folder, known, prescriptions = prescriptions_of_sample(person, made_with)
    of_all = _of_the_person(folder, known) if "ep" in country.asks else (COUNTRY_NOT_AGREED,)
    found = []
    for id_, one in prescriptions.items():
        against = names_against_export(one, policy, Asking(made_with.now))
        if one.status == PrescriptionStatus.LOCKED:
            against = tuple(TAKEN if name == ExportBar.STATUS else name for name in against)
        reasons = (*of_all, *(against or _unfit(one, known, country.wave, made_with)))
        found.append(PrescriptionAbroad(id_, one.item.product.name, reasons, one.guardian_reserved))
    return found


def _of_the_person(folder: Path, known: RegisteredPerson) -> tuple[str, ...]:
    """What holds of all of hers: by the register, and by what the sample's privacy services say."""
    privacy = json.loads((folder / "privacy.json").read_text("utf-8"))
    reserved, blocked = (privacy["pvk"]["status"] == said for said in ("RESERVASJON", "BLOKKERT"))
    marks = privacy["status"]["privacy"]
    protected = known.confidentiality is AddressConfidentiality.STRICTLY_CONFIDENTIAL
    return tuple(
        reason
        for reason, holds in (
            (PROTECTED, protected),
            (DECEASED, known.deceased),
            (RESERVED, reserved or marks["reservation"]),
            (BLOCKED, blocked or marks["restriction"] or marks["blockedPersonnel"]),
        )
        if holds
    )


def _unfit(one: NorwegianPrescription, person: RegisteredPerson, wave: int, made_with: Making) -> tuple[str, ...]:
    """Why no document can be made of it; none: one can."""
    made = prescription_of(made_with.now, person, one.item, made_with.composer(), made_with.new_id("why"))
    _, report = draft_prescription(made, made_with.release, wave, made_with.required_codes(_KIND))
    try:
        refuse_unfit(report)
    except (RequiredMappingMissing, DocumentInvalid) as fault:
        return (reason_of(fault),)
    return ()
