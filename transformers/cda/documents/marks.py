"""What the pivot's readers do not take for a statement of a patient summary, for a page that shows every entry.

The page asks here and decides nothing of its own, so that no row of it affirms what the pivot does not.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from transformers.cda.documents.read_sections import FORMS, read_sections
from transformers.cda.statements.forms import Origin
from transformers.cda.types.tree import Element, Tree
from transformers.model.finding import Report
from transformers.model.standing import Standing


@dataclass(frozen=True, slots=True)
class Marks:
    """By act: why it is no statement, or no part of one. By section: how many of its entries could not be read."""

    acts: Mapping[Element, Standing] = field(default_factory=dict)
    sections: Mapping[Element, int] = field(default_factory=dict)


def marks_of(root: Element) -> Marks:
    """The marks of a parsed patient summary. Its elements are the keys: the same tree must be walked."""
    tree = Tree(root, Report())
    found = read_sections(tree, Origin("", FORMS))
    return Marks(tree.marks, found.unread_in)
