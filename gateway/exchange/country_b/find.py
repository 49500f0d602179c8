"""Country B, find: list a patient's documents abroad; an entry of another community or patient refuses them all."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from gateway.messages import DocumentEntry, FindDocuments, Remark
from gateway.peers.errors import AnswerAboutAnother, AnswerFromAnother, PeerNotAgreed, PeerSaidNo
from gateway.peers.ports import ContactPoint, TreatmentAbroad

NOT_ASKED: Final = "NO_ENTRY_NOT_ASKED"
"""Our own remark on a peer's list: of no list of codes, and never sent."""
NOT_PAIRED: Final = "NO_ENTRY_NOT_PAIRED"
"""As `NOT_ASKED`."""


def find_documents_abroad(
    treatment: TreatmentAbroad, asked: FindDocuments, service: str, peer: ContactPoint, now: datetime
) -> tuple[tuple[DocumentEntry, ...], tuple[Remark, ...]]:
    """Entries and remarks: the peer's warnings, and ours on each entry of a class that was not asked for.

    Such an entry is not used (IHE ITI TF-2 3.18.4.1.2.3.7.1). One that is said to be a rendering of another class's
    document, or of one that is not listed, stands alone, with a remark. Raises AbroadRefused leaves; PeerSaidNo for a
    failure or an error.
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
    paired, alone = _paired(used)
    return paired, (*answer.problems, *remarks, *alone)


def _paired(listed: tuple[DocumentEntry, ...]) -> tuple[tuple[DocumentEntry, ...], list[Remark]]:
    """The entries, each a rendering of a listed one of its class or a document of its own; remarks where that differs.

    OpenNCP ties an OrCD document to itself: no pair, and nothing to remark.
    """
    classes = {entry.unique_id: entry.class_code for entry in listed}
    entries, remarks = [], []
    for place, entry in enumerate(listed):
        of = entry.transformed_from
        if of is None or (of != entry.unique_id and classes.get(of) == entry.class_code):
            entries.append(entry)
            continue
        entries.append(replace(entry, transformed_from=None))
        if of != entry.unique_id:
            text = "Said to be a rendering of a document that is not listed, or of another class."
            remarks.append(Remark(NOT_PAIRED, "Warning", text, f"Entry[{place}]"))
    return tuple(entries), remarks
