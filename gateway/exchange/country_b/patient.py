"""Country B: whether a document that came is about the patient who was identified, by what it says itself.

Its recordTarget (CDA R2 4.2.2.11) is held against the match of the identification (ITI-55), for an envelope can be
right around the wrong document. Identifiers and birth decide; a name or sex that differs is shown, for people marry and
registers transliterate.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from gateway.messages import DayRange, FoundPatient, PatientIdentifier
from gateway.peers.errors import PatientUnproven
from gateway.peers.ports import PatientDifference
from transformers.cda.documents.patient import StatedPatient, read_stated_patient
from transformers.cda.errors import CdaError
from transformers.cda.types.tree import Tree, open_tree
from transformers.model.finding import Report
from transformers.model.values import Moment
from transformers.words import Language, read_words

_WORDS: Final = read_words("identity")
_SEXES: Final = frozenset({"F", "M", "UN"})
_HYPHENS: Final = re.compile(r"[-‐-―'’`´ʼ.]")
_LETTERS: Final = {
    "æ": ("ae", "a"), "ä": ("ae", "a"), "ø": ("oe", "o"), "ö": ("oe", "o"), "œ": ("oe", "o"), "å": ("aa", "a"),
    "ü": ("ue", "u"), "ð": ("d", "d"), "đ": ("dj", "d"), "þ": ("th", "th"), "ł": ("l", "l"), "ı": ("i", "i"),
    "ħ": ("h", "h"), "ŋ": ("ng", "n"), "ŧ": ("t", "t"), "ĳ": ("ij", "ij"),
}  # fmt: skip
"""How a register without the letter writes it: the digraph, and the letter without its mark."""
_TABLES: Final = tuple(str.maketrans({letter: pair[n] for letter, pair in _LETTERS.items()}) for n in (0, 1))


def open_content(content: bytes) -> Tree:
    """The document that came, to be held against what is known. Raises PatientUnproven when it cannot be read."""
    try:
        return open_tree(content, Report())
    except CdaError:
        raise PatientUnproven("recordTarget") from None


def check_patient(tree: Tree, person: FoundPatient, roots: Mapping[str, str]) -> tuple[PatientDifference, ...]:
    """What the document says otherwise of its patient's name and sex; nothing where both say the same.

    ``roots``: the peer's `country.patient_roots`. Raises PatientUnproven when the document names no patient or
    several, states none of the identifiers of the match, or another birth as far as both are known.
    """
    try:
        stated = read_stated_patient(tree)
    except CdaError:
        raise PatientUnproven("recordTarget") from None
    numbers = {PatientIdentifier(roots.get(one.root, one.root), one.extension or "") for one in stated.identifiers}
    numbers |= {PatientIdentifier(one.root, one.extension or "") for one in stated.identifiers}
    if not any(one.root and one.extension and one in numbers for one in person.identifiers):
        raise PatientUnproven("recordTarget/id")
    if not _meet(DayRange.of_hl7(person.birth_date), _born(stated.birth)):
        raise PatientUnproven("recordTarget/birthTime")
    return _differences(stated, person)


def banner(difference: PatientDifference, language: Language) -> str:
    """The sentence to show above the document, with both sides and what to do."""
    words = _WORDS[language]

    def shown(value: str) -> str:
        return words.get(f"sex.{value}", value) if difference.what == "sex" else value or words["none"]

    identified, stated = shown(difference.identified), shown(difference.stated)
    return f"{words[f'{difference.what}-differs'].format(identified=identified, stated=stated)} {words['compare']}"


def _differences(stated: StatedPatient, person: FoundPatient) -> tuple[PatientDifference, ...]:
    found = []
    identified = " ".join((*person.given, person.family)).strip()
    names = tuple(name.plain().strip() for name in stated.names)
    if identified and not any(same_name(identified, name) for name in names):
        found.append(PatientDifference("name", identified, names[0] if names else ""))
    sex = "" if stated.gender is None else stated.gender.value
    if {sex, person.gender} <= _SEXES and sex != person.gender:
        found.append(PatientDifference("sex", person.gender or "", sex))
    return tuple(found)


def same_birth(one: Moment | None, other: Moment | None) -> bool:
    """Whether both may mean the same day, as far as both are known."""
    return _meet(_born(one), _born(other))


def _born(birth: Moment | None) -> DayRange | None:
    return None if birth is None else DayRange.of_hl7(birth.hl7())


def _meet(one: DayRange | None, other: DayRange | None) -> bool:
    return one is None or other is None or one.meets(other)


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same without case, accents, order, hyphens and transliteration of Latin letters."""
    return not _spellings(one).isdisjoint(_spellings(other))


def _spellings(name: str) -> frozenset[tuple[str, ...]]:
    """The parts of a name in order of the alphabet, in each spelling that a register may have."""
    whole = unicodedata.normalize("NFC", name).casefold()
    return frozenset(
        tuple(sorted(_plain(_HYPHENS.sub(hyphen, whole).translate(table)).split()))
        for table in _TABLES
        for hyphen in (" ", "")
    )


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
