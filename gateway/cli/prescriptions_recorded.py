"""Of a person by number: what was decided when a country last asked for her prescriptions, by this node's evidence."""

from contextlib import closing
from typing import Any, Final

import typer

from gateway import clock
from gateway.cli.edge import say
from gateway.cli.person import person_from_input
from gateway.configuration.settings import CountryRow, Settings
from gateway.errors import PatientDeceased, PatientProtected, PatientReserved, SharingBlocked
from gateway.evidence.read import EventFilter, find_events
from gateway.exchange.ports import KeptDocument
from gateway.journal.taken import taken_now
from gateway.national.refusals_to_patients import RefusedAbroad, every_refusal
from gateway.national.why_not_abroad import (
    BLOCKED,
    COUNTRY_NOT_AGREED,
    DECEASED,
    PROTECTED,
    RESERVED,
    TAKEN_ABROAD,
    PrescriptionAbroad,
    has_words,
)
from gateway.node.shelf import Shelf
from gateway.store.documents import IssuedDocuments
from gateway.store.engine import Store
from gateway.store.keys import KeyRing
from gateway.store.revision import require_current
from transformers.cda.kinds import PRESCRIPTION_CODE

_PERSON: Final = {
    PatientReserved.__name__: RESERVED,
    SharingBlocked.__name__: BLOCKED,
    PatientProtected.__name__: PROTECTED,
    PatientDeceased.__name__: DECEASED,
}
"""Refusals of the person, by the class that evidence keeps."""
_REFUSALS: Final = frozenset(one.__name__ for one in every_refusal())
_LAST: Final = 5
"""Refusals that are told, the newest."""
_ASKED: Final = "prescriptions"
"""Among the services asked (`access.origins`): the query was one for prescriptions."""


def recorded_abroad(
    person: str, country: CountryRow, settings: Settings
) -> tuple[list[PrescriptionAbroad], list[RefusedAbroad]]:
    """Each that was listed to the country, or held back, in its last answered query (when that was, on stderr).

    Beside them what its pharmacies were refused last. Raises typer.BadParameter for no number, typer.Exit (1) when that
    country never asked.
    """
    asked = person_from_input(person)
    keys = KeyRing.read(settings.path(settings.store.keys_file))
    with closing(Store.open(settings.store_url())) as store:
        require_current(store)
        wanted = EventFilter(country=country.code, persons=keys.persons(asked))
        events = [event for event in find_events(store, wanted) if event["direction"] == "inbound"]
        answered = [event for event in events if _answers(event) or _of_all(event)]
        refused = [_refused(event, country) for event in events if _refuses(event)][-_LAST:]
        if not answered and refused:
            return [], refused
        if not answered:
            say("that country has not asked for prescriptions of this person here.")
            raise typer.Exit(1)
        last = answered[-1]
        say(f"as it was answered {last['start'][:16]}Z.")
        if not _answers(last):
            return [PrescriptionAbroad("*", None, (_of_all(last) or "",))], refused
        found = [*_listed(last, store, keys), *_held_back(last)]
        taken = taken_now(store, [one.prescription.lower() for one in found])
    return [_now(one, country, taken=one.prescription.lower() in taken) for one in found], refused


def _refuses(event: dict[str, Any]) -> bool:
    """Whether a pharmacy was refused a document, or what it handed out was not taken."""
    return event["transaction"] in ("ITI-39", "ITI-41") and event["refusal_class"] in _REFUSALS


def _refused(event: dict[str, Any], country: CountryRow) -> RefusedAbroad:
    return RefusedAbroad(event["start"][:10], country.name, event["refusal_class"])


def _answers(event: dict[str, Any]) -> bool:
    """Whether it is a list of prescriptions that was answered."""
    listed = (event["transaction"], event["outcome"]) == ("ITI-38", "success")
    return listed and _ASKED in event["access"]["origins"]


def _of_all(event: dict[str, Any]) -> str | None:
    """Why nothing of the person is told to anybody abroad, where that is how a query ended."""
    asks = event["transaction"] in ("ITI-38", "ITI-55")
    return _PERSON.get(event["refusal_class"]) if asks else None


def _listed(event: dict[str, Any], store: Store, keys: KeyRing) -> list[PrescriptionAbroad]:
    """What was listed and is kept still, as which medicine."""
    shelf, now = Shelf(IssuedDocuments(store, keys)), clock.now()
    ids = [one["unique_id"] for one in event["documents"] if one["class_code"] == PRESCRIPTION_CODE]
    kept = [document for id_ in ids if (document := shelf.find(id_, now)) is not None and _coded(document)]
    return [
        PrescriptionAbroad(one.prescription.prescription_id, one.entry.description, (), one.guardian_reserved)
        for one in kept
        if one.prescription is not None
    ]


def _coded(document: KeptDocument) -> bool:
    """The document itself, and not its original beside it."""
    return document.entry.transformed_from is None


def _held_back(event: dict[str, Any]) -> list[PrescriptionAbroad]:
    return [
        PrescriptionAbroad(one["prescription_id"], None, tuple(one["reasons"]))
        for one in event["withheld"]
        if has_words(one["reasons"])
    ]


def _now(one: PrescriptionAbroad, country: CountryRow, *, taken: bool) -> PrescriptionAbroad:
    """With what has come since: a pharmacy abroad that is at work on it, an agreement that ended."""
    since = ((TAKEN_ABROAD, taken), (COUNTRY_NOT_AGREED, "ep" not in country.asks))
    more = tuple(reason for reason, holds in since if holds)
    return PrescriptionAbroad(one.prescription, one.medicine, (*one.reasons, *more), one.reserved)
