"""Messages in which any one part stands many times: each part of an XML or JSON message and of a MIME body by itself.

The parts are found in a message, not listed: a codec that learns a new element is tried with it too.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from itertools import islice
from typing import Any

from lxml import etree

from tests.support.documents.doubling import calls_of, cpu_of

Make = Callable[[int], bytes]
MOST = 2.3
"""Twice the parts cost at most so many times as much."""
_FEW = 40


def of_xml(message: bytes, skip: frozenset[str] = frozenset()) -> Mapping[str, Make]:
    """By path: the message with that many more of the first element there; and with that many of what any XML may hold.

    ``skip`` has local names: neither they nor what is in them is multiplied.
    """
    root = etree.fromstring(message)
    elements = [*root.iter("*")]
    places = {_path(element, skip): number for number, element in reversed([*enumerate(elements)][1:])}
    places.pop("", None)
    makes = {path: _copies(root, where) for path, where in sorted(places.items())}
    where = max(number for number, e in enumerate(elements) if not len(e) and _path(e, skip))
    return makes | {
        "attributes": _into(root, where, lambda e, n: [e.set(f"a{i}", "x") for i in range(n)]),
        "children": _into(root, where, lambda e, n: [etree.SubElement(e, "{urn:x}a") for _ in range(n)]),
        "text": _into(root, where, lambda e, n: setattr(e, "text", (e.text or "") + "a &<\n" * n)),
        "blanks": _into(root, where, lambda e, n: setattr(e, "tail", "\n  " * n)),
    }


def _path(element: etree._Element, skip: frozenset[str]) -> str:
    steps = [etree.QName(e).localname for e in (element, *element.iterancestors())]
    return "" if skip & set(steps) else "/".join(reversed(steps))


def _copies(root: etree._Element, where: int) -> Make:
    def make(count: int) -> bytes:
        changed = deepcopy(root)
        first = _at(changed, where)
        for _ in range(count):
            first.addnext(deepcopy(first))
        return etree.tostring(changed)

    return make


def _into(root: etree._Element, where: int, put: Callable[[etree._Element, int], object]) -> Make:
    def make(count: int) -> bytes:
        changed = deepcopy(root)
        put(_at(changed, where), count)
        return etree.tostring(changed)

    return make


def _at(root: etree._Element, where: int) -> etree._Element:
    return next(islice(root.iter("*"), where, None))


def of_json(message: bytes) -> Mapping[str, Make]:
    """By path: the message with that many more of a list's first item, members of an object, characters of a text."""
    whole = json.loads(message)
    return {path: _grown(whole, where) for path, where in _json_places(whole)}


def _json_places(value: Any, where: tuple[Any, ...] = ()) -> Iterator[tuple[str, tuple[Any, ...]]]:
    if value and isinstance(value, dict | list | str):
        yield "/".join(map(str, where)) or "all of it", where
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _json_places(member, (*where, name))
    elif isinstance(value, list) and value:
        yield from _json_places(value[0], (*where, 0))


def _grown(whole: Any, where: tuple[Any, ...]) -> Make:
    def make(count: int) -> bytes:
        return json.dumps(_replaced(whole, where, count)).encode()

    return make


def _replaced(value: Any, where: tuple[Any, ...], count: int) -> Any:
    if where:
        changed = value.copy()
        changed[where[0]] = _replaced(value[where[0]], where[1:], count)
        return changed
    match value:
        case dict():
            return {**value, **{f"member{i}": value for i in range(count)}}
        case list():
            return [*value, *[value[0]] * count]
        case _:
            return value + "a" * count


def worse_than_linear(room: Callable[[bytes], object], makes: Mapping[str, Make]) -> dict[str, float]:
    """Of these parts the ones that cost a room more than ``MOST`` when they are doubled, by the ratio of its calls.

    A refusal is an answer too: what it costs counts.
    """

    def tried(content: bytes) -> None:
        try:
            room(content)
        except Exception:  # noqa: BLE001 - whatever the room answers, only its cost is looked at
            return

    found = {}
    for part, make in makes.items():
        few, more = make(_FEW), make(2 * _FEW)
        assert few != more, part
        tried(make(1))  # what is made once for a process is made
        ratio = calls_of(tried, more) / calls_of(tried, few)
        if ratio > MOST:
            found[part] = ratio
    return found


def slower_than_linear(room: Callable[[bytes], object], makes: Mapping[str, Make], count: int) -> dict[str, float]:
    """As `worse_than_linear`, by the time of the CPU, which also sees what one call of a library costs.

    The least ratio of three looks, at growing counts: what is quadratic shows itself more and more.
    """

    def tried(content: bytes) -> None:
        try:
            room(content)
        except Exception:  # noqa: BLE001 - whatever the room answers, only its cost is looked at
            return

    found = {}
    for part, make in makes.items():
        ratios = []
        for each in (count, 2 * count, 4 * count):
            ratios.append(cpu_of(tried, make(2 * each)) / cpu_of(tried, make(each)))
            if ratios[-1] <= MOST:
                break
        if min(ratios) > MOST:
            found[part] = min(ratios)
    return found
