"""Is this Norwegian product the one that was prescribed abroad; and if not, why, and which are the nearest.

Substance, form and strength are compared by European codes and exact measures, never by names: what cannot be compared
differs. A package of another size is no other medicine; how much it is, is counted (`gateway.counter.amounts`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from gateway.counter.groups import atc_codes, matching, substance_names
from transformers.cda.types.vocabulary import EDQM
from transformers.model.finding import Report
from transformers.model.prescription import Prescription, Substitution
from transformers.model.summary import Dosage, Ingredient, MedicinalProduct
from transformers.model.values import Coded, Moment
from transformers.norway.fest import Byttegruppe, Fest, FestLevel, FestMedicine
from transformers.norway.measures import code_of, content_in_norwegian_units, in_unit, same_strength
from transformers.norway.package_sizes import held_by, total
from transformers.norway.prescription import Level
from transformers.norway.with_fest import NamedProduct, joined_medicine
from transformers.terminology.release import Release
from transformers.terminology.rules import dose_form
from transformers.terminology.transcode import transcode_prescription

NEAREST: Final = 3
_WHOLE_CODE: Final = 7
"""Characters of an ATC code that names a substance (level 5)."""
_SEVERAL: Final = 2
"""Substances of a combination."""


class ProductDifference(StrEnum):
    """In what two products differ, in the order of weight; what cannot be compared is told apart."""

    SUBSTANCE = "substance"
    FORM = "form"
    FORM_UNKNOWN = "form-unknown"
    STRENGTH = "strength"
    STRENGTH_UNKNOWN = "strength-unknown"
    PACKAGE = "package"
    PACKAGE_UNKNOWN = "package-unknown"


_OF_SIZE: Final = frozenset({ProductDifference.PACKAGE, ProductDifference.PACKAGE_UNKNOWN})


@dataclass(frozen=True, slots=True)
class ComparedProduct:
    """A Norwegian package beside what was prescribed."""

    entry: FestMedicine
    product: MedicinalProduct
    """As FEST describes it, with European codes."""
    differences: tuple[ProductDifference, ...]

    @property
    def is_same_medicine(self) -> bool:
        """The same substance, form and strength, whatever the package."""
        return _OF_SIZE.issuperset(self.differences)


class ProductVerdict(StrEnum):
    """What handing out this product on this prescription is."""

    AS_PRESCRIBED = "as-prescribed"
    SUBSTITUTED = "substituted"
    """Another of the same byttegruppe, and the prescriber allows it."""
    SUBSTITUTION_FORBIDDEN = "substitution-forbidden"
    NOT_EXCHANGEABLE = "not-exchangeable"
    """The same medicine, and in no byttegruppe in force with what was prescribed."""
    ANOTHER_MEDICINE = "another-medicine"


@dataclass(frozen=True, slots=True)
class ProductDecision:
    """A verdict with its reasons and, unless it may be handed out, the nearest Norwegian packages."""

    verdict: ProductVerdict
    compared: ComparedProduct
    nearest: tuple[ComparedProduct, ...] = ()
    exchange_note: str | None = None
    """Of a substitution: what FEST says of exchanging within this byttegruppe (BeskrivelseByttbarhet)."""

    @property
    def needs_prescriber(self) -> bool:
        """Only the prescriber may decide that this is handed out."""
        return self.verdict not in (ProductVerdict.AS_PRESCRIBED, ProductVerdict.SUBSTITUTED)


@dataclass(frozen=True, slots=True)
class NorwegianMarket:
    """What Norwegian products are known by: FEST, and the release that gives them European codes."""

    fest: Fest
    release: Release

    def compared(self, entry: FestMedicine, prescription: Prescription) -> ComparedProduct:
        """A package of FEST beside what was prescribed."""
        product = self._described(entry, prescription)
        return ComparedProduct(entry, product, tuple(_differences(product, prescription.item.product)))

    def nearest(self, prescription: Prescription) -> tuple[ComparedProduct, ...]:
        """The three packages in FEST that are nearest to what was prescribed: by substance, form, strength, size.

        Of those that could be the substance alone; where there are none, there is nothing near.
        """
        candidates = [one for one in matching(prescription.item.product, self.fest) if _sold(one)]
        compared = [self.compared(one, prescription) for one in candidates]
        return tuple(sorted(compared, key=_distance)[:NEAREST])

    def decide(self, entry: FestMedicine, prescription: Prescription, day: str) -> ProductDecision:
        """What handing out ``entry`` on the Norwegian ``day`` (YYYY-MM-DD) is."""
        compared = self.compared(entry, prescription)
        verdict = self._verdict(compared, prescription, day)
        group = self._byttegruppe(entry) if verdict is ProductVerdict.SUBSTITUTED else None
        decided = ProductDecision(verdict, compared, exchange_note=None if group is None else group.note)
        return replace(decided, nearest=self.nearest(prescription)) if decided.needs_prescriber else decided

    def _verdict(self, compared: ComparedProduct, prescription: Prescription, day: str) -> ProductVerdict:
        item = prescription.item
        if not compared.is_same_medicine:
            return ProductVerdict.ANOTHER_MEDICINE
        if item.product.level == "substance" or self._bears_name(compared.entry, item.product):
            return ProductVerdict.AS_PRESCRIBED
        if item.substitution is Substitution.NOT_ALLOWED:
            return ProductVerdict.SUBSTITUTION_FORBIDDEN
        return (
            ProductVerdict.SUBSTITUTED
            if self._exchangeable(compared.entry, prescription, day)
            else ProductVerdict.NOT_EXCHANGEABLE
        )

    def _exchangeable(self, entry: FestMedicine, prescription: Prescription, day: str) -> bool:
        """In a byttegruppe in force, with the Norwegian product of the prescribed name where there is one."""
        group = self._byttegruppe(entry)
        if group is None or not _in_force(group, day):
            return False
        named = [
            one
            for one in matching(prescription.item.product, self.fest)
            if _sold(one)
            and self._bears_name(one, prescription.item.product)
            and self.compared(one, prescription).is_same_medicine
        ]
        return not named or any(one.byttegruppe == entry.byttegruppe for one in named)

    def _byttegruppe(self, entry: FestMedicine) -> Byttegruppe | None:
        return None if entry.byttegruppe is None else self.fest.groups.get(entry.byttegruppe.strip().upper())

    def _bears_name(self, entry: FestMedicine, prescribed: MedicinalProduct) -> bool:
        """Whether the prescribed product bears the Norwegian brand's whole name, and before its strength no other word.

        "Simvastatin Teva 40 mg" is not the brand "Simvastatin".
        """
        name = prescribed.name.casefold().split()
        brands = (one.brand_name.casefold().split() for one in self.fest.brands_of(entry) if one.brand_name)
        return any(
            name[: len(brand)] == brand and all(word[:1].isdigit() for word in name[len(brand) : len(brand) + 1])
            for brand in brands
        )

    def _described(self, entry: FestMedicine, prescription: Prescription) -> MedicinalProduct:
        """FEST's description of a package as a product with European codes, as a document of ours would have it."""
        bare = MedicinalProduct(name=entry.name, level="package", form=entry.form)
        named = NamedProduct(Level.PACKAGE, entry.item_number, None, bare)
        product, _ = joined_medicine(named, Dosage(None), self.fest, Report(), "product")
        beside = replace(prescription, item=replace(prescription.item, product=product))
        transcoded = transcode_prescription(beside, self.release)[0].item.product
        return replace(transcoded, form=self._form(transcoded))

    def _form(self, product: MedicinalProduct) -> Coded | None:
        """The dose form by its long name where a row knows it: the short one says no more than "tablet"."""
        form = product.form
        if form is None or form.original is None:
            return form
        entry = dose_form(self.release, form.original.code, product.form_text)
        return form if entry is None or entry.target is None else replace(form, target=entry.target)


def _sold(one: FestMedicine) -> bool:
    return one.level is FestLevel.PACKAGE and one.active and one.item_number is not None


def _distance(one: ComparedProduct) -> tuple[tuple[bool, ...], str, str]:
    """Weightier differences first; then by name and number, so that the order is stable."""
    weights = (
        ProductDifference.SUBSTANCE,
        ProductDifference.FORM,
        ProductDifference.FORM_UNKNOWN,
        ProductDifference.STRENGTH,
        ProductDifference.STRENGTH_UNKNOWN,
        ProductDifference.PACKAGE,
        ProductDifference.PACKAGE_UNKNOWN,
    )
    return tuple(weight in one.differences for weight in weights), one.entry.name, one.entry.item_number or ""


def _differences(norwegian: MedicinalProduct, prescribed: MedicinalProduct) -> Iterator[ProductDifference]:
    if not _same_substance(norwegian, prescribed):
        yield ProductDifference.SUBSTANCE
    ours, theirs = _european_code(norwegian.form), _european_code(prescribed.form)
    if ours is None or theirs is None:
        yield ProductDifference.FORM_UNKNOWN
    elif ours != theirs:
        yield ProductDifference.FORM
    strength = _same_strength(norwegian, prescribed)
    if strength is not True:
        yield ProductDifference.STRENGTH if strength is False else ProductDifference.STRENGTH_UNKNOWN
    size = _same_size(norwegian, prescribed)
    if size is not True:
        yield ProductDifference.PACKAGE if size is False else ProductDifference.PACKAGE_UNKNOWN


def _same_substance(norwegian: MedicinalProduct, prescribed: MedicinalProduct) -> bool:
    """By ATC codes that name a substance, and by the substances where there are several or no such code.

    A code of a combination says of what kind it is, not what is in it.
    """
    theirs, ours = (
        {code for code in atc_codes(replace(one, ingredients=())) if len(code) == _WHOLE_CODE}
        for one in (prescribed, norwegian)
    )
    if theirs and theirs != ours:
        return False
    if theirs and max(len(prescribed.ingredients), len(norwegian.ingredients)) < _SEVERAL:
        return True
    return _paired(norwegian, prescribed) is not None


def _same_strength(norwegian: MedicinalProduct, prescribed: MedicinalProduct) -> bool | None:
    """Of each substance by itself: 5 mg of one with 10 mg of another is not 10 mg with 5 mg. None: not to be told."""
    if max(len(prescribed.ingredients), len(norwegian.ingredients)) < _SEVERAL:
        return same_strength(norwegian, prescribed)
    pairs = _paired(norwegian, prescribed)
    if pairs is None:
        return None
    compared = [
        same_strength(replace(norwegian, ingredients=(ours,)), replace(prescribed, ingredients=(theirs,)))
        for ours, theirs in pairs
    ]
    return False if False in compared else None if None in compared else True


def _paired(
    norwegian: MedicinalProduct, prescribed: MedicinalProduct
) -> tuple[tuple[Ingredient, Ingredient], ...] | None:
    """Each substance with the same one of the other product; None where one is left over, on either side."""
    left = list(norwegian.ingredients)
    if not left or len(left) != len(prescribed.ingredients):
        return None
    pairs = []
    for theirs in prescribed.ingredients:
        names = _names_of(theirs)
        same = [ours for ours in left if names & _names_of(ours)]
        if len(same) != 1:
            return None
        left.remove(same[0])
        pairs.append((same[0], theirs))
    return tuple(pairs)


def _names_of(one: Ingredient) -> frozenset[str]:
    """ATC code and whole names of a substance, in any language given: here a wrong match would hand out."""
    alone = MedicinalProduct(name="", level="brand", ingredients=(one,))
    names = (" ".join(name.casefold().split()) for name in substance_names(alone))
    codes = (code for code in atc_codes(alone) if len(code) == _WHOLE_CODE)
    return frozenset((*names, *codes))


def _european_code(concept: Coded | None) -> str | None:
    """The code in EDQM's terms; a code of another system is none, whatever its digits."""
    codings = () if concept is None else (concept.target, concept.original, *concept.others)
    return next((one.code for one in codings if one is not None and one.system == EDQM), None)


def _same_size(norwegian: MedicinalProduct, prescribed: MedicinalProduct) -> bool | None:
    ours, whole = held_by(norwegian.packages), total(prescribed.packages)
    inner = prescribed.packages[0].quantity if prescribed.packages else None
    if ours is None or whole is None or inner is None:
        return None
    theirs = content_in_norwegian_units(replace(inner, value=whole), prescribed, prescribed)
    found = in_unit(theirs, code_of(ours.unit))
    return None if found is None else found == ours.value


def _in_force(group: Byttegruppe, day: str) -> bool:
    def days(moment: Moment | None) -> str | None:
        return None if moment is None else moment.iso[:10]

    begins, ends = days(group.valid_from), days(group.valid_to)
    return (begins is None or begins <= day) and (ends is None or day <= ends)
