"""The release that a command or a page works with: the one in force in the node's state, the starter, one by name."""

from contextlib import closing
from pathlib import Path

from gateway.configuration.settings import Settings
from gateway.store.engine import Store
from gateway.store.errors import StoreCannotStart
from gateway.store.revision import require_current
from gateway.terminology.activations import Activation, in_force, known_releases
from gateway.terminology.errors import ReleaseNotKnown
from gateway.terminology.library import FOLDER, Library
from transformers.terminology.release import Release, load_starter

_SQLITE = "sqlite:///"


def release_chosen(settings: Settings, wave: int) -> Release:
    """The release in force for a wave, with the members of that wave; the starter's where nothing was activated.

    Raises StoreUnavailable (a database that does not answer is no absent one) and leaves of ReleaseInvalid.
    """
    return release_in_force(settings, wave) or load_starter(settings.files["terminology"]).for_wave(wave)


def release_in_force(settings: Settings, wave: int) -> Release | None:
    """The release that was activated for a wave, with the members of that wave; None where nothing was.

    Raises StoreUnavailable and leaves of ReleaseInvalid.
    """
    found = _in_force(settings, wave)
    if found is None or found.release is None or found.sha256 is None:
        return None
    return Library(settings.state / FOLDER).open(found.release, found.sha256).for_wave(wave)


def release_named(settings: Settings, name: str) -> Release:
    """``starter``, the file of a release (whatever its name, or ``.sqlite``), or one that was imported, by its id.

    Raises ReleaseNotKnown, StoreUnavailable, StoreCannotStart and leaves of ReleaseInvalid.
    """
    if name == "starter":
        return load_starter(settings.files["terminology"])
    if Path(name).suffix == ".sqlite" or Path(name).is_file():
        return Release.open(Path(name))
    if _without_database(settings):
        raise ReleaseNotKnown(name)
    with closing(Store.open(settings.store_url())) as store:
        require_current(store)
        found = [known for known in known_releases(store) if known.release == name]
    if not found:
        raise ReleaseNotKnown(name)
    return Library(settings.state / FOLDER).open(name, found[0].sha256)


def _in_force(settings: Settings, wave: int) -> Activation | None:
    """None too where there is no node's database yet."""
    if _without_database(settings):
        return None
    try:
        with closing(Store.open(settings.store_url())) as store:
            require_current(store)
            return in_force(store, wave)
    except StoreCannotStart:
        return None


def _without_database(settings: Settings) -> bool:
    """Whether no node has run here yet: where there is no file of a database, nothing was imported or activated."""
    url = settings.store_url()
    return url.startswith(_SQLITE) and not Path(url.removeprefix(_SQLITE)).exists()
