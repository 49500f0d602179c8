"""The ledger of what was read: an attempt that makes nothing leaves what it looked at unread."""

import pytest
from lxml import etree

from transformers.cda.types.tree import Tree
from transformers.model.finding import Report


@pytest.mark.parametrize(("made", "lost"), [("something", []), (None, ["not-carried"])])
def test_what_an_attempt_used_counts_as_read_only_when_it_made_something(made: str | None, lost: list[str]):
    root = etree.fromstring('<ClinicalDocument xmlns="urn:hl7-org:v3"><title>Ord</title></ClinicalDocument>')
    report = Report()
    tree = Tree(root, report)

    def read() -> str | None:
        tree.use(root[0])
        return made

    assert tree.attempt(read) == made
    tree.losses()
    assert [finding.code for finding in report.findings] == lost
