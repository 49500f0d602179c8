"""CodeSystem/$lookup: what a code means, in a language, and whether it is retired.

FHIR R4 codesystem-operation-lookup. Properties: ``designation``, ``inactive``, ``lang.X``; others are not known here
and are left out, as the operation allows.
"""

from typing import Any

from transformers.fhir.terminology.errors import CodeNotInRelease, ParameterMissing
from transformers.fhir.terminology.given import Given, Table, asked_codes
from transformers.fhir.terminology.held import ENGLISH, HeldRelease, Word
from transformers.fhir.terminology.resources import parameters, said_text

LOOKUP: Table = {
    "code": "text",
    "system": "text",
    "version": "text",
    "coding": "coding",
    "displayLanguage": "text",
    "property": "texts",
}


def lookup(held: HeldRelease, given: Given) -> dict[str, Any]:
    """A Parameters of name, version, display, designations and properties. Raises leaves of OperationRefused."""
    (asked,) = asked_codes(given, "system", "version")
    if not asked.system:
        raise ParameterMissing("system")
    system = held.system(asked.system)
    found = held.release.lookup(system.id, asked.code)
    if found is None or (asked.version and found[0].version and asked.version != found[0].version):
        version = f"|{asked.version}" if asked.version else ""
        raise CodeNotInRelease(f"{asked.code} ({asked.system}{version})")
    coding, retired = found
    wanted = held.wanted(given.text("displayLanguage"))
    word = held.word(system.id, coding.code, coding.display or "", wanted)
    words = [Word(coding.display or "", ENGLISH), *held.words(system.id, coding.code)]
    chosen = frozenset(given.texts("property"))
    shown = [w for w in words if not chosen or "designation" in chosen or f"lang.{w.language}" in chosen]
    return parameters(
        held,
        said_text("name", system.name),
        said_text("version", coding.version),
        said_text("display", word.text),
        *(_designation(w) for w in shown),
        _inactive(retired=retired) if not chosen or "inactive" in chosen else None,
    )


def _designation(word: Word) -> dict[str, Any]:
    part = [{"name": "language", "valueCode": word.language}, {"name": "value", "valueString": word.text}]
    return {"name": "designation", "part": part}


def _inactive(*, retired: bool) -> dict[str, Any]:
    part: list[dict[str, Any]] = [{"name": "code", "valueCode": "inactive"}, {"name": "value", "valueBoolean": retired}]
    return {"name": "property", "part": part}
