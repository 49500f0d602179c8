"""The sample persons as pivots, read by the real readers without any network."""

import tomllib
from datetime import UTC, datetime, timedelta
from functools import cache
from uuid import UUID, uuid5

from gateway.configuration.settings import load
from gateway.configuration.shipped import shipped
from gateway.exchange.country_a.compose import Composer
from gateway.exchange.country_a.compose import summary_of as composed
from gateway.exchange.country_a.gather import lay_together
from gateway.national.from_files import Sample, SampleReading, read_sample, sample_fest
from gateway.national.tables import read_code_systems
from gateway.national.words import NORWEGIAN
from transformers.model.people import Address, Device, Name, Organisation, Professional, Telecom
from transformers.model.summary import PatientSummary
from transformers.model.values import Identifier
from transformers.norway.code_systems import CodeSystems
from transformers.norway.fest import Fest
from transformers.terminology.release import Release, load_starter

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
NAMESPACE = UUID("0b9a5a4e-6b6c-4f0d-9d7e-0e5f8c3a1a01")


@cache
def persons() -> dict[str, str]:
    """Id to number, in the order of the index."""
    rows = tomllib.loads((shipped("samples") / "persons.toml").read_text("utf-8"))["person"]
    return {row["id"]: row["identifier"] for row in rows}


def sample_of(person: str, now: datetime = NOW) -> Sample:
    """Everything the sources hold about a sample person."""
    sensitive = load({}).policies.sensitive
    reading = SampleReading(persons()[person], now, code_systems(), sensitive, fest())
    return read_sample(shipped("samples") / "persons" / person, reading)


@cache
def code_systems() -> CodeSystems:
    """Norway's, as they ship."""
    return read_code_systems(shipped("config"))


@cache
def fest() -> Fest:
    """The samples' FEST."""
    return sample_fest(shipped("samples"), code_systems())


@cache
def summary(person: str) -> PatientSummary:
    """The sample person's summary as it is before transcoding, its ids made of the person's."""
    known, critical, medicines, vaccinations = sample_of(person)
    gathered = lay_together(critical, medicines, vaccinations, NORWEGIAN)
    return composed(NOW, known, gathered.content, composer(), uuid5(NAMESPACE, person))


def composer() -> Composer:
    """An invented organisation and an invented responsible person."""
    organisation = Organisation(
        "Prøvehelse", (Identifier("2.16.578.1.12.4.1.4.101", "999999999"),),
        Address(("Prøvegata 1",), "0001", "Oslo", "NO"), (Telecom("tel:+4722222222", "WP"),),
    )  # fmt: skip
    responsible = Professional(
        Name(("Prøve",), "Fagansvarlig"), (Identifier("2.16.578.1.12.4.1.4.4", "9999999"),),
        organisation=organisation, telecoms=organisation.telecoms, address=organisation.address,
    )  # fmt: skip
    return Composer(
        author=Device("ncpeh", organisation=organisation), custodian=organisation, legal_authenticator=responsible,
        root="2.16.578.1.12.4.5.10.1.1", home_community="2.16.578.1.12.4.5.10.1", default_language="nb-NO",
        words=NORWEGIAN, keep=timedelta(hours=4), release=lambda _wave: release(),
    )  # fmt: skip


@cache
def release() -> Release:
    """The starter release that ships."""
    return load_starter(shipped("config") / "terminology")
