"""Where `config/` and `samples/` are: packed in the wheel beside this package, or beside it in a checkout."""

from pathlib import Path
from typing import Literal

_HERE = Path(__file__).parent


def shipped(name: Literal["config", "samples"]) -> Path:
    """The folder of that name: the packed one if there, else the checkout's."""
    packed = _HERE / "_shipped" / name
    return packed if packed.is_dir() else _HERE.parent / name
