"""An eHDSI clinical document as one HTML page: no script, nothing from elsewhere, the original beside the English."""

from dataclasses import dataclass, field
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from transformers.display.chrome import CHROME
from transformers.display.view import view_of
from transformers.model.finding import Report
from transformers.terminology.release import Release
from trust.xml import XmlLimits, parse

_LIMITS = XmlLimits(bytes=24 * 1024 * 1024, huge_text=True)
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Shown:
    """The page, and what of the document it does not show as it was."""

    html: bytes = field(repr=False)
    report: Report


def write_html(document: bytes, *, release: Release, language: str = "en") -> Shown:
    """The page in a language's chrome (``en``, ``nb``, ``nn``). Raises a leaf of trust's XmlRefused for no safe XML."""
    view = view_of(parse(document, _LIMITS))
    page = _ENVIRONMENT.get_template("document.html.j2").render(
        view=view, words=CHROME[language], language=language, release=release.id, safe=Markup
    )
    return Shown(page.encode("utf-8"), view.report)
