"""The release in force, as a running node has it: asked once per transaction, which ends on the release it began with.

A new activation is seen at the next transaction. If its file is not there or not the approved one, the node goes on
with the release it holds and says so in its log; a node that starts is refused. Waves are served side by side, each
from its own release or from its own members of the same one.
"""

import threading

from gateway.log_lines import logger
from gateway.store.engine import Store
from gateway.terminology.activations import Activation, in_force
from gateway.terminology.library import Library
from transformers.terminology.errors import ReleaseInvalid, ReleaseNotActivated
from transformers.terminology.release import Release

_LOG = logger("ncpeh.terminology")


class ReleasesInForce:
    """Callable by wave. ``starter`` is in force where nothing was activated; without it such a node does not start."""

    def __init__(self, store: Store, library: Library, starter: Release | None) -> None:
        self._store = store
        self._library = library
        self._starter = starter
        self._turn = threading.Lock()
        self._held: dict[int, tuple[int, Release]] = {}
        """By wave: the generation seen, and the release that answers."""
        self._missed: dict[int, ReleaseInvalid] = {}
        """Waves whose activation could not be followed, and why."""

    def start(self, waves: frozenset[int]) -> None:
        """Open what is in force for each wave, so that a node never starts without.

        Raises ReleaseNotActivated, ReleaseAbsent, ReleaseChanged, ReleaseUnreadable, StoreUnavailable.
        """
        for wave in sorted(waves):
            found = in_force(self._store, wave)
            self._held[wave] = (found.generation if found else 0, self._opened(found).for_wave(wave))

    def __call__(self, wave: int) -> Release:
        """The release in force for a wave. Raises StoreUnavailable; ReleaseInvalid for a wave never served before."""
        found = in_force(self._store, wave)
        generation = found.generation if found else 0
        held = self._held.get(wave)
        if held is not None and held[0] == generation:
            return held[1]
        with self._turn:
            return self._changed(wave, generation, found)

    def tidy(self) -> None:
        """To be called now and then: an activation that could not be followed is tried again."""
        with self._turn:
            for wave in self._missed:
                self._held[wave] = (-1, self._held[wave][1])
            self._missed.clear()

    def missed(self) -> dict[int, ReleaseInvalid]:
        """Waves that answer from an older release than the one in force, and why."""
        return dict(self._missed)

    def _changed(self, wave: int, generation: int, found: Activation | None) -> Release:
        held = self._held.get(wave)
        if held is not None and held[0] >= generation:
            return held[1]
        try:
            release = self._opened(found).for_wave(wave)
        except ReleaseInvalid as fault:
            if held is None:
                raise
            _LOG.error("release-not-used", wanted=found.release if found else None, fault=type(fault).__name__)
            self._missed[wave] = fault
            release = held[1]
        self._held[wave] = (generation, release)
        return release

    def _opened(self, found: Activation | None) -> Release:
        if found is None or found.release is None or found.sha256 is None:
            if self._starter is None:
                raise ReleaseNotActivated("node.toml", 0)
            return self._starter
        for _, release in self._held.values():
            if release.sha256 == found.sha256:
                return release
        return self._library.open(found.release, found.sha256)
