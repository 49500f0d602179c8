"""Two generators over the documents of the corpus: each construct changed in six ways, and each field taken away.

Nothing of the product is used here: what is done to a document is plain XML, named by its path.
"""

import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from tests.meaning.table import CDA

HL7 = CDA[None]
STATEMENTS = ("act", "observation", "organizer", "procedure", "substanceAdministration", "supply")
SIX = ("negated", "nullified", "planned", "doubled", "moved", "absent")
PROPOSED = "PRP"
"""A proposal: a mood in which no template of a statement affirms."""


@dataclass(frozen=True)
class Changed:
    """A document with one change, and where it was made."""

    id: str
    document: bytes = field(repr=False)

    @property
    def place(self) -> str:
        """The path of the element that was changed."""
        return re.split("[@ ]", self.id)[0]


def _local(element: etree._Element) -> str:
    return etree.QName(element).localname


def _elements(root: etree._Element) -> Iterator[tuple[str, etree._Element]]:
    tree = root.getroottree()
    for element in root.iter("*"):
        yield "/".join(part.split(":")[-1] for part in _steps(tree, element)), element


def _steps(tree: etree._ElementTree, element: etree._Element) -> Iterator[str]:
    for one in (*reversed(list(element.iterancestors())), element):
        same = [] if one.getparent() is None else [e for e in one.getparent() if e.tag == one.tag]
        yield _local(one) + (f"[{same.index(one) + 1}]" if len(same) > 1 else "")


def _written(root: etree._Element) -> bytes:
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def constructs(document: bytes) -> Iterator[Changed]:
    """Every statement and part of the body, negated, nullified, planned, doubled, moved one level up, and absent."""
    root = etree.fromstring(document)
    paths = [(path, n) for n, (path, one) in enumerate(_elements(root)) if _local(one) in STATEMENTS]
    for path, n in paths:
        for way in SIX:
            twin = deepcopy(root)
            element = list(twin.iter("*"))[n]
            if _change(element, way):
                yield Changed(f"{path.rpartition('section')[2]} {way}", _written(twin))


def _change(element: etree._Element, way: str) -> bool:
    """Whether the change can be made."""
    link = element.getparent()
    above = None if link is None else link.getparent()
    assert link is not None and above is not None
    match way:
        case "negated":
            element.set("negationInd", "true")
        case "nullified":
            _set_status(element, "nullified")
        case "planned":
            element.set("moodCode", PROPOSED)
        case "doubled":
            link.addnext(deepcopy(link))
        case "moved":
            upper = above.getparent()
            if upper is None or _local(link) not in ("entryRelationship", "component") or _local(upper) == "section":
                return False
            outer = upper.getparent()
            if outer is None or _local(outer) not in STATEMENTS:
                return False
            outer.append(link)
        case "absent":
            above.remove(link)
    return True


def _set_status(element: etree._Element, code: str) -> None:
    status = element.find("{*}statusCode")
    if status is None:
        status = etree.Element(f"{{{HL7}}}statusCode")
        before = element.findall("{*}templateId") + element.findall("{*}id") + element.findall("{*}code")
        element.insert(len(before), status)
    status.set("code", code)


def removals(document: bytes, below: str = "structuredBody") -> Iterator[Changed]:
    """Every element and attribute of the body taken away, one at a time."""
    root = etree.fromstring(document)
    for n, (path, element) in enumerate(_elements(root)):
        if f"/{below}/" not in path:
            continue
        twin = deepcopy(root)
        gone = list(twin.iter("*"))[n]
        holder = gone.getparent()
        assert holder is not None
        holder.remove(gone)
        yield Changed(path.rpartition("section")[2], _written(twin))
        for name in list(element.attrib):
            twin = deepcopy(root)
            del list(twin.iter("*"))[n].attrib[name]
            yield Changed(f"{path.rpartition('section')[2]}@{etree.QName(name).localname}", _written(twin))


def touched(document: bytes, base: bytes) -> set[str]:
    """Places of what a row changed of its base, of all that holds it or is held by it, and of what stands beside it."""
    before = {path: _written(one) for path, one in _elements(etree.fromstring(base))}
    root = etree.fromstring(document)
    after = dict(_elements(root))
    paths = {one: path for path, one in after.items()}
    changed = {one for path, one in after.items() if before.get(path) != _written(one)}
    faults = {one for one in changed if paths[one] not in before or not changed & set(one)}
    faults -= {one for one in faults if one.getparent() in faults}
    found: set[str] = set()
    for fault in faults:
        parent = fault.getparent()
        beside = [fault] if parent is None else [e for e in parent if e is fault or e.tag != fault.tag or len(e) == 0]
        twins = [] if parent is None else [e for e in parent if e.tag == fault.tag]
        near = [*twins, *(beside if len(fault) == 0 else [])]
        found |= {paths[e].rpartition("section")[2] for one in near for e in one.iter("*")}
        found |= {paths[e].rpartition("section")[2] for e in (fault, *fault.iterancestors(), *fault.iter("*"))}
    return found


def words_in(document: bytes) -> str:
    """Everything that a document says: its texts and attributes, in one string."""
    root = etree.fromstring(document)
    return " ".join((*(str(v) for e in root.iter("*") for v in e.attrib.values()), *map(str, root.itertext())))
