"""`config/national.toml`, typed and closed: a key that is missing, unknown or left empty is an error before any call
is made."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from gateway.configuration.closed import ClosedTable, form
from transformers.norway.short_forms import SHORTEST, ShortField

Given = Annotated[str, Field(min_length=1)]
Url = Annotated[str, form(r"https?://[^?#\s]+[^/?#\s]", "an address, such as https://host/path, no slash at its end")]
Digits = Annotated[str, form("[0-9]+", "a number in digits")]


class PartyTable(ClosedTable):
    """[national.medicines], [national.vaccinations]: a party of a MsgHead."""

    name: Given
    organisation_number: Annotated[str, form("[0-9]{9}", "an organisation number of nine digits")]
    her_id: Digits


class SenderTable(PartyTable):
    """[national.sender]: who we are in a MsgHead, and how Norwegian services reach us."""

    telephone: Annotated[str, form(r"\+?[0-9 ]{8,20}", "a telephone number")]
    """Main number; a dispenser's messages must have it (R1308, 4.1.3)."""
    street: Given
    postal_code: Annotated[str, form("[0-9]{4}", "a postal code of four digits")]
    city: Given


class SigningTable(ClosedTable):
    """[national.enterprise]: a certificate and key that messages are signed with."""

    certificate_file: Path
    key_file: Path


class PrescriberTable(SigningTable):
    """[national.prescriber]: in whose name prescriptions and medicines are read, as agreed, and her own certificate."""

    family: Given
    given: Given
    hpr_number: Annotated[str, form("[0-9]{7,9}", "an HPR number of seven to nine digits")]
    kind: Given
    """Category of health professional (Volven 9060)."""
    kind_name: Given


class NationalRole(StrEnum):
    """What we are at Reseptformidleren, by agreement; which one decides what is seen, and what is taken when."""

    PRESCRIBER = "prescriber"
    """Prescriptions are read whole without being taken (M9.5 to M9.8); they are taken and reported at a submission."""
    DISPENSER = "dispenser"
    """Only their list is seen (M9.2): a prescription is taken (M9.3) when it is retrieved. Not built."""


class PrescriptionsTable(PartyTable):
    """[national.prescriptions]"""

    role: NationalRole | None = None
    """None: nobody has chosen, and the door stays shut."""

    sign_reports: bool = True
    """Whether an M10 has the enterprise's signature (R1308, 4.1)."""

    foreign_item_number: Given
    """Varenr that stands for products dispensed abroad, as agreed with Reseptformidleren."""

    report_lengths: Mapping[ShortField, Annotated[int, Field(ge=SHORTEST)]] = Field(default_factory=dict)
    """Characters that a report's texts may have, by its element; one that is longer has a short form that says so."""


class PrescriptionExportTable(ClosedTable):
    """[national.prescription_export]: what a prescription is read with before it is listed abroad."""

    fest_file: Path
    trust_file: Path
    """Issuers of prescribers' signing certificates, PEM."""
    revocation_directory: Path


class HelseIdTable(ClosedTable):
    """[national.helseid]"""

    issuer: Url
    client_id: Given
    key_file: Path
    algorithm: Literal["PS256", "ES256"]
    organisation: Annotated[str, form("[0-9]{9}", "an organisation number of nine digits")]
    renew_before: timedelta
    assertion_lifetime: timedelta


class ApiTable(ClosedTable):
    """An API behind HelseID."""

    base_url: Url
    audience: Given
    scope: Given


class PrivacyTable(ApiTable):
    """[national.privacy]"""

    definition_guid: Given
    part_code: Given


class CriticalInformationTable(ApiTable):
    """[national.critical_information]"""

    parallel: int = Field(ge=1, le=16)


class NationalTable(ClosedTable):
    """[national]"""

    source_system: Given
    poll_pause: timedelta
    """The longest pause between two looks into the mailbox."""
    report_deadline: timedelta
    """For the receipt of a report (M10); peers that wait for us give up at 180 seconds."""
    trust_file: Path | None = None
    """Authorities of the national services' TLS certificates, PEM; the system's when it is left out."""
    sender: SenderTable
    helseid: HelseIdTable
    person_register: ApiTable
    privacy: PrivacyTable
    critical_information: CriticalInformationTable
    transport: ApiTable
    medicines: PartyTable
    vaccinations: PartyTable
    prescriber: PrescriberTable | None = None
    """None: what only a prescriber may ask is asked without professional and signature, and may be rejected."""
    enterprise: SigningTable | None = None
    prescriptions: PrescriptionsTable | None = None
    """None, or without a role: this node neither lists nor dispenses prescriptions."""
    prescription_export: PrescriptionExportTable | None = None
    """None: this node lists no prescriptions abroad."""

    @model_validator(mode="after")
    def _a_role_has_what_it_needs(self) -> "NationalTable":
        role = None if self.prescriptions is None else self.prescriptions.role
        if role is NationalRole.DISPENSER:
            raise ValueError("prescriptions.role: dispenser is not built: choose prescriber, or leave it out")
        if role is NationalRole.PRESCRIBER and self.prescriber is None:
            raise ValueError(
                "prescriptions.role: prescriber: there is no [national.prescriber], whose HPR number and key are agreed"
            )
        if role is None and self.prescriptions is not None and self.prescription_export is not None:
            raise ValueError("prescriptions.role: none is chosen, so that there is nothing to export from")
        return self

    @model_validator(mode="after")
    def _prescriptions_come_from_somewhere(self) -> "NationalTable":
        if self.prescription_export is not None and self.prescriptions is None:
            raise ValueError("prescription_export: there is no [national.prescriptions] to list from")
        if self.prescription_export is not None and self.prescriber is None:
            raise ValueError("prescription_export: there is no [national.prescriber] in whose name they are read")
        if self.prescriptions is not None and self.prescriptions.sign_reports and self.enterprise is None:
            raise ValueError("prescriptions.sign_reports: there is no [national.enterprise] to sign reports with")
        return self

    @model_validator(mode="after")
    def _in_the_clear_to_this_machine_only(self) -> "NationalTable":
        """What is asked carries a person's number; only a simulator on this machine may be asked without TLS."""
        for key, url in self.addresses().items():
            if urlsplit(url).scheme != "https" and not _is_loopback(urlsplit(url).hostname or ""):
                raise ValueError(f"{key}: a service on another machine is asked at an address with https:// alone")
        return self

    def addresses(self) -> dict[str, str]:
        """Every address by its key, for the rule that a simulator answers in a demo only."""
        return {
            "helseid.issuer": self.helseid.issuer,
            "person_register.base_url": self.person_register.base_url,
            "privacy.base_url": self.privacy.base_url,
            "critical_information.base_url": self.critical_information.base_url,
            "transport.base_url": self.transport.base_url,
        }


class _NationalFile(ClosedTable):
    national: NationalTable


FILES: Mapping[str, type[ClosedTable]] = {"national": _NationalFile}
"""The type of the file, by its name."""


def simulated(table: NationalTable) -> list[str]:
    """Keys of addresses that are no national service's: not TLS, or on this very machine."""
    return [
        key
        for key, url in table.addresses().items()
        if urlsplit(url).scheme != "https" or _is_loopback(urlsplit(url).hostname or "")
    ]


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def read_national(table: Mapping[str, Any]) -> NationalTable:
    """The parsed `national.toml`; raises pydantic's ``ValidationError`` (a ``ValueError``) naming the keys."""
    return _NationalFile.model_validate(table).national
