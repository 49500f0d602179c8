"""The Norwegian words of ePrescriptions and eDispensations: titles, column heads and labels, bokmål and nynorsk."""

from collections.abc import Mapping
from typing import Final

MEDICINES_BOKMAL: Final[Mapping[str, str]] = {
    "title.dispensation": "Utlevering",
    "column.amount": "Mengde",
    "column.dispensed": "Utlevert legemiddel",
    "column.prescribed": "Forskrevet legemiddel",
    "label.packages": "Antall pakninger per utlevering",
    "label.amount": "Mengde per utlevering",
    "label.dispensed_quantity": "Utlevert mengde",
    "label.part": "Del av pakningen",
    "label.read": "Tekst i dokumentet dette er laget av",
    "label.repeats": "Gjenstående utleveringer etter denne",
    "label.substitution": "Bytte",
    "label.prescribed": "Forskrevet",
    "label.valid_until": "Gyldig til",
    "label.treatment": "Behandling",
    "label.to_patient": "Til pasienten",
    "label.to_dispenser": "Til apoteket",
    "label.dispensed": "Utlevert",
    "label.dispenser": "Utleverer",
    "label.prescription_item": "Reseptens ID",
    "value.as_needed": "Ved behov",
    "value.allowed": "Bytte til likeverdig legemiddel er tillatt",
    "value.not-allowed": "Bytte er ikke tillatt",
    "value.substituted": "Byttet fra forskrevet legemiddel",
    "status.fully_dispensed": "Ferdig utlevert",
    "status.dispensable": "Kan utleveres",
}

MEDICINES_NYNORSK: Final[Mapping[str, str]] = {
    "column.dispensed": "Utlevert legemiddel",
    "column.prescribed": "Rekvirert legemiddel",
    "label.packages": "Tal på pakningar per utlevering",
    "label.part": "Del av pakninga",
    "label.read": "Tekst i dokumentet dette er laga av",
    "label.repeats": "Utleveringar som står att etter denne",
    "label.substitution": "Byte",
    "label.prescribed": "Rekvirert",
    "label.dispenser": "Utleverar",
    "label.prescription_item": "ID-en til resepten",
    "value.allowed": "Byte til likeverdig legemiddel er tillate",
    "value.not-allowed": "Byte er ikkje tillate",
    "value.substituted": "Bytt frå rekvirert legemiddel",
    "status.fully_dispensed": "Ferdig utlevert",
    "status.dispensable": "Kan utleverast",
}
