"""One validator: the command, the gate for what leaves and the gate for what comes find the same in one corpus.

The corpus is the 42 kinds of defect that official rules pass, and their sound twins; in the long form legal variants.
In what they differ is a table (`DIFFERENCES`), each row of which is tried.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from gateway.configuration.validation_policy import ValidationTable, ValidationWay
from gateway.errors import InternalFault
from gateway.exchange.document_gate import DocumentGate, open_gate
from tests.support.documents.defects import (
    FORTY_TWO,
    coded_elements,
    sound_documents,
    spoiled_document,
    whole_release,
)
from tests.support.documents.integrity import edited
from tests.support.machine.require import artefacts
from tests.transformers.cda.rules.test_legal_variants import LEGAL
from transformers.model.finding import Finding
from transformers.validation.validator import DocumentValidator
from trust.errors import XmlRefused

OWN = ("own",)
ALL = ("xsd", "schematron", "own")
UNREADABLE = b"<ClinicalDocument"


def validator(layers: tuple[str, ...] = OWN) -> DocumentValidator:
    """The command's, of a node with that release in force."""
    folder = artefacts() if layers != OWN else None
    return DocumentValidator(folder, layers=layers, release=whole_release(), coded_elements=coded_elements())


def opened(layers: tuple[str, ...], *, outgoing: bool) -> DocumentGate:
    """A gate as a node of wave 8 has it."""
    out, come = (ValidationWay(layers=layers, refuse="error") for _ in range(2))  # type: ignore[arg-type]  # known
    table = ValidationTable(processes=1, deadline=timedelta(seconds=120), outgoing=out, incoming=come)
    folder = artefacts() if layers != OWN else None
    return open_gate(table.outgoing if outgoing else table.incoming, table, folder, frozenset({8}), coded_elements())


def corpus() -> Iterator[tuple[str, bytes]]:
    """Every document of the short form, by what it is."""
    yield from sound_documents().items()
    for defect in FORTY_TWO:
        yield defect.statement, spoiled_document(defect)


def legal_variants() -> Iterator[tuple[str, bytes]]:
    """Documents written otherwise than ours."""
    for name, (document, path, change) in LEGAL.items():
        yield name, edited(sound_documents()[document], path, change)


def looked(gate: DocumentGate, content: bytes) -> set[Finding]:
    return set(gate.look(content, 8, whole_release()).findings)


@pytest.mark.parametrize(
    "documents", [corpus, pytest.param(legal_variants, marks=pytest.mark.prove)], ids=["corpus", "legal"]
)
def test_command_and_gates_find_the_same_by_our_own_rules(documents):
    leaving, coming = opened(OWN, outgoing=True), opened(OWN, outgoing=False)
    differing = {}
    for name, content in documents():
        checked = validator().validate(content)
        found = set(checked.report.findings)
        if not found == looked(leaving, content) == looked(coming, content):
            differing[name] = found
        assert leaving.passes(checked.report) is coming.passes(checked.report) is checked.valid, name
    assert differing == {}


@pytest.mark.prove
@pytest.mark.parametrize("name", ["sound", "strength", "display", "forbidden"])
def test_command_and_gates_find_the_same_by_all_layers(name, gates):
    by_name: dict[str, Callable[[], bytes]] = {
        "sound": lambda: sound_documents()["ep"],
        "strength": lambda: next(spoiled_document(d) for d in FORTY_TWO if d.rule == "own-unit-2"),
        "display": lambda: next(
            spoiled_document(d) for d in FORTY_TWO if d.rule == "own-release-1" and d.document == "ep"
        ),
        "forbidden": lambda: edited(
            sound_documents()["ep"], "/*/h:title", lambda title: title.getparent().remove(title)
        ),
    }
    content = by_name[name]()
    checked = validator(ALL).validate(content)
    assert checked.layers_unavailable == {}
    found = set(checked.report.findings)
    assert [looked(gate, content) == found for gate in gates] == [True, True]
    assert (name == "sound") is checked.valid


@pytest.fixture(scope="module")
def gates() -> Iterator[tuple[DocumentGate, DocumentGate]]:
    """For what leaves and for what comes, with the official layers."""
    both = opened(ALL, outgoing=True), opened(ALL, outgoing=False)
    yield both
    for gate in both:
        gate.close()


def of_unreadable(who: str) -> str:
    if who == "validate":
        with pytest.raises(XmlRefused):
            validator().validate(UNREADABLE)
        return "unreadable"
    (finding,) = looked(opened(OWN, outgoing=who == "leaves"), UNREADABLE)
    return f"{finding.severity} {finding.rule}"


def of_a_missing_layer(who: str) -> str:
    content = sound_documents()["l1"].replace(b'root="1.3.6.1.4.1.12559.11.10.1.3.1.1.7"', b'root="1.2.3"')
    other = content.replace(b'code="60591-5"', b'code="0-0"')  # of no kind that has official rules
    if who == "validate":
        return ", ".join(validator(ALL).validate(other).layers_unavailable)
    gate = opened(ALL, outgoing=who == "leaves")
    try:
        return ", ".join(f"{f.severity} {f.code}" for f in looked(gate, other) if f.code == "check-unavailable")
    except InternalFault:
        return "refused"
    finally:
        gate.close()


DIFFERENCES = {
    ("bytes that are no document", of_unreadable): {
        "validate": "unreadable",
        "leaves": "fatal own-xml-1",
        "comes": "fatal own-xml-1",
    },
    ("a layer that cannot be run", of_a_missing_layer): {
        "validate": "schematron",
        "leaves": "refused",
        "comes": "warning check-unavailable",
    },
}
"""By what they differ in: what each says of it."""


@pytest.mark.parametrize(("what", "says"), DIFFERENCES, ids=[what for what, _ in DIFFERENCES])
@pytest.mark.parametrize("who", ["validate", "leaves", "comes"])
def test_they_differ_in_what_the_table_says_alone(who, what, says):
    assert says(who) == DIFFERENCES[what, says][who]
