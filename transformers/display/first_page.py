"""The first page of a PDF as a picture (PNG, grey), so that whoever reads a page sees what the file holds.

PDFium runs nothing of the file here: no script, no form, no link is followed. It is C++ that reads a stranger's bytes,
so that it runs as a process of its own (`python -m transformers.display.first_page`), which bounds its own time and
memory before it reads a PDF, and writes what `packed` makes; who starts it is `gateway/pictures.py`.
"""

import resource
import struct
import sys
import zlib
from dataclasses import dataclass, field
from typing import Final

from transformers.display.errors import NotPictured

PNG: Final = b"\x89PNG\r\n\x1a\n"
WIDTH, HEIGHT = 1_000, 1_600
"""Points of the largest picture: an A4 page at some 120 to the inch."""
_COUNT: Final = struct.Struct(">I")
_PROCESSOR_SECONDS: Final = 8
_MEMORY: Final = 1 << 30
"""Bytes of address space, that of Python and PDFium (some 300 MiB) included."""
_MOST_PAGES: Final = 100_000


@dataclass(frozen=True, slots=True)
class FirstPage:
    """A picture of the first page (PNG), and of how many pages it is the first."""

    picture: bytes = field(repr=False)
    pages: int


def first_page_of(pdf: bytes) -> FirstPage:
    """The first page of a PDF. Raises NotPictured for what PDFium cannot open or draw, or has no page."""
    import pypdfium2  # type: ignore[import-untyped] # it has no types; where the first picture is made: no other process loads PDFium

    try:
        with pypdfium2.PdfDocument(pdf) as document:
            pages = len(document)
            if not 0 < pages <= _MOST_PAGES:
                raise NotPictured
            page = document[0]
            width, height = page.get_size()
            if not (width >= 1 and height >= 1):
                raise NotPictured
            scale = min(WIDTH / width, HEIGHT / height)
            drawn = page.render(scale=scale, grayscale=True, may_draw_forms=False)
            wide, high, stride = drawn.width, drawn.height, drawn.stride
            raw = bytes(drawn.buffer)
    except (pypdfium2.PdfiumError, ValueError, OverflowError, MemoryError) as fault:
        raise NotPictured from fault
    if not (0 < wide <= WIDTH + 1 and 0 < high <= HEIGHT + 1):
        raise NotPictured
    return FirstPage(_png(wide, high, [raw[at * stride : at * stride + wide] for at in range(high)]), pages)


def _png(width: int, height: int, rows: list[bytes]) -> bytes:
    """Eight bits of grey a point (PNG, ISO/IEC 15948): each row unfiltered."""
    packed = zlib.compress(b"".join(b"\0" + row for row in rows), 6)
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return PNG + _chunk(b"IHDR", head) + _chunk(b"IDAT", packed) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def packed(page: FirstPage) -> bytes:
    """The number of pages in four bytes, then the picture."""
    return _COUNT.pack(page.pages) + page.picture


def unpacked(content: bytes) -> FirstPage:
    """What `packed` made. Raises NotPictured for anything else."""
    picture = content[_COUNT.size :]
    if len(content) < _COUNT.size or not picture.startswith(PNG):
        raise NotPictured
    return FirstPage(picture, _COUNT.unpack(content[: _COUNT.size])[0])


def _bound() -> None:
    """Bounds that this process cannot lift again, so that what PDFium does with a stranger's bytes ends in any case."""
    for what, most in (
        (resource.RLIMIT_CPU, _PROCESSOR_SECONDS),
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    _bound()
    try:
        sys.stdout.buffer.write(packed(first_page_of(sys.stdin.buffer.read())))
    except NotPictured:
        sys.exit(1)
