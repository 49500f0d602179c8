"""The product's modules as syntax trees: read once a process, for all the tests of the house that look through them."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PRODUCT = ("gateway", "transformers", "trust")


@cache
def tree(path: Path) -> ast.Module:
    """A file's tree, to be looked at and not to be changed."""
    return ast.parse(path.read_text("utf-8"))


@cache
def trees(*packages: str) -> dict[Path, ast.Module]:
    """Every module of the packages by its path from the root, in the order of the paths."""
    files = (path for package in packages for path in sorted((ROOT / package).rglob("*.py")))
    return {path.relative_to(ROOT): tree(path) for path in files}
