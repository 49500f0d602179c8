"""M30 FEST (m30 and forskrivning 2014-12-01), read entry by entry into `Fest`: a full file never becomes one tree.

The generation is told by the namespace; another one is an error that names it. Entries of the catalogues that no
prescription needs are passed over; one that cannot be read is left out and reported, the others stand.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.values import Coded, Coding, Moment, Quantity
from transformers.norway.code_systems import VOLVEN, CodeSystems
from transformers.norway.errors import Malformed, UnknownVersion
from transformers.norway.fest import (
    ActiveIngredient,
    Byttegruppe,
    Fest,
    FestContent,
    FestLevel,
    FestMedicine,
    FestStrength,
    FestSubstance,
    PackageComponent,
    PackageContent,
    indexed,
)
from transformers.norway.moments import read_date, read_date_time
from transformers.norway.xml_fields import (
    child,
    children,
    code,
    coded_of,
    decimal,
    name_of,
    namespace_of,
    plain,
    required,
    required_text,
    text,
)
from trust.xml import XmlRefused, pieces

M30 = "http://www.kith.no/xmlstds/eresept/m30/2014-12-01"
PRESCRIBING = "http://www.kith.no/xmlstds/eresept/forskrivning/2014-12-01"

_MEDICINES = {
    "LegemiddelMerkevare": FestLevel.BRAND,
    "Legemiddelpakning": FestLevel.PACKAGE,
    "LegemiddelVirkestoff": FestLevel.SUBSTANCE,
    "Legemiddeldose": FestLevel.DOSE,
}
_PASSED_OVER = (
    *("OrdineringVirkestoff", "Handelsvare", "Diagnose", "Refusjon", "Vilkar", "VarselSlv", "Kodeverk", "Interaksjon"),
    "StrDosering",
)
_ENTRIES = (*_MEDICINES, "Virkestoff", "Byttegruppe", *_PASSED_OVER)
_WITHDRAWN = "U"
"""Volven 7446."""


@dataclass
class _FestEntries:
    """What is collected while the entries go by."""

    systems: CodeSystems
    fetched: Moment | None = None
    medicines: list[FestMedicine] = field(default_factory=list)
    substances: list[FestSubstance] = field(default_factory=list)
    strengths: list[FestStrength] = field(default_factory=list)
    groups: list[Byttegruppe] = field(default_factory=list)
    withdrawn: set[str] = field(default_factory=set)
    concepts: dict[tuple[str | None, ...], Coded | None] = field(default_factory=dict)
    """Concepts met: FEST says "Tablett" ten thousand times, one object is enough."""

    def coded(self, element: etree._Element | None) -> Coded | None:
        """As `coded_of`, one object per concept."""
        if element is None:
            return None
        key = tuple(element.get(name) for name in ("V", "S", "DN", "OT"))
        if key not in self.concepts:
            self.concepts[key] = coded_of(element, self.systems)
        return self.concepts[key]

    def all_coded(self, parent: etree._Element | None, name: str) -> tuple[Coded, ...]:
        """All concepts of children of that name."""
        found = () if parent is None else tuple(self.coded(one) for one in children(parent, name))
        return tuple(one for one in found if one is not None)

    def quantity(self, element: etree._Element) -> Quantity:
        """A PQ with both parts; its unit is a code of Volven 7452."""
        value, unit = plain(element.get("V")), plain(element.get("U"))
        if value is None or unit is None:
            raise Malformed(name_of(element))
        key = (unit, "7452")
        if key not in self.concepts:
            self.concepts[key] = Coded(unit, Coding(unit, f"{VOLVEN}7452"))
        return Quantity(decimal(value, name_of(element)), self.concepts[key])


def read_fest(source: BinaryIO, systems: CodeSystems) -> tuple[Fest, Report]:
    """Read a whole M30, a stream of bytes, into an index.

    Raises ``UnknownVersion`` naming the namespace of another generation, ``Malformed`` for what is no FEST.
    """
    reading, report = _FestEntries(systems), Report()
    for number, entry in enumerate(_entries(source)):
        if name_of(entry) == "HentetDato":
            reading.fetched = read_date_time(entry.text or "", "HentetDato")
            continue
        try:
            _take(entry, reading)
        except Malformed as fault:
            path = f"{name_of(entry)}[{number}]"
            told = f"the entry is left out: {fault.what} is missing or not as specified"
            report.add(Finding(Severity.WARNING, "fest-entry-unreadable", path, told, text(entry, "Id")))
    if reading.fetched is None:
        raise Malformed("FEST")
    return indexed(
        FestContent(
            reading.fetched,
            tuple(reading.medicines),
            tuple(reading.substances),
            tuple(reading.strengths),
            tuple(reading.groups),
            frozenset(reading.withdrawn),
        )
    ), report


def _entries(source: BinaryIO) -> Iterator[etree._Element]:
    """HentetDato and every Oppf*, of this generation; HentetDato comes first and so tells another one at once."""
    names = ["{*}HentetDato", *(f"{{{M30}}}Oppf{name}" for name in _ENTRIES)]
    try:
        for entry in pieces(source, names):
            if namespace_of(entry) != M30:
                raise UnknownVersion(namespace_of(entry))
            yield entry
    except XmlRefused:
        raise Malformed("FEST") from None


def _take(entry: etree._Element, reading: _FestEntries) -> None:
    kind = name_of(entry).removeprefix("Oppf")
    if kind in _PASSED_OVER:
        return
    active = code(entry, "Status") != _WITHDRAWN
    content = entry[3] if len(entry) > 3 else None
    if content is None:
        reading.withdrawn.add(required_text(entry, "Id"))
        return
    if namespace_of(content) not in (M30, PRESCRIBING):
        raise UnknownVersion(namespace_of(content))
    _TAKE[name_of(content)](content, reading, active)


def _take_substance(element: etree._Element, reading: _FestEntries, active: bool) -> None:  # noqa: FBT001 - a row's shape
    reading.substances.append(
        FestSubstance(required_text(element, "Id"), required_text(element, "Navn"), text(element, "NavnEngelsk"))
    )


def _take_strength(element: etree._Element, reading: _FestEntries, active: bool) -> None:  # noqa: FBT001 - a row's shape
    per = child(element, "StyrkeNevner")
    reading.strengths.append(
        FestStrength(
            id=required_text(element, "Id"),
            substance=required_text(element, "RefVirkestoff"),
            numerator=reading.quantity(required(element, "Styrke")),
            denominator=None if per is None or per.get("V") is None else reading.quantity(per),
            operator=code(element, "Styrkeoperator") or "",
            atc=reading.coded(child(element, "AtcKombipreparat")),
        )
    )


def _take_group(element: etree._Element, reading: _FestEntries, active: bool) -> None:  # noqa: FBT001 - a row's shape
    since, until = text(element, "GyldigFraDato"), text(element, "GyldigTilDato")
    reading.groups.append(
        Byttegruppe(
            id=required_text(element, "Id"),
            code=code(element, "Kode") or "",
            note=text(element, "BeskrivelseByttbarhet"),
            valid_from=None if since is None else read_date(since, "GyldigFraDato"),
            valid_to=None if until is None else read_date(until, "GyldigTilDato"),
        )
    )


def _take_medicine(element: etree._Element, reading: _FestEntries, active: bool) -> None:  # noqa: FBT001 - a row's shape
    administration = child(element, "AdministreringLegemiddel")
    exchange = child(element, "PakningByttegruppe")
    product = child(element, "ProduktInfo")
    reading.medicines.append(
        FestMedicine(
            id=text(element, "Id") or _entry_id(element),
            level=_MEDICINES[name_of(element)],
            active=active,
            name=required_text(element, "NavnFormStyrke"),
            group=code(element, "Reseptgruppe") or "",
            atc=reading.coded(child(element, "Atc")),
            form=reading.coded(child(element, "LegemiddelformKort")),
            form_long=text(element, "LegemiddelformLang"),
            routes=reading.all_coded(administration, "Administrasjonsvei"),
            dosing_units=reading.all_coded(administration, "EnhetDosering"),
            ingredients=_ingredients(element),
            brand_name=text(element, "Varenavn"),
            manufacturer=None if product is None else text(product, "Produsent"),
            item_number=text(element, "Varenr"),
            contents=tuple(_content(info, reading) for info in children(element, "Pakningsinfo")),
            byttegruppe=None if exchange is None else required_text(exchange, "RefByttegruppe"),
            brands=tuple(filter(None, (plain(ref.text) for ref in children(element, "RefLegemiddelMerkevare")))),
            preparation=code(element, "Preparattype"),
        )
    )


def _entry_id(element: etree._Element) -> str:
    """A package's own Id may be left out; its entry's is always there."""
    entry = element.getparent()
    if entry is None:
        raise Malformed("Id")
    return required_text(entry, "Id")


def _ingredients(element: etree._Element) -> tuple[ActiveIngredient, ...]:
    """By Sortering, those with a strength and those without in one order."""
    found = [
        (_place(one), ActiveIngredient(required_text(one, "RefVirkestoffMedStyrke")))
        for one in children(element, "SortertVirkestoffMedStyrke")
    ]
    found += [
        (_place(one), ActiveIngredient(None, required_text(one, "RefVirkestoff")))
        for one in children(element, "SortertVirkestoffUtenStyrke")
    ]
    return tuple(ingredient for _, ingredient in sorted(found, key=lambda pair: pair[0]))


def _place(element: etree._Element) -> int:
    return _whole(required_text(element, "Sortering"), "Sortering")


def _content(info: etree._Element, reading: _FestEntries) -> PackageContent:
    unit = reading.coded(required(info, "EnhetPakning"))
    if unit is None:
        raise Malformed("EnhetPakning")
    return PackageContent(
        brand=required_text(info, "RefLegemiddelMerkevare"),
        size=required_text(info, "Pakningsstr"),
        unit=unit,
        kind=reading.coded(child(info, "Pakningstype")),
        components=tuple(_component(one, reading) for one in children(info, "Pakningskomponent")),
    )


def _component(element: etree._Element, reading: _FestEntries) -> PackageComponent:
    kind = reading.coded(required(element, "Pakningstype"))
    if kind is None:
        raise Malformed("Pakningstype")
    count = text(element, "Antall")
    return PackageComponent(
        kind, reading.quantity(required(element, "Mengde")), None if count is None else _whole(count, "Antall")
    )


def _whole(written: str, what: str) -> int:
    try:
        return int(written)
    except ValueError:
        raise Malformed(what) from None


_TAKE: dict[str, Callable[[etree._Element, _FestEntries, bool], None]] = {
    "Virkestoff": _take_substance,
    "VirkestoffMedStyrke": _take_strength,
    "Byttegruppe": _take_group,
    **dict.fromkeys(_MEDICINES, _take_medicine),
}
