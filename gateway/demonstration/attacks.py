"""Requests that must be refused, made from good ones by one change each, and sent as a peer would send them."""

import ssl
import time
from dataclasses import dataclass, replace
from datetime import timedelta

from gateway.configuration.refusals import Transaction
from gateway.demonstration.world import World
from gateway.http import HttpClient, HttpFailure, HttpLimits
from gateway.messages import FindDocuments, PatientIdentifier
from gateway.node.abroad import CountryB
from gateway.peers.ports import TreatmentAbroad
from gateway.wire.names import REQUEST_ACTIONS
from gateway.wire.soap import content_type, read_envelope, read_fault, write_envelope
from gateway.wire.xca_query import read_documents, write_find_documents
from transformers.cda.kinds import PATIENT_SUMMARY_CODE
from trust import pki_layout
from trust.pki_layout import Bad
from trust.xml import parse, serialise

_ASSERTION = "{urn:oasis:names:tc:SAML:2.0:assertion}Assertion"
_CLASS = (PATIENT_SUMMARY_CODE, "2.16.840.1.113883.6.1")
REFUSED_IN_THE_HANDSHAKE = "refused in the TLS handshake"


@dataclass(frozen=True, slots=True)
class Attacker:
    """Holds what a good caller holds, and does one thing wrong."""

    country_b: CountryB
    treatment: TreatmentAbroad
    world: World

    def query(self, treatment: TreatmentAbroad, message_id: str, patient: PatientIdentifier | None = None) -> bytes:
        """A query like any other."""
        asked = FindDocuments(patient or treatment.patient, (_CLASS,))
        action = REQUEST_ACTIONS[Transaction.FIND_DOCUMENTS]
        assertions = (treatment.session.hcp, treatment.trc)
        return write_envelope(write_find_documents(asked), action=action, message_id=message_id, assertions=assertions)

    def changed_role(self, message_id: str) -> str:
        """One attribute of the signed HCP assertion changed."""
        session = self.treatment.session
        forged = session.hcp.replace(b'code="221"', b'code="2262"', 1)
        return self.send(self.query(replace(self.treatment, session=replace(session, hcp=forged)), message_id))

    def wrapped(self, message_id: str) -> str:
        """The genuine assertion moved aside, a forged one of the same shape in its place."""
        envelope = parse(self.query(self.treatment, message_id))
        genuine = envelope.find(f".//{_ASSERTION}")
        if genuine is None or (security := genuine.getparent()) is None:
            raise AssertionError("a query carries assertions")
        forged = parse(serialise(genuine))
        forged.set("ID", "_forged")
        security.replace(genuine, forged)
        holder = security.makeelement("{urn:demo}Aside")
        holder.append(genuine)
        security.addprevious(holder)
        return self.send(serialise(envelope))

    def repeated(self, message_id: str) -> tuple[str, str]:
        """The same message twice."""
        message = self.query(self.treatment, message_id)
        return self.send(message), self.send(message)

    def another_patient(self, message_id: str, patient: PatientIdentifier) -> str:
        """The TRC is about one patient, the query asks for another."""
        return self.send(self.query(self.treatment, message_id, patient))

    def expired(self, message_id: str) -> str:
        """Assertions that were good a day ago."""
        issuer, session = self.country_b.issuer, self.treatment.session
        then = session.until - timedelta(days=1)
        old = issuer.open_session(session.clinician, session.peer, then)
        return self.send(self.query(issuer.confirm_treatment(old, self.treatment.person, then), message_id))

    def revoked_client(self, message_id: str) -> str:
        """A good message over a connection with a revoked client certificate."""
        credential = Bad.TLS_CLIENT_REVOKED.credential
        context = ssl.create_default_context(cafile=str(self.world.pki(pki_layout.TRUST)))
        context.load_cert_chain(self.world.pki(credential.certificate), self.world.pki(credential.key))
        with HttpClient(HttpLimits(), tls=lambda: context, elapsed=time.monotonic) as http:
            return self.send(self.query(self.treatment, message_id), http)

    def send(self, message: bytes, http: HttpClient | None = None) -> str:
        """What the node answered, in one word: a code, ``Success``, or how it refused."""
        action = REQUEST_ACTIONS[Transaction.FIND_DOCUMENTS]
        headers = {"content-type": content_type(action)}
        try:
            answer = (http or self.country_b.http).call(
                "POST", self.world.url("NO", "xca"), headers=headers, content=message
            )
        except HttpFailure:
            return REFUSED_IN_THE_HANDSHAKE
        envelope = read_envelope(answer.headers.get("content-type", ""), answer.body)
        fault = read_fault(envelope.body)
        if fault is not None:
            return fault.subcode or fault.code
        documents = read_documents(envelope.body)
        return documents.problems[0].code if documents.problems else str(documents.status)
