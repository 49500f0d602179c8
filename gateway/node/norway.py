"""Norway as country of affiliation: `national.toml` in, the doors to the national services out."""

import ssl
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from pydantic import ValidationError

from gateway.configuration.closed import told
from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import Settings
from gateway.configuration.shipped import shipped
from gateway.exchange.ports import CountryOfAffiliation, DispensingDesk, Doors, IdentityPolicy
from gateway.http import HttpAnswer, HttpClient, HttpLimits
from gateway.journal.ports import DispensationJournal
from gateway.last_good import LastGood, Reloads
from gateway.national.doors import NationalDoors, Surroundings, open_doors
from gateway.national.exportability import export_policy
from gateway.national.exportable_prescriptions import ExportablePrescriptions
from gateway.national.message_seal import MessageSeal, read_message_seal
from gateway.national.prescription_broker import PrescriptionBroker
from gateway.national.prescription_sources import prescriber_certificates, read_fest_file
from gateway.national.reference_guesses import ReferenceGuesses
from gateway.national.reportable_prescriptions import ReportablePrescriptions
from gateway.national.settings import NationalTable, SigningTable, read_national, simulated
from gateway.national.tables import read_code_systems
from gateway.node.foundation import UNUSABLE, Foundation, NewestVerifier
from gateway.node.shelf import Shelf
from gateway.store.documents import IssuedDocuments
from gateway.store.mail import MailInStore
from gateway.store.seen import SeenOnceInStore
from gateway.store.timekeeping import AnswerDates
from transformers.norway.code_systems import CodeSystems
from transformers.norway.errors import NorwegianMessageError
from transformers.norway.fest import Fest
from trust.certificates import CertificateVerifier


class DatedHttp:
    """The HTTP client, with the dates of its answers noted where the server was verified."""

    def __init__(self, http: HttpClient, dates: AnswerDates) -> None:
        self._http, self._dates = http, dates

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        deadline_seconds: float | None = None,
    ) -> HttpAnswer:
        """As `HttpClient.call`."""
        answer = self._http.call(method, url, headers=headers, content=content, deadline_seconds=deadline_seconds)
        at = urlsplit(url)
        if at.scheme == "https" and at.hostname is not None:
            self._dates.answered(at.hostname, answer.headers)
        return answer


def national_table(settings: Settings) -> NationalTable:
    """`national.toml`. Raises SettingsError naming the key."""
    try:
        table = read_national(settings.tables["national"])
    except ValidationError as fault:
        raise SettingsError(f"national.toml: {told(fault)}") from fault
    if settings.node.environment != "demo" and (keys := simulated(table)):
        raise SettingsError(f"national.toml: a simulator's address in {', '.join(keys)} is accepted in a demo only")
    return table


def national_http(settings: Settings, table: NationalTable, reloads: Reloads) -> HttpClient:
    """The client that national services are asked with; it trusts the certificates that `national.toml` names, as they
    are at each call. Raises SettingsError.
    """
    trusted = settings.path(table.trust_file) if table.trust_file else None

    def context() -> ssl.SSLContext:
        try:
            return ssl.create_default_context(cafile=trusted)
        except OSError as fault:
            raise SettingsError(f"national.trust_file: {trusted} holds no PEM certificates") from fault

    newest = LastGood("national.trust_file", lambda: () if trusted is None else (trusted,), context, UNUSABLE)
    limits = HttpLimits(deadline_seconds=settings.limits.national_deadline.total_seconds())
    return HttpClient(limits, tls=reloads.keep(newest), elapsed=time.monotonic)


def surroundings(
    foundation: Foundation,
    table: NationalTable,
    http: DatedHttp,
    now: Callable[[], datetime],
    new_id: Callable[[], UUID],
) -> Surroundings:
    """What every adapter of a national service is given. Raises SettingsError."""
    settings = foundation.settings
    systems = read_code_systems(settings.files["national_code_systems"].parent)
    return Surroundings(
        http=http,
        now=now,
        new_id=new_id,
        elapsed=time.monotonic,
        pause=time.sleep,
        deadline_seconds=settings.limits.national_deadline.total_seconds(),
        systems=systems,
        fest=open_fest(settings, table, systems),
        sensitive=settings.policies.sensitive,
        key_file=settings.path(table.helseid.key_file),
        personal=_seal("national.prescriber", settings, table.prescriber, foundation.reloads),
        enterprise=_seal("national.enterprise", settings, table.enterprise, foundation.reloads),
        mail=MailInStore(foundation.store, foundation.keys, holder=settings.node.node_id, now=now),
        reloads=foundation.reloads,
    )


def open_fest(settings: Settings, table: NationalTable, systems: CodeSystems) -> Fest | None:
    """FEST for prescriptions and for the medicines of a summary; None: the node is given none. Raises SettingsError."""
    known = table.prescription_export
    if known is None:
        return None
    file = settings.path(known.fest_file)
    _not_of_the_samples(settings, file)
    try:
        return read_fest_file(file, systems)
    except (OSError, NorwegianMessageError) as fault:
        raise SettingsError(f"national.prescription_export: not to be used: {type(fault).__name__}") from fault


def _not_of_the_samples(settings: Settings, *files: Path) -> None:
    if settings.node.environment != "demo" and any(file.is_relative_to(shipped("samples")) for file in files):
        raise SettingsError("national.prescription_export: the samples' FEST and prescribers are for a demo only")


def _seal(key: str, settings: Settings, table: SigningTable | None, reloads: Reloads) -> LastGood[MessageSeal] | None:
    """What messages are signed with, as its files are now; None: nothing is named."""
    if table is None:
        return None
    files = settings.path(table.certificate_file), settings.path(table.key_file)

    def read() -> MessageSeal:
        try:
            return read_message_seal(*files)
        except (OSError, ValueError) as fault:
            raise SettingsError(f"{key}: {files[0]} and {files[1]} are no certificate with its RSA key") from fault

    return reloads.keep(LastGood(key, lambda: files, read, UNUSABLE))


def national_doors(table: NationalTable, around: Surroundings) -> NationalDoors:
    """The doors to Norway; calls nothing. Raises SettingsError."""
    try:
        return open_doors(table, around)
    except (ValueError, OSError) as fault:
        raise SettingsError(f"national.helseid.key_file: {around.key_file} holds no key to use") from fault


def country_of_affiliation(
    foundation: Foundation,
    table: NationalTable,
    around: Surroundings,
    doors: NationalDoors,
    dispensations: DispensationJournal | None,
) -> CountryOfAffiliation:
    """What country A answers from: the doors, who may be answered, the shelf, the journal. Raises SettingsError."""
    settings = foundation.settings
    policies = settings.policies
    prescriptions = _prescriptions(foundation, table, around, doors.prescriptions)
    return CountryOfAffiliation(
        doors=Doors(
            persons=doors.person_register,
            privacy=doors.privacy_services,
            critical_information=doors.critical_information,
            medicines=doors.medicines,
            vaccinations=doors.vaccinations,
        ),
        policy=IdentityPolicy(
            reserved_as_unknown=policies.reserved_patient == "as-unknown",
            deceased_as_unknown=policies.deceased_patient == "as-unknown",
            source_unavailable=policies.source_unavailable,
            unreadable_records={str(name): rule for name, rule in policies.unreadable_records.items()},
        ),
        shelf=Shelf(IssuedDocuments(foundation.store, foundation.keys)),
        prescriptions=prescriptions,
        dispensing=_dispensing(settings, table, prescriptions, dispensations),
    )


def _dispensing(
    settings: Settings,
    table: NationalTable,
    prescriptions: ExportablePrescriptions | None,
    journal: DispensationJournal | None,
) -> DispensingDesk | None:
    """What dispensings abroad are decided by and reported with; None on a node that lists no prescriptions."""
    if prescriptions is None or journal is None or table.prescriptions is None:
        return None
    rules = settings.policies.dispensing
    decides = ReportablePrescriptions(
        prescriptions, table.prescriptions.foreign_item_number, refuse_excess=rules.excess == "refuse"
    )
    return DispensingDesk(decides, journal, rules.listed_within)


def _prescriptions(
    foundation: Foundation, table: NationalTable, around: Surroundings, broker: PrescriptionBroker | None
) -> ExportablePrescriptions | None:
    """What prescriptions are listed with, None where none are. Raises SettingsError."""
    known, settings = table.prescription_export, foundation.settings
    if known is None or broker is None or around.fest is None:
        return None
    files = settings.path(known.trust_file), settings.path(known.revocation_directory)
    _not_of_the_samples(settings, *files)
    try:
        certificates = foundation.reloads.keep(_prescribers(*files))
    except (OSError, ValueError, NorwegianMessageError) as fault:
        raise SettingsError(f"national.prescription_export: not to be used: {type(fault).__name__}") from fault
    policy = export_policy(settings.tables["exportability"], settings.files["exportability"])
    return ExportablePrescriptions(
        broker=broker,
        fest=around.fest,
        certificates=NewestVerifier(certificates),
        policy=policy,
        systems=around.systems,
        root=settings.documents.prescriptions_root,
        sensitive=around.sensitive,
        guesses=ReferenceGuesses(SeenOnceInStore(foundation.store), foundation.keys),
    )


def _prescribers(trust_file: Path, revocation_directory: Path) -> LastGood[CertificateVerifier]:
    def read() -> CertificateVerifier:
        return prescriber_certificates(trust_file, revocation_directory)

    return LastGood("national.prescription_export.trust_file", lambda: (trust_file,), read, UNUSABLE)
