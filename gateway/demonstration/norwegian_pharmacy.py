"""An invented pharmacy in Tromsø and who works there: whom a test or a demonstration dispenses for."""

from datetime import datetime
from typing import Final

from gateway.peers.ports import Clinician
from transformers.model.people import Address, Name, Organisation, Professional, Telecom
from transformers.model.values import Coded, Coding, Identifier

_ISCO: Final = "2.16.840.1.113883.2.9.6.2.7"
_HPR: Final = "2.16.578.1.12.4.1.4.4"
_ENTERPRISE: Final = "2.16.578.1.12.4.1.4.101"
_NUMBER: Final = "990000090"
PHARMACY: Final = Organisation(
    "Prøveapoteket Tromsø",
    (Identifier(_ENTERPRISE, "999000018"),),
    Address(("Eksempelgata 2",), "9008", "Tromsø", "NO"),
    (Telecom("tel:+4700000000", "WP"),),
)
_PERMISSIONS: Final = ("PRD-004", "PRD-006", "PRD-010", "PPD-046")
"""Identify, list and retrieve prescriptions, and dispense (wire-protocol, permissions of pharmacists)."""


def pharmacist() -> Professional:
    """As documents state her."""
    role = Coding("2262", _ISCO, "Pharmacists")
    return Professional(
        Name(("Prøve",), "Apoteker"),
        (Identifier(_HPR, _NUMBER),),
        Coded("Farmasøyt", role, (), role),
        PHARMACY,
        PHARMACY.telecoms,
        PHARMACY.address,
    )


def signed_in(authenticated_at: datetime) -> Clinician:
    """As our assertions state her, signed in then."""
    return Clinician(
        id=_NUMBER,
        name="Prøve Apoteker",
        role="2262",
        role_display="Pharmacists",
        organisation=PHARMACY.name or "",
        organisation_id=f"urn:hl7ii:{_ENTERPRISE}:999000018",
        facility_type="Pharmacy",
        locality="Tromsø",
        purpose="TREATMENT",
        permissions=_PERMISSIONS,
        class_ref="urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI",
        authenticated_at=authenticated_at,
    )
