"""People of a document: who is not there is nobody."""

from lxml import etree

from transformers.cda.types.people import professional
from transformers.cda.types.tree import Tree, child
from transformers.model.finding import Report


def test_an_author_without_a_role_is_nobody_and_one_with_a_role_is_somebody():
    root = etree.fromstring(
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><author/><legalAuthenticator><assignedEntity>'
        '<id root="2.999.4" extension="1"/></assignedEntity></legalAuthenticator></ClinicalDocument>'
    )
    tree = Tree(root, Report())
    author, signer = root
    assert professional(tree, child(author, "assignedAuthor")) is None
    assert professional(tree, child(signer, "assignedEntity")) is not None
