"""Does every code of a document stand in its value set, with the display of the active release? Nothing is changed.

eHDSI CDA with the rules of ``coded_elements.csv``. The official rules ask for a display, not for the right one, and do
not look at an element whose code is in no value set: those that a release holds whole are told here.

What is a WARNING, because an official text allows it or nobody is misled: another display of a code that the template
fixes, for catalogues word it anew from one year to the next; a display in other capitals or blanks; words of the
reader's language around the catalogue's own, which stand in the translation (as OpenNCP translates); a code of another
system where the binding is extensible; a confidentiality that the rules know and the catalogue does not.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple

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
_E3 = "1.3.6.1.4.1.12559.11.10.1.3.1.3."
_EXTENSIBLE = frozenset(
    f"//hl7:observation[hl7:templateId/@root='{_E3}{template}']/hl7:{name}"
    for template, name in (
        *(
            ("7", "code"),
            ("7", "value"),
            ("44", "code"),
            ("44", "value"),
            ("41", "value"),
            ("24", "code"),
            ("45", "code"),
        ),
    )
)
"""Elements that may have a code of no value set: the Schematron warns of it (binding strength extensible)."""
_WHOLE_SYSTEMS = frozenset({"1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "1.3.6.1.4.1.12559.11.10.1.3.1.44.5"})
"""ICD-10 and Orphacodes: value sets 42.5 and 42.63 are all of them. What they lack is no code, however it is bound."""
_CONFIDENTIALITY = "/hl7:ClinicalDocument/hl7:confidentialityCode"
_DOCUMENT_CODE = "/hl7:ClinicalDocument/hl7:code"


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


class DisplayProposal(NamedTuple):
    """A display that the release would have for a code, and the one that stands there (None: none at all).

    It is a proposal: where code and display contradict each other, which of them is wrong is known to the sender alone.
    """

    path: str
    code: str
    system: str
    display: str | None
    proposed: str
    wrong: Literal["missing", "spelling", "other"]
    """What is wrong with the one there: not there, other capitals or blanks, other words."""

    def as_json(self) -> dict[str, str | None]:
        """Its members by name."""
        return dict(self._asdict())


def display_proposals(
    root: Element, rules: Mapping[str, ElementRules], release: Release
) -> tuple[DisplayProposal, ...] | None:
    """Where the release has another display than a document, in its order; nothing is changed.

    None for a document of no kind that ``rules`` know. A code that is in no value set of the release has no proposal.
    """
    kind = recognise(root)
    if kind is None or kind.id not in rules:
        return None
    walk = _Comparing(rules[kind.id], release, Report())
    walk.over(root)
    return tuple(walk.proposals)


class _Comparing(Walk):
    """Reports, and leaves every element as it is."""

    def __init__(self, rules: ElementRules, release: Release, report: Report) -> None:
        super().__init__(rules, release, report)
        self.proposals: list[DisplayProposal] = []

    def _element(self, element: Element, rule: CodedElementRule | None, path: str) -> CodedElement:
        coding = said_by(element)
        null = element.get("nullFlavor") is not None
        if rule is None or null or not coding.code or not coding.system or rule.what == "event":
            return self.line(path, str(coding), "null" if null else "no-rule")
        member = self._member(coding, rule)
        if member is not None:
            self._compare(element, coding, member, rule, path)
            return self.line(path, str(coding), "member")
        if rule.what == "framing" or why_none(self.release, coding, rule.value_sets, self.rules.systems).excerpt:
            return self.line(path, str(coding), "structural")
        allowed = rule.path == _CONFIDENTIALITY or (rule.path in _EXTENSIBLE and coding.system not in _WHOLE_SYSTEMS)
        severity = Severity.WARNING if allowed else Severity.ERROR
        self._tell(MEMBER, path, "The code is no member of its value set in the release.", severity)
        return self.line(path, str(coding), "kept-with-warning")

    def _compare(self, element: Element, coding: StatedCode, member: Coding, rule: CodedElementRule, path: str) -> None:
        """The display with that of the release; where there is none at all, `own-code-1` says so."""
        self._propose(element, coding, member, path)
        if coding.display == member.display or element.get("displayName") is None:
            return
        if rule.what == "framing" or rule.path == _DOCUMENT_CODE:
            self._tell(DISPLAY, path, "The display is not that of the release.", Severity.WARNING)
        elif _folded(coding.display) == _folded(member.display):
            text = "The display is that of the release in other capitals or blanks."
            self._tell(DISPLAY, path, text, Severity.WARNING)
        elif _translated(element, coding, member):
            text = "The display is none of the release, whose own stands in the translation."
            self._tell(DISPLAY, path, text, Severity.WARNING)
        else:
            self._tell(DISPLAY, path, "The display is not that of the release.")

    def _propose(self, element: Element, coding: StatedCode, member: Coding, path: str) -> None:
        if not member.display or coding.display == member.display or _translated(element, coding, member):
            return
        wrong: Literal["missing", "spelling", "other"] = "missing" if not coding.display else "other"
        if coding.display and _folded(coding.display) == _folded(member.display):
            wrong = "spelling"
        made = DisplayProposal(path, coding.code, coding.system, coding.display, member.display, wrong)
        self.proposals.append(made)

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


def _folded(display: str | None) -> str:
    return " ".join((display or "").split()).casefold()


def _translated(element: Element, coding: StatedCode, member: Coding) -> bool:
    """Whether a translation of the same code keeps the catalogue's display: the reader's language stands around it."""
    for inner in element.iterchildren("{urn:hl7-org:v3}translation"):
        said = said_by(inner)
        if (said.code, said.system, said.display) == (coding.code, coding.system, member.display):
            return True
    return False
