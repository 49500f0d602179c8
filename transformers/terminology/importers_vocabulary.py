"""The vocabulary of one wave: the codes its document rules know, by value set, from ART-DECOR's ``voc-*.xml``.

A peer checks documents against these files, beside the wave's Schematron. Nothing is taken into a release: they only
tell which members of newer catalogues a document of that wave may not carry.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from transformers.terminology.errors import PackageUnreadable, ReleaseEmpty
from transformers.terminology.rows import Source
from trust.xml import Element, XmlLimits, XmlRefused, parse

_OID = re.compile(r"[0-2](\.\d+)+")
_FILES = "voc-*.xml"
_TRUSTED = XmlLimits(bytes=64 * 1024 * 1024, elements=2_000_000, attributes=8_000_000, namespaces=1_000_000)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a wave's rules know: codes by value set (OID) and code system, which is None where the file has no OID."""

    wave: int
    name: str
    codes: Mapping[str, frozenset[tuple[str | None, str]]]
    source: Source

    def lacks(self, value_set: str, system: str, code: str) -> bool:
        """The wave has the value set, and this code of this system is not in it."""
        known = self.codes.get(value_set)
        return known is not None and (system, code) not in known and (None, code) not in known


def read_vocabulary(folder: Path, wave: int) -> Vocabulary:
    """Every value set of ``voc-*.xml`` in a folder. Raises PackageUnreadable (names the file) and ReleaseEmpty.

    A code system is compared letter by letter, since the rules do: one with a blank after it is another. One that is
    no OID (languages have a GUID) is not compared.
    """
    codes: dict[str, frozenset[tuple[str | None, str]]] = {}
    digest = hashlib.sha256()
    for path in sorted(folder.glob(_FILES)):
        try:
            data = path.read_bytes()
        except OSError as fault:
            raise PackageUnreadable(path.name, 0, (fault.strerror or "no reason is given").lower()) from fault
        digest.update(f"{path.name}\0".encode() + hashlib.sha256(data).digest())
        codes |= _value_sets(path.name, data)
    if not codes:
        raise ReleaseEmpty(folder.name, 0)
    name = f"vocabulary of wave {wave}"
    return Vocabulary(wave, name, codes, Source(name, str(wave), "vocabulary", digest.hexdigest()))


def _value_sets(file: str, data: bytes) -> dict[str, frozenset[tuple[str | None, str]]]:
    try:
        root = parse(data, _TRUSTED)
    except XmlRefused as fault:
        raise PackageUnreadable(file, 0, type(fault).__name__) from fault
    return {str(each.get("id")): frozenset(_codes(each)) for each in root.iter("valueSet") if each.get("id")}


def _codes(value_set: Element) -> Iterator[tuple[str | None, str]]:
    """Concepts, and the exceptions that a value set of null flavors has instead."""
    for concept in value_set.iter("concept", "exception"):
        system = concept.get("codeSystem", "")
        yield (system if _OID.fullmatch(system.strip()) else None), concept.get("code", "")
