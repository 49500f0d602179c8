"""The release that a command or a page works with: the one in force in the node's state, else the starter."""

from contextlib import closing
from pathlib import Path

from gateway.configuration.settings import Settings
from gateway.store.engine import Store
from gateway.store.errors import StoreCannotStart
from gateway.store.revision import require_current
from gateway.terminology.activations import Activation, in_force
from gateway.terminology.library import FOLDER, Library
from transformers.terminology.release import Release, load_starter

_SQLITE = "sqlite:///"


def release_chosen(settings: Settings, wave: int) -> Release:
    """The release in force for a wave, with the members of that wave; the starter's where nothing was activated.

    Raises StoreUnavailable (a database that does not answer is no absent one) and leaves of ReleaseInvalid.
    """
    found = _in_force(settings, wave)
    if found is None or found.release is None or found.sha256 is None:
        return load_starter(settings.files["terminology"]).for_wave(wave)
    return Library(settings.state / FOLDER).open(found.release, found.sha256).for_wave(wave)


def _in_force(settings: Settings, wave: int) -> Activation | None:
    """None too where there is no node's database yet."""
    url = settings.store_url()
    if url.startswith(_SQLITE) and not Path(url.removeprefix(_SQLITE)).exists():
        return None
    try:
        with closing(Store.open(url)) as store:
            require_current(store)
            return in_force(store, wave)
    except StoreCannotStart:
        return None
