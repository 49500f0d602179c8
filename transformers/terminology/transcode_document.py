"""Country A's step on any eHDSI CDA, in place: national codes become European ones, the original inside as translation.

eHDSI transformation (friendly to pivot) with the rules of ``coded_elements.csv``; numbers of problems are those of the
transformation manager. Membership in the value set is enforced. Narrative, identifiers, languageCode, null elements and
translations are never touched; a pivot comes out as it went in.
"""

from collections.abc import Mapping

from transformers.cda.kinds import recognise
from transformers.model.attributes import canonical
from transformers.model.finding import Finding, Report, Severity
from transformers.model.open_document import open_document
from transformers.model.values import Coding
from transformers.terminology.coded_elements import CodedElementRule
from transformers.terminology.document_walk import (
    CodedElement,
    Processed,
    StatedCode,
    Walk,
    improper_type,
    said_by,
)
from transformers.terminology.element_rules import ElementRules
from transformers.terminology.errors import DocumentKindUnknown
from transformers.terminology.layers import make_other, put, qualified
from transformers.terminology.release import MapEntry, Release
from transformers.terminology.targets import TIMING_EVENT, UCUM, target_of, unit_of, why_none
from trust.xml import Element, serialise

NOT_TRANSCODED, REQUIRED_NOT_TRANSCODED = "2502", "4505"
IMPROPER_TYPE, ATTRIBUTES_MISSING, REQUIRED_MISSING = "2507", "2508", "4511"


def transcode_document(document: bytes, rules: Mapping[str, ElementRules], release: Release) -> Processed:
    """The document with European codes (friendly to pivot). The very bytes when nothing is to be changed.

    ERROR findings (4505, 4511) mean that it must not leave: a required element has no European code. Raises a leaf of
    XmlRefused for bytes that are no safe XML, DocumentKindUnknown for another document.
    """
    report = Report()
    root = open_document(document, report)
    respelled = canonical(root.iter())
    kind = recognise(root)
    if kind is None or kind.id not in rules:
        raise DocumentKindUnknown
    walk = _Transcoding(rules[kind.id], release, report)
    walk.over(root)
    content = serialise(root) if walk.changed or respelled else document
    return Processed(content, walk.report, tuple(walk.lines), kind.id, release.id)


class _Transcoding(Walk):
    def _element(self, element: Element, rule: CodedElementRule | None, path: str) -> CodedElement:
        coding = said_by(element)
        if element.get("nullFlavor") is not None:
            return self.line(path, str(coding) if coding.code else element.get("nullFlavor", ""), "null")
        if rule is None:
            self.remark(Severity.INFO, "no-rule", path, "No rule names this element: it is kept.", str(coding))
            return self.line(path, str(coding), "no-rule")
        if rule.what == "event":
            return self._event(coding, rule, path)
        if not coding.code or not coding.system:
            return self._failed(path, coding, rule, ATTRIBUTES_MISSING, "A code and its system belong together.")
        wrong = improper_type(element)
        if wrong is not None:
            return self._failed(path, coding, rule, IMPROPER_TYPE, f"{wrong} is no type of a code.")
        if qualified(element):
            return self._failed(path, coding, rule, NOT_TRANSCODED, "Its qualifiers belong to this code: kept.")
        return self._coded(element, coding, rule, path)

    def _coded(self, element: Element, coding: StatedCode, rule: CodedElementRule, path: str) -> CodedElement:
        found = target_of(self.release, coding, rule.value_sets)
        if found is not None:
            return self._put(element, coding, found, path)
        if rule.what == "framing":
            known = self.release.lookup(coding.system, coding.code)
            if known is None:
                return self.line(path, str(coding), "structural")
            return self._put(element, coding, (known[0], None), path)
        why = why_none(self.release, coding, rule.value_sets, self.rules.systems)
        if rule.required and not why.excerpt:
            return self.problem(path, str(coding), REQUIRED_NOT_TRANSCODED, why.text, grave=True, tsam=why.tsam)
        if why.excerpt:
            text = f"{why.text} The code is kept."
        else:
            make_other(element)
            self.changed = True
            text = f"{why.text} The original code and text are kept, without a European code."
        return self.problem(path, str(coding), NOT_TRANSCODED, text, tsam=why.tsam)

    def _put(
        self, element: Element, coding: StatedCode, found: tuple[Coding, MapEntry | None], path: str
    ) -> CodedElement:
        target, entry = found
        original = result = str(coding)
        if entry is not None:
            result = f"{target.code} ({target.system})"
        self._tell_version(element, coding, target, path)
        if (coding.code, coding.system, coding.display) != (target.code, target.system, target.display):
            lost = put(element, target)
            self.changed = True
            if lost:
                text = f"The display was “{coding.display}”; the code has a translation of its own already."
                self.remark(Severity.INFO, "display-replaced", path, text, original)
        if entry is None:
            return self.line(path, original, "member")
        if entry.relation != "equivalent":
            text = f"The European code is {entry.relation}: {entry.why}. The original code and text are kept."
            self.report.add(
                Finding(
                    Severity.INFO,
                    f"{entry.relation}-code",
                    path,
                    text,
                    original=original,
                    result=result,
                    map_entry=entry.id,
                    release=self.release.id,
                )
            )
        return self.line(path, original, "mapped", result, entry.id)

    def _tell_version(self, element: Element, coding: StatedCode, target: Coding, path: str) -> None:
        """A version of a European code system that the release does not have is said; the release's is written."""
        version = element.get("codeSystemVersion")
        if version is None or coding.system != target.system or target.version is None or version == target.version:
            return
        text = f"Version {version} of the code system is not the release's, {target.version}, which is written."
        self.report.add(
            Finding(
                Severity.WARNING,
                "unknown-version",
                path,
                text,
                original=str(coding),
                release=self.release.id,
                rule="tsam-4502",
            )
        )
        element.set("codeSystemVersion", target.version)
        self.changed = True

    def _event(self, coding: StatedCode, rule: CodedElementRule, path: str) -> CodedElement:
        """An EIVL event is one of HL7's words: nothing else is valid there, and nothing can be kept beside it."""
        if not coding.code:
            return self._failed(path, coding, rule, ATTRIBUTES_MISSING, "An event without a code.")
        said = StatedCode(coding.code, coding.system or TIMING_EVENT, None)
        if any(self.release.concept(value_set, said.system, said.code) for value_set in rule.value_sets):
            return self.line(path, str(said), "member")
        why = why_none(self.release, said, rule.value_sets, self.rules.systems)
        return self._failed(path, said, rule, NOT_TRANSCODED, why.text, why.tsam)

    def _unit(self, unit: str, rule: CodedElementRule | None, path: str) -> CodedElement:
        if rule is None:
            self.remark(Severity.INFO, "no-rule", path, "No rule names this unit: it is kept.", unit)
            return self.line(path, unit, "no-rule")
        known, words = unit_of(self.release, unit, rule.value_sets)
        if known:
            return self.line(path, unit, "structural" if words is None else "member")
        why = why_none(self.release, StatedCode(unit, UCUM, None), rule.value_sets, self.rules.systems)
        return self.problem(
            path,
            unit,
            REQUIRED_NOT_TRANSCODED if rule.required and not why.excerpt else NOT_TRANSCODED,
            f"No UCUM unit of the value set, annotation or 1. {why.text} The unit is kept.",
            grave=rule.required and not why.excerpt,
            tsam=why.tsam,
        )

    def _failed(
        self, path: str, coding: StatedCode, rule: CodedElementRule, number: str, text: str, tsam: str | None = None
    ) -> CodedElement:
        """An element that stays as it is because it cannot be transcoded; grave when it is required."""
        if rule.required:
            return self.problem(path, str(coding), REQUIRED_NOT_TRANSCODED, text, grave=True, tsam=tsam)
        return self.problem(path, str(coding), number, text, tsam=tsam)

    def _missing(self, parent: Element, asks: tuple[CodedElementRule, ...], path: str) -> None:
        """Required elements that are not there, where their parent is."""
        for rule in asks:
            if next(parent.iterchildren(rule.steps[-1].tag), None) is None:
                absent = f"{path}/{rule.path.rpartition('/')[2]}"
                text = "A required coded element is missing."
                self.report.add(
                    Finding(Severity.ERROR, REQUIRED_MISSING, absent, text, release=self.release.id, rule=rule.path)
                )
