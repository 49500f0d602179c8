"""A refusal in a RegistryErrorList has all that OpenNCP's client needs to show it, in every transaction."""

import pytest

from gateway.configuration.refusals import RefusalForm, Transaction
from gateway.wire.xca_query import write_find_documents_refusal
from gateway.wire.xca_retrieve import write_retrieve_refusal
from gateway.wire.xdr import write_provide_refusal
from tests.support.nodes.wire import refusals, tree

WRITERS = {
    Transaction.FIND_DOCUMENTS: write_find_documents_refusal,
    Transaction.RETRIEVE: write_retrieve_refusal,
    Transaction.PROVIDE: write_provide_refusal,
}


@pytest.mark.parametrize("transaction", WRITERS)
def test_every_refusal_has_severity_code_and_text(transaction: Transaction):
    """Without severity the client shows nothing, without codeContext it breaks after the effect (R21)."""
    rows = [r for r in refusals() if r.transaction is transaction and r.form is RefusalForm.REGISTRY]
    assert len(rows) > 60
    for row in rows:
        (error,) = tree(WRITERS[transaction](row)).iter("{urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0}RegistryError")
        assert error.get("severity") == "urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:Error"
        assert (error.get("errorCode"), error.get("codeContext")) == (row.code, row.text)
        assert row.code and row.text.isascii()


def test_every_row_is_of_a_transaction_with_a_writer():
    assert {r.transaction for r in refusals() if r.form is RefusalForm.REGISTRY} == set(WRITERS)
