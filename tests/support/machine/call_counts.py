"""How often functions are called, whoever imported them under whatever name: for tests that say "once"."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def counting(*functions: Callable[..., Any]) -> Iterator[Counter[str]]:
    """Calls of these Python functions in this thread, by ``__qualname__``; the functions themselves run as they are."""
    names = {function.__code__: function.__qualname__ for function in functions}
    calls: Counter[str] = Counter(dict.fromkeys(names.values(), 0))

    def seen(frame: Any, event: str, _argument: object) -> None:
        if event == "call" and frame.f_code in names:
            calls[names[frame.f_code]] += 1

    before = sys.getprofile()
    sys.setprofile(seen)
    try:
        yield calls
    finally:
        sys.setprofile(before)
