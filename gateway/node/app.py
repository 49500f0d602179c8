"""The composition root: settings in, a node out. It wires and decides nothing."""

import ssl
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version
from uuid import UUID

from fastapi import FastAPI

from gateway import clock
from gateway.admission import AdmissionPolicy
from gateway.clock import ClockStanding, Look
from gateway.conditions import Occasion, Unmet, unmet
from gateway.configuration.document_types import DocumentTypes, load_document_types
from gateway.configuration.errors import SettingsError
from gateway.configuration.refusals import load_refusals
from gateway.configuration.settings import Settings
from gateway.evidence.approve_tolerance import CountryTolerance
from gateway.exchange.country_a.compose import Composer
from gateway.exchange.country_a.original import OriginalPrinter, PooledPrinter
from gateway.exchange.document_gate import DocumentGate, open_gate
from gateway.exchange.ports import CountryOfAffiliation
from gateway.faces.no_such_path import refuse_unknown_paths
from gateway.faces.soap.face import Face
from gateway.faces.soap.form import SoapForm
from gateway.faces.terminology.tables import read_uris
from gateway.faces.terminology.terminology import Terminologies, TerminologyFace
from gateway.handouts.closing import cases_for_people, oldest_case
from gateway.http import HttpClient
from gateway.last_good import LastGood
from gateway.log_lines import logger
from gateway.messages import PatientIdentifier
from gateway.national.settings import NationalTable
from gateway.national.words import NORWEGIAN
from gateway.node.agreed import (
    home,
    require_outgoing_layers,
    require_responsible_person,
    require_writers,
    waves_spoken,
)
from gateway.node.compared import open_releases, read_element_rules
from gateway.node.dispensing import GoingOn, open_book, open_journal
from gateway.node.foundation import (
    Foundation,
    certificate_ends,
    listening_context,
    open_foundation,
    server_common_name,
    terminology_context,
)
from gateway.node.handouts import open_queue
from gateway.node.health import Health, Vitals
from gateway.node.management import OneProcess
from gateway.node.metrics import Measured, NodeMetrics, counts_of
from gateway.node.norway import (
    DatedHttp,
    country_of_affiliation,
    national_doors,
    national_http,
    national_table,
    surroundings,
)
from gateway.node.own.at_start import files_at_start
from gateway.node.own.conditions import OWN_CONDITIONS
from gateway.node.own.read import read_own_state
from gateway.node.own.read_place import Asked
from gateway.node.own.watch import OwnWatch
from gateway.node.serve import Pulse, Upkeep
from gateway.node.timekeeper import open_timekeeper, system_monotonic
from gateway.node.tolerated import approved_here, tolerated_deviations
from gateway.pipeline.answer import Answerer, CountryA, Recorder, Reply
from gateway.pipeline.transactions import country_a_rows
from gateway.pipeline.verifiers import SamlVerifier, Trusted
from gateway.side_channel import SideChannel
from gateway.store.documents import IssuedDocuments
from gateway.store.mail import MailInStore
from gateway.store.node_lock import NodeLock
from gateway.store.seen import SeenOnceInStore
from gateway.store.timekeeping import AnswerDates, Timekeeper
from gateway.terminology.in_force import ReleasesInForce
from gateway.workers import WorkerPool
from transformers.cda.kinds import PATIENT_SUMMARY_CODE, PRESCRIPTION_CODE
from transformers.model.people import Address, Device, Name, Organisation, Professional, Telecom
from transformers.model.values import Identifier
from transformers.norway.errors import NumberInvalid
from transformers.norway.identifiers import read_person_number
from transformers.terminology.errors import ReleaseInvalid
from transformers.terminology.release import Release

_log = logger("ncpeh.app")


@dataclass(frozen=True, slots=True)
class Node:
    """A node ready to serve: its ASGI application, and what is closed when it stops."""

    asgi: FastAPI
    close: Callable[[], None]
    tls: LastGood[ssl.SSLContext]
    """For the listener; made anew when what it is made of changes."""
    upkeep: Upkeep
    """What is done while it serves."""
    managed: OneProcess
    """What it says of itself to who runs it."""
    facts: Callable[[], Mapping[str, object]]
    """What the log says when it starts: no person, no secret."""
    terminology: FastAPI | None = None
    """The terminology service, for a listener of its own."""
    terminology_tls: LastGood[ssl.SSLContext] | None = None
    """None where it speaks in the clear."""


@dataclass(frozen=True, slots=True)
class ProcessMeans:
    """What the process has already when a node is built in it."""

    log: SideChannel | None = None
    """The channel of its lines."""
    lock: NodeLock | None = None
    """Of the node's id; asked by the process that holds it."""


def build_node(
    settings: Settings,
    now: Callable[[], datetime] = clock.now,
    new_id: Callable[[], UUID] = clock.new_id,
    monotonic: Callable[[], timedelta] = system_monotonic,
    means: ProcessMeans | None = None,
) -> Node:
    """Everything a node needs, opened; nothing of it stays open when it cannot start.

    ``means``: what the process has already. Raises SettingsError, StoreCannotStart, StoreUnavailable.
    """
    with ExitStack() as opened:
        node = _opened_node(settings, opened, now, new_id, monotonic, means or ProcessMeans())
        opened.pop_all()
    return node


def _opened_node(
    settings: Settings,
    opened: ExitStack,
    now: Callable[[], datetime],
    new_id: Callable[[], UUID],
    monotonic: Callable[[], timedelta],
    means: ProcessMeans,
) -> Node:
    began, types = files_at_start(settings), load_document_types(settings.files["document_types"])
    foundation = open_foundation(settings)
    opened.callback(foundation.store.close)
    tls, terminology_tls = listening_context(foundation), terminology_context(foundation)
    require_writers(settings)
    releases = open_releases(settings, foundation, waves_spoken(settings))
    gate = outgoing_gate(settings)
    opened.callback(gate.close)
    pool = gate.workers or WorkerPool(settings.validation.processes, settings.validation.deadline)
    opened.callback(pool.close)
    table = national_table(settings) if settings.node.country_a_enabled else None
    http = _national_http(foundation, table, opened)
    us, name = home(settings), server_common_name(foundation)
    pulse, tolerances = Pulse(), approved_here(settings, foundation.store, foundation.chain.told())
    metrics = NodeMetrics(settings.countries, version("ncpeh"), settings.node.node_id, now().timestamp())
    dates = AnswerDates(now, monotonic)
    keeper = open_timekeeper(settings, foundation.store, dates, now, monotonic)
    norway, going_on = _norway(foundation, table, None if http is None else DatedHttp(http, dates), now, new_id)
    answerer = Answerer(
        form=SoapForm(us, types),
        rows=country_a_rows(types),
        verifiers=(SamlVerifier(_trusted(settings, foundation, tolerances), new_id),),
        home=lambda: replace(us, common_name=name()),
        country_a=CountryA(
            policy=_policy(settings, foundation, types, _classes_made(table)),
            country=norway,
            composer=_composer(settings, releases, types, gate, PooledPrinter(pool)) if table else None,
            refusals=load_refusals(settings.files["refusals"]),
            new_id=new_id,
        ),
        recorder=Recorder(foundation.record, foundation.keys),
        clock=now,
        require_clock=keeper.require,
        count=metrics.answered,
    )

    def unmet_now() -> tuple[Unmet, ...]:
        asked = Asked(means.lock, foundation.store, releases.missed, tolerances, began)
        return unmet(OWN_CONDITIONS, read_own_state(settings, asked), Occasion.SERVING, now())

    tidying = _Tidying(foundation, releases, keeper, now, unmet_now)
    tidying.measure()
    face = Face(answerer, settings.limits)
    app = FastAPI(title="ncpeh", openapi_url=None)
    refuse_unknown_paths(app, pulse.unserved)
    app.include_router(face.router())
    terminology = _terminology_face(settings, releases, now)
    if settings.terminology_api.peers and settings.node.country_a_enabled:
        app.include_router(terminology.router())

    channels = (foundation.chain.beside, *((means.log,) if means.log is not None else ()))
    vitals = Vitals(
        unmet=unmet_now,
        reloads=foundation.reloads,
        channels=lambda: [channel.state() for channel in channels],
        alarms=foundation.chain.alarms,
        stopping=lambda: pulse.stopping,
    )
    health = Health(vitals)
    metrics.watch(_measured(foundation, vitals, _Moving(face, pulse, tidying, keeper, health)))

    def minutely() -> None:
        try:
            tidying.tidy()
        finally:
            health.readiness()  # so that the numbers tell of it though nobody asks

    def close() -> None:
        going_on.end()
        health.close()
        face.close()
        gate.close()
        pool.close()
        terminology.close()
        if http is not None:
            http.close()
        foundation.close(now())

    return Node(
        asgi=app,
        close=close,
        tls=tls,
        upkeep=Upkeep(pulse, foundation.reloads, minutely, going_on.begin),
        managed=OneProcess(pulse, health, metrics),
        facts=lambda: _facts(foundation, releases),
        terminology=_terminology_app(terminology, pulse.unserved) if settings.terminology_api.enabled else None,
        terminology_tls=terminology_tls,
    )


def _national_http(foundation: Foundation, table: NationalTable | None, opened: ExitStack) -> HttpClient | None:
    if table is None:
        return None
    http = national_http(foundation.settings, table, foundation.reloads)
    opened.callback(http.close)
    return http


def _norway(
    foundation: Foundation,
    table: NationalTable | None,
    http: DatedHttp | None,
    now: Callable[[], datetime],
    new_id: Callable[[], UUID],
) -> tuple[CountryOfAffiliation | None, GoingOn]:
    """Norway's services and, with the door to prescriptions, the journal; and who goes on with it and the desk."""
    every, queue = foundation.settings.policies.dispensing.round, open_queue(foundation, now, new_id)
    if table is None or http is None:
        return None, GoingOn(None, queue, now, every)
    around = surroundings(foundation, table, http, now, new_id)
    doors = national_doors(table, around)
    journal = None
    if doors.prescriptions is not None:
        journal = open_journal(foundation, doors.prescriptions, table.report_deadline, now, new_id)
    return country_of_affiliation(foundation, table, around, doors, journal), GoingOn(journal, queue, now, every)


class _Tidying:
    """What is done each minute: what has expired is forgotten, what is left is counted, a checkpoint is signed."""

    def __init__(
        self,
        foundation: Foundation,
        releases: ReleasesInForce,
        keeper: Timekeeper,
        now: Callable[[], datetime],
        unmet_now: Callable[[], tuple[Unmet, ...]],
    ) -> None:
        self.sizes: dict[str, int] = {}
        """How much is remembered and kept, as it was counted last."""
        self._documents = IssuedDocuments(foundation.store, foundation.keys)
        self._seen, self._store = SeenOnceInStore(foundation.store), foundation.store
        self._mail = MailInStore(foundation.store, foundation.keys, holder=foundation.settings.node.node_id, now=now)
        self._journal, _ = open_book(foundation, now, clock.new_id)
        self._releases, self._keeper, self._chain, self._now = releases, keeper, foundation.chain, now
        self._watch, self._unmet_now = OwnWatch(), unmet_now

    def measure(self) -> None:
        """Count. Raises StoreUnavailable."""
        oldest = oldest_case(self._store)
        waits = 0 if oldest is None else max(0, int((self._now() - oldest).total_seconds()))
        cases = {"undecided": cases_for_people(self._store), "undecided_seconds": waits}
        self.sizes.update(seen_once=self._seen.size(), shelf=self._documents.size(), **cases)

    def tidy(self) -> None:
        """Do all of it. Raises StoreUnavailable."""
        at = self._now()
        ended = _told_of_clock(self._keeper).delete_before
        if ended is not None:
            self._documents.purge(ended)
            self._seen.purge(ended)
            self._mail.clear_up(ended)
            self._journal.forget(ended)
        self._releases.tidy()
        self._watch.tell(self._unmet_now())
        self.measure()
        self._chain.stop(at)


@dataclass(frozen=True, slots=True)
class _Moving:
    """What changes while a node serves, as it is counted."""

    face: Face[Reply]
    pulse: Pulse
    tidying: _Tidying
    keeper: Timekeeper
    health: Health


def _measured(foundation: Foundation, vitals: Vitals, moving: _Moving) -> Measured:
    """What the numbers are read from; nothing here asks the database."""
    face, pulse, keeper = moving.face, moving.pulse, moving.keeper
    return Measured(
        connections=lambda: sum(len(each) for each in pulse.connections),
        connections_refused=lambda: counts_of(each.refused for each in pulse.connections),
        requests_unserved=lambda: dict(pulse.unserved),
        body_bytes=face.body_bytes,
        transactions=face.transactions,
        late=lambda: face.late,
        channels=vitals.channels,
        alarms=lambda: dict(vitals.alarms),
        certificate_ends=lambda: {name: end.timestamp() for name, end in certificate_ends(foundation.settings).items()},
        sizes=lambda: dict(moving.tidying.sizes),
        clock=lambda: (keeper.standing, 0.0 if keeper.future is None else keeper.future.total_seconds()),
        not_reloaded=lambda: len(list(vitals.reloads.faults())),
        unmet=moving.health.counted,
    )


def _facts(foundation: Foundation, releases: ReleasesInForce) -> Mapping[str, object]:
    settings = foundation.settings
    return {
        "version": version("ncpeh"),
        "environment": settings.node.environment,
        "releases": {str(wave): releases(wave).id for wave in sorted(waves_spoken(settings))},
        "asked_by": sorted(row.code for row in settings.countries.values() if row.asks),
        "asks": sorted(row.code for row in settings.countries.values() if row.answers),
        "certificates_end": {name: end.isoformat() for name, end in sorted(certificate_ends(settings).items())},
    }


def _told_of_clock(keeper: Timekeeper) -> Look:
    """A look at the clock, and what the operator must know of it."""
    last = keeper.look()
    if last.standing is ClockStanding.ALONE:
        _log.error("clock-alone", next="set the clock right, or: ncpeh evidence accept-clock")
    if keeper.future is not None:
        _log.error("rows-from-the-future", ahead=str(keeper.future), next="ncpeh evidence accept-clock")
    return last


def _terminology_face(settings: Settings, releases: ReleasesInForce, now: Callable[[], datetime]) -> TerminologyFace:
    try:
        known = Terminologies(releases, waves_spoken(settings), read_uris(settings))
    except ReleaseInvalid as fault:
        raise SettingsError(f"terminology: {fault}") from fault
    return TerminologyFace(known, settings.terminology_api, settings.limits.body_deadline, now)


def _terminology_app(face: TerminologyFace, unserved: Counter[str]) -> FastAPI:
    app = FastAPI(title="ncpeh terminology", openapi_url=None)
    refuse_unknown_paths(app, unserved)
    app.include_router(face.router())
    return app


def _trusted(settings: Settings, foundation: Foundation, tolerances: frozenset[CountryTolerance]) -> Trusted:
    return Trusted(
        certificates=foundation.tls_verifier,
        seals=foundation.seal_verifier,
        directory={code: frozenset(row.home_communities) for code, row in settings.countries.items()},
        tables=foundation.agreements.saml,
        seen=SeenOnceInStore(foundation.store),
        tolerated=tolerated_deviations(tolerances),
    )


def _classes_made(table: NationalTable | None) -> frozenset[str]:
    """The classes of documents this node makes; says at the start when prescriptions are not among them."""
    if table is not None and table.prescription_export is not None:
        return frozenset({PATIENT_SUMMARY_CODE, PRESCRIPTION_CODE})
    if table is not None:
        needs = ("prescriptions", "prescription_export")
        missing = [f"national.{name}" for name in needs if getattr(table, name) is None]
        if table.prescriptions is not None and table.prescriptions.role is None:
            missing.insert(0, "national.prescriptions.role")
        _log.warning("not-offered", service="ep", missing=missing)
    return frozenset({PATIENT_SUMMARY_CODE})


def _policy(
    settings: Settings, foundation: Foundation, types: DocumentTypes, classes: frozenset[str]
) -> AdmissionPolicy:
    made = [kind for kind in types.document_type if kind.class_code in classes]
    allow_synthetic = settings.node.allow_synthetic

    def number_is_valid(identifier: PatientIdentifier) -> bool:
        try:
            number = read_person_number(identifier.extension)
        except NumberInvalid:
            return False
        return number.root == identifier.root and (allow_synthetic or not number.synthetic)

    return AdmissionPolicy(
        enabled=settings.node.country_a_enabled,
        home_community=settings.node.home_community,
        countries=settings.countries,
        permissions=foundation.agreements.permissions,
        services={(kind.class_code, types.class_system): kind.service for kind in made},
        national_roles=foundation.agreements.national_roles,
        access_basis={str(purpose): basis for purpose, basis in settings.policies.access_basis.items()},
        patient_systems=frozenset(settings.policies.patient_systems),
        number_is_valid=number_is_valid,
    )


def _composer(
    settings: Settings,
    releases: Callable[[int], Release],
    types: DocumentTypes,
    gate: DocumentGate,
    originals: OriginalPrinter,
) -> Composer:
    return replace(
        composer_of(settings, releases),
        required_codes=frozenset(types.by_key("ps-l3").required_codes),
        required_codes_of_prescriptions=frozenset(types.by_key("ep-l3").required_codes),
        gate=gate,
        originals=originals,
    )


def outgoing_gate(settings: Settings) -> DocumentGate:
    """What looks at our documents before they leave. Raises SettingsError."""
    table = settings.validation
    waves = frozenset(wave for row in settings.countries.values() if row.asks for wave in row.every_wave)
    coded = read_element_rules(settings)
    require_outgoing_layers(settings)
    return open_gate(table.outgoing, table, settings.artefacts, waves, coded)


def composer_of(settings: Settings, release: Callable[[int], Release]) -> Composer:
    """Who stands behind our documents, as configured. Raises SettingsError without a named responsible person."""
    require_responsible_person(settings)
    said = settings.composition
    organisation = Organisation(
        name=said.organisation_name,
        identifiers=(Identifier(said.organisation_id_system, said.organisation_id),),
        address=Address(
            lines=(said.organisation_street,),
            postal_code=said.organisation_postal_code,
            city=said.organisation_city,
            country=said.organisation_country,
        ),
        telecoms=(Telecom(said.organisation_telecom, "WP"),),
    )
    return Composer(
        author=Device(software=said.software, organisation=organisation),
        custodian=organisation,
        legal_authenticator=Professional(
            name=Name(said.legal_authenticator_given, said.legal_authenticator_family),
            identifiers=(Identifier(said.legal_authenticator_id_system, said.legal_authenticator_id),),
            organisation=organisation,
            telecoms=organisation.telecoms,
            address=organisation.address,
        ),
        root=settings.documents.root,
        home_community=settings.node.home_community,
        default_language=settings.documents.default_language,
        words=NORWEGIAN,
        keep=settings.documents.keep,
        release=release,
    )
