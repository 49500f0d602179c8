"""One way to look at a document, chosen once and used for each: the layers, the wave, and what codes are held against.

The command line and its server answer with it; the gates of a node call the same `check` with what policy says.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from transformers.terminology.check_words import release_checks
from transformers.terminology.element_rules import ElementRules
from transformers.terminology.release import Release
from transformers.validation.check import LAYERS, Checked, check

NO_RELEASE: Final = "no release is in force"
_STATUS: Final = {True: "valid", False: "invalid"}


@dataclass(frozen=True, slots=True)
class DocumentValidator:
    """Official rules from ``artefacts``, our own with the codes of ``release``; without one codes are not compared."""

    artefacts: Path | None = None
    wave: int = 8
    layers: tuple[str, ...] = LAYERS
    explain: bool = False
    release: Release | None = None
    coded_elements: Mapping[str, ElementRules] = field(default_factory=dict)
    """Rules by kind of document, for comparing codes with the release."""

    def validate(self, content: bytes) -> Checked:
        """All that the layers find in a document. Raises a leaf of `XmlRefused` when the bytes are none."""
        codes = None if self.release is None else release_checks(self.coded_elements, self.release)
        return check(content, self.artefacts, wave=self.wave, layers=self.layers, explain=self.explain, codes=codes)

    def codes(self) -> dict[str, Any] | None:
        """What codes were compared with, or why with nothing; None where our own rules were not asked for."""
        if "own" not in self.layers:
            return None
        if self.release is None:
            return {"compared": False, "reason": NO_RELEASE}
        return {"compared": True, "release": self.release.id}

    def as_json(self, checked: Checked) -> dict[str, Any]:
        """Verdict, kind, layers and findings of one document, as the command line and its server say them."""
        codes = self.codes()
        return {
            "outcome": verdict(checked),
            "kind": None if checked.kind is None else checked.kind.id,
            "layers_run": list(checked.layers_run),
            "layers_unavailable": checked.layers_unavailable,
            "findings": checked.report.as_json(),
            **({} if codes is None else {"codes": codes}),
        }


def verdict(checked: Checked) -> str:
    """``valid``, ``invalid``, or ``unchecked`` where no layer that was asked for could be run."""
    return _STATUS[checked.valid] if checked.layers_run or not checked.valid else "unchecked"
