"""The sections of a foreign summary, told by their LOINC code, else by their template id (E.2.*, older waves too).

A section no reader knows, or whose entries nobody can read, stays what it says: text. Nothing in it is lost. What is no
statement, or no part of one, is marked for the page that shows every entry (`marks_of`): it asks here and decides
nothing of its own, so that no row of it affirms what the pivot does not.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from transformers.cda.statements import allergies, devices, immunisations, medications, problems, procedures
from transformers.cda.statements.allergies import read_allergy
from transformers.cda.statements.devices import read_device
from transformers.cda.statements.forms import Origin, StatementForms
from transformers.cda.statements.immunisations import read_immunisation
from transformers.cda.statements.medications import read_medication
from transformers.cda.statements.observations import read_group, read_observation
from transformers.cda.statements.problems import read_problem
from transformers.cda.statements.procedures import read_procedure
from transformers.cda.types.narrative import removed_from, words_of
from transformers.cda.types.tree import Element, Tree, child, children, local, text_of
from transformers.cda.types.values import coding_of
from transformers.cda.types.vocabulary import SECTIONS
from transformers.model.finding import Severity
from transformers.model.section_state import state_of
from transformers.model.standing import Standing
from transformers.model.summary import KeptInWords, KnownAbsent, Narrated, NoInformation, Section
from transformers.model.values import Provenance

Reader = Callable[[Tree, Element, Origin], Any]
_READERS: Final[dict[str, Reader | None]] = {
    "allergies": read_allergy,
    "medications": read_medication,
    "problems": read_problem,
    "past_illness": read_problem,
    "procedures": read_procedure,
    "devices": read_device,
    "immunisations": read_immunisation,
    "vital_signs": read_group,
    "results": read_group,
    "functional_status": read_group,
    "social_history": read_observation,
    "pregnancies": read_observation,
    "advance_directives": None,
    "care_plan": None,
}
"""What reads an entry of a section; None: the section is its text."""
FORMS: Final = StatementForms(
    [one.FORM for one in (allergies, problems, procedures, devices, immunisations, medications)]
)
_NAMES: Final = {form.code.code: name for name, form in SECTIONS.items()}
_TEMPLATES: Final = {form.templates[0]: name for name, form in SECTIONS.items()}


@dataclass(slots=True)
class Sections:
    """What has been read so far, by section of the pivot; and the words of sections."""

    statements: dict[str, list[Any]] = field(default_factory=dict)
    absences: dict[str, list[KnownAbsent | NoInformation]] = field(default_factory=dict)
    kept: dict[str, list[KeptInWords]] = field(default_factory=dict)
    absent: dict[str, list[Element]] = field(default_factory=dict)
    """The acts that state the absences, in their order."""
    unread_in: dict[Element, int] = field(default_factory=dict)
    """How many entries were kept in words, by the section's element."""
    elements: dict[str, list[Element]] = field(default_factory=dict)
    """The sections of the document, by section of the pivot."""
    entries: dict[str, list[Element]] = field(default_factory=dict)
    """The entry that each of ``statements`` was read from, in the same order."""
    narratives: list[Narrated] = field(default_factory=list)
    others: list[Narrated] = field(default_factory=list)

    def count(self, element: Element, number: int = 1) -> None:
        """Count what could not be read, at the section that an element stands in."""
        section = next(element.iterancestors("{*}section"), None)
        if section is not None:
            self.unread_in[section] = self.unread_in.get(section, 0) + number

    def state(self, name: str) -> Section[Any]:
        """The section as the pivot holds it."""
        return state_of(self.statements.get(name, []), self.absences.get(name, []), self.kept.get(name, []))


def read_sections(tree: Tree, origin: Origin) -> Sections:
    """Every section of the body, and the sections within sections."""
    found = Sections()
    body = tree.root.find("{*}component/{*}structuredBody")
    pending = [] if body is None else _sections(body)
    while pending:
        section = pending.pop()
        _read_section(tree, section, origin, found)
        pending.extend(_sections(section))
    for name, absences in found.absences.items():
        if found.statements.get(name):
            _contradict(tree, name, absences, found)
    return found


def _contradict(tree: Tree, name: str, absences: list[KnownAbsent | NoInformation], found: Sections) -> None:
    """An absence beside statements: an ERROR where it is stated, and counted, unless it is of one kind only."""
    for element, absence in zip(found.absent.get(name, ()), absences, strict=True):
        if isinstance(absence, KnownAbsent) and absence.scope is not None:
            continue
        text = f"The section {name} states both that there is none, or nothing known, and that there is one: both kept."
        tree.note(Severity.ERROR, "absence-contradicted", element, text)
        tree.marks[element] = Standing.ABSENCE
        found.count(element)


def _sections(holder: Element) -> list[Element]:
    """Sections directly within a body or a section, the last one first."""
    return [section for part in children(holder, "component") for section in children(part, "section")][::-1]


def _name_of(section: Element) -> str | None:
    code = child(section, "code")
    name = None if code is None else _NAMES.get(code.get("code") or "")
    for template in children(section, "templateId") if name is None else ():
        name = name or _TEMPLATES.get(template.get("root") or "")
    return name


def _read_section(tree: Tree, section: Element, origin: Origin, found: Sections) -> None:
    name = _name_of(section)
    words = _words(tree, section, origin)
    for identity in children(section, "id"):
        tree.use(identity, "root", "extension", "assigningAuthorityName")
    reader = None if name is None else _READERS[name]
    before = _count(found, name)
    if name is not None:
        found.elements.setdefault(name, []).append(section)
    if name is not None and reader is not None:
        how = (name, reader, replace(origin, section=name))
        for entry in _entries(section):
            _read_entry(tree, entry, how, found)
    if words is None:
        return
    if name is None or _count(found, name) == before:
        narrated = name is not None and reader is None
        _keep(tree, section, words, (name, narrated), found)
    else:
        found.narratives.append(words)


def _keep(tree: Tree, section: Element, words: Narrated, known: tuple[str | None, bool], found: Sections) -> None:
    """A section that is its words: where the pivot has a place for it, there; else among the others."""
    name, narrated = known
    if name is not None and narrated:
        found.statements.setdefault(name, []).append(words)
        return
    if name is None:
        tree.note(Severity.INFO, "section-unknown", section, "No reader knows the section; it is kept as text.")
    else:
        tree.note(Severity.WARNING, "section-without-entries", section, "The section has no entry; its text is kept.")
    found.others.append(words)


def _count(found: Sections, name: str | None) -> int:
    told = (found.statements, found.absences, found.kept)
    return 0 if name is None else sum(len(each.get(name, ())) for each in told)


def _entries(section: Element) -> list[Element]:
    return [e for entry in children(section, "entry") for e in entry.iterchildren("*") if local(e) != "templateId"]


def _read_entry(tree: Tree, entry: Element, how: tuple[str, Reader, Origin], found: Sections) -> None:
    name, reader, origin = how
    made = tree.attempt(partial(_made, tree, entry, reader, origin))
    for one in made or ():
        if isinstance(one, KnownAbsent | NoInformation):
            found.absences.setdefault(name, []).append(one)
        else:
            found.statements.setdefault(name, []).append(one)
            found.entries.setdefault(name, []).append(entry)
    if tree.kept:
        found.kept.setdefault(name, []).extend(tree.kept)
        found.count(entry, len(tree.kept))
        tree.kept.clear()
    found.absent.setdefault(name, []).extend(tree.absent)
    tree.absent.clear()


def _made(tree: Tree, entry: Element, reader: Reader, origin: Origin) -> Sequence[Any] | None:
    statement = reader(tree, entry, origin)
    return (statement if isinstance(statement, list) else [statement] if statement is not None else []) or None


def _words(tree: Tree, section: Element, origin: Origin) -> Narrated | None:
    """The section in words; a section without any is a finding."""
    title, text = child(section, "title"), child(section, "text")
    code = coding_of(tree, child(section, "code"))
    heading = None if title is None else text_of(title) or None
    tree.use(title, "language")  # a title of ours has one, and of a sender's the words are kept
    words = "" if text is None else words_of(text)
    if text is None or not words:
        tree.note(Severity.WARNING, "narrative-missing", section, "The section has no text for a reader.")
        return None
    for element in removed_from(text):
        tree.note(Severity.WARNING, "narrative-removed", element, f"{local(element)} in a text is not kept.")
    return Narrated(code, heading, words, Provenance(origin.source))


@dataclass(frozen=True, slots=True)
class Marks:
    """By act: why it is no statement, or no part of one. By section: how many of its entries could not be read."""

    acts: Mapping[Element, Standing] = field(default_factory=dict)
    sections: Mapping[Element, int] = field(default_factory=dict)
    read: Sections | None = None
    """What the pivot's readers made of the sections; None of a document that is no patient summary."""


def marks_of(tree: Tree) -> Marks:
    """The marks of a patient summary. Its elements are the keys: the same tree must be walked."""
    found = read_sections(tree, Origin("", FORMS))
    return Marks(tree.marks, found.unread_in, found)
