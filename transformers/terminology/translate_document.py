"""Country B's step on any eHDSI CDA, in place: displays in the reader's language, the English beside them.

eHDSI transformation (pivot to translated). Only displays change: no code, no original text, no narrative. What an
element was is its translation, the country of origin's own words inside that; where the code has a translation already
(RIM-002), the English is the release's to give. A display that has no words in the language stays, never empty.
"""

from collections.abc import Mapping

from transformers.cda.kinds import recognise
from transformers.model.attributes import canonical
from transformers.model.finding import Report, Severity
from transformers.model.open_document import open_document
from transformers.terminology.coded_elements import CodedElementRule
from transformers.terminology.document_walk import CodedElement, Processed, StatedCode, Walk, said_by
from transformers.terminology.element_rules import ElementRules
from transformers.terminology.errors import DocumentKindUnknown, LanguageAbsent
from transformers.terminology.languages import fallback
from transformers.terminology.layers import put_display
from transformers.terminology.release import Release
from trust.xml import Element, serialise

NOT_TRANSLATED, REQUIRED_NOT_TRANSLATED, ATTRIBUTES_MISSING = "2504", "4512", "2508"


def translate_document(
    document: bytes, rules: Mapping[str, ElementRules], release: Release, language: str
) -> Processed:
    """The document with displays in a language (BCP 47) or what its readers read too (`fallback`).

    The very bytes when nothing is to be changed, as for English. Findings are warnings only (2504, 4512). Raises a leaf
    of XmlRefused, DocumentKindUnknown, or LanguageAbsent when the release has no word of the language.
    """
    report = Report()
    root = open_document(document, report)
    respelled = canonical(root.iter())
    kind = recognise(root)
    if kind is None or kind.id not in rules:
        raise DocumentKindUnknown
    languages = fallback(language)
    if languages and release.languages.isdisjoint(languages):
        raise LanguageAbsent
    walk = _Translating(rules[kind.id], release, report, languages)
    walk.over(root)
    content = serialise(root) if walk.changed or respelled else document
    return Processed(content, walk.report, tuple(walk.lines), kind.id, release.id)


class _Translating(Walk):
    def __init__(self, rules: ElementRules, release: Release, report: Report, languages: tuple[str, ...]) -> None:
        super().__init__(rules, release, report)
        self._languages = languages

    def _element(self, element: Element, rule: CodedElementRule | None, path: str) -> CodedElement:
        coding = said_by(element)
        if element.get("nullFlavor") is not None:
            return self.line(path, str(coding) if coding.code else element.get("nullFlavor", ""), "null")
        if rule is not None and rule.what == "event":
            return self.line(path, str(coding), "structural")
        if not coding.code or not coding.system:
            return self.problem(path, str(coding), ATTRIBUTES_MISSING, "A code and its system belong together.")
        for language in self._languages:
            words = self.release.designation(coding.system, coding.code, language)
            if words:
                return self._put(element, coding, words, language, path)
        return self._without_words(coding, rule, path)

    def _put(self, element: Element, coding: StatedCode, words: str, language: str, path: str) -> CodedElement:
        if words != coding.display:
            lost = put_display(element, words)
            self.changed = True
            if lost:
                text = f"The display was “{coding.display}”; the code has a translation of its own already."
                self.remark(Severity.INFO, "display-replaced", path, text, str(coding))
        return self.line(path, str(coding), "mapped", entry=f"designation:{language}")

    def _without_words(self, coding: StatedCode, rule: CodedElementRule | None, path: str) -> CodedElement:
        if rule is None:
            self.remark(Severity.INFO, "no-rule", path, "No rule names this element: it is kept.", str(coding))
            return self.line(path, str(coding), "no-rule")
        if rule.what == "framing" and not rule.value_sets:
            return self.line(path, str(coding), "structural")
        if not self._languages:
            return self.line(path, str(coding), "member")
        number = REQUIRED_NOT_TRANSLATED if rule.required else NOT_TRANSLATED
        text = "The release has no words of this language for the code: the display stays as it was."
        return self.problem(path, str(coding), number, text, tsam="4505")

    def _missing(self, parent: Element, asks: tuple[CodedElementRule, ...], path: str) -> None:
        """What is missing was so in the pivot: it has no words."""

    def _unit(self, unit: str, rule: CodedElementRule | None, path: str) -> CodedElement:
        return self.line(path, unit, "structural")
