"""Words of the page around the document, in English, bokmål and nynorsk."""

from collections.abc import Mapping
from typing import Final

_KEYS = (
    "patient_summary", "patient", "identifier", "born", "sex", "document", "language", "author", "responsible",
    "custodian", "what", "original", "details", "codes", "narrative", "no_entries", "unknown_value", "not_coded",
    "printed_from", "absent", "country", "contact", "address",
)  # fmt: skip

_EN = (
    "Patient Summary", "Patient", "Identifier", "Born", "Sex", "Document of", "Written in", "Composed by",
    "Responsible", "Kept by", "In English", "As written", "Details", "Codes", "As the document writes it",
    "No coded entries; see the text below.", "unknown", "not coded; original text", "Made from document",
    "Absent", "Country", "Contact", "Address",
)  # fmt: skip

_NB = (
    "Pasientsammendrag", "Pasient", "Identifikator", "Født", "Kjønn", "Dokument fra", "Skrevet på", "Satt sammen av",
    "Ansvarlig", "Oppbevares av", "På engelsk", "Slik det er skrevet", "Detaljer", "Koder",
    "Slik dokumentet skriver det",
    "Ingen kodede opplysninger; se teksten under.", "ukjent", "ikke kodet; opprinnelig tekst", "Laget av dokument",
    "Fraværende", "Land", "Kontakt", "Adresse",
)  # fmt: skip

_NN = (
    "Pasientsamandrag", "Pasient", "Identifikator", "Fødd", "Kjønn", "Dokument frå", "Skrive på", "Sett saman av",
    "Ansvarleg", "Oppbevart av", "På engelsk", "Slik det er skrive", "Detaljar", "Kodar", "Slik dokumentet skriv det",
    "Ingen koda opplysningar; sjå teksten under.", "ukjend", "ikkje koda; opphavleg tekst", "Laga av dokument",
    "Fråverande", "Land", "Kontakt", "Adresse",
)  # fmt: skip

CHROME: Final[Mapping[str, Mapping[str, str]]] = {
    language: dict(zip(_KEYS, words, strict=True)) for language, words in (("en", _EN), ("nb", _NB), ("nn", _NN))
}
