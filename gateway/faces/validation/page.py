"""The page of a report: each finding with its rule, its place, what to do about it, why, and the right form."""

from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from transformers.cda.rules.sources import RuleGround, source_of
from transformers.cda.rules.texts import RULE_TEXTS
from transformers.model.finding import Finding
from transformers.validation import Checked

_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def print_form() -> bytes:
    """What can be asked here, and a form for a browser."""
    return _ENVIRONMENT.get_template("form.html.j2").render().encode()


def print_page(told: dict[str, Any], checked: Checked | None) -> bytes:
    """The page of one document; ``told`` is its report as JSON has it."""
    rows = [] if checked is None else [_row(finding) for finding in checked.report.findings]
    kind = None if checked is None or checked.kind is None else checked.kind.name
    return _ENVIRONMENT.get_template("report.html.j2").render(told=told, rows=rows, kind=kind).encode()


def _row(finding: Finding) -> dict[str, str]:
    rule = finding.rule or finding.code
    row = {"severity": finding.severity.value, "rule": rule, "place": finding.path, "what": finding.text}
    if rule not in RULE_TEXTS:
        return row
    text, source = RULE_TEXTS[rule], source_of(rule)
    said = f"“{source.text}” ({source.of})" if source.ground is RuleGround.FORBIDDEN else source.text
    what = finding.text.removesuffix(text.mend).strip()
    return {**row, "what": what, "mend": text.mend, "why": text.why, "source": said, "example": source.example}
