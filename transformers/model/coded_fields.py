"""The names of every coded element of the pivot, ``<class>.<field>``: what configuration may name, checked at start."""

from dataclasses import fields, is_dataclass
from types import ModuleType

from transformers.model import people, prescription, summary


def _of(module: ModuleType) -> set[str]:
    own = [kind for kind in vars(module).values() if isinstance(kind, type) and kind.__module__ == module.__name__]
    classes = [kind for kind in own if is_dataclass(kind)]
    return {f"{kind.__name__}.{f.name}" for kind in classes for f in fields(kind) if "Coded" in str(f.type)}


CODED_FIELDS = frozenset(_of(people) | _of(summary) | _of(prescription))
