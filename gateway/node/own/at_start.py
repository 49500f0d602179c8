"""Files that a node reads when it starts and never again: as they stood then, and which of them have changed since.

What certificates, keys and lists are made of follows its files (`gateway/last_good.py`); a changed configuration would
be half in force, and a product register of 100 MB is not read beside answers. So whoever changes one is told to start
the node again.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from gateway.configuration.settings import Settings
from gateway.last_good import FileState, file_state

StartFiles = Mapping[str, tuple[FileState, bytes | None]]
"""By the key or the name of the configuration that names it: how a file stood, and the digest of a small one."""
_SMALL: Final = 16 * 1024 * 1024


def files_at_start(settings: Settings) -> StartFiles:
    """How they stand now: to be asked before any of them is read."""
    files = {f"config/{path.name}": path for path in settings.files.values() if path.is_file()}
    files["store.keys_file"] = settings.path(settings.store.keys_file)
    fest = _fest_file(settings)
    if fest is not None:
        files["national.prescription_export.fest_file"] = fest
    return {key: (file_state(path), _digest(path)) for key, path in files.items()}


def changed_since(began: StartFiles) -> dict[str, Path]:
    """Those that say something else now, by the same key; of a large one, those that were written again."""
    changed = {}
    for key, (before, digest) in sorted(began.items()):
        path = before[0]
        if file_state(path) != before and (digest is None or _digest(path) != digest):
            changed[key] = path
    return changed


def _digest(path: Path) -> bytes | None:
    """None for a file that is large, or that cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).digest() if path.stat().st_size <= _SMALL else None
    except OSError:
        return None


def _fest_file(settings: Settings) -> Path | None:
    """Of national.toml, whose other keys may still be wrong; None on a node that answers nobody."""
    table: object = settings.tables["national"].get("national")
    for key in ("prescription_export", "fest_file"):
        table = table.get(key) if isinstance(table, Mapping) else None
    known = isinstance(table, str) and table and settings.node.country_a_enabled
    return settings.path(Path(str(table))) if known else None
