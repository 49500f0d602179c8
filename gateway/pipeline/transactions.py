"""Country A's transactions, a row each: ITI-55, ITI-38, ITI-39 and ITI-41 (IHE ITI TF-2 3.55, 3.38, 3.39, 3.41).

A row is admitted, does its business and gives its answer as a value; everything else is the pipeline's or the form's.
"""

from collections.abc import Mapping
from functools import partial

from gateway.admission import admit_discovery, admit_document, admit_provide, admit_query, admit_retrieve
from gateway.configuration.document_types import DocumentTypes
from gateway.configuration.refusals import Transaction
from gateway.errors import CountryADisabled, Refusal
from gateway.exchange.country_a.compose import Composer
from gateway.exchange.country_a.dispense import report_dispensings, take_back
from gateway.exchange.country_a.find import find_documents
from gateway.exchange.country_a.identify import identify
from gateway.exchange.country_a.retrieve import retrieve_documents
from gateway.exchange.country_a.submission import about_one_person, submission_of
from gateway.exchange.ports import CountryOfAffiliation, KeptDocument
from gateway.messages import (
    DocumentsReply,
    FindDocuments,
    FindPatient,
    PatientsReply,
    ProvideDocuments,
    ProvideReply,
    Remark,
    RetrievedDocument,
    RetrieveDocuments,
    RetrieveReply,
)
from gateway.pipeline.answer import CountryA, Run, TransactionRow
from gateway.pipeline.verifiers import Needs
from transformers.cda.documents.operation import DispensingOperation
from trust.saml.model import VerifiedCaller

WARNINGS = {
    "WARNING_PS_MISSING_EXPECTED_MAPPING": "Some codes of the national record have no European equivalent; their "
    "original code and text are kept in the document.",
    "WARNING_EP_MISSING_EXPECTED_MAPPING": "Some codes of the prescription have no European equivalent; their "
    "original code and text are kept in the document.",
    "WARNING_PS_MISSING_BASIC_DATA": "A national source did not answer, or one of its records could not be read; the "
    "document says which section lacks it.",
}
"""What each warning that goes with a document says (codeContext); one of each at most."""


def country_a_rows(types: DocumentTypes) -> Mapping[Transaction, TransactionRow]:
    """The rows of this node."""
    in_treatment = Needs(trc=True, role_display=False)
    rows = (
        TransactionRow(Transaction.FIND_PATIENT, VerifiedCaller, Needs(trc=False, role_display=True), _find_patient),
        TransactionRow(Transaction.FIND_DOCUMENTS, VerifiedCaller, in_treatment, partial(_find_documents, types)),
        TransactionRow(Transaction.RETRIEVE, VerifiedCaller, in_treatment, partial(_retrieve, types)),
        TransactionRow(Transaction.PROVIDE, VerifiedCaller, in_treatment, partial(_provide, types)),
    )
    return {row.transaction: row for row in rows}


def _find_patient(run: Run, caller: VerifiedCaller, asked: FindPatient, country_a: CountryA) -> PatientsReply:
    request = admit_discovery(caller, asked, country_a.policy, run.moment)
    run.asker, run.wave = request.asker, request.wave
    return identify(request, asked, _country(country_a), run.trail)


def _find_documents(
    types: DocumentTypes, run: Run, caller: VerifiedCaller, query: FindDocuments, country_a: CountryA
) -> DocumentsReply:
    run.family = next((kind.family for asked in query.class_codes for kind in types.of_class(*asked)), run.family)
    treatment = admit_query(caller, query, country_a.policy, run.moment)
    run.asker, run.wave = treatment.request.asker, treatment.request.wave
    return find_documents(treatment, query, _country(country_a), _composer(country_a), run.trail, country_a.new_id)


def _retrieve(
    types: DocumentTypes, run: Run, caller: VerifiedCaller, asked: RetrieveDocuments, country_a: CountryA
) -> RetrieveReply:
    treatment = admit_retrieve(caller, asked, country_a.policy, run.moment)
    run.asker, run.wave = treatment.request.asker, treatment.request.wave

    def permitted(kept: KeptDocument) -> None:
        run.family = types.of_format(kept.entry.class_code, kept.entry.format_code).family
        admit_document(caller, kept.service, kept.entry.class_code, country_a.policy)

    found = retrieve_documents(treatment, asked, _country(country_a), permitted, run.trail)
    if not found.documents:
        run.nothing_given = found.refused[0][1]
        if len(found.refused) == 1:
            raise run.nothing_given
    documents = tuple(RetrievedDocument(request, kept.content) for request, kept in found.documents)
    warnings = [
        Remark(code, "Warning", WARNINGS[code], request.unique_id)
        for request, kept in found.documents
        for code in kept.warnings
    ]
    refused = [_problem(run, country_a, reason, request.unique_id) for request, reason in found.refused]
    return RetrieveReply(documents, (*refused, *warnings))


def _problem(run: Run, country_a: CountryA, reason: Refusal, unique_id: str) -> Remark:
    return country_a.refusals.row(Transaction.RETRIEVE, reason, run.family).problem(unique_id)


def _provide(
    types: DocumentTypes, run: Run, caller: VerifiedCaller, asked: ProvideDocuments, country_a: CountryA
) -> ProvideReply:
    run.submission_set = asked.submission_set
    submission = submission_of(asked, types)
    run.trail.documents += [(document.class_code, document.unique_id) for document in submission.documents]
    takes_back = submission.operation is DispensingOperation.DISCARD
    class_code = submission.documents[0].class_code
    treatment = admit_provide(caller, class_code, country_a.policy, run.moment, takes_back=takes_back)
    run.asker, run.wave = treatment.request.asker, treatment.request.wave
    about_one_person(asked, submission, treatment.request.patient)
    done = take_back if takes_back else report_dispensings
    return done(treatment, submission, _country(country_a), run.trail)


def _country(country_a: CountryA) -> CountryOfAffiliation:
    if country_a.country is None:
        raise CountryADisabled
    return country_a.country


def _composer(country_a: CountryA) -> Composer:
    if country_a.composer is None:
        raise CountryADisabled
    return country_a.composer
