"""Norway's terminology office over a running node's own database and folder, without a command line."""

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from gateway import clock
from gateway.configuration.settings import Settings
from gateway.demonstration.world import World
from gateway.node.foundation import open_foundation
from gateway.terminology.acts import Act, Office
from gateway.terminology.errors import AlreadyInForce, NothingBefore
from gateway.terminology.library import FOLDER, Library
from tests.support.terminology.packages import TABLES, facts, files, value_set
from transformers.model.finding import Report
from transformers.terminology.compose import compose
from transformers.terminology.importers_csv import read_tables
from transformers.terminology.importers_fhir import read_resources


def office_of(world: World) -> AbstractContextManager[Office]:
    """The office of the Norwegian node."""
    return office_on(world.settings("NO"))


@contextmanager
def office_on(settings: Settings) -> Iterator[Office]:
    """The office of the node that is configured so."""
    foundation = open_foundation(settings)
    try:
        yield Office(foundation.store, foundation.chain, Library(settings.state / FOLDER), settings.node.node_id)
    finally:
        foundation.close(clock.now())


def act(by: str) -> Act:
    return Act(by, clock.now(), clock.new_id)


def release_content(name: str) -> bytes:
    """A release file of the shipped tables and one small value set, other for every name."""
    known = facts()
    parts = [read_resources(files(value_set(3, "eHDSIPackage", version=name)), known), read_tables(TABLES, known)]
    return compose(parts, known, name)


def approved(office: Office, name: str) -> str:
    """The id of a release of the shipped tables and one small value set, imported and approved."""
    release = office.keep(release_content(name), act("Kari Import")).id
    office.approve(release, act("Ola Fagansvarlig"))
    return release


def act_at_random(office: Office, releases: list[str], choices: random.Random) -> str:
    """One act of those an operator has, for every wave or for one; what it was. Refused acts are acts too."""
    wave = choices.choice((0, 0, 8, 9))
    try:
        if choices.random() < 0.4:
            return f"back to {office.roll_back(act('Drift'), wave=wave).release} for {wave}"
        release = choices.choice(releases)
        office.activate(release, act("Drift"), Report(), wave=wave)
    except (AlreadyInForce, NothingBefore) as refused:
        return type(refused).__name__
    return f"{release} for {wave}"


def back_to_the_start(office: Office) -> None:
    """The starter release is in force again for every wave."""
    for wave in (8, 9, 0):
        while True:
            try:
                office.roll_back(act("Drift"), wave=wave)
            except NothingBefore:
                break
