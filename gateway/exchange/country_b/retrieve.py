"""Country B, retrieve: fetch listed documents and keep only what was listed, about the patient who was identified.

What validation finds goes with the document, or refuses it, by policy (`config/policies.toml`).
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from gateway.configuration.document_types import DocumentTypes, load_document_types
from gateway.exchange.country_b.bare_file import PDF, check_bare_file
from gateway.exchange.country_b.digests import Digests, check_bytes, digests_of
from gateway.exchange.country_b.listed import check_listed, media_kind
from gateway.exchange.country_b.pair_agreement import BIRTH, StatedHeader, disagreements, read_stated_header
from gateway.exchange.country_b.pairs import ListedPair, pairs_of
from gateway.exchange.country_b.patient import check_patient, open_content
from gateway.exchange.document_gate import DocumentGate
from gateway.messages import DocumentEntry, DocumentRequest, Remark
from gateway.peers.errors import (
    AbroadRefused,
    AnswerAboutAnother,
    AnswerFromAnother,
    DocumentDamaged,
    DocumentNotAsked,
    DocumentNotValid,
    DocumentUnlisted,
    PatientUnproven,
    PeerAnswerUnreadable,
    PeerFault,
    PeerSaidNo,
    PeerSlow,
    PeerUnreachable,
)
from gateway.peers.ports import ContactPoint, DocumentAbroad, RetrievedAbroad, TreatmentAbroad
from transformers.model.finding import Finding, Severity
from transformers.shipped import shipped
from transformers.terminology.release import Release

_BIRTH_FIELD = "recordTarget/birthTime"
LOST = "NO_DOCUMENT_LOST"
"""Our own remark on a peer's answer: of no list of codes, and never sent."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was looked at and how, for the evidence; ``refused`` when policy does not let it in."""

    unique_id: str
    class_code: str
    layers: tuple[str, ...]
    refused: bool
    cause: str = "DocumentNotValid"
    """Why, where it is refused."""
    field: str | None = None
    """Which part of the document broke the rule, where one did."""
    digests: Digests | None = None
    """What was listed and what came."""
    release: str | None = None
    """Id of the release that its codes were compared with."""
    findings: tuple[tuple[str, int], ...] = ()
    """How often each rule was broken, by its name."""


def _nobody(_treatment: TreatmentAbroad, _looked: Looked, _now: datetime) -> None:
    """A witness that keeps nothing."""


def _shipped_types() -> DocumentTypes:
    return load_document_types(shipped("config") / "document_types.toml")


@dataclass(frozen=True, slots=True)
class Reception:
    """What looks at documents that come. Without anything said our own rules do, and every document is shown."""

    gate: DocumentGate = field(default_factory=lambda: DocumentGate(refused=frozenset(), outgoing=False))
    witness: Callable[[TreatmentAbroad, Looked, datetime], None] = _nobody
    """Told of each look before the document is anybody's; raises EvidenceUnavailable."""
    types: DocumentTypes = field(default_factory=_shipped_types)
    release: Callable[[int], Release] | None = None
    """In force for a wave, for comparing codes; without it none are compared. Raises StoreUnavailable."""
    asked_language: str | None = None
    """BCP 47; what the reader asked for in one retrieve, where she did."""


def retrieve_documents_abroad(
    treatment: TreatmentAbroad,
    entries: tuple[DocumentEntry, ...],
    peer: ContactPoint,
    now: datetime,
    reception: Reception = Reception(),
) -> tuple[tuple[DocumentAbroad, ...], tuple[Remark, ...]]:
    """Documents in the order they came with what was found in them, and remarks: the peer's, and ours on what was lost.

    One document of several that is damaged, invalid, not the one listed or not about the patient is left out with a
    remark. Raises AbroadRefused leaves: of the first document when none is left; PeerSaidNo when the status is no
    success, whatever came beside it, and without any document; InternalFault when a validation worker died.
    """
    if any(entry.patient not in treatment.person.identifiers for entry in entries):
        raise AnswerAboutAnother
    listed = {entry.unique_id: entry for entry in entries}
    came, problems = _asked_for(treatment, entries, peer, now, reception)
    looked: dict[str, _LookedAt] = {}
    lost: dict[str, AbroadRefused] = {}
    for document in came:
        unique_id = document.request.unique_id
        try:
            looked[unique_id] = _looked_at(document, listed[unique_id], treatment, reception, now)
        except (DocumentDamaged, DocumentNotValid, DocumentUnlisted, PatientUnproven) as reason:
            lost[unique_id] = reason
    for pair in pairs_of(entries):
        lost |= _hold_together(pair, looked, treatment, reception, now)
    if not looked:
        raise next(iter(lost.values()))
    ours = tuple(
        Remark(LOST, "Error", f"Not shown: {type(lost[d.request.unique_id]).__name__}.", f"Document[{place}]")
        for place, d in enumerate(came)
        if d.request.unique_id in lost
    )
    return tuple(one.document for one in looked.values()), (*problems, *ours)


@dataclass(frozen=True, slots=True)
class _LookedAt:
    """A document that is shown, and what it states of itself; a bare PDF states nothing."""

    document: DocumentAbroad
    stated: StatedHeader | None = None


def _hold_together(
    pair: ListedPair, looked: dict[str, _LookedAt], treatment: TreatmentAbroad, reception: Reception, now: datetime
) -> dict[str, AbroadRefused]:
    """Why the original of a pair is taken out of ``looked``, by its id, when it states another birth; else nothing.

    Whatever else the two state otherwise becomes a finding of both; the witness is told of each once more.
    """
    headers = [looked[e.unique_id].stated for e in pair.entries if e.unique_id in looked]
    if len(headers) < len(pair.entries) or pair.original is None or headers[0] is None or headers[1] is None:
        return {}
    found = disagreements(headers[0], headers[1])
    refused = [pair.original.unique_id] if any(finding.code == BIRTH for finding in found) else []
    for entry in pair.entries if found else ():
        look = Looked(entry.unique_id, entry.class_code, (), refused=False, findings=_counted(found))
        if entry.unique_id in refused:
            del looked[entry.unique_id]
            look = replace(look, refused=True, cause=PatientUnproven.__name__, field=_BIRTH_FIELD)
        else:
            one = looked[entry.unique_id]
            document = replace(one.document, findings=(*one.document.findings, *found))
            looked[entry.unique_id] = replace(one, document=document)
        reception.witness(treatment, look, now)
    return {unique_id: PatientUnproven(_BIRTH_FIELD) for unique_id in refused}


def _asked_for(
    treatment: TreatmentAbroad,
    entries: tuple[DocumentEntry, ...],
    peer: ContactPoint,
    now: datetime,
    reception: Reception,
) -> tuple[list[DocumentAbroad], list[Remark]]:
    """What came of the entries, none of it looked at, and what was said: the peer's remarks, and ours on what did not.

    One request for each, or one for all of a peer that serves several. Raises AbroadRefused leaves: of the first
    request when nothing came, and at once where an answer is another's.
    """
    asked = tuple(DocumentRequest(e.unique_id, e.home_community, e.repository) for e in entries)
    requests = (asked,) if treatment.session.peer.serves_several else tuple((one,) for one in asked)
    came: list[DocumentAbroad] = []
    problems: list[Remark] = []
    failed: list[AbroadRefused] = []
    for place, request in enumerate(requests):
        try:
            answer = _given(peer.retrieve(treatment, request, now))
        except (PeerFault, PeerSaidNo, PeerAnswerUnreadable, PeerSlow, PeerUnreachable) as reason:
            failed.append(reason)
            problems += reason.problems if isinstance(reason, PeerSaidNo) else ()
            problems.append(Remark(LOST, "Error", f"Not shown: {type(reason).__name__}.", f"Request[{place}]"))
            if isinstance(reason, PeerSlow | PeerUnreachable):
                break  # who waited once does not wait for each document
            continue
        _check_asked(answer.documents, request, treatment, now, reception)
        came += answer.documents
        problems += answer.problems
    if failed and not came:
        raise failed[0]
    return came, problems


def _given(answer: RetrievedAbroad) -> RetrievedAbroad:
    """The answer, when it gives something. Raises PeerSaidNo."""
    if answer.refused or not answer.documents:
        raise PeerSaidNo(answer.problems)
    return answer


def _check_asked(
    documents: tuple[DocumentAbroad, ...],
    asked: tuple[DocumentRequest, ...],
    treatment: TreatmentAbroad,
    now: datetime,
    reception: Reception,
) -> None:
    """Each was asked for in this request, once, of this peer. Raises DocumentNotAsked, AnswerFromAnother."""
    waiting = {request.unique_id for request in asked}
    for document in documents:
        request = document.request
        strange: type[AbroadRefused] | None = None
        if request.unique_id not in waiting:
            strange = DocumentNotAsked
        elif request.home_community not in (None, *treatment.session.peer.home_communities):
            strange = AnswerFromAnother
        if strange is not None:
            refused = Looked(request.unique_id, "", (), refused=True, cause=strange.__name__)
            reception.witness(treatment, refused, now)
            raise strange
        waiting.remove(request.unique_id)


def _looked_at(
    document: DocumentAbroad, entry: DocumentEntry, treatment: TreatmentAbroad, reception: Reception, now: datetime
) -> _LookedAt:
    """The document with its findings.

    Raises DocumentDamaged, PatientUnproven, DocumentUnlisted or DocumentNotValid; the witness is told of each.
    """
    country = treatment.session.peer
    digests = digests_of(document.content, entry)
    look = Looked(entry.unique_id, entry.class_code, (), refused=False, digests=digests)
    try:
        if media_kind(document.mime_type) == PDF:
            unlike = check_bare_file(document.content, entry, country.home_communities, digests, reception.types)
            reception.witness(treatment, replace(look, findings=_counted(unlike)), now)
            return _LookedAt(replace(document, findings=unlike))
        unlike = check_bytes(document.content, entry, digests, country.listing_hash)
        tree = open_content(document.content)
        differences = check_patient(tree, treatment.person, country.patient_roots)
        unlike += check_listed(tree, document.mime_type, entry, reception.types, reception.asked_language)
    except (DocumentDamaged, DocumentUnlisted, PatientUnproven) as reason:
        refused = replace(look, refused=True, cause=type(reason).__name__)
        if not isinstance(reason, DocumentDamaged):
            refused = replace(refused, field=reason.field)
        reception.witness(treatment, refused, now)
        raise
    gate, wave = reception.gate, country.wave_of(entry.home_community or country.home_communities[0])
    release = None if reception.release is None else reception.release(wave)
    report = gate.look(document.content, wave, release)
    kept_out = not gate.passes(report)
    findings = (*unlike, *report.findings)
    look = replace(look, release=None if release is None else release.id, findings=_counted(findings))
    reception.witness(treatment, replace(look, layers=gate.layers, refused=kept_out), now)
    if kept_out:
        graver = (f.rule or f.code for f in report.findings if f.severity in gate.refused)
        raise DocumentNotValid(tuple(dict.fromkeys(graver)))
    shown = replace(document, findings=findings, validated=gate.layers, differences=differences)
    return _LookedAt(shown, read_stated_header(tree))


def _counted(findings: Iterable[Finding]) -> tuple[tuple[str, int], ...]:
    """How often each rule was broken, in the order of their names: of warnings and what is graver."""
    return tuple(sorted(Counter(f.rule or f.code for f in findings if f.severity is not Severity.INFO).items()))
