"""FEST, Norway's register of medicines, as an index: what a prescription names by item number, FEST id or ATC code.

The shapes are those of M30 2014-12-01 (HIS 3020:2018); `read_fest_m30` fills them. Only what a prescription needs is
kept: interactions, prices and reimbursement stay outside. Units, forms and routes keep their national codes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from transformers.model.values import Coded, Moment, Quantity
from trust.xml import XML_BLANKS


class FestLevel(StrEnum):
    """Which catalogue an entry stands in."""

    BRAND = "brand"
    PACKAGE = "package"
    SUBSTANCE = "substance"
    DOSE = "dose"


@dataclass(frozen=True, slots=True)
class FestSubstance:
    """Virkestoff."""

    id: str
    name: str
    name_english: str | None = None


@dataclass(frozen=True, slots=True)
class FestStrength:
    """VirkestoffMedStyrke: so much of a substance, per ``denominator`` or, where FEST states none, per one unit."""

    id: str
    substance: str
    """Id of the Virkestoff."""
    numerator: Quantity
    denominator: Quantity | None
    operator: str
    """Volven 7445: only ``L`` (equal) is a strength; the others are bounds or an interval."""
    atc: Coded | None = None
    """AtcKombipreparat: the code of this substance inside a combination."""


@dataclass(frozen=True, slots=True)
class ActiveIngredient:
    """One active ingredient in FEST's order: with a strength, or the bare substance."""

    strength: str | None
    """Id of a VirkestoffMedStyrke."""
    substance: str | None = None
    """Id of a Virkestoff, where there is no strength."""


@dataclass(frozen=True, slots=True)
class PackageComponent:
    """Pakningskomponent: a container of its own inside a package."""

    kind: Coded
    quantity: Quantity
    count: int | None = None


@dataclass(frozen=True, slots=True)
class PackageContent:
    """Pakningsinfo: what of one brand the package holds. More than one of them is a kit."""

    brand: str
    size: str
    """Pakningsstr as written, ``100`` or ``10x0,5``."""
    unit: Coded
    """EnhetPakning, Volven 7452."""
    kind: Coded | None
    """Pakningstype, Volven 7449."""
    components: tuple[PackageComponent, ...] = ()


@dataclass(frozen=True, slots=True)
class FestMedicine:
    """An entry of LegemiddelMerkevare, Legemiddelpakning, LegemiddelVirkestoff or Legemiddeldose.

    ``active`` False: status U (7446), no longer in FEST. Such an entry may have lost its content; then it is not here
    but in `Fest.withdrawn`.
    """

    id: str
    level: FestLevel
    active: bool
    name: str
    """NavnFormStyrke."""
    group: str
    """Reseptgruppe, Volven 7421."""
    atc: Coded | None = None
    form: Coded | None = None
    """LegemiddelformKort, Volven 7448."""
    form_long: str | None = None
    routes: tuple[Coded, ...] = ()
    dosing_units: tuple[Coded, ...] = ()
    """EnhetDosering, Volven 7480."""
    ingredients: tuple[ActiveIngredient, ...] = ()
    brand_name: str | None = None
    manufacturer: str | None = None
    item_number: str | None = None
    contents: tuple[PackageContent, ...] = ()
    byttegruppe: str | None = None
    """Id of the substitution group."""
    brands: tuple[str, ...] = ()
    """Ids of the brands of a substance or dose entry."""
    preparation: str | None = None
    """Preparattype, Volven 7424."""


@dataclass(frozen=True, slots=True)
class Byttegruppe:
    """A group of packages that the pharmacist may exchange for one another."""

    id: str
    code: str
    note: str | None = None
    valid_from: Moment | None = None
    valid_to: Moment | None = None


@dataclass(frozen=True, slots=True)
class FestContent:
    """What was read, before it is indexed."""

    fetched: Moment
    medicines: tuple[FestMedicine, ...]
    substances: tuple[FestSubstance, ...] = ()
    strengths: tuple[FestStrength, ...] = ()
    groups: tuple[Byttegruppe, ...] = ()
    withdrawn: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Fest:
    """The index. Immutable; a new FEST is a new index."""

    fetched: Moment
    """HentetDato."""
    by_id: Mapping[str, FestMedicine] = field(repr=False)
    substances: Mapping[str, FestSubstance] = field(repr=False)
    strengths: Mapping[str, FestStrength] = field(repr=False)
    groups: Mapping[str, Byttegruppe] = field(repr=False)
    withdrawn: frozenset[str] = field(repr=False)
    """Ids of entries of status U that carry nothing any more."""
    _by_item_number: Mapping[str, FestMedicine] = field(repr=False)
    _by_atc: Mapping[str, tuple[FestMedicine, ...]] = field(repr=False)
    _by_group: Mapping[str, tuple[FestMedicine, ...]] = field(repr=False)

    def medicine(self, fest_id: str) -> FestMedicine | None:
        """The entry with that FEST id (``ID_<GUID>``; letter case of the GUID aside), None when there is none."""
        return self.by_id.get(_key(fest_id))

    def package(self, item_number: str) -> FestMedicine | None:
        """The package with that item number (Varenr), active rather than withdrawn."""
        return self._by_item_number.get(item_number.strip(XML_BLANKS))

    def with_atc(self, atc: str) -> tuple[FestMedicine, ...]:
        """All entries with exactly that ATC code, in FEST's order."""
        return self._by_atc.get(atc.strip(XML_BLANKS).upper(), ())

    def exchangeable(self, medicine: FestMedicine) -> tuple[FestMedicine, ...]:
        """The other active packages of its substitution group; what was not asked for is not among them."""
        if medicine.byttegruppe is None:
            return ()
        members = self._by_group.get(_key(medicine.byttegruppe), ())
        return tuple(one for one in members if one.id != medicine.id and one.active)

    def brands_of(self, medicine: FestMedicine) -> tuple[FestMedicine, ...]:
        """The brands a package holds, or a substance or dose names; those FEST no longer describes are left out."""
        named = tuple(content.brand for content in medicine.contents) or medicine.brands
        return tuple(brand for key in dict.fromkeys(named) if (brand := self.medicine(key)) is not None)

    def strength(self, fest_id: str) -> FestStrength | None:
        """A VirkestoffMedStyrke."""
        return self.strengths.get(_key(fest_id))

    def substance(self, fest_id: str) -> FestSubstance | None:
        """A Virkestoff."""
        return self.substances.get(_key(fest_id))

    def is_withdrawn(self, fest_id: str) -> bool:
        """Whether the entry has status U, with or without content."""
        found = self.medicine(fest_id)
        return _key(fest_id) in self.withdrawn or (found is not None and not found.active)


def indexed(content: FestContent) -> Fest:
    """The index of what was read. Of two packages with one item number the active one counts, else the later."""
    return Fest(
        fetched=content.fetched,
        by_id=MappingProxyType({_key(one.id): one for one in content.medicines}),
        substances=MappingProxyType({_key(one.id): one for one in content.substances}),
        strengths=MappingProxyType({_key(one.id): one for one in content.strengths}),
        groups=MappingProxyType({_key(one.id): one for one in content.groups}),
        withdrawn=frozenset(map(_key, content.withdrawn)),
        _by_item_number=MappingProxyType(_item_numbers(content.medicines)),
        _by_atc=_grouped((key, one) for one in content.medicines if (key := _atc(one))),
        _by_group=_grouped((_key(one.byttegruppe), one) for one in content.medicines if one.byttegruppe),
    )  # fmt: skip


def _key(fest_id: str) -> str:
    return fest_id.strip(XML_BLANKS).upper()


def _atc(one: FestMedicine) -> str | None:
    return None if one.atc is None or one.atc.original is None else one.atc.original.code.strip(XML_BLANKS).upper()


def _item_numbers(medicines: Iterable[FestMedicine]) -> dict[str, FestMedicine]:
    found: dict[str, FestMedicine] = {}
    for one in medicines:
        number = one.item_number
        if number is not None and (one.active or number not in found or not found[number].active):
            found[number] = one
    return found


def _grouped(pairs: Iterable[tuple[str, FestMedicine]]) -> Mapping[str, tuple[FestMedicine, ...]]:
    found: dict[str, list[FestMedicine]] = {}
    for key, one in pairs:
        found.setdefault(key, []).append(one)
    return MappingProxyType({key: tuple(members) for key, members in found.items()})
