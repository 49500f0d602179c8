"""Reads what is around a node: folders and their disks, the database with all that stands in it, what was agreed."""

import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cryptography import x509
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from gateway.configuration.document_types import load_document_types
from gateway.configuration.errors import SettingsError
from gateway.configuration.permissions import read_agreements
from gateway.configuration.refusals import load_refusals
from gateway.configuration.settings import Settings
from gateway.errors import StoreUnavailable
from gateway.evidence.approve_tolerance import CountryTolerance, approved_tolerances
from gateway.evidence.checkpoints import signed_heads
from gateway.evidence.head_file import read_head_files
from gateway.evidence.missing import MissingRows, missing_rows
from gateway.faces.terminology.tables import read_uris
from gateway.handouts.closing import cases_for_people
from gateway.node.agreed import home, require_outgoing_layers, require_responsible_person, require_writers, waves_spoken
from gateway.node.foundation import pem_certificates
from gateway.node.norway import national_table
from gateway.node.own.at_start import StartFiles
from gateway.node.own.state import OwnDatabase, OwnFolder
from gateway.node.tolerated import every_tolerance
from gateway.store.engine import Store
from gateway.store.errors import KeyFileInvalid, KeyFileUnreadable, StoreCannotStart
from gateway.store.key_proofs import require_same_keys
from gateway.store.keys import KeyRing
from gateway.store.mail import unclaimed_mail
from gateway.store.node_lock import NodeLock
from gateway.store.revision import require_current
from gateway.store.timekeeping import clock_on_record
from gateway.terminology.activations import in_force
from gateway.terminology.library import FOLDER, Library
from transformers.terminology.errors import ReleaseInvalid, ReleaseNotActivated

_MOUNTS = Path("/proc/self/mountinfo")
_POINT = 4
"""Which field of a line is the place where it is mounted."""
_ESCAPED = re.compile(r"\\([0-7]{3})")
"""A blank of the place, as ``\\040``."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked through things that are open already; each is None where it is not."""

    lock: NodeLock | None = None
    """Of this node's id; it is taken, and stays with whoever gave it."""
    store: Store | None = None
    """Stays open."""
    releases: Callable[[], Mapping[int, ReleaseInvalid]] | None = None
    """By wave, why the release in force does not answer."""
    approved: frozenset[CountryTolerance] | None = None
    """The tolerances that are in force since the process began."""
    began: StartFiles | None = None
    """How the files that are read at a start alone stood then."""


def disagreements(settings: Settings) -> list[SettingsError]:
    """Each part of the configuration that cannot be read, or does not agree with the rest."""
    files = settings.files
    parts: list[Callable[[], object]] = [
        lambda: home(settings),
        lambda: load_document_types(files["document_types"]),
        lambda: load_refusals(files["refusals"]),
        lambda: read_agreements(settings),
        lambda: read_uris(settings),
        lambda: require_outgoing_layers(settings),
    ]
    if settings.node.country_a_enabled:
        needed = (require_writers, national_table, require_responsible_person)
        parts += [partial(part, settings) for part in needed]
    found = []
    for part in parts:
        try:
            part()
        except SettingsError as fault:
            found.append(fault)
    return found


def read_folders(settings: Settings) -> list[OwnFolder]:
    """The folders that a node writes to; one that is not there yet is where it will be made."""
    folders = {
        "NCPEH_STATE": settings.state,
        "evidence.checkpoint_directory": settings.path(settings.evidence.checkpoint_directory),
    }
    if (file := _sqlite_file(settings)) is not None:
        folders["store.url"] = file.parent
    return [_folder(key, path) for key, path in folders.items()]


def _folder(key: str, path: Path) -> OwnFolder:
    there = next(one for one in (path, *path.parents) if _is_there(one))
    if not there.is_dir():
        what = "is a file" if there == path else f"lies below the file {there}"
        return OwnFolder(key, path, fault=f"{what}, and a directory is needed there")
    if not os.access(there, os.W_OK | os.X_OK):
        return OwnFolder(key, path, fault=f"cannot be written: the user who runs the node may not write to {there}")
    try:
        free = shutil.disk_usage(there).free
    except OSError as fault:
        return OwnFolder(key, path, fault=f"cannot be asked for its free space ({fault.strerror})")
    return OwnFolder(key, path, free, file_system=file_system_of(there.resolve(), _mounts()))


def would_wait(path: Path) -> bool:
    """Whether who reads it may wait for who writes it: it is a pipe, a socket or a device."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return False  # reading it says what is wrong
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _is_there(path: Path) -> bool:
    """False also below a folder that may not be searched, where nothing could be made either."""
    try:
        return path.exists()
    except OSError:
        return False


def file_system_of(path: Path, mounts: str) -> str:
    """The kind of file system that a path without links lies on, by the text of /proc/self/mountinfo (proc(5)).

    Empty when no line tells.
    """
    deepest, kind = -1, ""
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        fields = before.split(" ")
        if len(fields) > _POINT and after:
            point = Path(_ESCAPED.sub(lambda found: chr(int(found[1], 8)), fields[_POINT]))
            if path.is_relative_to(point) and len(point.parts) >= deepest:  # of two on one point the later one counts
                deepest, kind = len(point.parts), after.split(" ")[0]
    return kind


def _mounts() -> str:
    try:
        return _MOUNTS.read_text("utf-8", "replace")
    except OSError:  # another system than Linux
        return ""


def _sqlite_file(settings: Settings) -> Path | None:
    try:
        url = make_url(settings.store_url())
    except ArgumentError:
        return None
    return Path(url.database) if url.get_backend_name() == "sqlite" and url.database else None


def read_database(settings: Settings, asked: Asked) -> OwnDatabase:
    """Reached, read, of the right shape, written, with the right keys: the first thing in the way ends it."""
    name = _name(settings)
    try:
        keys, keys_fault = _store_keys(settings.path(settings.store.keys_file)), None
    except (KeyFileInvalid, KeyFileUnreadable) as fault:
        keys, keys_fault = None, fault
    try:
        if asked.store is not None:
            found = _read(settings, asked, asked.store, keys)
        else:
            with closing(Store.open(settings.store_url())) as store:
                found = _read(settings, asked, store, keys)
    except (StoreUnavailable, StoreCannotStart) as fault:
        return OwnDatabase(name, fault, keys_fault)
    return replace(found, name=name, keys_fault=keys_fault)


def _store_keys(path: Path) -> KeyRing:
    """Raises KeyFileInvalid, KeyFileUnreadable."""
    if would_wait(path):
        raise KeyFileUnreadable(str(path), "it is no plain file")
    return KeyRing.read(path)


def _name(settings: Settings) -> str:
    try:
        url = make_url(settings.store_url())
    except ArgumentError:
        return "store.url"
    where = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
    return f"{where} (store.url)"


def _read(settings: Settings, asked: Asked, store: Store, keys: KeyRing | None) -> OwnDatabase:
    require_current(store)
    store.require_writable()
    if keys is not None:
        require_same_keys(store, keys)
    missing, unremembered = _missing(settings, store, keys)
    return OwnDatabase(
        name="",
        fault=None,
        missing=missing,
        unremembered=unremembered,
        lock=None if asked.lock is None else asked.lock.standing() if asked.store is not None else asked.lock.take(),
        clock=clock_on_record(store, settings.node.node_id),
        unclaimed_mail=unclaimed_mail(store),
        undecided=cases_for_people(store),
        releases=asked.releases() if asked.releases is not None else dict(_release_faults(settings, store)),
        approved=asked.approved if asked.approved is not None else _approved(settings, store, keys),
    )


def _approved(settings: Settings, store: Store, keys: KeyRing | None) -> frozenset[CountryTolerance]:
    """What can be verified by the head file; without keys or a readable file nothing."""
    folder, node = settings.path(settings.evidence.checkpoint_directory), settings.node.node_id
    if keys is None or not folder.is_dir():
        return frozenset()
    try:
        told = read_head_files(folder, keys).get(f"head-{node}.json")
    except OSError:
        return frozenset()
    return approved_tolerances(store, every_tolerance(settings), told)


def _missing(settings: Settings, store: Store, keys: KeyRing | None) -> tuple[MissingRows | None, str | None]:
    """Rows that this node remembers outside and that are not there; keys and seal that cannot be read are told of."""
    folder, node = settings.path(settings.evidence.checkpoint_directory), settings.node.node_id
    if keys is None or not folder.is_dir():
        return None, None
    try:
        told = read_head_files(folder, keys).get(f"head-{node}.json")
        seal = _seal_certificate(settings)
        signed = iter(()) if seal is None else signed_heads(folder, node, seal)
        with store.reading() as connection:
            return missing_rows(connection, told, signed), None
    except OSError as fault:
        return None, f"has a file that cannot be read ({fault.strerror})"


def _seal_certificate(settings: Settings) -> x509.Certificate | None:
    try:
        return pem_certificates(settings.path(settings.seal.certificate_file))[0]
    except SettingsError:
        return None


def _release_faults(settings: Settings, store: Store) -> Iterator[tuple[int, ReleaseInvalid]]:
    """As a node opens them at its start; the starter answers where it may and nothing was activated."""
    library = Library(settings.state / FOLDER)
    good: set[str] = set()
    for wave in sorted(waves_spoken(settings)):
        found = in_force(store, wave)
        try:
            if found is None or found.release is None or found.sha256 is None:
                if settings.node.terminology == "activated":
                    raise ReleaseNotActivated("node.toml", 0)
            elif found.sha256 not in good:
                library.open(found.release, found.sha256)
                good.add(found.sha256)
        except ReleaseInvalid as fault:
            yield wave, fault
