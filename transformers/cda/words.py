"""The Norwegian words of the narrative: titles, column heads and sentences, in bokmål and nynorsk.

A table by language tag; a language without words of its own (Sámi) is written in bokmål, as the document's sources are.
"""

from collections.abc import Mapping
from typing import Final

from transformers.cda.words_medicines import MEDICINES_BOKMAL, MEDICINES_NYNORSK

Words = Mapping[str, str]

BOKMAL: Final[Words] = {
    **MEDICINES_BOKMAL,
    "title.allergies": "Allergier og andre overfølsomhetsreaksjoner",
    "title.medications": "Legemidler",
    "title.problems": "Aktuelle helseproblemer",
    "title.procedures": "Operasjoner og prosedyrer",
    "title.devices": "Implantater og medisinsk utstyr",
    "title.past_illness": "Tidligere sykdommer",
    "title.immunisations": "Vaksinasjoner",
    "column.agent": "Stoff",
    "column.medicine": "Legemiddel",
    "column.condition": "Tilstand",
    "column.procedure": "Prosedyre",
    "column.device": "Utstyr",
    "column.vaccine": "Vaksine",
    "column.code": "Kode",
    "column.reaction": "Reaksjon",
    "column.dosage": "Dosering",
    "column.reason": "Bruksområde",
    "column.diseases": "Beskytter mot",
    "column.dates": "Tidspunkt",
    "column.status": "Status",
    "column.source": "Kilde",
    "label.kind": "Type",
    "label.criticality": "Kritikalitet",
    "label.certainty": "Sikkerhet",
    "label.status": "Status",
    "label.severity": "Alvorlighetsgrad",
    "label.onset": "Oppstått",
    "label.note": "Merknad",
    "label.route": "Administrasjonsvei",
    "label.dose": "Dose",
    "label.period": "Intervall",
    "label.form": "Legemiddelform",
    "label.strength": "Styrke",
    "label.ingredient": "Virkestoff",
    "label.lot": "Batch",
    "label.dose_number": "Dose nr.",
    "label.performer": "Utført av",
    "label.device_id": "Utstyrs-ID",
    "label.prescriber": "Rekvirent",
    "label.prescription": "Resept",
    "label.recorded": "registrert",
    "label.recorded_by": "av",
    "label.reference": "ref.",
    "label.product": "Preparat",
    "label.beside": "Opplyst av en annen kilde",
    "status.active": "Pågående",
    "status.completed": "Avsluttet",
    "status.cancelled": "Avlyst",
    "status.aborted": "Avbrutt",
    "status.resolved": "Tilbakelagt",
    "status.current": "Aktuell",
    "status.prescribed": "Forskrevet",
    "status.taken": "I bruk",
    "status.given": "Gitt",
    "value.medicine": "Legemiddel",
    "value.other": "Annet enn legemiddel",
    "value.not_stated": "ikke oppgitt",
    "date.from": "Fra",
    "date.to": "Til",
    "footer.sources": "Datakilde",
    "footer.updated": "Sist oppdatert",
    "footer.none": "ingen kilde leverer denne informasjonen",
    "sentence.not_reconciled": (
        "Legemiddellisten er ikke samstemt. Den kan mangle legemidler pasienten bruker og inneholde legemidler som"
        " ikke lenger brukes."
    ),
    "sentence.unavailable": "Kilden kunne ikke nås da dokumentet ble laget. Det sier ingenting om pasienten.",
    "none.allergies": "Det foreligger ingen informasjon om allergier.",
    "none.medications": "Det foreligger ingen informasjon om legemidler.",
    "none.problems": "Det foreligger ingen informasjon om aktuelle helseproblemer.",
    "none.procedures": "Det foreligger ingen informasjon om operasjoner og prosedyrer.",
    "none.devices": "Det foreligger ingen informasjon om implantater og medisinsk utstyr.",
    "none.past_illness": "Det foreligger ingen informasjon om tidligere sykdommer.",
    "absent.no-known-allergies": "Ingen kjente allergier.",
    "absent.no-known-medication-allergies": "Ingen kjente legemiddelallergier.",
    "absent.no-known-environmental-allergies": "Ingen kjente miljøallergier.",
    "absent.no-known-food-allergies": "Ingen kjente matallergier.",
    "absent.no-known-medications": "Bruker ingen kjente legemidler.",
    "absent.no-known-problems": "Ingen kjente helseproblemer.",
    "absent.no-known-procedures": "Ingen kjente operasjoner eller prosedyrer.",
    "absent.no-known-devices": "Ingen kjente implantater eller medisinsk utstyr i bruk.",
}

NYNORSK: Final[Words] = {
    **BOKMAL,
    **MEDICINES_NYNORSK,
    "title.allergies": "Allergiar og andre overfølsemdsreaksjonar",
    "title.medications": "Legemiddel",
    "title.problems": "Aktuelle helseproblem",
    "title.procedures": "Operasjonar og prosedyrar",
    "title.devices": "Implantat og medisinsk utstyr",
    "title.past_illness": "Tidlegare sjukdomar",
    "title.immunisations": "Vaksinasjonar",
    "column.condition": "Tilstand",
    "column.dates": "Tidspunkt",
    "column.source": "Kjelde",
    "column.diseases": "Vernar mot",
    "column.reason": "Bruksområde",
    "label.certainty": "Visse",
    "label.severity": "Alvorsgrad",
    "label.onset": "Oppstått",
    "label.ingredient": "Verkestoff",
    "label.beside": "Opplyst av ei anna kjelde",
    "label.route": "Administrasjonsveg",
    "status.active": "Pågåande",
    "status.completed": "Avslutta",
    "status.cancelled": "Avlyst",
    "status.aborted": "Avbroten",
    "status.resolved": "Tilbakelagd",
    "status.prescribed": "Rekvirert",
    "status.given": "Gitt",
    "value.other": "Anna enn legemiddel",
    "value.not_stated": "ikkje oppgitt",
    "date.from": "Frå",
    "footer.sources": "Datakjelde",
    "footer.updated": "Sist oppdatert",
    "footer.none": "inga kjelde leverer denne informasjonen",
    "sentence.not_reconciled": (
        "Legemiddellista er ikkje samstemt. Ho kan mangle legemiddel pasienten bruker og innehalde legemiddel som"
        " ikkje lenger er i bruk."
    ),
    "sentence.unavailable": "Kjelda kunne ikkje nåast då dokumentet vart laga. Det seier ingenting om pasienten.",
    "none.allergies": "Det ligg ikkje føre informasjon om allergiar.",
    "none.medications": "Det ligg ikkje føre informasjon om legemiddel.",
    "none.problems": "Det ligg ikkje føre informasjon om aktuelle helseproblem.",
    "none.procedures": "Det ligg ikkje føre informasjon om operasjonar og prosedyrar.",
    "none.devices": "Det ligg ikkje føre informasjon om implantat og medisinsk utstyr.",
    "none.past_illness": "Det ligg ikkje føre informasjon om tidlegare sjukdomar.",
    "absent.no-known-allergies": "Ingen kjende allergiar.",
    "absent.no-known-medication-allergies": "Ingen kjende legemiddelallergiar.",
    "absent.no-known-environmental-allergies": "Ingen kjende miljøallergiar.",
    "absent.no-known-food-allergies": "Ingen kjende matallergiar.",
    "absent.no-known-medications": "Bruker ingen kjende legemiddel.",
    "absent.no-known-problems": "Ingen kjende helseproblem.",
    "absent.no-known-procedures": "Ingen kjende operasjonar eller prosedyrar.",
    "absent.no-known-devices": "Ingen kjende implantat eller medisinsk utstyr i bruk.",
}

WORDS: Final[Mapping[str, Words]] = {"nb": BOKMAL, "nn": NYNORSK}


def is_written(language: str, table: Mapping[str, Words] = WORDS) -> bool:
    """Whether documents are written in a language (``nb-NO``, ``nn-NO``, …)."""
    return language.partition("-")[0] in table


def words_for(language: str, table: Mapping[str, Words] = WORDS) -> Words:
    """The words of a language tag (``nn-NO``), bokmål where the table has none of its own."""
    return table.get(language.partition("-")[0], table["nb"])
