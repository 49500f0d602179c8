"""Country B, find: list a patient's documents abroad; an entry of another community or patient refuses them all."""

from datetime import datetime

from gateway.messages import DocumentEntry, FindDocuments, Remark
from gateway.peers.errors import AnswerAboutAnother, AnswerFromAnother, PeerNotAgreed, PeerSaidNo
from gateway.peers.ports import ContactPoint, TreatmentAbroad


def find_documents_abroad(
    treatment: TreatmentAbroad, asked: FindDocuments, service: str, peer: ContactPoint, now: datetime
) -> tuple[tuple[DocumentEntry, ...], tuple[Remark, ...]]:
    """Entries and the peer's warnings. Raises AbroadRefused leaves; PeerSaidNo for a failure or an error."""
    country = treatment.session.peer
    if service not in country.answers:
        raise PeerNotAgreed
    if asked.patient != treatment.patient:
        raise AnswerAboutAnother
    answer = peer.find_documents(treatment, asked, now)
    if answer.refused or any(problem.severity == "Error" for problem in answer.problems):
        raise PeerSaidNo(answer.problems)
    for entry in answer.entries:
        if entry.home_community not in country.home_communities:
            raise AnswerFromAnother
        if entry.patient not in treatment.person.identifiers:
            raise AnswerAboutAnother
    return answer.entries, answer.problems
