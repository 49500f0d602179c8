"""`make quick`: the tests that a change touches, the nearest first, for as long as a minute lasts.

The change is what differs from where the branch left ``main`` and what is not committed. A test module is touched when
a changed module is the test itself (0), in what it imports (1), in what that imports (2) and so on, by the import
statements. A changed file that is no module stands for its folder's modules, or for the tests kept to it (`_KEPT`).

``python -m tests.support.machine.quick [PYTEST ARGUMENTS]``
"""

import ast
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
_SECONDS = 40.0
"""For tests, once they are collected; starting and ending take the rest of the minute."""
_NEAREST = 40
"""Modules that are read at most: reading all takes the minute."""
_QUICK = "PYTEST_QUICK"
_PACKAGES = ("gateway", "transformers", "trust", "tests")
_WORLDS = ("tests/acceptance/", "tests/strangers/")
"""They start a world of processes first; so they come last among equals."""
_KEPT = {"config/": "tests/gateway/configuration/", "samples/": "tests/samples/"}
_KEPT_ELSE = "tests/house/"


def main() -> None:
    changed = _changed()
    modules = touched(changed, _importers(ROOT))
    left = len(modules) - len(modules[:_NEAREST])
    sys.stdout.write(f"{len(changed)} changed files touch {len(modules)} test modules, {left} too far for a minute\n")
    sys.stdout.flush()
    modules = modules[:_NEAREST]
    if not modules:
        return
    os.environ[_QUICK] = "1"  # for the workers
    spread = ["-n", "2", "--dist", "load", "--maxschedchunk", "4"] if len(modules) > 3 else []
    sys.exit(pytest.main([*spread, *modules, *sys.argv[1:]]))


class Minute:
    """The time that a process has for tests; it begins with the first, so that one at least is run."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._began: float | None = None

    def leave_when_over(self) -> None:
        """Skip the test that is about to run, by name, when `make quick` has no time left for it."""
        now = self._monotonic()
        self._began = now if self._began is None else self._began
        if now - self._began > _SECONDS:
            pytest.skip("the minute of `make quick` is over; `make test` runs it")


def minute() -> Minute | None:
    """The minute of this process; None: all the time that its tests take."""
    return Minute() if _QUICK in os.environ else None


def touched(changed: Iterable[str], importers: Mapping[str, set[str]]) -> list[str]:
    """Test modules by distance from the changed files, the mirror of their folders first among equals.

    ``importers``: who imports a module; paths from the root.
    """
    distance = dict.fromkeys(_modules_of(changed, importers), 0)
    mirrors = {f"tests/{Path(path).parent}" for path in distance}
    edge = list(distance)
    while edge:
        further = []
        for path in edge:
            for importer in importers.get(path, ()):
                if importer not in distance:
                    distance[importer] = distance[path] + 1
                    further.append(importer)
        edge = further
    tests = [path for path in distance if Path(path).name.startswith("test_") and path.startswith("tests/")]
    return sorted(
        tests, key=lambda test: (distance[test], test.startswith(_WORLDS), str(Path(test).parent) not in mirrors, test)
    )


def _modules_of(changed: Iterable[str], modules: Mapping[str, set[str]]) -> Iterator[str]:
    for path in changed:
        folder = f"{Path(path).parent}/"
        beside = [m for m in modules if m.startswith(folder)] if path.startswith(_PACKAGES) else []
        kept = next((tests for place, tests in _KEPT.items() if path.startswith(place)), _KEPT_ELSE)
        if path.endswith(".py"):
            yield from [path] if path in modules else []  # not there: it was removed, and who imported it has changed
        else:
            yield from beside or [m for m in modules if m.startswith(kept)]


def _importers(root: Path) -> dict[str, set[str]]:
    """Every module of ours, with those that import it, or anything from it, anywhere in their code."""
    paths = [path for package in _PACKAGES for path in (root / package).rglob("*.py")]
    names = {str(path.relative_to(root)): path for path in paths}
    importers: dict[str, set[str]] = {name: set() for name in names}
    for name, path in names.items():
        for imported in _imports(ast.parse(path.read_bytes()), name):
            if imported in importers:
                importers[imported].add(name)
        for parent in Path(name).parents:
            if (above := f"{parent}/conftest.py") in importers and above != name:
                importers[above].add(name)
    return importers


def _imports(tree: ast.Module, path: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _files_of(alias.name)
        elif isinstance(node, ast.ImportFrom):
            above = ".".join(Path(path).parts[: -node.level]) if node.level else ""
            module = ".".join(part for part in (above, node.module or "") if part)
            for alias in node.names:
                yield from _files_of(module)
                yield from _files_of(f"{module}.{alias.name}")


def _files_of(module: str) -> Iterator[str]:
    """The files that are read when a module is imported: its own, and those of the packages above it."""
    path = Path(module.replace(".", "/"))
    yield f"{path}.py"
    yield from (f"{package}/__init__.py" for package in (path, *path.parents))


def _changed() -> list[str]:
    base = _git("merge-base", "HEAD", "main") or ["HEAD"]
    return sorted({*_git("diff", "--name-only", base[0]), *_git("ls-files", "--others", "--exclude-standard")})


def _git(*arguments: str) -> list[str]:
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.splitlines() if done.returncode == 0 else []


if __name__ == "__main__":
    main()
