"""Configuration, typed and closed: shipped `config/` < directory NCPEH_CONFIG < environment NCPEH_<TABLE>__<KEY>.

A file of the same name in NCPEH_CONFIG replaces the shipped one. An unknown file, table or key stops the start.
Durations are ISO 8601, sizes bytes, secrets paths (`*_file`); a relative path is below the state directory
(NCPEH_STATE).
"""

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import Field, model_validator

from gateway.configuration.closed import ClosedTable, form
from gateway.configuration.errors import SettingsError
from gateway.configuration.layers import configuration_files, read_table, tables_in_layers
from gateway.configuration.validation_policy import ValidationTable
from transformers.words import LANGUAGES, Language
from trust.saml.tolerances import Deviation

Oid = Annotated[str, form(r"[0-2](\.(0|[1-9][0-9]*))+", "an OID, such as 2.16.578.1.12"), Field(max_length=64)]
Country = Annotated[str, form("[A-Z]{2}", "a country of two capital letters, such as NO")]
Wave = Annotated[int, Field(ge=2, le=10)]
Service = Literal["ps", "ep", "ed", "orcd"]
LONGEST_TOLERANCE: Final = timedelta(days=90)


class NodeTable(ClosedTable):
    """[node]"""

    country: Country
    name: str
    home_community: Oid
    node_id: Annotated[str, form("[A-Za-z0-9._-]{1,64}", "1 to 64 letters, digits, dots, lines and hyphens")]
    environment: Literal["demo", "test", "production"]
    country_a_enabled: bool
    allow_synthetic: bool
    terminology: Literal["starter", "activated"]

    @model_validator(mode="after")
    def _synthetic_persons_stay_out_of_production(self) -> "NodeTable":
        if self.environment == "production" and self.allow_synthetic:
            raise ValueError("allow_synthetic: a production node never accepts test numbers")
        return self

    @model_validator(mode="after")
    def _only_approved_maps_leave_in_production(self) -> "NodeTable":
        """The starter's maps are proposals: nobody answers for them."""
        if self.environment == "production" and self.country_a_enabled and self.terminology != "activated":
            raise ValueError("terminology: a production node answers from an activated release only")
        return self


class ListenTable(ClosedTable):
    """[listen]"""

    host: str
    port: int = Field(ge=0, le=65535)
    workers: int = Field(ge=1, le=64)


class ManagementTable(ClosedTable):
    """[management]"""

    enabled: bool
    host: str
    port: int = Field(ge=0, le=65535)


class TlsTable(ClosedTable):
    """[tls]"""

    server_certificate_file: Path
    server_key_file: Path
    client_certificate_file: Path
    client_key_file: Path
    trust_file: Path
    revocation_directory: Path
    revocation_policy: Literal["hard-fail", "grace"]


class SealTable(ClosedTable):
    """[seal]"""

    certificate_file: Path
    key_file: Path
    trust_file: Path


class StoreTable(ClosedTable):
    """[store]"""

    url: str
    keys_file: Path


class LogTable(ClosedTable):
    """[log]"""

    level: Literal["info", "warning", "error"]


class EvidenceTable(ClosedTable):
    """[evidence]"""

    checkpoint_directory: Path
    checkpoint_every: int = Field(ge=1)
    checkpoint_interval: timedelta
    store_bodies: bool


class LimitsTable(ClosedTable):
    """[limits]"""

    header_bytes: int = Field(ge=1024)
    headers: int = Field(ge=16)
    header_deadline: timedelta
    handshake_deadline: timedelta
    connections: int = Field(ge=1)
    connections_of_one_peer: int = Field(ge=1)
    body_bytes: int = Field(ge=1024)
    body_deadline: timedelta
    bodies_bytes: int
    answer_deadline: timedelta
    transactions: int = Field(ge=1, le=512)
    national_deadline: timedelta
    dispensing_abroad_deadline: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=10))]
    answer_hold: timedelta

    @model_validator(mode="after")
    def _one_body_and_one_peer_have_room(self) -> "LimitsTable":
        if self.bodies_bytes < self.body_bytes:
            raise ValueError("bodies_bytes: at least one body of body_bytes has room in it")
        if self.connections < self.connections_of_one_peer:
            raise ValueError("connections: at least connections_of_one_peer")
        return self


class TerminologyApiTable(ClosedTable):
    """[terminology_api]"""

    enabled: bool
    peers: bool
    host: str
    port: int = Field(ge=0, le=65535)
    certificate_file: Path | None = None
    key_file: Path | None = None
    wave: int = Field(ge=2, le=10)
    body_bytes: int = Field(ge=1024)
    requests: int = Field(ge=1, le=512)
    members: int = Field(ge=1, le=100_000)
    entries: int = Field(ge=1, le=10_000)
    fallback: Mapping[str, tuple[str, ...]]

    @model_validator(mode="after")
    def _in_the_clear_on_loopback_only(self) -> "TerminologyApiTable":
        if (self.certificate_file is None) != (self.key_file is None):
            raise ValueError("certificate_file, key_file: both or neither")
        if self.enabled and self.certificate_file is None and not is_loopback(self.host):
            raise ValueError("certificate_file: without one the terminology listener stands on a loopback address only")
        return self


class DocumentsTable(ClosedTable):
    """[documents]"""

    root: Oid
    prescriptions_root: Oid
    keep: timedelta
    default_language: Literal["nb-NO", "nn-NO"]


class CompositionTable(ClosedTable):
    """[composition]"""

    software: str
    organisation_name: str
    organisation_id: str
    organisation_id_system: Oid
    organisation_street: str
    organisation_postal_code: str
    organisation_city: str
    organisation_country: Country
    organisation_telecom: str
    legal_authenticator_given: tuple[str, ...]
    legal_authenticator_family: str
    legal_authenticator_id: str
    legal_authenticator_id_system: Oid


class ToleranceRow(ClosedTable):
    """[[country.tolerances]]: one deviation of a country's assertions from the profile, tolerated for a time."""

    deviation: Deviation
    begins: date
    ends: date
    """The last day, UTC."""
    by: Annotated[str, Field(min_length=1)]
    """Who asks for it. In production another person approves it."""
    reason: Annotated[str, Field(min_length=1)]

    @model_validator(mode="after")
    def _lasts_ninety_days_at_most(self) -> "ToleranceRow":
        if not self.begins <= self.ends <= self.begins + LONGEST_TOLERANCE:
            raise ValueError(f"ends: on the day it begins or at most {LONGEST_TOLERANCE.days} days later")
        return self

    def lasts_on(self, day: date) -> bool:
        """Whether a day (UTC) is one of its days."""
        return self.begins <= day <= self.ends


class PeerDispensingTable(ClosedTable):
    """[country.dispensing]: how it behaves when a Norwegian pharmacy dispenses one of its prescriptions."""

    idempotent: bool = False
    """It takes the same document once and answers a repetition as the first: after silence it is asked again."""
    closes_at_first: bool = False
    """Its prescription is closed by the first dispensing abroad, whatever is left."""
    locks_at_retrieve: bool = False
    """Retrieving its prescription locks it there."""
    source: str = ""
    note: Mapping[Language, str] = Field(default_factory=dict)
    """What a pharmacist is told before she confirms, in nb, nn and en."""

    @model_validator(mode="after")
    def _has_a_source_and_every_language(self) -> "PeerDispensingTable":
        stated = self.idempotent or self.closes_at_first or self.locks_at_retrieve or self.note
        if stated and not self.source:
            raise ValueError("country.dispensing.source: say where it is known from")
        if self.note and set(self.note) != set(LANGUAGES):
            raise ValueError(f"country.dispensing.note: in each of {', '.join(LANGUAGES)}")
        return self


class CountryRow(ClosedTable):
    """[[country]]"""

    code: Country
    name: str
    home_communities: tuple[Oid, ...] = Field(min_length=1)
    wave: Wave = 9
    """The newest one that is written here, where the row says none."""
    wave_seen: date | None = None
    """The day on which somebody saw at the ``source`` that it is on its wave."""
    waves: Mapping[Oid, Wave] = Field(default_factory=dict)
    """Home communities that are on another wave than the country's: it says its wave by the one it asks from."""
    asks: frozenset[Service]
    answers: frozenset[Service]
    source: str
    in_test: bool = False
    """Its refusals say which assertion and field broke which rule, for who tests with us; never a value."""
    listing_hash: Literal["bytes-sent", "before-transformation", "unknown"] = "before-transformation"
    """What the hash and size in its lists are of; by the first alone a difference refuses the document."""
    serves_several: bool = False
    """It answers every document that one request asks for; OpenNCP 8 and 9 answer the first alone."""
    patient_roots: Mapping[Oid, Oid] = Field(default_factory=dict)
    """Roots of its documents' patient ids, each with the root under which it identifies by the same number."""
    tolerances: tuple[ToleranceRow, ...] = ()
    """Deviations of its assertions that are tolerated for a time; none is by itself."""
    dispensing: PeerDispensingTable = PeerDispensingTable()
    xcpd: str | None = None
    xca: str | None = None
    xdr: str | None = None

    @model_validator(mode="after")
    def _only_its_own_communities_have_a_wave(self) -> "CountryRow":
        strange = set(self.waves) - set(self.home_communities)
        if strange:
            raise ValueError(f"waves of no home community of {self.code}: {', '.join(sorted(strange))}")
        return self

    @model_validator(mode="after")
    def _tolerates_each_deviation_once_a_day(self) -> "CountryRow":
        """Of two rows that last on one day nobody could say which was made use of."""
        rows = sorted(self.tolerances, key=lambda row: (row.deviation, row.begins))
        for one, two in pairwise(rows):
            if one.deviation == two.deviation and two.begins <= one.ends:
                raise ValueError(f"tolerances of {self.code}: {one.deviation} stands twice for {two.begins}")
        return self

    @model_validator(mode="after")
    def _asked_over_tls_alone(self) -> "CountryRow":
        """A question abroad carries assertions and a person's number."""
        for name in ("xcpd", "xca", "xdr"):
            if not (getattr(self, name) or "https://").startswith("https://"):
                raise ValueError(f"{name} of {self.code}: another country is asked at an address with https:// alone")
        return self

    def wave_of(self, home_community: str) -> int:
        """The wave that is spoken with one of its home communities."""
        return self.waves.get(home_community, self.wave)

    @property
    def every_wave(self) -> frozenset[int]:
        """Each wave it may be spoken with."""
        return frozenset(self.wave_of(community) for community in self.home_communities)


class DispensingTable(ClosedTable):
    """[policies.dispensing]"""

    listed_within: Annotated[timedelta, Field(gt=timedelta(0))]
    excess: Literal["warn", "refuse"]
    hold: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(hours=24))]
    pause: Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(minutes=1))]
    tries: int = Field(ge=1, le=100)
    round: Annotated[timedelta, Field(ge=timedelta(seconds=1), le=timedelta(minutes=5))]


class PoliciesTable(ClosedTable):
    """[policies]"""

    reserved_patient: Literal["as-unknown", "disclosed"]
    deceased_patient: Literal["as-unknown", "answered"]
    longest_since_authentication: Annotated[timedelta, Field(gt=timedelta(0))]
    dispensing: DispensingTable
    source_unavailable: Mapping[str, Literal["refuse", "section"]]
    unreadable_records: Mapping[Literal["allergies", "problems", "devices"], Literal["refuse", "send"]]
    access_basis: Mapping[Literal["TREATMENT", "EMERGENCY"], str]
    sensitive: Mapping[str, bool]
    patient_systems: Mapping[Oid, str]


class _NodeFile(ClosedTable):
    node: NodeTable
    listen: ListenTable
    management: ManagementTable
    log: LogTable
    tls: TlsTable
    seal: SealTable
    store: StoreTable
    evidence: EvidenceTable
    limits: LimitsTable
    terminology_api: TerminologyApiTable
    documents: DocumentsTable
    composition: CompositionTable


class _CountriesFile(ClosedTable):
    country: tuple[CountryRow, ...]

    @model_validator(mode="after")
    def _one_row_a_country_one_country_a_community(self) -> "_CountriesFile":
        codes = [row.code for row in self.country]
        communities = [c for row in self.country for c in row.home_communities]
        for values in (codes, communities):
            repeated = {v for v in values if values.count(v) > 1}
            if repeated:
                raise ValueError(f"repeated: {', '.join(sorted(repeated))}")
        return self


class _PoliciesFile(ClosedTable):
    policies: PoliciesTable
    validation: ValidationTable


FILES: Mapping[str, type[ClosedTable]] = {"node": _NodeFile, "countries": _CountriesFile, "policies": _PoliciesFile}
"""The types of the files that a node is set by, by the file's name."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the node is told. ``state`` is where relative paths begin."""

    node: NodeTable
    listen: ListenTable
    management: ManagementTable
    log: LogTable
    tls: TlsTable
    seal: SealTable
    store: StoreTable
    evidence: EvidenceTable
    limits: LimitsTable
    terminology_api: TerminologyApiTable
    documents: DocumentsTable
    composition: CompositionTable
    countries: Mapping[str, CountryRow]
    policies: PoliciesTable
    validation: ValidationTable
    state: Path
    files: Mapping[str, Path]
    """Configuration files by name without suffix: `refusals`, `permissions`, `national`, `roles`, `terminology`, …"""
    tables: Mapping[str, Mapping[str, Any]]
    """The parsed TOML files whose types live in other rooms, after the environment was laid over."""
    artefacts: Path | None = None
    """The folder of official artefacts (NCPEH_ARTEFACTS), for the layers of validation that need it."""

    def path(self, value: Path) -> Path:
        """A configured path, made absolute below the state directory."""
        return value if value.is_absolute() else self.state / value

    def store_url(self) -> str:
        """The database's URL; a relative SQLite file is below the state directory."""
        url = self.store.url
        prefix = "sqlite:///"
        if url.startswith(prefix) and not url.startswith(prefix + "/"):
            return prefix + str(self.state / url.removeprefix(prefix))
        return url


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read all configuration. Raises SettingsError naming file, table and key."""
    env = os.environ if environ is None else environ
    state = Path(env.get("NCPEH_STATE", "var")).absolute()
    files = configuration_files(Path(env["NCPEH_CONFIG"]).absolute() if env.get("NCPEH_CONFIG") else None)
    tables = tables_in_layers(files, env)
    node = read_table(_NodeFile, tables["node"], files["node"])
    if "NCPEH_FAILPOINT" in env and node.node.environment == "production":
        raise SettingsError("environment NCPEH_FAILPOINT: a production node has no failpoints")
    countries = read_table(_CountriesFile, tables["countries"], files["countries"])
    policies = read_table(_PoliciesFile, tables["policies"], files["policies"])
    if policies.policies.dispensing.listed_within > node.documents.keep:
        raise SettingsError(
            f"{files['policies'].name}: policies.dispensing.listed_within: a node knows what it listed no longer than"
            " documents.keep"
        )
    return Settings(
        node=node.node,
        listen=node.listen,
        management=node.management,
        log=node.log,
        tls=node.tls,
        seal=node.seal,
        store=node.store,
        evidence=node.evidence,
        limits=node.limits,
        terminology_api=node.terminology_api,
        documents=node.documents,
        composition=node.composition,
        countries={row.code: row for row in countries.country},
        policies=policies.policies,
        validation=policies.validation,
        state=state,
        files=files,
        tables=tables,
        artefacts=Path(env["NCPEH_ARTEFACTS"]).absolute() if env.get("NCPEH_ARTEFACTS") else None,
    )


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
