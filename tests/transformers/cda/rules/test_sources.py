"""Each own rule stands on a text: quoted as it is there, and no graver than it allows."""

from functools import cache

import pytest

from tests.support.documents.integrity import edited
from tests.support.machine.require import artefacts
from tests.transformers.cda.rules.test_inventory import NAMES, ROWS
from transformers.cda.rules.check import check_integrity
from transformers.cda.rules.sources import RULE_SOURCES, RuleGround, source_of
from transformers.cda.rules.texts import RULE_TEXTS
from transformers.model.finding import Severity

GRAVE = {Severity.ERROR, Severity.FATAL}
SCHEMATRON = [rule for rule, source in RULE_SOURCES.items() if "wave 8" in source.of]


@cache
def official_text() -> str:
    """All that the wave-8 Schematrons say."""
    (folder,) = artefacts("schematron").glob("wave8-*")
    files = sorted(folder.rglob("*.sch"))
    return "\n".join(" ".join(file.read_text("utf-8").split()).replace("&#39;", "'") for file in files)


def test_every_rule_has_a_source_but_those_of_other_countries_pages():
    without = set(RULE_TEXTS) - set(RULE_SOURCES)
    assert {rule for rule in without if not rule.startswith("own-readable-")} == set()
    assert set(RULE_SOURCES) <= set(RULE_TEXTS)


def test_a_rule_without_a_source_may_warn_at_most():
    assert source_of("own-readable-1").ground is RuleGround.ALLOWED


@pytest.mark.parametrize("rule", SCHEMATRON)
def test_what_is_quoted_of_the_schematron_stands_there(rule):
    assert RULE_SOURCES[rule].text in official_text()


def test_a_source_says_what_or_whom_and_shows_the_right_form():
    for rule, source in RULE_SOURCES.items():
        assert source.text, rule
        assert source.example, rule
        assert bool(source.of) is (source.ground is RuleGround.FORBIDDEN), rule


@pytest.mark.parametrize("row", ROWS, ids=NAMES)
def test_what_the_official_texts_allow_is_no_error(row):
    for finding in check_integrity(edited(row.sound, row.path, row.change)).findings:
        if source_of(finding.rule or "").ground is RuleGround.ALLOWED:
            assert finding.severity not in GRAVE
