"""Country B's assertions: a session is opened with an HCP assertion, a treatment confirmed with a TRC (eHDSI XUA 19).

Issued here instead of by a token service of its own: wire-protocol leaves that interface to country B.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.configuration.settings import CountryRow
from gateway.messages import FoundPatient
from gateway.peers.ports import Clinician, Session, TreatmentAbroad
from trust.saml.issue import AssertionSeal, HcpSubject, Issued, issue_hcp, issue_trc
from trust.saml.model import NameId
from trust.saml.tables import SamlTables

_UNSPECIFIED = "urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"


@dataclass(frozen=True, slots=True)
class Issuer:
    """What this country signs with, and the code systems its assertions name."""

    seal: Callable[[], AssertionSeal]
    """The one in force: it may be replaced while a node serves."""
    home_community: str
    tables: SamlTables
    new_id: Callable[[], UUID]
    require_clock: Callable[[], None]
    """Raises ClockAlone when our clock is not one to go by: nothing is signed for a time that nobody else tells."""

    def open_session(self, clinician: Clinician, peer: CountryRow, now: datetime) -> Session:
        """An HCP assertion for this clinician; it lives as long as the issuer says (four hours). Raises ClockAlone."""
        self.require_clock()
        professional = HcpSubject(
            name_id=NameId(clinician.id, _UNSPECIFIED),
            provided_id=clinician.id,
            home_community=self.home_community,
            npi=clinician.id,
            name=clinician.name,
            role=clinician.role,
            role_display=clinician.role_display,
            role_code_system=self.tables.role_code_system,
            organisation=clinician.organisation,
            organisation_id=clinician.organisation_id,
            facility_type=clinician.facility_type,
            purpose=clinician.purpose,
            purpose_code_system=self.tables.purpose_code_system,
            locality=clinician.locality,
            permissions=clinician.permissions,
            class_ref=clinician.class_ref,
            authenticated_at=clinician.authenticated_at,
        )
        issued = issue_hcp(professional, seal=self.seal(), now=now, new_id=self.new_id)
        return Session(peer, clinician, issued.content, issued.id, issued.not_on_or_after, issued.issuer)

    def confirm_treatment(
        self, session: Session, person: FoundPatient, now: datetime, *, prescription_number: str | None = None
    ) -> TreatmentAbroad:
        """A TRC assertion: this session's clinician treats this person, as the peer identified them.

        ``prescription_number`` is what the patient handed over where the peer's search mask asks for one (in Norway the
        reference number of a locked prescription). Raises ClockAlone.
        """
        self.require_clock()
        name_id = NameId(session.clinician.id, _UNSPECIFIED)
        hcp = Issued(session.hcp, session.hcp_id, name_id, session.until, session.issuer)
        trc = issue_trc(
            hcp,
            patient=(person.identifier.root, person.identifier.extension),
            purpose=session.clinician.purpose,
            purpose_code_system=self.tables.purpose_code_system,
            prescription_id=prescription_number,
            seal=self.seal(),
            now=now,
            new_id=self.new_id,
        )
        return TreatmentAbroad(session, person, trc.content, trc.id, trc.not_on_or_after)
