"""What an M1 says and the pivot does not carry: each element by its name and why, so that nothing is lost in silence.

e-resept M1 and forskrivning 2010 and 2013. An element that no table here knows is a warning: the schema has none such.
"""

from collections.abc import Mapping

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.norway.xml_fields import name_of, plain

_REIMBURSEMENT = "Norwegian reimbursement: it does not follow the prescription abroad"
_REGISTER = "FEST describes the product"
_ADMINISTRATIVE = "a Norwegian administrative fact"

_READ = {
    "Resept": "Forskrivningsdato Utloper Vergeinnsynsreservasjon TilEgenPraksis RefNr Spesialitet ReseptDokLegemiddel "
    "ReseptDokHandelsvare EkspAnm OppdatertFest TidligsteUtlevering UtskrevetSykehus LastResept",
    "ReseptDokLegemiddel": "Varegruppekode Antall Merknad RefHjemmel KomLegemdlAdm RefKode Reiterasjon "
    "BytteresRekvirent Mengde LegemiddelUtenMt Forskrivning",
    "ReseptDokHandelsvare": "Varegruppekode Antall RefHjemmel Bruksveiledning ProdGruppe Brystprotese Naringsmiddel "
    "MedForbMatr",
    "Forskrivning": "Bruksomrade DosVeiledEnkel Bruk Kortdose Dosering LegemiddelMerkevare Legemiddelpakning "
    "LegemiddelVirkestoff Legemiddelblanding Legemiddeldose",
    "product": "Atc NavnFormStyrke Reseptgruppe LegemiddelformKort LegemiddelformLang Preparattype TypeSoknadSlv "
    "AdministreringLegemiddel Id Varenr PakningsinfoResept Navn TilbOppl Mengde Legemiddelform BestanddelLegemiddel "
    "BestanddelAnnet BestanddelVirkestoff",
}
_OF_REGISTER = (
    "Opioidsoknad PakningByttegruppe SvartTrekant Varenavn Smak ProduktInfo Reseptgyldighet Hjelpestoff "
    "Preparatomtaleavsnitt SortertVirkestoffMedStyrke Refvirkestoff Lopenr Ean IkkeKonservering Oppbevaring "
    "Pakningsinfo Markedsforingsinfo LmrLopenr Pakningstype RefLegemiddelMerkevare RefPakning Pakningskomponent"
)
_NOT_CARRIED: Mapping[str, str] = {
    "Vernepliktig": _REIMBURSEMENT,
    "SoktIndividRefusjon": _REIMBURSEMENT,
    "Frikort": _REIMBURSEMENT,
    "Utlending": _REIMBURSEMENT,
    "RekvLegensNavn": _ADMINISTRATIVE,
    "Instituert": "who began the treatment; the prescriber answers for the prescription",
    "Merknad": "a remark about goods",
    "IngenKombinasjon": "a rule for Norwegian record systems",
    "AdministreringForskrivning": "how it is given in an institution; a scheme makes the dosage text only",
    "Administrering": "how it is given in an institution; a scheme makes the dosage text only",
    **dict.fromkeys(("RefVilkar", "Refusjon", "PrisVare"), _REIMBURSEMENT),
    **dict.fromkeys(_OF_REGISTER.split(), _REGISTER),
}


def tell_unread(element: etree._Element, report: Report, *, product: bool = False) -> None:
    """One finding per child of a Resept, its document, its Forskrivning or its product that is carried nowhere.

    A flag that says "false" says nothing and is passed over.
    """
    read = _READ["product" if product else name_of(element)].split()
    for one in element:
        name = name_of(one)
        if name in read or plain(one.text) == "false":
            continue
        path = f"{name_of(element)}/{name}"
        why = _NOT_CARRIED.get(name)
        if why is None:
            report.add(Finding(Severity.WARNING, "element-unknown", path, "not an element of this message; not read"))
        else:
            report.add(Finding(Severity.INFO, "not-carried", path, why))
