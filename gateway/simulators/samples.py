"""The sample persons as the simulated services know them: files that are read, and no rule of a service.

Layout: samples/README.md.
"""

import json
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NUMBER = re.compile(r"^\d{11}$")


@dataclass(frozen=True, slots=True)
class Sample:
    """One person: ``number`` is current, ``former`` are discontinued numbers; files are read when asked for."""

    folder: Path
    number: str = field(repr=False)
    former: tuple[str, ...] = field(repr=False)

    def document(self, name: str) -> dict[str, Any] | None:
        """A JSON file below the person's folder, None when the source holds nothing."""
        path = self.folder / name
        if not path.is_file():
            return None
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return content

    def message(self, name: str) -> bytes | None:
        """An XML file below the person's folder."""
        path = self.folder / name
        return path.read_bytes() if path.is_file() else None

    def prescriptions(self) -> list[dict[str, Any]]:
        """Rows of ``prescriptions.toml``: file, id, status (Volven 7408), dispensings made."""
        path = self.folder / "prescriptions.toml"
        if not path.is_file():
            return []
        rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8")).get("prescription", [])
        return rows


class Samples:
    """Everybody, found by number."""

    def __init__(self, folder: Path) -> None:
        people = [_read(path) for path in sorted((folder / "persons").iterdir()) if path.is_dir()]
        self._current = {person.number: person for person in people}
        self._former = {number: person for person in people for number in person.former}

    def everybody(self) -> list[Sample]:
        """Every person, in the order of their folders."""
        return list(self._current.values())

    def by_any_number(self, number: str) -> Sample | None:
        """By current or discontinued number, as the person register finds people."""
        return self._current.get(number) or self._former.get(number)

    def by_current_number(self, number: str) -> Sample | None:
        """By current number only, as clinical services do."""
        return self._current.get(number)


def _read(folder: Path) -> Sample:
    person = json.loads((folder / "person.json").read_text(encoding="utf-8"))
    numbers = person["norwegianIdentificationNumber"]
    current = [entry["identificationNumber"] for entry in numbers if entry["status"] == "InUse"]
    former = tuple(entry["identificationNumber"] for entry in numbers if entry["status"] == "Discontinued")
    if len(current) != 1:
        raise ValueError("a sample person has exactly one number in use")
    return Sample(folder, current[0], former)
