"""Templates become bytes: Jinja2, autoescaped, strict; a template prints a complete view and decides nothing.

What XML 1.0 cannot hold is an error here, never a broken message; white space in attributes survives a parser.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KEPT_BY_REFERENCE = {9: "&#9;", 10: "&#10;", 13: "&#13;"}


def _printed(value: object) -> Markup:
    if isinstance(value, Markup):
        return value
    if value is None:
        raise ValueError("a view is complete: nothing in it is None where it is printed")
    text = str(value)
    if _ILLEGAL.search(text):
        raise ValueError("a character that XML cannot hold")
    return Markup(str(escape(text)).translate(_KEPT_BY_REFERENCE))  # noqa: S704 - escaped on this very line


_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_printed,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render(template: str, view: Mapping[str, object]) -> bytes:
    """UTF-8 bytes of ``templates/<template>.xml.j2`` with the view; ValueError for a character XML cannot hold."""
    return _ENVIRONMENT.get_template(f"{template}.xml.j2").render(view).encode("utf-8")


def verbatim(xml: bytes) -> Markup:
    """XML or base64 of our own making, printed as it is."""
    return Markup(xml.decode("utf-8"))  # noqa: S704 - callers give what the parser or base64 made
