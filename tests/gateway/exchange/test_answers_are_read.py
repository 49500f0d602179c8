"""Every field of an answer from abroad is read by the code that uses answers, or is listed with the reason (E7)."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest

from gateway.messages import DocumentEntry, DocumentRequest, EventCode, FoundPatient, Remark, RetrievedDocument
from gateway.peers.ports import (
    DocumentAbroad,
    DocumentsAbroad,
    PatientDifference,
    PatientsAbroad,
    PeerMatch,
    RetrievedAbroad,
)
from gateway.wire.xca_query import DocumentsAnswer
from gateway.wire.xca_retrieve import RetrieveAnswer
from gateway.wire.xcpd_response import Match, PatientsAnswer

ROOT = Path(__file__).resolve().parents[3]
READERS = (
    *sorted((ROOT / "gateway/exchange/country_b").glob("*.py")),
    *sorted((ROOT / "gateway/peers").glob("*.py")),
    ROOT / "gateway/node/abroad.py",
)
"""The code that uses answers. What writes them, and country A, reads fields of the same names for its own ends."""
ANSWERS = (
    PatientsAnswer, Match, DocumentsAnswer, RetrieveAnswer, RetrievedDocument, PatientsAbroad, PeerMatch, FoundPatient,
    DocumentsAbroad, DocumentEntry, EventCode, RetrievedAbroad, DocumentAbroad, DocumentRequest, Remark,
    PatientDifference,
)  # fmt: skip
_SHOWN = "for the clinician's eyes: a face shows it, and nothing is decided by it"
UNREAD = {
    "PatientsAnswer.acknowledgement": "peers of OpenNCP write AE on success too: the subjects decide",
    "DocumentsAnswer.status": "read as `rejected`, which holds for every status but a success",
    "RetrieveAnswer.status": "read as `rejected`, which holds for every status but a success",
    "FoundPatient.further": "read as `identifiers`, with the first one",
    "FoundPatient.street": _SHOWN,
    "FoundPatient.postal_code": _SHOWN,
    "FoundPatient.city": _SHOWN,
    "DocumentEntry.title": _SHOWN,
    "DocumentEntry.confidentiality": _SHOWN,
    "EventCode.display": _SHOWN,
    "DocumentAbroad.validated": _SHOWN,
    "Remark.location": "the peer's own reason, kept whole for who asked",
}
FIELDS = [f"{answer.__name__}.{one.name}" for answer in ANSWERS for one in fields(answer)]


def read_names(sources: tuple[Path, ...]) -> frozenset[str]:
    """Names of attributes that the modules read; what is only written (a keyword, a definition) is none."""
    trees = (ast.parse(path.read_text("utf-8")) for path in sources)
    return frozenset(
        node.attr
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    )


READ = read_names(READERS)


@pytest.mark.parametrize("field", FIELDS)
def test_a_field_of_an_answer_is_read_or_listed_with_the_reason(field: str):
    read = field.partition(".")[2] in READ
    assert read is not (field in UNREAD)


def test_no_reason_stands_for_a_field_that_does_not_exist():
    assert set(UNREAD) <= set(FIELDS)
    assert all(len(reason) > 20 for reason in UNREAD.values())


def test_a_field_that_is_only_written_counts_as_unread(tmp_path: Path):
    source = tmp_path / "writer.py"
    source.write_text("def f(answer):\n    return g(refused=answer.status)\n")
    assert read_names((source,)) == {"status"}
