"""multipart/related (RFC 2387, RFC 2046 section 5.1) split into its root and its attachments, and written of them.

Strict where leniency would let two readers see two messages: CRLF only, nothing before the first or after the last
boundary, no line that merely begins with the boundary, each part named once.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gateway.errors import MultipartMalformed
from gateway.wire.media_type import MediaType, read_media_type

_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_BLANK = b"\r\n\r\n"
_AFTER_DELIMITER = re.compile(rb"[ \t]*(?=\r\n)")
_FIELD = re.compile(r"([!-9;-~]+):[ \t]*([\t -~]*)")
"""RFC 2822: printable, blanks and tabs; no control character."""
_ROOT_TYPES = frozenset({"application/xop+xml", "application/soap+xml", "text/xml"})
_ENCODINGS = frozenset({"binary", "8bit", "7bit"})
ROOT_ID = "root@message"
"""Content-ID of the root of what is written here."""


@dataclass(frozen=True, slots=True)
class MultipartLimits:
    """More is refused: no peer sends more, and each costs memory before anyone is known."""

    parts: int = 16
    header_bytes: int = 8192
    """Of one part."""


DEFAULT = MultipartLimits()


@dataclass(frozen=True, slots=True)
class Parts:
    """The root's bytes, and every other part by Content-ID (without angle brackets)."""

    root: bytes
    attachments: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class _Part:
    fields: Mapping[str, str]
    content: bytes

    def content_id(self) -> str | None:
        value = self.fields.get("content-id")
        return value.strip(" \t").removeprefix("<").removesuffix(">") if value is not None else None


def split(media_type: MediaType, body: bytes, limits: MultipartLimits = DEFAULT) -> Parts:
    """The parts of ``body``, whose Content-Type is ``media_type``; raises `MultipartMalformed`."""
    parts = [_part(piece, limits) for piece in _pieces(media_type.parameters.get("boundary", ""), body, limits)]
    by_id: dict[str, _Part] = {}
    root = _root(parts, media_type.parameters.get("start"))
    for part in parts:
        name = part.content_id()
        if name is None and part is not root:
            raise MultipartMalformed
        if name is not None and by_id.setdefault(name, part) is not part:
            raise MultipartMalformed
    _check_root(root)
    return Parts(root.content, {name: part.content for name, part in by_id.items() if part is not root})


def write(parts: Parts, boundary: str, root_type: str) -> bytes:
    """The body of these parts, attachments as they are (``binary``). Raises ValueError for a boundary that stands in
    one of them, or is none.
    """
    delimiter = b"\r\n--" + boundary.encode("ascii")
    contents = (parts.root, *parts.attachments.values())
    if not _BOUNDARY.fullmatch(boundary) or any(delimiter[2:] in content for content in contents):
        raise ValueError("the boundary stands in what it should divide")
    pieces = [delimiter[2:], _head(root_type, ROOT_ID), parts.root]
    for name, content in parts.attachments.items():
        pieces += [delimiter, _head("application/octet-stream", name), content]
    return b"".join((*pieces, delimiter, b"--\r\n"))


def _head(kind: str, name: str) -> bytes:
    lines = ("", f"Content-Type: {kind}", "Content-Transfer-Encoding: binary", f"Content-ID: <{name}>", "", "")
    return "\r\n".join(lines).encode("ascii")


def _pieces(boundary: str, body: bytes, limits: MultipartLimits) -> list[bytes]:
    """What stands between the delimiters, the rest of each delimiter's line included."""
    if not _BOUNDARY.fullmatch(boundary):
        raise MultipartMalformed
    before, *pieces = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("ascii"), limits.parts + 2)
    if before.strip(b"\r\n") or not 2 <= len(pieces) <= limits.parts + 1:
        raise MultipartMalformed
    last = pieces.pop()
    if not last.startswith(b"--") or last[2:].strip(b" \t\r\n"):
        raise MultipartMalformed
    return pieces


def _part(piece: bytes, limits: MultipartLimits) -> _Part:
    line_end = _AFTER_DELIMITER.match(piece)
    if line_end is None:
        raise MultipartMalformed
    start = line_end.end()
    end = piece.find(_BLANK, start, start + len(b"\r\n") + limits.header_bytes + len(_BLANK))
    if end < 0:
        raise MultipartMalformed
    return _Part(_fields(piece[start:end]), piece[end + len(_BLANK) :])


def _fields(block: bytes) -> dict[str, str]:
    """Header fields by lower-case name; a folded line belongs to the one before it."""
    try:
        text = block.decode("ascii")
    except UnicodeDecodeError:
        raise MultipartMalformed from None
    fields: dict[str, str] = {}
    for line in filter(None, re.sub(r"\r\n[ \t]+", " ", text).split("\r\n")):
        field = _FIELD.fullmatch(line)
        if field is None or field[1].lower() in fields:
            raise MultipartMalformed
        fields[field[1].lower()] = field[2]
    if fields.get("content-transfer-encoding", "binary").strip(" \t").lower() not in _ENCODINGS:
        raise MultipartMalformed
    return fields


def _root(parts: list[_Part], start: str | None) -> _Part:
    """The part that ``start`` names, else the first (RFC 2387 section 3.2)."""
    if start is None:
        return parts[0]
    wanted = start.strip(" \t").removeprefix("<").removesuffix(">")
    for part in parts:
        if part.content_id() == wanted:
            return part
    raise MultipartMalformed


def _check_root(root: _Part) -> None:
    kind = read_media_type(root.fields.get("content-type", ""))
    if kind is None or kind.name not in _ROOT_TYPES or not kind.is_readable():
        raise MultipartMalformed
