"""Damage: documents of the corpus taken apart at random, by structure and by byte; the same again by a seed.

Nothing of the product is used here. What comes may be no XML at all.
"""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

from tests.meaning.table import Row

HOSTILE = (
    *("", " ", "\t\n", "NaN", "Infinity", "-0", "-1", "0", "1e999", "1E-999", "9" * 70, "1,5", "0x1F", "1_000"),
    *("true", "null", "urn:oid:", "urn:uuid:x", "2.16", "2.16.840.1.113883.5.4", "20269999", "99999999", "00000000"),
    *(
        "2026",
        "202602301200",
        "20260101000000.0000+9999",
        "#",
        "#x y",
        "javascript:alert(1)",
        "A" * 3000,
        "x" * 64 + "é",
    ),
    *("\u202eabc", "\uff11\uff12", "\u0660", "PIVL_TS", "IVL_TS", "CD", "PQ", "NI", "OTH", "MSK", "EVN", "INT", "RQO"),
    *("x" * 64 + "é", "completed", "{tablet}", "[IU]", "10*3", "mg/"),
)
ATTRIBUTES = (
    "value",
    "code",
    "codeSystem",
    "unit",
    "root",
    "extension",
    "nullFlavor",
    "negationInd",
    "moodCode",
    "V",
    "S",
)
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
MOST = 4
"""Damages of one document."""


@dataclass(frozen=True)
class DamagedDocument:
    """A damaged document, of which row it was one, and how it was damaged."""

    row: str
    kind: str
    section: str
    damages: tuple[str, ...]
    content: bytes = field(repr=False)


def damaged(rows: Sequence[Row], seed: str, count: int) -> Iterator[DamagedDocument]:
    """So many damaged documents; a number's document is the same whatever the count."""
    for number in range(count):
        chance = random.Random(f"{seed} {number}")
        row = chance.choice(rows)
        content, told = row.document, []
        for _ in range(chance.randint(1, MOST)):
            way, content = _one(content, chance)
            told.append(way)
        yield DamagedDocument(row.id, row.kind, row.section, tuple(told), content)


def _one(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    if chance.random() < 0.8:
        try:
            return _structured(content, chance)
        except (etree.XMLSyntaxError, ValueError):  # what was damaged before is no XML and no JSON
            pass
    way = chance.choice(_BYTES)
    return way.__name__, way(content, chance)


def _structured(content: bytes, chance: random.Random) -> tuple[str, bytes]:
    if content[:1] in b"{[":
        value = json.loads(content)
        return "json", json.dumps(_in_json(value, chance), ensure_ascii=False).encode("utf-8", "replace")
    root = etree.fromstring(content)
    element = chance.choice(list(root.iter("*")))
    way = chance.choice(_ELEMENTS)
    way(element, chance)
    return way.__name__, etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def delete(element: etree._Element, _chance: random.Random) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def repeat(element: etree._Element, chance: random.Random) -> None:
    if element.getparent() is not None:
        for _ in range(chance.choice([1, 2, 30])):
            element.addnext(deepcopy(element))


def move(element: etree._Element, chance: random.Random) -> None:
    root = element.getroottree().getroot()
    target = chance.choice([one for one in root.iter("*") if element not in (one, *one.iterancestors())] or [root])
    if element.getparent() is not None:
        target.insert(chance.randint(0, len(target)), element)


def rename(element: etree._Element, chance: random.Random) -> None:
    element.tag = chance.choice(list(element.getroottree().getroot().iter("*"))).tag


def another_namespace(element: etree._Element, chance: random.Random) -> None:
    name = etree.QName(element).localname
    element.tag = chance.choice([name, f"{{urn:hl7-org:pharm}}{name}", f"{{urn:hl7-org:v3}}{name}", f"{{x}}{name}"])


def attribute(element: etree._Element, chance: random.Random) -> None:
    element.set(chance.choice([*element.attrib, *ATTRIBUTES]), chance.choice(HOSTILE))


def no_attribute(element: etree._Element, chance: random.Random) -> None:
    if element.attrib:
        del element.attrib[chance.choice(list(element.attrib))]


def data_type(element: etree._Element, chance: random.Random) -> None:
    element.set(XSI_TYPE, chance.choice(["CD", "PQ", "IVL_TS", "PIVL_TS", "ST", "INT", "BL", "ED", "x:y", "", "TS"]))


def text(element: etree._Element, chance: random.Random) -> None:
    element.text = chance.choice(HOSTILE)


def nest(element: etree._Element, chance: random.Random) -> None:
    inner = deepcopy(element)
    for _ in range(chance.choice([1, 5, 60])):
        outer = etree.Element(element.tag)
        outer.append(inner)
        inner = outer
    element.append(inner)


def comment(element: etree._Element, chance: random.Random) -> None:
    element.insert(chance.randint(0, len(element)), chance.choice([etree.Comment("x"), etree.PI("x", "y")]))


def empty(element: etree._Element, _chance: random.Random) -> None:
    for inner in list(element):
        element.remove(inner)
    element.text = None


_ELEMENTS = (
    *(delete, repeat, move, rename, another_namespace, attribute, attribute, no_attribute),
    *(data_type, text, nest, comment, empty),
)


def flip(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) or 1)
    return content[:at] + bytes([chance.randrange(256)]) + content[at + 1 :]


def cut(content: bytes, chance: random.Random) -> bytes:
    return content[: chance.randrange(len(content) or 1)]


def take_out(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) or 1)
    return content[:at] + content[at + chance.randint(1, 200) :]


def put_in(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) or 1)
    return content[:at] + chance.choice(HOSTILE).encode("utf-8") + content[at:]


def again(content: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(content) or 1)
    part = content[at : at + chance.randint(1, 400)]
    return content[:at] + part * chance.choice([2, 20]) + content[at + len(part) :]


_BYTES: tuple[Callable[[bytes, random.Random], bytes], ...] = (flip, cut, take_out, put_in, again)


def _in_json(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict) and value and chance.random() < 0.85:
        key = chance.choice(list(value))
        if chance.random() < 0.1:
            return {one: each for one, each in value.items() if one != key}
        return {**value, key: _in_json(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.85:
        at = chance.randrange(len(value))
        return [_in_json(one, chance) if n == at else one for n, one in enumerate(value)]
    deep: Any = value
    for _ in range(60):
        deep = [deep]
    return chance.choice([None, True, -1, 1.5, 10**30, "", [], {}, [value, value], deep, chance.choice(HOSTILE)])
