"""Each official example gives exactly what an independent engine found: severity, place and words."""

import copy
import json
import random
from collections import Counter

import pytest

from tests.support.machine.generated import choices, of_the_day
from tests.support.machine.require import artefacts
from transformers.validation import check
from transformers.validation.artefacts import SchematronFolder
from transformers.validation.check import compiled_schematron
from transformers.validation.schematron import read_schema
from transformers.validation.schematron.emit import emit
from transformers.validation.schematron.engine import Compiled
from trust.xml import parse

EXAMPLES = (
    "ed/PlRequest1.xml",
    "ed/PlRequest2.xml",
    "ep/openncp-1-1234-W8.xml",
    "orcd/11502-2-3-1234-W8.xml",
    "orcd/18748-4-3-1234-W8.xml",
    "orcd/34105-7-3-1234-W8.xml",
    "ps/openncp-2-5678-W8.xml",
    "ps/reference-test-data-W5-known-absence.xml",
    "ps/reference-test-data-W5.xml",
    "skeletons/ed_a.xml",
    "skeletons/ep_a.xml",
    "skeletons/ep_e_pack2.xml",
    "skeletons/ep_k5_bid_pivl.xml",
    "skeletons/l1_EP.xml",
    "skeletons/l1_HDR.xml",
    "skeletons/l1_LAB.xml",
    "skeletons/l1_MIR.xml",
    "skeletons/l1_PS.xml",
    "skeletons/ps_b_med2eff.xml",
    "skeletons/psf_full.xml",
)


def expected() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = json.loads(
        artefacts("cda-examples", "expected-findings.json").read_text("utf-8")
    )
    return found


def test_every_example_with_known_findings_is_tried_here():
    assert set(expected()) == set(EXAMPLES)


@pytest.mark.parametrize("name", of_the_day("independent engine", EXAMPLES, 6))
def test_an_example_gives_the_findings_of_an_independent_engine(name):
    known = expected()[name]
    document = artefacts("cda-examples", name).read_bytes()
    checked = check(document, artefacts(), layers=("xsd", "schematron"))
    assert checked.layers_unavailable == {}
    found = checked.report.findings
    assert Counter((f.severity.value, f.path, f.text) for f in found if f.code == "schematron") == Counter(
        (row["role"], row["path"], row["text"]) for row in known["schematron"]
    )
    assert Counter(f.text for f in found if f.code == "xsd") == Counter(known["xsd_errors"])
    assert {f.code for f in found} <= {"xsd", "schematron", "check-unavailable"}


def _damaged(document: bytes, drawn: random.Random) -> object:
    """The document with a few elements or attributes gone or doubled."""
    root = parse(document)
    for _ in range(6):
        element = drawn.choice([e for e in root.iter() if e.getparent() is not None])
        parent = element.getparent()
        act = drawn.randrange(4)
        if act == 0:
            parent.remove(element)
        elif act == 1:
            parent.append(copy.deepcopy(element))
        elif element.attrib:
            name = drawn.choice(sorted(element.attrib))
            if act == 2:
                del element.attrib[name]
            else:
                element.set(name, "x")
    return root


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("epsos-ePrescription.sch", "skeletons/ep_a.xml"),  # the smallest
        pytest.param(
            "epsos-PatientSummary.sch", "skeletons/psf_full.xml", marks=[pytest.mark.prove, pytest.mark.timed]
        ),
        pytest.param("epsos-eDispensation.sch", "ed/PlRequest1.xml", marks=pytest.mark.prove),
    ],
)
def test_the_narrow_search_finds_what_trying_every_node_finds(schema, name):
    file = artefacts("schematron", "wave8-20240422T073854", schema)
    folder = SchematronFolder(file)
    fast = compiled_schematron(file)
    thorough = Compiled(read_schema(file.name, folder.source), folder, careful=True)
    document = artefacts("cda-examples", name).read_bytes()
    drawn = choices(schema)
    seen = 0
    for _ in range(15):
        damaged = _damaged(document, drawn)
        found = Counter((f.path, f.text) for f in fast.run(damaged))
        assert found == Counter((f.path, f.text) for f in thorough.run(damaged))
        seen += found.total()
    assert seen > 15


def test_abstract_rules_are_compiled_once():
    file = artefacts("schematron", "wave8-20240422T073854", "epsos-PatientSummary.sch")
    program = emit(read_schema(file.name, SchematronFolder(file).source))
    assert len(program.assertions) < 4000
