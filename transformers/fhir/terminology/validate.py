"""$validate-code of ValueSet and CodeSystem: is it a member, by this name, in this version.

FHIR R4 valueset- and codesystem-operation-validate-code. A code that is not valid is an answer with ``result`` false
and why; a value set or code system that is not there is an error. A display must be one the release has for the code,
in any language; case and blanks do not count.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from transformers.fhir.terminology.errors import ParameterMissing
from transformers.fhir.terminology.given import Given, RequestedCode, Table, asked_codes
from transformers.fhir.terminology.held import HeldRelease, is_of
from transformers.fhir.terminology.resources import joined, parameters, said_text
from transformers.model.values import Coding

VALIDATE_IN_SET: Table = {
    "url": "text",
    "valueSetVersion": "text",
    "code": "text",
    "system": "text",
    "systemVersion": "text",
    "display": "text",
    "coding": "coding",
    "codeableConcept": "concept",
    "displayLanguage": "text",
    "abstract": "flag",
}
"""``abstract`` changes nothing: no code here is abstract."""
VALIDATE_IN_SYSTEM: Table = {
    "url": "text",
    "version": "text",
    "code": "text",
    "display": "text",
    "coding": "coding",
    "codeableConcept": "concept",
    "displayLanguage": "text",
    "abstract": "flag",
}


@dataclass(frozen=True, slots=True)
class _Verdict:
    valid: bool
    message: str
    display: str = ""


def validate_in_set(held: HeldRelease, given: Given) -> dict[str, Any]:
    """Parameters of result, message and display. Raises leaves of OperationRefused."""
    value_set = held.value_set(given.required("url"), given.text("valueSetVersion"))
    asked = asked_codes(given, "system", "systemVersion")
    if any(not one.system for one in asked):
        raise ParameterMissing("system")
    what = value_set.name + ("" if value_set.complete else ", of which the release has an excerpt")

    def member(one: RequestedCode) -> Coding | str:
        system = held.find_system(one.system)
        if system is None:
            return f"The code system {one.system} is not in the release in force."
        found = held.release.concept(value_set.oid, system.id, one.code)
        return found or f"The code {one.code} ({one.system}) is not in the value set {what}."

    return _answer(held, given, asked, member)


def validate_in_system(held: HeldRelease, given: Given) -> dict[str, Any]:
    """Parameters of result, message and display. Raises leaves of OperationRefused."""
    asked = asked_codes(given, "url", "version")
    url = given.text("url") or next((one.system for one in asked if one.system), "")
    if not url:
        raise ParameterMissing("url")
    system = held.system(url)

    def concept(one: RequestedCode) -> Coding | str:
        other = held.find_system(one.system or url)
        if other is None or other.id != system.id:
            return f"The coding's system {one.system} is not {url}."
        found = held.release.lookup(system.id, one.code)
        return found[0] if found else f"The code {one.code} is not in what the release has of {system.name}."

    return _answer(held, given, asked, concept)


def _answer(
    held: HeldRelease, given: Given, asked: tuple[RequestedCode, ...], find: Callable[[RequestedCode], Coding | str]
) -> dict[str, Any]:
    """One coding that is valid is enough: a CodeableConcept says one thing in several systems."""
    language = given.text("displayLanguage")
    held.wanted(language)
    verdicts = [_judged(held, one, find(one), language) for one in asked]
    valid = [verdict for verdict in verdicts if verdict.valid]
    told = valid[:1] or verdicts
    return parameters(
        held,
        {"name": "result", "valueBoolean": bool(valid)},
        said_text("message", joined(verdict.message for verdict in told)),
        said_text("display", next((verdict.display for verdict in told if verdict.display), "")),
    )


def _judged(held: HeldRelease, asked: RequestedCode, found: Coding | str, language: str) -> _Verdict:
    if isinstance(found, str):
        return _Verdict(valid=False, message=found)
    word = held.word(found.system, found.code, found.display or "", held.wanted(language))
    if asked.version and found.version and asked.version != found.version:
        text = f"The release has {found.code} of version {found.version}, not {asked.version}."
        return _Verdict(valid=False, message=text, display=word.text)
    names = {_plain(found.display or ""), *(_plain(w.text) for w in held.words(found.system, found.code))}
    if asked.display and _plain(asked.display) not in names:
        return _Verdict(valid=False, message=f"{asked.display} is no display of {found.code}.", display=word.text)
    hints = [
        f"The code {found.code} is retired." if (found.system, found.code) in held.retired else "",
        "The version was not checked: the release has none." if asked.version and not found.version else "",
        "" if is_of(word, language) else f"There is no display in {language}; this one is in {word.language}.",
    ]
    return _Verdict(valid=True, message=joined(hints), display=word.text)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
