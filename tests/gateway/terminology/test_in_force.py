"""The release a running node answers with: followed at the next transaction, never half, never another file."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.store.engine import Store
from gateway.terminology.acts import Act, Office
from gateway.terminology.in_force import ReleasesInForce
from gateway.terminology.library import Library
from tests.support.nodes.evidence import chain
from tests.support.nodes.stores import NOW
from tests.support.terminology.packages import EDQM, MVC, facts, files, include, value_set
from transformers.model.finding import Report
from transformers.terminology.compose import compose
from transformers.terminology.errors import ReleaseAbsent, ReleaseChanged, ReleaseNotActivated
from transformers.terminology.importers_fhir import read_resources
from transformers.terminology.release import Release

Activate = Callable[..., str]


def content(name: str) -> bytes:
    forms = include(*((str(n), name) for n in range(200)), version="1")
    return compose([read_resources(files(value_set(compose={"include": [forms]})), facts())], facts(), name)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "terminology")


@pytest.fixture
def activate(store: Store, library: Library) -> Activate:
    office, minutes = Office(store, chain(store), library, "no-1"), iter(range(1000))

    def act(by: str) -> Act:
        return Act(by, NOW + timedelta(minutes=next(minutes)), uuid4)

    def make(name: str, wave: int = 0) -> str:
        release = office.keep(content(name), act("Kari Import")).id
        if not any(k == release for k in approved):
            office.approve(release, act("Ola Fagansvarlig"))
            approved.add(release)
        office.activate(release, act("Drift"), Report(), wave=wave)
        return release

    approved: set[str] = set()
    return make


@pytest.fixture
def node(store: Store, library: Library) -> ReleasesInForce:
    node = ReleasesInForce(store, library, Release(content("starter")))
    node.start(frozenset({8, 9}))
    return node


def word(release: Release) -> str | None:
    found = release.concept(MVC + "2", EDQM, "7")
    return found.display if found else None


def test_the_starter_is_in_force_until_a_release_is_activated(node: ReleasesInForce, activate: Activate):
    assert word(node(8)) == "starter"
    release = activate("a")
    assert (node(8).id, word(node(8))) == (release, "a")


def test_a_transaction_ends_on_the_release_it_began_with(node: ReleasesInForce, activate: Activate):
    activate("a")
    began_with = node(8)
    activate("b")
    assert (word(began_with), word(node(8))) == ("a", "b")


def test_waves_are_followed_apart(node: ReleasesInForce, activate: Activate):
    activate("a")
    activate("b", wave=9)
    assert (word(node(8)), word(node(9))) == ("a", "b")


def test_one_release_for_two_waves_is_held_once(node: ReleasesInForce, activate: Activate):
    activate("a")
    assert node(8).manifest is node(9).manifest
    assert (node(8).wave, node(9).wave) == (8, 9)
    assert node(8) is node(8)


def test_a_release_that_is_deleted_or_overwritten_under_a_running_node_goes_on(
    node: ReleasesInForce, activate: Activate, library: Library
):
    path = library.path(activate("a"))
    held = node(8)
    path.chmod(0o644)
    path.write_bytes(content("b")[:100])
    assert (node(8), word(held), held.count(MVC + "2")) == (held, "a", 200)
    path.unlink()
    assert held.digest() == held.manifest["digest"]


def test_a_node_does_not_start_on_a_file_that_is_gone_or_another(activate: Activate, store: Store, library: Library):
    path = library.path(activate("a"))
    whole = path.read_bytes()
    path.unlink()
    with pytest.raises(ReleaseAbsent):
        ReleasesInForce(store, library, None).start(frozenset({8}))
    path.write_bytes(content("b"))
    with pytest.raises(ReleaseChanged):
        ReleasesInForce(store, library, None).start(frozenset({8}))
    path.unlink()
    path.write_bytes(whole)
    started = ReleasesInForce(store, library, None)
    started.start(frozenset({8}))
    assert word(started(8)) == "a"


def test_a_node_that_needs_an_activated_release_does_not_start_without(store: Store, library: Library):
    with pytest.raises(ReleaseNotActivated):
        ReleasesInForce(store, library, None).start(frozenset({8}))


def test_a_node_that_cannot_follow_goes_on_and_follows_when_the_file_is_back(
    node: ReleasesInForce, activate: Activate, library: Library
):
    activate("a")
    assert word(node(8)) == "a"
    path = library.path(activate("b"))
    away = path.rename(path.with_suffix(".away"))
    assert word(node(8)) == "a"
    away.rename(path)
    assert word(node(8)) == "a"
    node.tidy()
    assert word(node(8)) == "b"


def test_activations_under_load_drop_no_request_and_mix_no_releases(node: ReleasesInForce, activate: Activate):
    ids = {}
    stop, faults, served = threading.Event(), [], [0] * 4

    def serve(number: int) -> None:
        while not stop.is_set() or served[number] < 50:
            release = node(8)
            words = {c.display for c in release.members(MVC + "2")} | {word(release)}
            if len(words) != 1:
                faults.append(words)
            served[number] += 1

    threads = [threading.Thread(target=serve, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for name in "abcab":
        ids[name] = activate(name)
    stop.set()
    for thread in threads:
        thread.join()
    assert faults == []
    assert all(count >= 50 for count in served)
    assert node(8).id == ids["b"]
