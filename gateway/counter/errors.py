"""Why the counter goes no further: a closed tree, one class per reason, fields and no value that somebody entered.

    CounterRefused
    └── MaskRefused          a country's search mask cannot be used, or what was entered does not fit it
        ├── MaskInvalid          another shape than the schema's; ``field`` is the element or attribute
        ├── MaskOfAnother        the mask of another country than the one that was asked
        ├── MaskPatternUnusable  a pattern that the linear engine does not take
        ├── MaskFieldLacking     it demands a field that our form or our messages do not have
        ├── EntryMissing         a mandatory field is empty
        └── EntryRefused         what was entered does not have the form that the country wants

What a reader is told of each, in three languages, is `config/words/counter-masks.csv`.
"""

from dataclasses import dataclass


class CounterRefused(Exception):
    """Base of everything the counter refuses with."""

    def __str__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({fields})"


class MaskRefused(CounterRefused):
    """A mask, or what was entered in it."""


@dataclass
class MaskInvalid(MaskRefused):
    """The bytes are no mask of the schema; ``field`` is the element, or element and attribute, that is wrong."""

    field: str


class MaskOfAnother(MaskRefused):
    """The mask names another country than the one it was asked of."""


@dataclass
class MaskPatternUnusable(MaskRefused):
    """The pattern of ``field`` is longer, or needs more, than what is matched here in linear time."""

    field: str


@dataclass
class MaskFieldLacking(MaskRefused):
    """The country demands ``field`` (its label), which we have no way to ask for or to send."""

    field: str


@dataclass
class EntryMissing(MaskRefused):
    """Nothing was entered in the mandatory ``field``."""

    field: str


@dataclass
class EntryRefused(MaskRefused):
    """What was entered in ``field`` does not have the form the country wants, or the mask has no such field."""

    field: str
