"""Sensitive elements of any Norwegian source, by `[policies.sensitive]`: which may leave the country, by Volven key."""

from collections.abc import Iterable, Mapping

from transformers.model.values import Coded

_VOLVEN = "2.16.578.1.12.4.1.1."


def keys_of(*concepts: Coded | None) -> tuple[str, ...]:
    """``list#code`` of every Volven coding of the concepts."""
    known = (concept for concept in concepts if concept is not None)
    codings = [c for concept in known for c in (concept.original, *concept.others) if c is not None]
    return tuple(f"{c.system.rsplit('.', 1)[-1]}#{c.code}" for c in codings if c.system.startswith(_VOLVEN))


def withheld_by(keys: Iterable[str], sensitive: Mapping[str, bool]) -> str | None:
    """The key by which policy keeps an element at home, None when it may leave: what policy does not name may."""
    return next((key for key in keys if sensitive.get(key) is False), None)
