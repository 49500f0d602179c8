"""What our own rules say of documents of others: each finding is explained here, and nothing else is found.

An error of ours stands on an official example only where an official text is quoted for its rule (`RULE_SOURCES`, whose
quotations `test_sources` looks up); codes are held against the whole catalogue.
"""

from collections import Counter

import pytest

from tests.support.documents.defects import catalogue, coded_elements
from tests.support.machine.require import artefacts
from transformers.cda.rules.sources import RULE_SOURCES, RuleGround
from transformers.model.finding import Finding, Severity
from transformers.validation.validator import DocumentValidator

NATIONAL_NUMBER = "the package's number stands without a display: the official rules say so too"
POLISH = "forms and substances are in Polish words, with no English ones anywhere: they may be of another thing"
OTHER_YEAR = "fixed codes worded as the catalogue did in another year, capitals, blanks"
UNTOLD = "the source's own words stand in a translation and nowhere in the narrative"
STUB = "the PDF is its first line and no more: a reader is warned that the rest may be missing"
ERRORS = {
    "ed/PlRequest1.xml": {"own-code-1": (1, NATIONAL_NUMBER), "own-release-1": (2, POLISH)},
    "ed/PlRequest2.xml": {"own-code-1": (1, NATIONAL_NUMBER), "own-release-1": (3, POLISH)},
    "ep/openncp-1-1234-W8.xml": {
        "own-header-1": (1, "the legal authenticator has no given name: its one official error"),
    },
    "ps/reference-test-data-W5-known-absence.xml": {
        "own-release-2": (1, "the kind of allergy is of wave 5, in no value set of today"),
    },
    "ps/reference-test-data-W5.xml": {
        "own-code-1": (69, "codes of wave 5 without displayName all through"),
        "own-id-2": (9, "statements copied with their ids"),
        "own-type-1": (16, "quantities in the namespace of epSOS, which is no data type of HL7"),
        "own-release-2": (5, "vaccines and a social history in codes of wave 5"),
    },
}
"""By example: rule, how often, and why."""
WARNINGS = {
    "ed/PlRequest1.xml": {"own-narrative-1": (1, UNTOLD)},
    "ed/PlRequest2.xml": {"own-narrative-1": (3, UNTOLD)},
    "ep/openncp-1-1234-W8.xml": {"own-release-1": (2, OTHER_YEAR)},
    "ps/openncp-2-5678-W8.xml": {"own-release-1": (6, OTHER_YEAR)},
    "ps/reference-test-data-W5-known-absence.xml": {"own-release-1": (5, OTHER_YEAR)},
    "ps/reference-test-data-W5.xml": {
        "own-empty-1": (12, "empty cells in the tables of the narrative"),
        "own-code-2": (1, "an ingredient is OTH and nothing else"),
        "own-null-2": (1, "an ingredient is OTH and nothing else"),
        "own-readable-2": (2, "the words of a form stand beside its code, and pages show them in its place"),
        "own-release-1": (11, OTHER_YEAR),
        "own-release-2": (4, "reactions outside an extensible value set"),
    },
    **{f"skeletons/l1_{kind}.xml": {"own-file-1": (1, STUB)} for kind in ("EP", "HDR", "LAB", "MIR", "PS")},
    "skeletons/psf_full.xml": {
        "own-narrative-1": (1, UNTOLD),
        "own-readable-5": (1, "the code DRUG of a medicine in use, which no value set has"),
    },
}
CLEAN = {
    "orcd/11502-2-3-1234-W8.xml",
    "orcd/18748-4-3-1234-W8.xml",
    "orcd/34105-7-3-1234-W8.xml",
    "skeletons/ed_a.xml",
    "skeletons/ep_a.xml",
    "skeletons/ep_e_pack2.xml",
    "skeletons/ep_k5_bid_pivl.xml",
    "skeletons/ps_b_med2eff.xml",
}
EXAMPLES = sorted({*ERRORS, *WARNINGS, *CLEAN})


WITH_RELEASE = {"own-release-1", "own-release-2"}


def found(name: str, *, compared: bool) -> list[Finding]:
    release = catalogue() if compared else None
    validator = DocumentValidator(layers=("own",), release=release, coded_elements=coded_elements())
    return validator.validate(artefacts("cda-examples", name).read_bytes()).report.findings


def counted(explained: dict[str, dict[str, tuple[int, str]]], name: str, *, compared: bool) -> dict[str, int]:
    rows = explained.get(name, {}).items()
    return {rule: count for rule, (count, _) in rows if compared or rule not in WITH_RELEASE}


def test_every_example_is_explained_here():
    folder = artefacts("cda-examples")
    assert {path.relative_to(folder).as_posix() for path in folder.glob("*/*.xml")} == set(EXAMPLES)


@pytest.mark.parametrize("compared", [False, pytest.param(True, marks=pytest.mark.prove)], ids=["own", "compared"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_gives_only_explained_findings(name, compared):
    by_severity = {
        severity: Counter(f.rule for f in found(name, compared=compared) if f.severity is severity)
        for severity in (Severity.ERROR, Severity.WARNING)
    }
    assert by_severity == {
        Severity.ERROR: counted(ERRORS, name, compared=compared),
        Severity.WARNING: counted(WARNINGS, name, compared=compared),
    }


def test_an_error_on_an_official_example_has_an_official_text():
    rules = {rule for explained in ERRORS.values() for rule in explained}
    assert {rule: RULE_SOURCES[rule].ground for rule in rules} == dict.fromkeys(rules, RuleGround.FORBIDDEN)
    assert all(RULE_SOURCES[rule].of for rule in rules)
