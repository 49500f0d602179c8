"""M30 FEST (m30 and forskrivning 2014-12-01) from a table of products: `samples/fest/mini-fest.xml`.

Ids are made of words, item numbers (Varenr 990xxx) and producers are invented.
"""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

from tests.support.authoring.markup import cs, cv, document, el, optional, pq, text

_M30 = "http://www.kith.no/xmlstds/eresept/m30/2014-12-01"
_FS = "http://www.kith.no/xmlstds/eresept/forskrivning/2014-12-01"
FETCHED = "2026-11-15T04:00:00"
_WRITTEN = "2026-11-01T12:00:00"
UNITS = {"stk": "stykk", "ml": "milliliter", "dose": "dose", "g": "gram", "penn": "penn", "sprøyte": "sprøyte"}


def fest_id(key: str) -> str:
    """The FEST id of an invented entry."""
    return f"ID_{str(uuid5(NAMESPACE_URL, f'urn:ncpeh:samples:fest/{key}')).upper()}"


@dataclass(frozen=True)
class Active:
    """An active ingredient; ``amount`` None: without strength. ``per`` None: per unit of the product."""

    name: str
    english: str
    amount: tuple[str, str] | None
    per: tuple[str, str] | None = None
    operator: tuple[str, str] = ("L", "Lik")
    atc: tuple[str, str] | None = None
    """AtcKombipreparat."""

    @property
    def key(self) -> str:
        """What the strength's id is made of."""
        return "/".join([self.name, *(self.amount or ()), *(self.per or ()), self.operator[0]])


@dataclass(frozen=True)
class Pack:
    """A package; ``also`` is what a kit holds besides: brand key, size, unit, container."""

    item: str
    size: str
    unit: str
    kind: tuple[str, str]
    group: str | None = None
    """Code of its substitution group."""
    also: tuple[str, str, str, tuple[str, str]] | None = None
    name: str | None = None
    """NavnFormStyrke where it is not the brand's (a kit)."""


@dataclass(frozen=True)
class Product:
    """A brand with its packages; ``substance`` is the name of its LegemiddelVirkestoff, where there is one."""

    key: str
    name: str
    brand: str
    atc: tuple[str, str]
    form: tuple[str, str]
    long_form: str
    routes: tuple[tuple[str, str], ...]
    dosing: tuple[tuple[str, str], ...]
    actives: tuple[Active, ...]
    packs: tuple[Pack, ...] = ()
    group: str = "C"
    substance: tuple[str, str] | None = None
    """Key and NavnFormStyrke of the substance entry."""
    kind: tuple[str, str] = ("7", "Legemiddel")
    withdrawn: bool = False
    validity: str = "P1Y"


def _common(product: Product, name: str, *, group: str | None = None) -> list[str | None]:
    exchange = None
    if group is not None:
        exchange = el("PakningByttegruppe", text("RefByttegruppe", fest_id(f"byttegruppe/{group}")))
    administration = el(
        "AdministreringLegemiddel",
        *(cv("Administrasjonsvei", 7477, *route) for route in product.routes),
        *(cv("EnhetDosering", 7480, *unit) for unit in product.dosing),
    )
    return [
        cv("Atc", 7180, *product.atc),
        text("NavnFormStyrke", name),
        cs("Reseptgruppe", product.group, f"Reseptgruppe {product.group}"),
        cv("LegemiddelformKort", 7448, *product.form),
        cs("Preparattype", *product.kind),
        exchange,
        administration if product.routes else None,
    ]


def _actives(product: Product) -> list[str]:
    with_strength = [
        el("SortertVirkestoffMedStyrke", text("Sortering", str(n)), text("RefVirkestoffMedStyrke", fest_id(one.key)))
        for n, one in enumerate(product.actives, 1)
        if one.amount
    ]
    without = [
        el(
            "SortertVirkestoffUtenStyrke",
            text("Sortering", str(n)),
            text("RefVirkestoff", fest_id(f"stoff/{one.name}")),
        )
        for n, one in enumerate(product.actives, 1)
        if not one.amount
    ]
    return with_strength + without


def _entry(kind: str, key: str, content: str | None, *, withdrawn: bool = False) -> str:
    status = cs("Status", "U", "Utgått oppføring") if withdrawn else cs("Status", "A", "Aktiv oppføring")
    return el(
        f"Oppf{kind}", text("Id", fest_id(f"oppf/{kind}/{key}")), text("Tidspunkt", _WRITTEN), status, content
    )  # fmt: skip


def _brand(product: Product) -> str:
    content = el(
        "LegemiddelMerkevare",
        *_common(product, product.name),
        text("Id", fest_id(product.key)),
        text("Varenavn", product.brand),
        text("LegemiddelformLang", product.long_form),
        *_actives(product),
        el("ProduktInfo", text("Produsent", "Prøvefarma AS")),
        el("Reseptgyldighet", text("Varighet", product.validity)),
        xmlns=_FS,
    )
    return _entry("LegemiddelMerkevare", product.key, content, withdrawn=product.withdrawn)


def _info(brand: str, size: str, unit: str, kind: tuple[str, str]) -> str:
    innermost = size.replace(",", ".").split("x")[-1].strip()
    return el(
        "Pakningsinfo",
        text("RefLegemiddelMerkevare", fest_id(brand)),
        text("Pakningsstr", size),
        cv("EnhetPakning", 7452, unit, UNITS[unit]),
        cv("Pakningstype", 7449, *kind),
        text("Mengde", innermost),
    )


def _package(product: Product, pack: Pack) -> str:
    content = el(
        "Legemiddelpakning",
        *_common(product, pack.name or product.name, group=pack.group),
        text("Id", fest_id(f"pakning/{pack.item}")),
        text("Varenr", pack.item),
        _info(product.key, pack.size, pack.unit, pack.kind),
        _info(*pack.also) if pack.also else None,
        xmlns=_FS,
    )
    return _entry("Legemiddelpakning", pack.item, content, withdrawn=product.withdrawn)


def _substance_entry(product: Product) -> str | None:
    if product.substance is None:
        return None
    key, name = product.substance
    content = el(
        "LegemiddelVirkestoff",
        *_common(product, name),
        text("Id", fest_id(key)),
        *_actives(product),
        text("RefLegemiddelMerkevare", fest_id(product.key)),
        *(text("RefPakning", fest_id(f"pakning/{pack.item}")) for pack in product.packs),
        xmlns=_FS,
    )
    return _entry("LegemiddelVirkestoff", key, content)


def _strength(one: Active) -> str | None:
    if one.amount is None:
        return None
    content = el(
        "VirkestoffMedStyrke",
        text("Id", fest_id(one.key)),
        pq("Styrke", *one.amount),
        pq("StyrkeNevner", *one.per) if one.per else None,
        text("RefVirkestoff", fest_id(f"stoff/{one.name}")),
        cv("Styrkeoperator", 7445, *one.operator),
        cv("AtcKombipreparat", 7180, *one.atc) if one.atc else None,
        xmlns=_FS,
    )
    return _entry("Virkestoff", one.key, content)


def _substances(products: tuple[Product, ...]) -> list[str]:
    names = {one.name: one.english for product in products for one in product.actives}
    strengths = {one.key: one for product in products for one in product.actives}
    plain = [
        _entry(
            "Virkestoff",
            f"stoff/{name}",
            el("Virkestoff", text("Id", fest_id(f"stoff/{name}")), text("Navn", name), optional("NavnEngelsk", english),
               xmlns=_FS),
        )
        for name, english in names.items()
    ]  # fmt: skip
    return plain + [made for one in strengths.values() if (made := _strength(one)) is not None]


def _group(code: str) -> str:
    content = el(
        "Byttegruppe", text("Id", fest_id(f"byttegruppe/{code}")), cs("Kode", code, code),
        text("MerknadTilByttbarhet", "false"), text("GyldigFraDato", "2025-01-01"),
    )  # fmt: skip
    return _entry("Byttegruppe", code, content)


def _dose(product: Product) -> str:
    """A single dose of a product, out of its first package."""
    content = el(
        "Legemiddeldose",
        *_common(product, product.name),
        text("Id", fest_id(f"dose/{product.key}")),
        pq("Mengde", "1", "stk"),
        text("RefLegemiddelMerkevare", fest_id(product.key)),
        text("RefPakning", fest_id(f"pakning/{product.packs[0].item}")),
        xmlns=_FS,
    )
    return _entry("Legemiddeldose", product.key, content)


def _short_dose(code: str, term: str, said: str) -> str:
    content = el("Kortdose", cv("Kortdose", 7478, code, term), text("BeskrivelseTerm", said))
    return _entry("StrDosering", code, content)


def fest(products: tuple[Product, ...], *, gone: tuple[str, ...], doses: tuple[Product, ...]) -> bytes:
    """A whole M30. ``gone`` are withdrawn brands that lost their content, ``doses`` are there as single doses too."""
    groups = dict.fromkeys(pack.group for product in products for pack in product.packs if pack.group)
    content = el(
        "FEST",
        text("HentetDato", FETCHED),
        el("KatLegemiddelMerkevare", *map(_brand, products),
           *(_entry("LegemiddelMerkevare", key, None, withdrawn=True) for key in gone)),
        el("KatLegemiddelpakning", *(_package(product, pack) for product in products for pack in product.packs)),
        el("KatVirkestoff", *_substances(products)),
        el("KatLegemiddelVirkestoff", *map(_substance_entry, products)),
        el("KatByttegruppe", *map(_group, groups)),
        el("KatLegemiddeldose", *map(_dose, doses)),
        el("KatStrDosering", _short_dose("93", "1 daglig", "1 tablett daglig")),
        xmlns=_M30,
    )  # fmt: skip
    return document(content)
