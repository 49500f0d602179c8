"""What a submitted document is to do: report a dispensing, or take one back (eHDSI eDispensation and its discard).

OpenNCP makes a discard of the dispensation's own document by changing the first code and the first templateId and
nothing else, so a discard need not be a whole document: what it says is its id, and whose it is where it states that.
"""

from dataclasses import dataclass
from enum import StrEnum

from transformers.cda.documents.dispensation import DISCARD_TEMPLATE
from transformers.cda.errors import RequiredMissing
from transformers.cda.kinds import TEMPLATES
from transformers.cda.types.tree import Tree, child, children, open_tree
from transformers.cda.types.values import coding_of, identifier, identifiers
from transformers.cda.types.vocabulary import DISCARD, DISPENSATION
from transformers.model.finding import Report
from transformers.model.spelling import object_id
from transformers.model.values import Identifier
from trust.xml import DOCUMENT, XmlLimits


class DispensingOperation(StrEnum):
    """What is done with a dispensation."""

    DISPENSE = "dispense"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class OperationDocument:
    """What a document says of itself, whatever the message that carries it says."""

    operation: DispensingOperation | None
    """None: template and code do not tell one operation."""
    id: Identifier
    """ClinicalDocument/id: of a discard, the document it takes back."""
    patients: tuple[Identifier, ...]
    """Of its one patient; none where it states none."""


def read_operation(content: bytes, limits: XmlLimits = DOCUMENT) -> OperationDocument:
    """The document's operation, id and patient.

    Raises DocumentUnreadable when the bytes are no XML or no ClinicalDocument, RequiredMissing without an id.
    """
    tree = open_tree(content, Report(), limits)
    own = identifier(tree, child(tree.root, "id"))
    if own is None:
        raise RequiredMissing("id")
    numbers = (one for role in tree.root.iterfind("{*}recordTarget/{*}patientRole") for one in children(role, "id"))
    return OperationDocument(_operation(tree), own, identifiers(tree, numbers))


def _operation(tree: Tree) -> DispensingOperation | None:
    """Template and code have to agree; a discard's template may stand beside others of the dispensation."""
    coding = coding_of(tree, child(tree.root, "code"))
    stated = None if coding is None else (coding.code, coding.system)
    templates = {object_id(one.get("root") or "") for one in children(tree.root, "templateId")}
    discarded = DISCARD_TEMPLATE in templates
    if discarded and stated == (DISCARD.code, DISCARD.system):
        return DispensingOperation.DISCARD
    if not discarded and TEMPLATES["ed"] in templates and stated == (DISPENSATION.code, DISPENSATION.system):
        return DispensingOperation.DISPENSE
    return None
