"""A verified caller and an admission policy, each with any one thing changed. No signature: that is trust's to test."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from types import MappingProxyType

from gateway.admission import AdmissionPolicy, TransactionMoment
from gateway.configuration.settings import CountryRow
from gateway.messages import PatientIdentifier
from trust.certificates import CertificateUse, VerifiedCertificate
from trust.saml.model import HcpAssertion, NameId, NextOfKin, NokAssertion, TrcAssertion, VerifiedCaller
from trust.tls import PeerIdentity

NOW = datetime(2026, 3, 2, 10, 30, tzinfo=UTC)
FNR = "2.16.578.1.12.4.1.4.1"
DNR = "2.16.578.1.12.4.1.4.2"
NORWAY = "2.16.578.1.12.4.5.10.1"
PORTUGAL = "2.16.17.710.820.1000.990.1"
PATIENT = PatientIdentifier(FNR, "13837424032")
OTHER = PatientIdentifier(FNR, "08827919994")
LOINC = "2.16.840.1.113883.6.1"
PS, EP = ("60591-5", LOINC), ("57833-6", LOINC)
MOMENT = TransactionMoment(NOW, "7d9f2b1e-3f0e-4a39-8c0f-9b8f2a0f7c11")


@cache
def _certificate(use: CertificateUse) -> VerifiedCertificate:
    from tests.support.callers.signatures import sealer

    return VerifiedCertificate(
        der=b"", use=use, country="PT", common_name="pt", sha256="00" * 32,
        not_after=NOW + timedelta(days=1), public_key=sealer("PT").key.public_key(), revocation=(),
    )  # fmt: skip


def hcp(**changes: object) -> HcpAssertion:
    """A physician's assertion."""
    said = HcpAssertion(
        id="_hcp", issuer="urn:idp:PT:countryB",
        issuer_country="PT", issued_at=NOW, not_before=NOW, not_on_or_after=NOW + timedelta(hours=4),
        audiences=(), name_id=NameId("dr", "unspecified"), class_ref="x", authenticated_at=NOW,
        signer=_certificate(CertificateUse.SEAL), digest="00" * 32, provided_id="dr-1", home_community=PORTUGAL,
        npi="npi-1", name="Demo Clinician", role="221", role_display="Medical Doctors", organisation="Hospital",
        organisation_id="urn:oid:1.2.3", facility_type="Hospital", purpose="TREATMENT", locality="Porto",
        permissions=frozenset({"PRD-003", "PRD-004", "PRD-005", "PRD-006", "PRD-010", "PRD-016", "PPD-046"}),
        on_behalf_of=None,
    )  # fmt: skip
    return replace(said, **changes)  # type: ignore[arg-type]  # changes are named fields of the assertion


def trc(**changes: object) -> TrcAssertion:
    """The treatment relationship to PATIENT."""
    said = TrcAssertion(
        id="_trc", issuer="urn:idp:PT:countryB",
        issuer_country="PT", issued_at=NOW, not_before=NOW, not_on_or_after=NOW + timedelta(hours=2),
        audiences=(), name_id=NameId("dr", "unspecified"), class_ref="x", authenticated_at=NOW,
        signer=_certificate(CertificateUse.SEAL), digest="00" * 32, hcp_id="_hcp",
        patient=(PATIENT.root, PATIENT.extension), purpose="TREATMENT", pin_code=None, prescription_id=None,
    )  # fmt: skip
    return replace(said, **changes)  # type: ignore[arg-type]  # changes are named fields of the assertion


def nok() -> NokAssertion:
    """A next of kin who asks."""
    return NokAssertion(
        id="_nok", issuer="urn:idp:PT:countryB",
        issuer_country="PT", issued_at=NOW, not_before=NOW, not_on_or_after=NOW + timedelta(hours=2),
        audiences=(), name_id=NameId("dr", "unspecified"), class_ref="x", authenticated_at=NOW,
        signer=_certificate(CertificateUse.SEAL), digest="00" * 32, hcp_id="_hcp", person=NextOfKin("kin-1"),
    )  # fmt: skip


def caller(**changes: object) -> VerifiedCaller:
    """A verified Portuguese physician with a treatment relationship."""
    usual = VerifiedCaller(PeerIdentity(_certificate(CertificateUse.TLS_CLIENT)), hcp(), trc(), None, "PT", PORTUGAL)
    return replace(usual, **changes)  # type: ignore[arg-type]  # changes are named fields of the caller


def country(**changes: object) -> CountryRow:
    """Portugal, agreed for patient summaries, prescriptions and dispensations."""
    row = {
        "code": "PT", "name": "Portugal", "home_communities": (PORTUGAL,), "wave": 8,
        "asks": frozenset({"ps", "ep", "ed"}), "answers": frozenset(), "source": "test",
    }  # fmt: skip
    return CountryRow.model_validate({**row, **changes})


def policy(**changes: object) -> AdmissionPolicy:
    """A node that answers Portugal."""
    usual = AdmissionPolicy(
        enabled=True,
        home_community=NORWAY,
        countries={"PT": country()},
        permissions=MappingProxyType(
            {
                ("ITI-55", ""): frozenset({"PRD-006"}),
                ("ITI-38", PS[0]): frozenset({"PRD-003", "PRD-005"}),
                ("ITI-39", PS[0]): frozenset({"PRD-003", "PRD-016"}),
                ("ITI-38", EP[0]): frozenset({"PRD-004", "PRD-010"}),
                ("ITI-39", EP[0]): frozenset({"PRD-004", "PRD-010"}),
                **{("ITI-41", one): frozenset({"PPD-046"}) for one in ("60593-1", "DISCARD-60593-1")},
            }
        ),
        services={PS: "ps", EP: "ep"},
        national_roles={"221": "LE"},
        access_basis={"TREATMENT": "SAMTYKKE", "EMERGENCY": "AKUTT"},
        patient_systems=frozenset({FNR, DNR}),
        number_is_valid=lambda identifier: identifier.extension.isdigit(),
    )
    return replace(usual, **changes)  # type: ignore[arg-type]  # changes are named fields of the policy
