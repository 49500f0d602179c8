"""What Norway's documents say in Norwegian where no source says it."""

from typing import Final

from gateway.national.ports import NationalWords

NORWEGIAN: Final = NationalWords(
    critical_information="Kjernejournal – kritisk informasjon",
    medicines="Reseptformidleren",
    vaccinations="SYSVAK",
    medicine_list="pasientens legemiddelliste",
    refuted_in="Avkreftet i",
    summary_title="Pasientsammendrag",
    prescription_title="Resept",
)
