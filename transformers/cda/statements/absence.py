"""Statements of absence in a foreign summary: a code for it, or a denial of the whole kind as waves 1 to 3 wrote it.

The codes stand in `transformers.model.absence`. "No information" is not "none"; an absence of latex allergy is not one
of allergies; an absence that is itself denied, or that stands beside an agent, contradicts itself and is none.
"""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Final, TypeVar

from transformers.cda.statements.forms import (
    CONCERN,
    Held,
    Origin,
    StatementForm,
    agent_codes,
    held_in,
    provenance,
    read_concern,
    roles,
)
from transformers.cda.statements.parts import verification_of
from transformers.cda.statements.signs import keep, signs_of, stands, words_below
from transformers.cda.types.tree import Element, Tree, child, children, text_of
from transformers.cda.types.values import coding_of
from transformers.cda.types.vocabulary import (
    ALLERGIC_DISPOSITION,
    ALLERGY_TO_SUBSTANCE,
    DIAGNOSIS,
    DISEASE,
    DRUG,
    FINDING,
    INTOLERANCE_DISPOSITION,
    PROBLEM,
    PROPENSITY,
    PROPENSITY_TO_SUBSTANCE,
    REPORTED_FINDING,
    WORDS_ONLY_SYSTEM,
)
from transformers.model.absence import AS_TEXT, OF_SCOPE, Situation, is_no_information, situation_of, speaks_of_absence
from transformers.model.finding import Severity
from transformers.model.section_state import Absence
from transformers.model.standing import Standing, standing
from transformers.model.summary import KeptInWords, KnownAbsent, NoInformation

T = TypeVar("T")
_SHOWN: Final = ("root", "extension", "code", "codeSystem", "codeSystemName", "codeSystemVersion", "displayName")
_FORM_CODES: Final = frozenset(
    {CONCERN.code, ALLERGIC_DISPOSITION, PROPENSITY, ALLERGY_TO_SUBSTANCE, FINDING.code, PROBLEM.code, DIAGNOSIS, None}
    | {DISEASE, REPORTED_FINDING, INTOLERANCE_DISPOSITION, DRUG.code, "IMMUNIZ", "ASSERTION"}
)
"""Kinds of statement that stand beside an absence code without saying more (older reference documents have them)."""
_GENERAL: Final = frozenset(
    {PROPENSITY, ALLERGIC_DISPOSITION, ALLERGY_TO_SUBSTANCE, PROPENSITY_TO_SUBSTANCE, PROBLEM.code, DISEASE, "71388002"}
)
"""Allergy, problem, disease, procedure as such: what is denied of these is denied of all."""
_WHOLE: Final = {
    "allergies": "no-known-allergies",
    "medications": "no-known-medications",
    "problems": "no-known-problems",
    "past_illness": "no-known-problems",
    "procedures": "no-known-procedures",
    "devices": "no-known-devices",
}


def absences(
    tree: Tree, element: Element, saying: Iterable[Element | None], how: tuple[Origin, str]
) -> list[Absence] | None:
    """What an act says of absence: None when nothing, else the one state, or none when it cannot be taken.

    ``saying``: the coded elements that name what the act is about; ``how``: the section's origin and the act's form.
    """
    origin, form = how
    named = [one for one in saying if one is not None]
    found = [(one, situation) for one in named if (situation := _situation(tree, one)) is not None]
    if not found and _speaks_only(tree, element, named):
        found = [(element, Situation("", ()))]
    if not found:
        return _denied_whole(tree, element, named, how)
    one, situation = found[0]
    belongs = origin.section in situation.sections
    if not belongs:
        words = words_below(tree, element)
        tree.note(Severity.WARNING, "situation-unread", element, _NO_AGENT, words or None)
        tree.kept.append(KeptInWords(Standing.NOT_READABLE, words))
        tree.marks[element] = Standing.NOT_READABLE
        if situation.kind == AS_TEXT:
            _use_all(tree, element, one)
        return []
    if standing(form, signs_of(element, tree=tree)) is not Standing.AFFIRMED or any(
        _means(o) for o in named if o is not one
    ):
        keep(tree, element, Standing.CONTRADICTED, _AND_NOT)
        return []
    _use_all(tree, element, one)
    tree.absent.append(element)
    return [_state(tree, element, (one, situation), origin)]


def held_statements(
    tree: Tree, entry: Element, form: StatementForm, origin: Origin, make: Callable[[Tree, Held, Origin], T | None]
) -> list[T | Absence]:
    """The statements of a form, or the absence, that an entry holds: in a concern, or by themselves; usually one.

    ``make`` reads one that stands; None is one that says nothing.
    """
    found: list[T | Absence] = []
    for held in held_in(tree, entry, form, origin):
        found += tree.attempt(partial(_absence_or, tree, held, (form, origin), make)) or []
    return found


def _absence_or(
    tree: Tree, held: Held, how: tuple[StatementForm, Origin], make: Callable[[Tree, Held, Origin], T | None]
) -> list[T | Absence] | None:
    form, origin = how
    element = held.element
    saying = (*children(element, "value"), child(element, "code"), *(agent_codes(element) if form.by_agent else ()))
    said = absences(tree, element, saying, (origin, "observation"))
    if said is not None:
        read_concern(tree, held)
        return [*said]
    if not stands(tree, element, "observation", verification_of(element, held.parts)):
        return None
    one = make(tree, held, origin)
    return None if one is None else [one]


_AND_NOT: Final = "It says that there is none and, at once, denies it or names one: both are kept in words."
_NO_AGENT: Final = "The code says that there is none of something, or nothing of the patient: it is no agent."


def _state(tree: Tree, element: Element, said: tuple[Element, Situation], origin: Origin) -> Absence:
    saying, situation = said
    if is_no_information(situation.kind):
        return NoInformation(origin.source)
    made = provenance(tree, element, origin)
    if situation.kind != OF_SCOPE:
        return KnownAbsent(situation.kind, made)
    scope = words_below(tree, saying)
    text = "There is none of one kind only; of the others the entry says nothing."
    tree.note(Severity.WARNING, "absence-of-scope", element, text, scope)
    tree.marks[element] = Standing.ABSENCE
    return KnownAbsent(OF_SCOPE, made, scope)


def _situation(tree: Tree, element: Element) -> Situation | None:
    """The situation that a coded element or one of its translations states; one of no section where words alone say
    that there is none."""
    words = []
    for each in _codings(element):
        situation = situation_of(each.get("codeSystem") or "", each.get("code") or "")
        if situation is not None:
            return situation
        words.append(each.get("displayName"))
    original = None if any(words) else child(element, "originalText")
    if original is not None:
        words.append(tree.peek(original))
    return Situation("", ()) if speaks_of_absence(words) else None


def _codings(element: Element) -> list[Element]:
    """A coded element and its translations at any depth."""
    return [element, *element.iter("{*}translation")] if len(element) else [element]


def _speaks_only(tree: Tree, element: Element, named: list[Element]) -> bool:
    """Whether an act names nothing in a code and its own words, or the names in it, say that there is none."""
    if any(_means(one) for one in named):
        return False
    own = child(element, "text")
    return speaks_of_absence([None if own is None else tree.peek(own), *_names(element)])


def _names(element: Element) -> list[str]:
    """The words that name an agent or a product."""
    named = [e for role in roles(element) for e in role.iterfind("{*}playingEntity/{*}name")]
    named += element.iterfind("{*}consumable/{*}manufacturedProduct/{*}manufacturedMaterial/{*}name")
    return [words for each in named if (words := text_of(each))]


def _means(element: Element) -> bool:
    """Whether a coded element names something: a code that is not only the form's, and not words alone."""
    told = [one for one in _codings(element) if one.get("codeSystem") != WORDS_ONLY_SYSTEM]
    told = [one for one in told if one.get("code") not in _FORM_CODES]
    return bool(told) and not any(situation_of(e.get("codeSystem"), e.get("code")) for e in told)


def _denied_whole(tree: Tree, element: Element, named: list[Element], how: tuple[Origin, str]) -> list[Absence] | None:
    """Waves 1 to 3 wrote "none" as the denial of a kind: of allergy, problem, procedure as such, with no agent."""
    origin, form = how
    kind = _WHOLE.get(origin.section)
    signs = signs_of(element, tree=tree)
    if kind is None or not signs.negated or standing(form, signs) is not Standing.DENIED:
        return None
    codes = {code for one in named for each in one.iter() if (code := each.get("code")) is not None}
    displays = {each.get("displayName") for one in named for each in one.iter()}
    wrote = {tree.words(child(one, "originalText")) for one in named} - {None}
    if not codes or not codes <= _GENERAL or not wrote <= displays:
        return None
    if _names(element):
        return None  # one agent or product is denied by name, not the kind as such
    text = "The kind as such is denied, as waves 1 to 3 wrote that there is none: read as a known absence."
    tree.note(Severity.WARNING, "absence-by-negation", element, text)
    tree.marks[element] = Standing.ABSENCE
    for one in named:
        coding_of(tree, one)
    _use_all(tree, element, named[0])
    tree.absent.append(element)
    return [KnownAbsent(kind, provenance(tree, element, origin))]


def _use_all(tree: Tree, element: Element, saying: Element) -> None:
    """The skeleton around an absence code says nothing of its own: ids, the form's codes and statuses."""
    coding_of(tree, saying)
    for each in element.iter("*"):
        name = each.tag.rpartition("}")[2]
        if name in {"id", "statusCode", "code"} and not (name == "code" and each.get("code") not in _FORM_CODES):
            tree.use(each, *_SHOWN)
