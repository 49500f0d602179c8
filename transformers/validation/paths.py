"""Where in a document: XPaths a person can read, with a position on every step (``/hl7:ClinicalDocument[1]``)."""

import re
from collections.abc import Mapping

from lxml import etree

from transformers.model.positions import Positions

PREFIXES: dict[str, str] = {
    "urn:hl7-org:v3": "hl7",
    "urn:hl7-org:pharm": "pharm",
    "urn:hl7-org:sdtc": "sdtc",
    "urn:epsos-org:ep:medication": "epsos",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi",
}
_EXPANDED = re.compile(r"Q\{([^{}]*)\}")


def readable(path: str, prefixes: Mapping[str, str]) -> str:
    """An XPath 3 ``path()`` result with prefixes in place of ``Q{namespace}``; a namespace without one stays."""

    def short(found: re.Match[str]) -> str:
        namespace = found.group(1)
        if not namespace:
            return ""
        return f"{prefixes[namespace]}:" if namespace in prefixes else found.group(0)

    return _EXPANDED.sub(short, path)


def path_of(element: etree._Element, positions: Positions, prefixes: Mapping[str, str] = PREFIXES) -> str:
    """The readable path of an element of a tree."""
    steps = []
    node: etree._Element | None = element
    while node is not None:
        name = etree.QName(node)
        steps.append(f"Q{{{name.namespace or ''}}}{name.localname}[{positions.of(node)}]")
        node = node.getparent()
    return readable("/" + "/".join(reversed(steps)), prefixes)
