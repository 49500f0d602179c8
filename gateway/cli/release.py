"""The release a command works with; what keeps it from being opened ends the command with its reason."""

from gateway.cli.db import unreadable
from gateway.configuration.settings import Settings
from gateway.errors import StoreUnavailable
from gateway.terminology.chosen import release_chosen
from transformers.terminology.errors import ReleaseInvalid
from transformers.terminology.release import Release

WAVE = 8
"""Of documents that a tester makes without a peer whose wave they would have."""


def opened_release(settings: Settings, wave: int = WAVE) -> Release:
    """The release in force for a wave, else the starter. Exit 2 when the one in force cannot be opened."""
    try:
        return release_chosen(settings, wave)
    except (StoreUnavailable, ReleaseInvalid) as fault:
        raise unreadable(fault) from None
