"""An entry of a Norwegian XML list that could not be read: kept in its own words, and its list goes on without it."""

from collections.abc import Mapping

from lxml import etree

from transformers.model.finding import Finding, Report, Severity
from transformers.model.standing import Standing
from transformers.model.summary import KeptInWords
from transformers.norway.code_systems import VOLVEN
from transformers.norway.errors import Malformed
from transformers.norway.sensitive import withheld_by
from transformers.norway.xml_fields import plain


def unread_entry(
    named: etree._Element | None, fault: Malformed, path: str, sensitive: Mapping[str, bool], report: Report
) -> KeptInWords | None:
    """The entry as its section keeps it, with the words of ``named`` (what it is about) and what in it was wrong.

    None when policy keeps one of its codes at home: the report then names the key alone.
    """
    elements = [] if named is None else list(named.iter("*"))
    keys = (f"{one.get('S', '').rsplit('.', 1)[-1]}#{one.get('V')}" for one in elements if VOLVEN in one.get("S", ""))
    key = withheld_by(keys, sensitive)
    if key is not None:
        text = "sensitive element, not released by policy"
        report.add(Finding(Severity.INFO, "withheld-by-policy", path, text, key))
        return None
    said = [plain(one.get("DN")) or plain(one.get("OT")) or plain(one.get("V")) or _own(one) for one in elements]
    text = f"one entry could not be read: {fault.what} is missing or not of its form; its words are kept"
    report.add(Finding(Severity.WARNING, "entry-unreadable", path, text, fault.code))
    return KeptInWords(Standing.NOT_READABLE, ", ".join(dict.fromkeys(part for part in said if part)))


def _own(element: etree._Element) -> str | None:
    return None if len(element) else plain(element.text)
