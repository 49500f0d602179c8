"""Words of the page for the kinds of documents, what a pharmacist asks first, files, and why a document is not shown.

Rows as in `chrome`: key, English, bokmål, nynorsk. ``kind.X`` are kinds of `cda.kinds`, ``title.X`` LOINC codes
of titles, ``key.X`` key facts of a medicine, ``code.X`` codes that only label, ``file.X`` a document that is a file,
``refused.X`` classes of refusals.
"""

from typing import Final

_KINDS: Final = (
    ("kind", "Clinical document", "Klinisk dokument", "Klinisk dokument"),
    ("kind.ps-l3", "Patient Summary", "Pasientsammendrag", "Pasientsamandrag"),
    ("kind.ps-l1", "Patient Summary, original", "Pasientsammendrag, original", "Pasientsamandrag, original"),
    ("kind.ep-l3", "ePrescription", "E-resept", "E-resept"),
    ("kind.ep-l1", "ePrescription, original", "E-resept, original", "E-resept, original"),
    ("kind.ed", "eDispensation", "Utlevering", "Utlevering"),
    ("kind.orcd-lab", "Laboratory report", "Laboratoriesvar", "Laboratoriesvar"),
    ("kind.orcd-hdr", "Hospital discharge report", "Epikrise", "Epikrise"),
    ("kind.orcd-mir", "Medical imaging report", "Svar på bildeundersøkelse", "Svar på biletundersøking"),
    ("kind.orcd-mi", "Medical images", "Medisinske bilder", "Medisinske bilete"),
    ("kind.hcer", "Healthcare encounter report", "Rapport fra helsekontakt", "Rapport frå helsekontakt"),
    ("kind.mro", "Medication related overview", "Legemiddeloversikt", "Legemiddeloversyn"),
)
_MEDICINES: Final = (
    ("key_facts", "At a glance", "Det viktigste", "Det viktigaste"),
    ("all_details", "Everything the entry says", "Alt opplysningen sier", "Alt opplysninga seier"),
    ("not_stated", "not stated", "ikke oppgitt", "ikkje oppgitt"),
    (
        "not_stated_see_text",
        "not stated as data; see the text of the document",
        "ikke oppgitt som data; se teksten i dokumentet",
        "ikkje oppgitt som data; sjå teksten i dokumentet",
    ),
    ("key.not_substituted", "not marked as substituted", "ikke merket som byttet", "ikkje merkt som bytt"),
    (
        "key.impossible",
        "this CANNOT be right: ask the sender",
        "dette KAN IKKE stemme: spør avsenderen",
        "dette KAN IKKJE stemme: spør avsendaren",
    ),
    ("key.part", "Part", "Del", "Del"),
    ("key.how_many", "Number", "Antall", "Tal"),
    ("key.holds", "holds", "inneholder", "inneheld"),
    ("key.packages", "Packages to dispense", "Pakninger som skal utleveres", "Pakningar som skal utleverast"),
    ("key.repeats", "Remaining repeats", "Gjenstående reiterasjoner", "Attverande reiterasjonar"),
    (
        "key.not_forbidden",
        "not stated: not forbidden by the document",
        "ikke oppgitt: ikke forbudt av dokumentet",
        "ikkje oppgitt: ikkje forbode av dokumentet",
    ),
    ("key.forbidden", "NOT allowed", "IKKE tillatt", "IKKJE tillate"),
    ("key.dosage", "Dosage", "Dosering", "Dosering"),
    ("key.treatment", "Treatment period", "Behandlingsperiode", "Behandlingsperiode"),
    ("key.prescriber", "Prescriber", "Rekvirent", "Rekvirent"),
    ("key.prescribed", "Prescribed", "Rekvirert", "Rekvirert"),
    ("key.prescription_id", "Prescription id", "Resept-ID", "Resept-ID"),
    ("key.dispensed", "Dispensed", "Utlevert", "Utlevert"),
    ("key.dispensed_at", "Dispensed at", "Utlevert når", "Utlevert når"),
    ("key.dispenser", "Dispensed by", "Utlevert av", "Utlevert av"),
    ("key.substituted", "Substituted", "Byttet", "Bytt"),
    (
        "key.was_substituted",
        "yes: another product than the prescribed one",
        "ja: et annet preparat enn det forskrevne",
        "ja: eit anna preparat enn det forskrivne",
    ),
    ("key.prescribed_product", "Prescribed product", "Forskrevet preparat", "Forskrive preparat"),
    ("key.item_id", "Id of the prescription item", "ID for reseptlinjen", "ID for reseptlinja"),
    ("key.fulfils", "Fulfils the prescription", "Oppfyller resepten", "Oppfyller resepten"),
    ("key.dispensation_id", "Dispensation id", "Utleverings-ID", "Utleverings-ID"),
    ("code.SUBST", "Substitution", "Bytte", "Byte"),
    (
        "code.PINSTRUCT",
        "Dosage and instruction to the patient",
        "Dosering og råd til pasienten",
        "Dosering og råd til pasienten",
    ),
    ("code.FINSTRUCT", "Instruction to the pharmacist", "Beskjed til apoteket", "Melding til apoteket"),
)
_FILES: Final = (
    ("file", "The document itself is a file", "Selve dokumentet er en fil", "Sjølve dokumentet er ei fil"),
    (
        "file.how",
        "It opens in a reader of your own. It is as its author wrote it: not translated, not compared with what stands"
        " above.",
        "Den åpnes i et eget program. Den er slik forfatteren skrev den: ikke oversatt og ikke sammenholdt med det som"
        " står over.",
        "Ho blir opna i eit eige program. Ho er slik forfattaren skreiv ho: ikkje omsett og ikkje samanhalden med det"
        " som står over.",
    ),
    ("file.save", "Save the file", "Lagre filen", "Lagre fila"),
    ("file.type", "Kind of file", "Filtype", "Filtype"),
    ("file.size", "Size", "Størrelse", "Storleik"),
    ("file.digest", "SHA-256", "SHA-256", "SHA-256"),
    (
        "file.none",
        "The file of this document cannot be handed on",
        "Filen i dette dokumentet kan ikke leveres ut",
        "Fila i dette dokumentet kan ikkje leverast ut",
    ),
    (
        "file.absent",
        "There is no file in the document.",
        "Det er ingen fil i dokumentet.",
        "Det er inga fil i dokumentet.",
    ),
    ("file.not-base64", "The file is damaged.", "Filen er skadet.", "Fila er skada."),
    (
        "file.unknown-type",
        "The file is neither a PDF nor a picture.",
        "Filen er verken en PDF eller et bilde.",
        "Fila er verken ein PDF eller eit bilete.",
    ),
    (
        "file.other-type",
        "The file is not what the document says it is.",
        "Filen er ikke det dokumentet sier at den er.",
        "Fila er ikkje det dokumentet seier at ho er.",
    ),
)
_REFUSALS: Final = (
    ("refused", "The document is not shown", "Dokumentet vises ikke", "Dokumentet blir ikkje vist"),
    (
        "refused.what_now",
        "Nothing is known from this about the patient. Ask the sender for the document again, or for the original.",
        "Dette sier ingenting om pasienten. Be avsenderen om dokumentet på nytt, eller om originalen.",
        "Dette seier ingenting om pasienten. Be avsendaren om dokumentet på nytt, eller om originalen.",
    ),
    ("refused.reason", "Reason", "Grunn", "Grunn"),
    ("refused.code", "For the help desk", "Til brukerstøtte", "Til brukarstøtte"),
    ("refused.other", "It cannot be read safely.", "Det kan ikke leses trygt.", "Det kan ikkje lesast trygt."),
    (
        "refused.NotAClinicalDocument",
        "It is no clinical document (HL7 CDA).",
        "Det er ikke et klinisk dokument (HL7 CDA).",
        "Det er ikkje eit klinisk dokument (HL7 CDA).",
    ),
    (
        "refused.SeveralPatients",
        "It names more than one patient: whom it is about cannot be told.",
        "Det nevner flere pasienter: det går ikke an å si hvem det gjelder.",
        "Det nemner fleire pasientar: det går ikkje an å seie kven det gjeld.",
    ),
    (
        "refused.NotPrintable",
        "It is too large or too unusual to be printed; the page on the screen shows it.",
        "Det er for stort eller for uvanlig til å skrives ut; siden på skjermen viser det.",
        "Det er for stort eller for uvanleg til å skrivast ut; sida på skjermen viser det.",
    ),
    ("refused.XmlNotWellFormed", "It is damaged.", "Det er skadet.", "Det er skada."),
    ("refused.XmlTooLarge", "It is too large.", "Det er for stort.", "Det er for stort."),
    (
        "refused.XmlTooManyNodes",
        "It holds more statements than can be shown in one page.",
        "Det inneholder flere opplysninger enn det som kan vises på én side.",
        "Det inneheld fleire opplysningar enn det som kan visast på éi side.",
    ),
    (
        "refused.XmlTooDeep",
        "It is built in a way that is not safe.",
        "Det er bygd opp på en utrygg måte.",
        "Det er bygd opp på ein utrygg måte.",
    ),
    (
        "refused.DoctypeForbidden",
        "It asks for something outside itself, which is not safe.",
        "Det ber om noe utenfor seg selv, og det er ikke trygt.",
        "Det ber om noko utanfor seg sjølv, og det er ikkje trygt.",
    ),
)

_TITLES: Final = (
    ("title.57833-6", "ePrescription", "E-resept", "E-resept"),
    ("title.60593-1", "eDispensation", "Utlevering", "Utlevering"),
    ("title.57828-6", "Prescriptions", "Resepter", "Reseptar"),
    ("title.60590-7", "Dispensed medicines", "Utleverte legemidler", "Utleverte legemiddel"),
    ("title.8716-3", "Vital signs", "Vitale tegn", "Vitale teikn"),
    ("title.30954-2", "Results of tests", "Undersøkelser og laboratoriesvar", "Undersøkingar og laboratoriesvar"),
    ("title.29762-2", "Social history", "Livsstil og sosiale forhold", "Livsstil og sosiale tilhøve"),
    ("title.10162-6", "Pregnancies", "Svangerskap", "Svangerskap"),
    ("title.47420-5", "Functional status", "Funksjonsnivå", "Funksjonsnivå"),
    ("title.42348-3", "Advance directives", "Forhåndsønsker om behandling", "Førehandsønske om behandling"),
    ("title.18776-5", "Plan of care", "Behandlingsplan", "Behandlingsplan"),
)
"""LOINC codes of documents and sections of which no release has Norwegian words."""

DOCUMENT_ROWS: Final = (*_TITLES, *_KINDS, *_MEDICINES, *_FILES, *_REFUSALS)
