"""Country B, retrieve: fetch listed documents and keep only bytes that are what was listed."""

import hashlib
from datetime import datetime

from gateway.messages import DocumentEntry, DocumentRequest, Problem
from gateway.peers.errors import AnswerFromAnother, DocumentDamaged, DocumentNotAsked, PeerSaidNo
from gateway.peers.ports import DocumentAbroad, Peer, TreatmentAbroad


def retrieve_documents_abroad(
    treatment: TreatmentAbroad, entries: tuple[DocumentEntry, ...], peer: Peer, now: datetime
) -> tuple[tuple[DocumentAbroad, ...], tuple[Problem, ...]]:
    """Documents in the order they came, and the peer's remarks. Raises AbroadRefused leaves; PeerSaidNo without any."""
    listed = {entry.unique_id: entry for entry in entries}
    asked = tuple(DocumentRequest(e.unique_id, e.home_community, e.repository) for e in entries)
    answer = peer.retrieve(treatment, asked, now)
    if not answer.documents:
        raise PeerSaidNo(answer.problems)
    seen: set[str] = set()
    for document in answer.documents:
        entry = listed.get(document.request.unique_id)
        if entry is None or document.request.unique_id in seen:
            raise DocumentNotAsked
        seen.add(document.request.unique_id)
        if document.request.home_community not in (None, *treatment.session.peer.home_communities):
            raise AnswerFromAnother
        _undamaged(document, entry)
    return answer.documents, answer.problems


def _undamaged(document: DocumentAbroad, entry: DocumentEntry) -> None:
    """Hash and size, where the listing gave them (OpenNCP lists them only when it knows them)."""
    digest = hashlib.sha1(document.content, usedforsecurity=False).hexdigest()
    if entry.sha1 and entry.sha1.lower() != digest:
        raise DocumentDamaged
    if entry.size and entry.size != len(document.content):
        raise DocumentDamaged
