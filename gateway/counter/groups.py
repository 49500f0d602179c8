"""Which reseptgruppe a foreign prescription falls in: no foreign document states one, FEST does of Norwegian products.

Rekvirerings- og utleveringsforskriften (FOR-2022-06-02-977): a prescription from the EEA is good for
groups B and C. Whatever Norwegian medicine it could be counts, and one in group A is enough: by its ATC code, a shorter
one too, and by the names of its substances. Names are compared by their first word, as registers write salts behind
it, and generously: here a wrong match refuses a medicine, and a missed one hands out a narcotic.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from transformers.model.summary import Ingredient, MedicinalProduct
from transformers.model.values import Coded
from transformers.norway.code_systems import ATC, ATC_NORWEGIAN
from transformers.norway.fest import Fest, FestMedicine

GROUP_A: Final = "A"
_WORD: Final = re.compile(r"[^\W\d_]+")
_CATIONS: Final = frozenset({
    "sodium", "potassium", "calcium", "magnesium", "lithium", "zinc", "natrium", "kalium", "kalsium", "litium", "sink",
})  # fmt: skip
"""First words that name the salt and not the substance."""
_SHORTEST: Final = 5
"""Letters of a first word that is compared by its beginning; shorter ones are compared whole."""


def matching(product: MedicinalProduct, fest: Fest) -> tuple[FestMedicine, ...]:
    """Every Norwegian medicine that a foreign product could be, by ATC or by a substance; in FEST's order."""
    codes, names = atc_codes(product), frozenset(substance_names(product))
    found = {key for key, one in fest.substances.items() if _alike(names, (one.name, one.name_english))}
    return tuple(
        one
        for one in fest.by_id.values()
        if any(code.startswith(tuple(codes)) for code in _codes((one.atc,))) or _is_made_of(one, found, fest)
    )


def _is_made_of(one: FestMedicine, substances: set[str], fest: Fest) -> bool:
    """Whether all that acts in a medicine is among them: paracetamol is no paracetamol with codeine."""
    its = _substances(one, fest)
    return bool(its) and its <= substances


def groups_of(medicines: Iterable[FestMedicine]) -> frozenset[str]:
    """Their groups, those of medicines that have left FEST with them: what it was it is."""
    return frozenset(one.group for one in medicines)


def atc_codes(product: MedicinalProduct) -> frozenset[str]:
    """The ATC codes of a product, its ingredients and its parts, as documents state them."""
    concepts = [product.atc, *(one.substance for one in product.ingredients)]
    return frozenset(_codes(concepts)).union(*(atc_codes(part) for part in product.parts))


def substance_names(product: MedicinalProduct) -> Iterator[str]:
    """Words that name what is in a product: of its ingredients and its ATC code; of a substance its own name."""
    yield from _words(product.atc)
    for one in product.ingredients:
        yield from _ingredient_names(one)
    if product.level == "substance" or not (product.atc or product.ingredients):
        yield product.name
    for part in product.parts:
        yield from substance_names(part)


def first_word(name: str) -> str | None:
    """What names the substance in a name: ``Morphine sulfate`` and ``Natriumoksybat`` by its first word, no cation."""
    words = [word.casefold() for word in _WORD.findall(name)]
    return next((word for word in words if word not in _CATIONS), None)


def alike(one: str, other: str) -> bool:
    """Whether two names could name one substance: one's first word is, or begins, the other's (morfin, morfin-sulfat;
    English endings in ``e`` aside)."""
    words = [word.removesuffix("e") for word in (first_word(one), first_word(other)) if word is not None]
    if len(words) < 2:
        return False
    short, long = sorted((_spelt(word) for word in words), key=len)
    return short == long or (len(short) >= _SHORTEST and long.startswith(short))


def _spelt(word: str) -> str:
    """English and Norwegian spelling of one name: morphin, morfin; codein, kodein; oxycodon, oksykodon."""
    for english, norwegian in (("ph", "f"), ("th", "t"), ("x", "ks"), ("c", "k"), ("y", "y")):
        word = word.replace(english, norwegian)
    return word


def _alike(names: Iterable[str], of_fest: Iterable[str | None]) -> bool:
    theirs = [name for name in of_fest if name]
    return any(alike(one, other) for one in names for other in theirs)


def _ingredient_names(one: Ingredient) -> Iterator[str]:
    yield from _words(one.substance)
    if one.english:
        yield one.english


def _words(concept: Coded | None) -> Iterator[str]:
    if concept is None:
        return
    if concept.text:
        yield concept.text
    for coding in (concept.target, concept.original, *concept.others):
        if coding is not None and coding.display:
            yield coding.display


def _codes(concepts: Iterable[Coded | None]) -> Iterator[str]:
    for concept in concepts:
        for coding in () if concept is None else (concept.target, concept.original, *concept.others):
            if coding is not None and coding.system in (ATC, ATC_NORWEGIAN) and coding.code.strip():
                yield coding.code.strip().upper()


def _substances(one: FestMedicine, fest: Fest) -> set[str]:
    """Keys of the substances of a medicine, by itself and by the brands it is made of."""
    found = set()
    for described in (one, *fest.brands_of(one)):
        for ingredient in described.ingredients:
            strength = None if ingredient.strength is None else fest.strength(ingredient.strength)
            key = ingredient.substance if strength is None else strength.substance
            if key is not None:
                found.add(key.strip().upper())
    return found
