"""Country B, identify: ask a country for its patient and believe only an answer from it, about her."""

from datetime import datetime

from gateway.messages import DayRange, FindPatient
from gateway.peers.errors import AnswerAboutAnother, AnswerFromAnother, PeerAnswerUnreadable, PeerNotAgreed, PeerSaidNo
from gateway.peers.ports import ContactPoint, PeerMatch, Session


def identify_abroad(session: Session, asked: FindPatient, peer: ContactPoint, now: datetime) -> tuple[PeerMatch, ...]:
    """Matches, at least one. Raises AbroadRefused leaves; PeerSaidNo when there is no match."""
    communities = session.peer.home_communities
    if not session.peer.answers or asked.receiver not in communities:
        raise PeerNotAgreed
    answer = peer.find_patient(session, asked, now)
    if answer.sender is not None and answer.sender not in communities:
        raise AnswerFromAnother
    if not answer.matches:
        raise PeerSaidNo(answer.problems, answer.issue)
    for match in answer.matches:
        if match.home_community is not None and match.home_community not in communities:
            raise AnswerFromAnother
        if not (match.patient.identifier.root and match.patient.identifier.extension):
            raise PeerAnswerUnreadable("PatientIdentifierMissing")
        _same_demographics(asked, match)
    return answer.matches


def _same_demographics(asked: FindPatient, match: PeerMatch) -> None:
    """What we asked with and what came back do not contradict each other."""
    born, found = asked.birth, match.patient.birth_date
    if born is not None and found:
        known = DayRange.of_hl7(found)
        if known is None or not born.meets(known):
            raise AnswerAboutAnother
    genders = {g for g in (asked.gender, match.patient.gender) if g in ("F", "M")}
    if len(genders) > 1:
        raise AnswerAboutAnother
