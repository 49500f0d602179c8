"""A module imported from another source than its own, in this process: how a mutant is put in place."""

import importlib.abc
import importlib.util
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def put(path: str, source: str) -> None:
    """From now on the module at ``path`` (relative to the repository) is imported from ``source``."""
    name = path.removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    sys.meta_path.insert(0, _Instead(name, ROOT / path, source))


class _Instead(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def __init__(self, name: str, file: Path, source: str) -> None:
        self._name = name
        self._file = file
        self._source = source

    def find_spec(self, fullname, path=None, target=None):
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=str(self._file))

    def exec_module(self, module) -> None:
        module.__file__ = str(self._file)
        exec(compile(self._source, module.__file__, "exec"), module.__dict__)
