"""Country A's transactions, a row each: ITI-55, ITI-38 and ITI-39 (IHE ITI TF-2 3.55, 3.38, 3.39).

A row reads its body, is admitted, does its business and writes its answer; everything else is the pipeline's.
"""

from collections.abc import Mapping
from functools import partial

from gateway.admission import admit_discovery, admit_document, admit_query, admit_retrieve
from gateway.configuration.document_types import DocumentTypes
from gateway.configuration.refusals import RefusalRow, Transaction
from gateway.errors import CountryADisabled, Refusal
from gateway.exchange.country_a.compose import Composer
from gateway.exchange.country_a.find import find_documents
from gateway.exchange.country_a.identify import identify
from gateway.exchange.country_a.retrieve import retrieve_documents
from gateway.exchange.ports import KeptDocument, Norway
from gateway.messages import Problem, RetrievedDocument, RetrieveReply
from gateway.pipeline.answer import CountryA, Row, Run
from gateway.wire.names import Sender
from gateway.wire.soap import Envelope
from gateway.wire.xca_query import read_find_documents, write_documents, write_find_documents_refusal
from gateway.wire.xca_retrieve import read_retrieve, write_retrieve_refusal, write_retrieved
from gateway.wire.xcpd import read_find_patient, read_request_head, write_find_patient_refusal, write_patients
from trust.saml.model import VerifiedCaller

WARNINGS = {
    "WARNING_PS_MISSING_EXPECTED_MAPPING": "Some codes of the national record have no European equivalent; their "
    "original code and text are kept in the document.",
    "WARNING_EP_MISSING_EXPECTED_MAPPING": "Some codes of the prescription have no European equivalent; their "
    "original code and text are kept in the document.",
    "WARNING_PS_MISSING_BASIC_DATA": "A national source did not answer; the document says which section lacks it.",
}
"""What each warning that goes with a document says (codeContext); one of each at most."""


def country_a_rows(types: DocumentTypes) -> Mapping[Transaction, Row]:
    """The rows of this node."""
    rows = (
        Row(
            Transaction.FIND_PATIENT,
            service="xcpd",
            needs_trc=False,
            needs_role_display=True,
            run=_find_patient,
            refuse=_refuse_find_patient,
        ),
        Row(
            Transaction.FIND_DOCUMENTS,
            service="xca",
            needs_trc=True,
            needs_role_display=False,
            run=partial(_find_documents, types),
            refuse=lambda _envelope, row, _sender: write_find_documents_refusal(row),
        ),
        Row(
            Transaction.RETRIEVE,
            service="xca",
            needs_trc=True,
            needs_role_display=False,
            run=partial(_retrieve, types),
            refuse=lambda _envelope, row, _sender: write_retrieve_refusal(row),
        ),
    )
    return {row.transaction: row for row in rows}


def _find_patient(run: Run, caller: VerifiedCaller, envelope: Envelope, country_a: CountryA) -> bytes:
    message = read_find_patient(envelope.body)
    request = admit_discovery(caller, message.request, country_a.policy, run.moment)
    run.asker, run.wave = request.asker, request.wave
    reply = identify(request, message.request, _norway(country_a), run.trail)
    return write_patients(message.head, reply, run.sender)


def _refuse_find_patient(envelope: Envelope, row: RefusalRow, sender: Sender) -> bytes:
    return write_find_patient_refusal(read_request_head(envelope.body), row, sender)


def _find_documents(
    types: DocumentTypes, run: Run, caller: VerifiedCaller, envelope: Envelope, country_a: CountryA
) -> bytes:
    query = read_find_documents(envelope.body)
    run.family = next((kind.family for asked in query.class_codes for kind in types.of_class(*asked)), run.family)
    treatment = admit_query(caller, query, country_a.policy, run.moment)
    run.asker, run.wave = treatment.request.asker, treatment.request.wave
    reply = find_documents(treatment, query, _norway(country_a), _composer(country_a), run.trail, country_a.new_id)
    return write_documents(reply, types, run.sender)


def _retrieve(types: DocumentTypes, run: Run, caller: VerifiedCaller, envelope: Envelope, country_a: CountryA) -> bytes:
    asked = read_retrieve(envelope.body)
    treatment = admit_retrieve(caller, asked, country_a.policy, run.moment)
    run.asker, run.wave = treatment.request.asker, treatment.request.wave

    def permitted(kept: KeptDocument) -> None:
        run.family = types.of_format(kept.entry.class_code, kept.entry.format_code).family
        admit_document(caller, kept.service, kept.entry.class_code, country_a.policy)

    found = retrieve_documents(treatment, asked, _norway(country_a), permitted, run.trail)
    if not found.documents and len(found.refused) == 1:
        raise found.refused[0][1]
    documents = tuple(RetrievedDocument(request, kept.content) for request, kept in found.documents)
    warnings = [
        Problem(code, "Warning", WARNINGS[code], request.unique_id)
        for request, kept in found.documents
        for code in kept.warnings
    ]
    refused = [_problem(run, country_a, reason, request.unique_id) for request, reason in found.refused]
    return write_retrieved(RetrieveReply(documents, (*refused, *warnings)), run.sender)


def _problem(run: Run, country_a: CountryA, reason: Refusal, unique_id: str) -> Problem:
    return country_a.refusals.row(Transaction.RETRIEVE, reason, run.family).problem(unique_id)


def _norway(country_a: CountryA) -> Norway:
    if country_a.norway is None:
        raise CountryADisabled
    return country_a.norway


def _composer(country_a: CountryA) -> Composer:
    if country_a.composer is None:
        raise CountryADisabled
    return country_a.composer
