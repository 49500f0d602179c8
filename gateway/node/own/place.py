"""Whether what is around a node lets it work: folders, disks, database, clock, release, what was agreed."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from gateway import clock
from gateway.conditions import Shortcoming, instant
from gateway.configuration.settings import is_loopback
from gateway.errors import StoreUnavailable
from gateway.node.own.state import OwnState
from gateway.node.tolerated import every_tolerance
from gateway.store.causes import cause_in_words
from gateway.store.errors import (
    DatabaseNotCurrent,
    DatabaseNotDurable,
    KeyFileInvalid,
    StoreCannotStart,
    StoreKeysDiffer,
)
from gateway.store.node_lock import NodeLockStanding
from transformers.terminology.errors import ReleaseAbsent, ReleaseChanged, ReleaseInvalid, ReleaseNotActivated

MEBIBYTE = 1024 * 1024
DISK_STOPS = 100 * MEBIBYTE
"""Below it a node may fail in the middle of a row."""
DISK_WARNS = 1024 * MEBIBYTE
NETWORK_FILE_SYSTEMS = frozenset(
    {"9p", "afs", "beegfs", "ceph", "cifs", "fuse.ceph", "fuse.glusterfs", "fuse.sshfs", "gfs2", "glusterfs", "gpfs"}
    | {"lustre", "ncpfs", "nfs", "nfs4", "ocfs2", "smb3", "smbfs", "virtiofs"}
)
"""As Linux names them in /proc/self/mountinfo."""
_WAVE_HOLDS = timedelta(days=180)
"""Countries move from one wave to the next about once a year."""
_MIGRATE = "ncpeh db migrate"


def configuration_agrees(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """Who we are, whom we answer, and who stands behind the documents fit together, and addresses are real ones."""
    for fault in state.disagreements:
        where, _, what = str(fault).partition(": ")
        yield Shortcoming(where, " ".join(what.split()), "correct it in the files below NCPEH_CONFIG")


def peers_are_agreed(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """Somebody may ask or be asked, and who is to be asked has an address."""
    rows = state.settings.countries.values()
    if state.settings.node.country_a_enabled and not any(row.asks for row in rows):
        what = "lets no country ask anything, so every request will be refused"
        yield Shortcoming("countries.toml", what, "give the countries that were agreed with their services in `asks`")
    for row in rows:
        if row.answers and (row.xcpd is None or row.xca is None):
            what = f"says that {row.code} may be asked, and has no address to ask it at (xcpd, xca)"
            yield Shortcoming("countries.toml", what, f"give the addresses of {row.code}")


def waves_were_seen_lately(state: OwnState, now: datetime) -> Iterator[Shortcoming]:
    """Of each country that asks or is asked, somebody saw within 180 days on which wave it is."""
    for row in state.settings.countries.values():
        if not (row.asks or row.answers):
            continue
        said, next_step = (
            f"has {row.code} on wave {row.wave}",
            f"look at the source ({row.source}), then state the day in wave_seen",
        )
        if row.wave_seen is None:
            yield Shortcoming("countries.toml", f"{said}, and not on which day that was seen", next_step)
        elif now.date() - row.wave_seen > _WAVE_HOLDS:
            yield Shortcoming("countries.toml", f"{said} as it was seen on {row.wave_seen}, long ago", next_step)


def tolerances_are_approved(state: OwnState, now: datetime) -> Iterator[Shortcoming]:
    """In production a second person approved each tolerance that has not ended."""
    for country, row in every_tolerance(state.settings) if state.settings.node.environment == "production" else ():
        if row.ends >= now.date() and (country, row) not in state.database.approved:
            nobody = "no second person's approval is in the evidence as far as this node can verify it"
            what = f"tolerates {row.deviation} of {country}, and {nobody}"
            next_step = f"ncpeh evidence approve-tolerance {country} {row.deviation} --by NAME --reason …"
            yield Shortcoming("countries.toml", what, next_step)


def nothing_is_tolerated(state: OwnState, now: datetime) -> Iterator[Shortcoming]:
    """Every assertion has to be as the profile says: each tolerance is told of, for as long as its row is there."""
    for country, row in every_tolerance(state.settings):
        if row.ends < now.date():
            what = f"tolerates {row.deviation} of {country} no more since {row.ends}"
            yield Shortcoming("countries.toml", what, "take the row out")
        else:
            what = f"tolerates {row.deviation} of {country} from {row.begins} to {row.ends} ({row.by}: {row.reason})"
            yield Shortcoming("countries.toml", what, f"take the row out when {country} no longer needs it")


def management_is_private(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """Who runs the node is answered without TLS and without being asked who that is: on this machine alone."""
    table = state.settings.management
    if table.enabled and not is_loopback(table.host):
        what = f"is {table.host}: whoever reaches that address may read how the node is"
        yield Shortcoming("management.host", what, "let a firewall keep all others away, or name a loopback address")


def folders_can_be_written(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """State, checkpoints and database have a folder, or one can be made."""
    for folder in state.folders:
        if folder.fault is not None:
            next_step = f"make it a folder of the user who runs the node, or name another one in {folder.key}"
            yield Shortcoming(f"{folder.path} ({folder.key})", folder.fault, next_step)


def database_file_is_local(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """A SQLite file lies on a disk of this machine: its locks do not hold over a network."""
    for folder in state.folders:
        if folder.key == "store.url" and folder.file_system in NETWORK_FILE_SYSTEMS:
            what = f"is on a network file system ({folder.file_system}), where SQLite may lose rows"
            next_step = "put the file on a disk of this machine, or use PostgreSQL"
            yield Shortcoming(f"{folder.path} ({folder.key})", what, next_step)


def disks_have_room(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """Each disk that is written to has 100 MiB."""
    return _disks(state, 0, DISK_STOPS)


def disks_are_not_filling(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """Each disk that is written to has 1 GiB."""
    return _disks(state, DISK_STOPS, DISK_WARNS)


def _disks(state: OwnState, least: int, below: int) -> Iterator[Shortcoming]:
    for folder in state.folders:
        if folder.free_bytes is not None and least <= folder.free_bytes < below:
            what = f"has {folder.free_bytes // MEBIBYTE} MiB left on its disk, and {below // MEBIBYTE} are needed"
            yield Shortcoming(f"{folder.path} ({folder.key})", what, "make room on the disk")


def store_keys_can_be_read(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """The file of store keys has a key, and no line that is none."""
    file = next(one for one in state.files if one.path == state.settings.path(state.settings.store.keys_file))
    fault = state.database.keys_fault
    if fault is not None and file.fault is None:  # `files-there` tells of one that is not there
        what = f"has no key in line {fault.line}" if isinstance(fault, KeyFileInvalid) else "has no key"
        yield Shortcoming(
            file.where, what, "write `id:key` lines, 32 bytes as base64url, each id once; or: ncpeh db new-key"
        )


def database_can_be_used(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """It answers, has the shape this program needs, keeps what it commits, takes rows, was written with our keys."""
    fault = state.database.fault
    if fault is not None:
        what, next_step = _unavailable(fault) if isinstance(fault, StoreUnavailable) else _unfit(state, fault)
        yield Shortcoming(state.database.name, what, next_step)


def _unavailable(fault: StoreUnavailable) -> tuple[str, str]:
    what, next_step = cause_in_words(fault.cause)
    return f"cannot be used: {what}", next_step


def _unfit(state: OwnState, fault: StoreCannotStart) -> tuple[str, str]:
    match fault:
        case DatabaseNotCurrent(found=None):
            return "is empty: it was never migrated", _MIGRATE
        case DatabaseNotCurrent(found=found, needed=needed):
            newer = found is not None and found > needed
            next_step = "start the newer program that migrated it" if newer else _MIGRATE
            return f"is at revision {found}, and this program needs {needed}", next_step
        case DatabaseNotDurable(setting=setting, value=value):
            return f"runs with {setting} = {value}, so that rows may be lost", f"set {setting} as PostgreSQL ships it"
        case StoreKeysDiffer(key_id=key_id, absent=absent):
            file = state.settings.path(state.settings.store.keys_file)
            lack = "has no key that it was written with" if absent else "has another one of that id"
            what = f"was written with a store key {key_id}, and {file} {lack}"
            return what, "put the key file there that belongs to this database"
    return "is of a kind that is not supported", "give store.url as sqlite:///PATH or postgresql://…"


def evidence_is_whole(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """Every row that this node remembers outside the database is in it."""
    missing, folder = state.database.missing, "evidence.checkpoint_directory"
    if state.database.unremembered is not None:
        where = f"{state.settings.path(state.settings.evidence.checkpoint_directory)} ({folder})"
        yield Shortcoming(where, state.database.unremembered, "let the user who runs the node read what is in it")
    if missing is not None:
        after = "the beginning" if missing.since is None else instant(missing.since)
        what = f"lacks rows {missing.first} to {missing.last} of the evidence, which were recorded after {after}"
        next_step = "put back what has them, or let a named person accept the loss: ncpeh evidence resume"
        yield Shortcoming(state.database.name, what, next_step, missing.since)


def node_runs_once(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """No other process is the node of this id on this database."""
    node = state.settings.node.node_id
    if state.database.lock is NodeLockStanding.ELSEWHERE:
        what = f"is {node}, and a node of that id is running on {state.database.name}"
        yield Shortcoming("node.node_id", what, "end the other one, or give this one an id of its own")
    elif state.database.lock is NodeLockStanding.UNKNOWN:
        what = f"is {node}, and whether a node of that id runs on {state.database.name} cannot be told"
        yield Shortcoming("node.node_id", what, "let the user who runs the node lock and write there")


def clock_does_not_stand_alone(state: OwnState, now: datetime) -> Iterator[Shortcoming]:
    """Others have not contradicted this node's clock when it last looked."""
    if state.database.clock is not None and state.database.clock.alone:
        what = f"says {instant(now)}, and the other clocks that this node reached said another time"
        yield Shortcoming("the clock", what, "set the clock right, or, if it is: ncpeh evidence accept-clock", now)


def no_row_is_of_the_future(state: OwnState, now: datetime) -> Iterator[Shortcoming]:
    """No row was written by a clock that was ahead of this one, which nobody has accepted."""
    newest = None if state.database.clock is None else state.database.clock.newest
    if newest is not None and newest - now > clock.MARGIN:
        what = f"has a row of {instant(newest)}, and this node's clock says {instant(now)}"
        yield Shortcoming(
            state.database.name, what, "find the clock that is wrong; ncpeh evidence accept-clock", newest
        )


def no_mail_is_unclaimed(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """Every message of the national mailbox answered a message of ours."""
    if (count := state.database.unclaimed_mail) > 0:
        what = f"holds {count} message{'s' if count > 1 else ''} of the national mailbox that answer nothing of ours"
        yield Shortcoming(state.database.name, what, "ask who sent them; they are kept, sealed, in mail_found")


def no_dispensation_waits(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """Every dispensing, abroad and here, could be settled by asking."""
    if (count := state.database.undecided) > 0:
        what = f"holds {count} dispensing{'s' if count > 1 else ''} that nobody could find out about"
        yield Shortcoming(state.database.name, what, "ncpeh dispensations show, and decide")


def releases_answer(state: OwnState, _now: datetime) -> Iterator[Shortcoming]:
    """For each wave that is spoken there is a release in force, and its file is the one that was approved."""
    for wave, fault in sorted(state.database.releases.items()):
        what, next_step = _release(fault)
        yield Shortcoming(f"terminology of wave {wave}", what, next_step)


def _release(fault: ReleaseInvalid) -> tuple[str, str]:
    if isinstance(fault, ReleaseNotActivated):
        return "has no release in force", "ncpeh terminology activate, or node.terminology = starter outside production"
    if isinstance(fault, ReleaseAbsent):
        return f"has a release in force whose file is not there: {fault.file}", "put the file back from its import"
    if isinstance(fault, ReleaseChanged):
        return f"has a release in force whose file was changed: {fault.file}", "put back the file that was approved"
    return f"has a release in force whose file cannot be read: {fault.file}", "put back the file that was approved"
