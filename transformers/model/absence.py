"""Codes and words that say that there is none, or that nothing is known: never the agent, condition or product itself.

Pure: no CDA and no FHIR. Sources: the IPS absent and unknown codes (MVC 42.47 to 42.51), epSOSUnknownInformation and
epSOSCodeNoMedication (42.17, 42.22, waves 1 to 3), HL7 IPS "Absent or Unknown SNOMED" 1.1.0, US Core's list of
negated allergies, FHIR R4 data-absent-reason. A situation of no row here is recognised by its words and
refused, not read.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

SNOMED: Final = "2.16.840.1.113883.6.96"
IPS_ABSENT: Final = "2.16.840.1.113883.5.1150.1"
DATA_ABSENT_REASON: Final = "2.16.840.1.113883.4.642.4.1048"
AS_TEXT: Final = "as-text"
OF_SCOPE: Final = "no-known-of-scope"
"""Kind of an absence that holds for a part of the section only (no latex allergy); its scope says which."""


class Situation(NamedTuple):
    """What a situation code says, and of which sections of the pivot."""

    kind: str
    sections: tuple[str, ...]


_ALLERGIES: Final = ("allergies",)
_PROBLEMS: Final = ("problems", "past_illness")
SITUATIONS: Final[Mapping[str, Situation]] = {
    "160244002": Situation("no-known-allergies", _ALLERGIES),
    "716186003": Situation("no-known-allergies", _ALLERGIES),
    "409137002": Situation("no-known-medication-allergies", _ALLERGIES),
    "428607008": Situation("no-known-environmental-allergies", _ALLERGIES),
    "429625007": Situation("no-known-food-allergies", _ALLERGIES),
    "1003774007": Situation(OF_SCOPE, _ALLERGIES),
    "428197003": Situation(OF_SCOPE, _ALLERGIES),
    "716220001": Situation(OF_SCOPE, _ALLERGIES),
    "182849000": Situation("no-known-medications", ("medications",)),
    "787481004": Situation("no-known-medications", ("medications",)),
    "408350003": Situation(OF_SCOPE, ("medications",)),
    "182904002": Situation("no-medication-info", ("medications",)),
    "160245001": Situation("no-known-problems", _PROBLEMS),
    "396782006": Situation("no-problem-info", _PROBLEMS),
    "787480003": Situation("no-known-procedures", ("procedures",)),
    "787483001": Situation("no-known-devices", ("devices",)),
    "787482006": Situation("no-known-immunizations", ("immunisations",)),
}
"""SNOMED CT. 1003774007, 428197003 and 716220001 are of latex, insects and animals; 408350003 of self-medication."""
_UNREAD: Final = frozenset({"407559004", "64970000", "1631000175102"})
"""Situations that say nothing of the patient's own: family history unknown, substance unknown, patient not asked."""
_IPS: Final[Mapping[str, tuple[str, ...]]] = {
    "allerg": _ALLERGIES,
    "medication": ("medications",),
    "problem": _PROBLEMS,
    "procedure": ("procedures",),
    "device": ("devices",),
    "immunization": ("immunisations",),
}
_NONE: Final = re.compile(
    r"\s*(?:(?:there (?:is|are) |patient has |has )?no (?:\w+ )?(?:known|history|current|evidence|previous|past"
    r"|reported|information|allerg(?:y|ies)|medications?|problems?|procedures?|devices?|immuni[sz]ations?|vaccinations?)\b"
    r"|not (?:known|allergic) to\b|(?:known )?absence of (?:known )?(?:allerg|adverse|medication)|denies\b"
    r"|negative history of\b|none known\b|nil known\b|(?:medical |family )?history unknown\b"
    r"|ingen (?:\w+ )?(?:kjen[td]\w*|opplysning\w*|informasjon|allergi\w*|legemid\w*)\b)",
    re.IGNORECASE,
)
_NONE_ABROAD: Final[Mapping[str, tuple[str, str]]] = {
    "bg": ("няма|без", "извест|данни|алерги"),
    "cs": ("žádn\\w+|bez", "alergi|znám|lék"),
    "da": ("ingen", "kend|allergi|medicin|oplysning"),
    "de": ("kein(?:e|en|er)?", "bekannt|allergi|medika|arznei|erkrank|diagnos|angabe|hinweis"),
    "el": ("δεν υπάρχουν|καμία|ουδεμία|χωρίς", "γνωστ|αλλεργ"),
    "es": ("sin|ningun[ao]?|no (?:se|tiene|hay)", "conoc|alergi|antecedent|medica|inform"),
    "et": ("ei ole|puudu\\w+|allergia\\w*", "teada|allergi|ei ole|puudu"),
    "fi": ("ei", "tunnet|tiedossa|allergi|lääkity"),
    "fr": ("aucune?|pas de?", "connu|allergi|antécéd|traitement|médic|inform|problème"),
    "hr": ("nema|nisu|bez", "poznat|alergij|podat"),
    "hu": ("nincs(?:enek)?", "ismert|allergi|gyógyszer"),
    "is": ("engin\\w*", "þekkt|ofnæmi"),
    "it": ("nessun[ao]?|non(?= note| noti| rif)", "not[aioe]\\b|allergi|farmac|patologi|inform|riferisce"),
    "lt": ("nėra", "žinom|alergij"),
    "lv": ("nav", "zinām|alerģij"),
    "nl": ("geen", "beken|allergi|medic|genees|gegevens"),
    "pl": ("brak|nie stwierdzono|bez", "alergi|uczule|znan|lek|inform"),
    "pt": ("sem|nenhuma?|nega|desconhece", "conhec|alergi|antecedent|medica|inform"),
    "ro": ("fără|nu (?:se|are|prezintă)|nicio|niciun", "cunosc|alergi|medic"),
    "sk": ("žiadn\\w+|bez", "alergi|znám|liek"),
    "sl": ("ni|brez", "znan|alergij|podatk"),
    "sv": ("inga?", "känd|allergi|läkemed|uppgift"),
}
"""The same in the languages of the member states: a word for "no", at most one between, and how what there is none of
begins. Whatever begins so is kept in words and is no agent; what it denies is not told from here."""
_ABROAD: Final = re.compile(
    "|".join(rf"\s*(?:{none})[ '’](?:\w+ )?(?:{of})" for none, of in _NONE_ABROAD.values()), re.IGNORECASE
)
_SITUATION: Final = re.compile(r"\(situation\)\s*$", re.IGNORECASE)


def situation_of(system: str | None, code: str | None) -> Situation | None:
    """The situation a code states; one of no section where nothing is known of it but that it is one.

    None for a code that is no situation of these tables.
    """
    if system == IPS_ABSENT:
        sections = next((names for stem, names in _IPS.items() if stem in (code or "")), ())
        return Situation(code or "", sections)
    if system == DATA_ABSENT_REASON:
        return Situation(AS_TEXT, ())
    if system != SNOMED:
        return None
    return SITUATIONS.get(code or "") or (Situation("", ()) if code in _UNREAD else None)


def speaks_of_absence(words: Iterable[str | None]) -> bool:
    """Whether a display or an original text says that there is none, or names a situation and no thing."""
    return any(_NONE.match(text) or _ABROAD.match(text) or _SITUATION.search(text) for text in words if text)


def is_no_information(kind: str) -> bool:
    """Whether the code says that nothing is known, not that there is nothing (``no-allergy-info``)."""
    return kind.endswith("-info")
