"""The release files of a node: a folder, one file a release, written whole or not at all and never changed."""

import contextlib
import errno
import os
import tempfile
from pathlib import Path

from transformers.terminology.errors import ReleaseUnwritable
from transformers.terminology.release import Release

FOLDER = "terminology"
"""Below the state directory."""


class Library:
    """Release files in ``folder``, which is made when the first is kept."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, release: str) -> Path:
        """Where the file of a release is."""
        return self._folder / f"{release}.sqlite"

    def keep(self, release: str, content: bytes) -> Path:
        """Write the file, durable when this returns; other files are not touched. Raises ReleaseUnwritable."""
        path = self.path(release)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_whole(path, content)
        except OSError as fault:
            raise ReleaseUnwritable(path.name, 0, errno.errorcode.get(fault.errno or 0, "?")) from fault
        return path

    def open(self, release: str, sha256: str) -> Release:
        """The release, of the very file that was imported. Raises ReleaseAbsent, ReleaseChanged, ReleaseUnreadable."""
        return Release.open(self.path(release), sha256)


def write_whole(path: Path, content: bytes) -> None:
    """Under another name, flushed, then renamed: a reader sees the old file or the whole new one. Raises OSError."""
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(beside).chmod(0o444)
        Path(beside).replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            Path(beside).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
