"""What our own rules say of documents of others: each finding is explained here, and nothing else is found."""

from collections import Counter

import pytest

from tests.support.machine.require import artefacts
from transformers.cda.rules.check import check_integrity

CONC = "a structural code (CONC, SUBST, PINSTRUCT) without displayName: the official rule looks for one display inside"
NATIONAL_NUMBER = "the package's number stands without a display: it is a foreign number that nobody can look up"
UNTOLD = "the source's own words stand in a translation and nowhere in the narrative"
STUB = "the PDF is its first line and no more: a reader is warned that the rest may be missing"
EXPLAINED = {
    "ed/PlRequest1.xml": {"own-narrative-1": (1, UNTOLD), "own-code-1": (1, NATIONAL_NUMBER)},
    "ed/PlRequest2.xml": {"own-narrative-1": (3, UNTOLD), "own-code-1": (1, NATIONAL_NUMBER)},
    "ep/openncp-1-1234-W8.xml": {
        "own-header-1": (1, "the legal authenticator has no given name: its one official error"),
        "own-code-1": (1, CONC),
    },
    "orcd/11502-2-3-1234-W8.xml": {},
    "orcd/18748-4-3-1234-W8.xml": {},
    "orcd/34105-7-3-1234-W8.xml": {},
    "ps/openncp-2-5678-W8.xml": {"own-code-1": (2, CONC)},
    "ps/reference-test-data-W5-known-absence.xml": {"own-code-1": (2, CONC)},
    "ps/reference-test-data-W5.xml": {
        "own-code-1": (87, "codes of wave 5 without displayName all through"),
        "own-id-2": (9, "statements copied with their ids"),
        "own-empty-1": (12, "empty cells in the tables of the narrative"),
        "own-type-1": (16, "quantities in the namespace of epSOS, which is no data type of HL7"),
        "own-code-2": (1, "an ingredient is OTH and nothing else"),
        "own-null-2": (1, "an ingredient is OTH and nothing else"),
    },
    "skeletons/ed_a.xml": {},
    "skeletons/ep_a.xml": {"own-code-1": (1, CONC)},
    "skeletons/ep_e_pack2.xml": {"own-code-1": (1, CONC)},
    "skeletons/ep_k5_bid_pivl.xml": {"own-code-1": (1, CONC)},
    "skeletons/l1_EP.xml": {"own-file-1": (1, STUB)},
    "skeletons/l1_HDR.xml": {"own-file-1": (1, STUB)},
    "skeletons/l1_LAB.xml": {"own-file-1": (1, STUB)},
    "skeletons/l1_MIR.xml": {"own-file-1": (1, STUB)},
    "skeletons/l1_PS.xml": {"own-file-1": (1, STUB)},
    "skeletons/ps_b_med2eff.xml": {"own-code-1": (2, CONC)},
    "skeletons/psf_full.xml": {"own-narrative-1": (1, UNTOLD)},
}


def test_every_example_is_explained_here():
    folder = artefacts("cda-examples")
    assert {path.relative_to(folder).as_posix() for path in folder.glob("*/*.xml")} == set(EXPLAINED)


@pytest.mark.parametrize("name", EXPLAINED)
def test_an_example_gives_only_explained_findings(name):
    found = check_integrity(artefacts("cda-examples", name).read_bytes()).findings
    assert Counter(f.rule for f in found) == {rule: count for rule, (count, _) in EXPLAINED[name].items()}
