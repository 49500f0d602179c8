"""Does every code of a document stand in its value set, with the display of the active release? Nothing is changed.

eHDSI CDA with the rules of ``coded_elements.csv``. The official rules ask for a display, not for the right one, and do
not look at an element whose code is in no value set: those that a release holds whole are told here. Of a code that
the template fixes another display is a WARNING: catalogues word it anew from one year to the next.
"""

from collections.abc import Callable, Iterable, Mapping

from transformers.cda.kinds import recognise
from transformers.cda.rules.texts import mending
from transformers.model.finding import Finding, Report, Severity
from transformers.model.values import Coding
from transformers.terminology.coded_elements import CodedElementRule
from transformers.terminology.document_walk import CodedElement, StatedCode, Walk, said_by
from transformers.terminology.element_rules import ElementRules
from transformers.terminology.release import Release
from transformers.terminology.targets import why_none
from trust.xml import Element

DISPLAY, MEMBER = "own-release-1", "own-release-2"


def code_check(rules: Mapping[str, ElementRules], release: Release) -> Callable[[Element], Iterable[Finding]]:
    """What `check_integrity` is given to compare codes with a release; a document of no known kind has no findings."""

    def check(root: Element) -> Iterable[Finding]:
        kind = recognise(root)
        if kind is None or kind.id not in rules:
            return ()
        walk = _Comparing(rules[kind.id], release, Report())
        walk.over(root)
        return walk.report.findings

    return check


class _Comparing(Walk):
    """Reports, and leaves every element as it is."""

    def _element(self, element: Element, rule: CodedElementRule | None, path: str) -> CodedElement:
        coding = said_by(element)
        null = element.get("nullFlavor") is not None
        if rule is None or null or not coding.code or not coding.system or rule.what == "event":
            return self.line(path, str(coding), "null" if null else "no-rule")
        member = self._member(coding, rule)
        if member is not None:
            if coding.display != member.display:
                severity = Severity.WARNING if rule.what == "framing" else Severity.ERROR
                self._tell(DISPLAY, path, "The display is not that of the release.", severity)
            return self.line(path, str(coding), "member")
        if rule.what == "framing" or why_none(self.release, coding, rule.value_sets, self.rules.systems).excerpt:
            return self.line(path, str(coding), "structural")
        self._tell(MEMBER, path, "The code is no member of its value set in the release.")
        return self.line(path, str(coding), "kept-with-warning")

    def _member(self, coding: StatedCode, rule: CodedElementRule) -> Coding | None:
        """As a member of the rule's value sets; a code that the template fixes, as the release knows it."""
        found = (self.release.concept(value_set, coding.system, coding.code) for value_set in rule.value_sets)
        member = next((one for one in found if one is not None), None)
        if member is not None or rule.what != "framing":
            return member
        known = self.release.lookup(coding.system, coding.code)
        return None if known is None else known[0]

    def _tell(self, rule: str, path: str, text: str, severity: Severity = Severity.ERROR) -> None:
        said = f"{text} {mending(rule)}"
        self.report.add(Finding(severity, "own", path, said, release=self.release.id, rule=rule))

    def _unit(self, unit: str, rule: CodedElementRule | None, path: str) -> CodedElement:
        return self.line(path, unit, "structural")

    def _missing(self, parent: Element, asks: tuple[CodedElementRule, ...], path: str) -> None:
        """What is missing is not a matter of the release: the official rules ask for it."""
