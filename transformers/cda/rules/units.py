"""Is a unit one of UCUM? Its grammar (UCUM 2.1, section 2) over the atoms that medicine uses.

The Schematron warns at most; a peer that computes a dose needs to know. Atoms in square brackets are taken as they are,
annotations in braces say nothing about the unit.
"""

import re
from typing import Final

_METRIC: Final = frozenset(
    re.split(
        " ",
        "m s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv l L ar t bar u eV kat U cal cal_th"
        " Ci Bd osm eq R bit By Np B st pc P St dyn erg",
    )
)
_PLAIN: Final = frozenset(re.split(" ", "min h d wk mo a deg gon ' '' % 10* 10^ RAD REM b atm att Lmb Torr"))
"""Without prefix; Torr is none of UCUM's, but a member of value set 42.16."""
_PREFIX: Final = ("da", *"YZEPTGMkhdcmunpfazy")
_NAMED = re.compile(r"\[[^\[\]]*\]|\{[^{}]*\}")
_ASIDE: Final = str.maketrans("./()", "\x01\x02\x03\x04")
_BACK: Final = str.maketrans("\x01\x02\x03\x04", "./()")
"""Points, slashes and brackets inside a name are no operators: they are put aside while the unit is taken apart."""
_POWER = re.compile(r"10[*^][+-]?[0-9]+")
_NUMBER = re.compile(r"[0-9]+(?:\{[^{}]*\})?")
_ANNOTATION = re.compile(r"\{[^{}]+\}")


def is_ucum(unit: str) -> bool:
    """Whether every factor of the unit is one that UCUM knows; a bare annotation and ``1`` are."""
    named = _NAMED.sub(lambda found: found[0].translate(_ASIDE), unit)
    if named.count("(") != named.count(")"):
        return False
    factors = re.split(r"[./]", named.replace("(", "").replace(")", "").removeprefix("/"))
    return all(_is_factor(factor.translate(_BACK)) for factor in factors)


def _is_factor(factor: str) -> bool:
    if _POWER.fullmatch(factor) or _NUMBER.fullmatch(factor) or _ANNOTATION.fullmatch(factor):
        return True
    bare = re.sub(r"\{[^{}]*\}$", "", factor)
    found = re.fullmatch(r"(.+?)([+-]?[0-9]+)?", bare)
    return found is not None and (_is_atom(found[1]) or _is_atom(bare))


def _is_atom(atom: str) -> bool:
    if "[" in atom:
        head, _, rest = atom.partition("[")
        return rest.endswith("]") and "[" not in rest and (head in {"", "m", "B", *_PREFIX} or head[:-1] in _PREFIX)
    if atom in _PLAIN or atom in _METRIC:
        return True
    return any(atom.startswith(p) and atom[len(p) :] in _METRIC for p in _PREFIX)
