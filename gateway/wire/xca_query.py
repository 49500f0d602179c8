"""ITI-38 Cross Gateway Query, both sides: the codec's public names."""

from gateway.wire.xca_query_request import read_find_documents, write_find_documents
from gateway.wire.xca_query_response import (
    DocumentsAnswer,
    read_documents,
    write_documents,
    write_find_documents_refusal,
)

__all__ = [
    "DocumentsAnswer",
    "read_documents",
    "read_find_documents",
    "write_documents",
    "write_find_documents",
    "write_find_documents_refusal",
]
