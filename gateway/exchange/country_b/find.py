"""Country B, find: list a patient's documents abroad; an entry of another community or patient refuses them all."""

from datetime import datetime
from typing import Final

from gateway.messages import DocumentEntry, FindDocuments, Remark
from gateway.peers.errors import AnswerAboutAnother, AnswerFromAnother, PeerNotAgreed, PeerSaidNo
from gateway.peers.ports import ContactPoint, TreatmentAbroad

NOT_ASKED: Final = "NO_ENTRY_NOT_ASKED"
"""Our own remark on a peer's list: of no list of codes, and never sent."""


def find_documents_abroad(
    treatment: TreatmentAbroad, asked: FindDocuments, service: str, peer: ContactPoint, now: datetime
) -> tuple[tuple[DocumentEntry, ...], tuple[Remark, ...]]:
    """Entries and remarks: the peer's warnings, and ours on each entry of a class that was not asked for.

    Such an entry is not used (IHE ITI TF-2 3.18.4.1.2.3.7.1). Raises AbroadRefused leaves; PeerSaidNo for a failure or
    an error.
    """
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
    classes = {code for code, _ in asked.class_codes}
    unasked = (place for place, entry in enumerate(answer.entries) if entry.class_code not in classes)
    remarks = (Remark(NOT_ASKED, "Warning", "Of a class that was not asked for.", f"Entry[{n}]") for n in unasked)
    used = tuple(entry for entry in answer.entries if entry.class_code in classes)
    return used, (*answer.problems, *remarks)
