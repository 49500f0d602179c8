"""The first page of a foreign PDF as a picture, made by a process that has little time, memory and nothing else.

What PDFium does with a stranger's bytes happens there: a crash, a hang or a hunger for memory costs the picture and
nothing else, and the page says that there is none.
"""

import subprocess
import sys
from typing import Final

from transformers.display.errors import NotPictured
from transformers.display.first_page import FirstPage, unpacked

_SECONDS: Final = 10
_LARGEST: Final = 8 * 1024 * 1024
"""Bytes of a picture: a page of noise has less."""


def first_page(pdf: bytes) -> FirstPage | None:
    """The first page of a PDF, None where no picture could be made of it, which its page says."""
    command = [sys.executable, "-I", "-m", "transformers.display.first_page"]
    try:
        made = subprocess.run(  # noqa: S603 - our own module, its input on a pipe
            command, input=pdf, capture_output=True, timeout=_SECONDS, env={}, check=False
        )
    except subprocess.TimeoutExpired:
        return None
    if made.returncode != 0 or len(made.stdout) > _LARGEST:
        return None
    try:
        return unpacked(made.stdout)
    except NotPictured:
        return None
