"""A release as FHIR sees it: URIs for its OIDs, ids for its resources, words in a language.

FHIR R4 terminologies-systems. A code system is accepted by ``urn:oid:`` and by every URI of the tables, and written by
one. A URI may stand for two OIDs (ICD-10 of the WHO and of eHDSI): the release decides which it holds.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import NAMESPACE_OID, uuid5

from transformers.fhir.terminology.errors import CodeSystemNotInRelease, ParameterMalformed, ValueSetNotInRelease
from transformers.model.values import Coding
from transformers.terminology.importers_fhir import BASES
from transformers.terminology.release import Release
from transformers.terminology.rows import System, ValueSet

_NOT_IN_ID = re.compile(r"[^A-Za-z0-9.-]+")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_LONGEST_ID = 64
_FOLDED = 16
"""Value sets remembered with their search text."""
ENGLISH = "en"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Uris:
    """Which URI a code system is written by, and which OIDs a URI may stand for."""

    written: Mapping[str, str]
    """URI by OID."""
    accepted: Mapping[str, tuple[str, ...]]
    """OIDs by URI, ``urn:oid:`` ones too where they are another's alias."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What one answer may carry, and which language stands in for which."""

    members: int
    """The largest page of an expansion, in members."""
    entries: int
    """The largest batch."""
    fallback: Mapping[str, tuple[str, ...]]
    """By language, those tried before English."""


@dataclass(frozen=True, slots=True)
class Word:
    """A display and its language."""

    text: str
    language: str


@dataclass(frozen=True)
class HeldRelease:
    """A release, and what is derived of it once."""

    release: Release
    uris: Uris
    policy: Policy
    retired: frozenset[tuple[str, str]] = field(repr=False)
    """Systems and codes that their code system has retired."""
    maps: Mapping[str, tuple[str, str]] = field(repr=False)
    """By resource id: source system and value set."""
    systems: Mapping[str, str] = field(repr=False)
    """Code system by resource id."""
    languages: tuple[str, ...]
    """Languages that have designations."""
    versions: Mapping[str, tuple[str, ...]] = field(repr=False)
    """Versions of a code system's concepts, as the sources say them; they may differ from set to set."""
    _folded: dict[tuple[str, tuple[str, ...]], list[tuple[str, Coding]]] = field(default_factory=dict, repr=False)

    def oids(self, uri: str) -> tuple[str, ...]:
        """What a URI may stand for, the release's own first; a bare ``urn:oid:`` always stands for itself."""
        own = self.release.system(uri)
        bare = (uri.removeprefix("urn:oid:"),) if uri.startswith("urn:oid:") else ()
        found = (*((own.id,) if own else ()), *bare, *self.uris.accepted.get(uri, ()))
        return tuple(dict.fromkeys(found))

    def find_system(self, uri: str) -> System | None:
        """The code system of a URI, None when the release has none."""
        return next((self.release.systems[oid] for oid in self.oids(uri) if oid in self.release.systems), None)

    def system(self, uri: str) -> System:
        """The code system of a URI. Raises CodeSystemNotInRelease."""
        found = self.find_system(uri)
        if found is None:
            raise CodeSystemNotInRelease(uri)
        return found

    def uri(self, system: str) -> str:
        """The URI a code system is written by."""
        known = self.release.systems.get(system)
        first = known.uris[0] if known is not None and known.uris else None
        return self.uris.written.get(system) or first or (system if ":" in system else f"urn:oid:{system}")

    def value_set(self, canonical: str, version: str = "") -> ValueSet:
        """A value set by any canonical, ``|version`` or ``version`` heeded. Raises ValueSetNotInRelease."""
        found = self.release.value_set(canonical)
        if found is None or (version and found.version != version):
            raise ValueSetNotInRelease(canonical + (f"|{version}" if version else ""))
        return found

    def canonical(self, value_set: ValueSet) -> str:
        """The URL a value set is written by: the one it was published by, else HL7 Europe's."""
        return value_set.canonical or BASES[0] + value_set.name

    def wanted(self, language: str) -> tuple[str, ...]:
        """Languages of the release to try for one that is asked for; English, which every concept has, is last.

        ``nn-NO`` is itself, ``nn``, any ``nn-…``, and those the policy names for ``nn``. Raises ParameterMalformed.
        """
        if not language:
            return (ENGLISH,)
        if _LANGUAGE.fullmatch(language) is None:
            raise ParameterMalformed("displayLanguage")
        main = _main(language)
        exact = [one for one in self.languages if one.lower() == language.lower()]
        alike = [one for one in self.languages if _main(one) == main]
        stand_ins = [one for one in self.policy.fallback.get(main, ()) if one in self.languages]
        found = dict.fromkeys((*exact, *alike, *stand_ins))
        return (*(one for one in found if one != ENGLISH), ENGLISH)

    def word(self, system: str, code: str, english: str, wanted: tuple[str, ...]) -> Word:
        """The display in the first of the languages that has one."""
        for language in wanted[:-1]:
            text = self.release.designation(system, code, language)
            if text:
                return Word(text, language)
        return Word(english, ENGLISH)

    def folded(self, value_set: str, wanted: tuple[str, ...]) -> list[tuple[str, Coding]]:
        """Members of a value set with the text to search: code, English and the display shown, case folded."""
        found = self._folded.get((value_set, wanted))
        if found is None:
            found = [(self._text(member, wanted), member) for member in self.release.members(value_set)]
            if len(self._folded) >= _FOLDED:
                self._folded.clear()
            self._folded[value_set, wanted] = found
        return found

    def _text(self, member: Coding, wanted: tuple[str, ...]) -> str:
        english = member.display or ""
        shown = self.word(member.system, member.code, english, wanted).text
        return f"{member.code}\n{english}\n{shown}".casefold()

    def words(self, system: str, code: str) -> list[Word]:
        """Every designation of a concept, by language."""
        found = ((language, self.release.designation(system, code, language)) for language in self.languages)
        return [Word(text, language) for language, text in found if text]


def is_of(word: Word, language: str) -> bool:
    """Whether a display is in the language asked for; none asked for is English. Regions are not told apart."""
    return _main(word.language) == _main(language or ENGLISH)


def _main(language: str) -> str:
    return language.partition("-")[0].lower()


def hold(release: Release, uris: Uris, policy: Policy) -> HeldRelease:
    """A release made ready to answer."""
    retired = "SELECT s.id, c.code FROM concept c JOIN system s ON s.number = c.system WHERE c.retired = 1"
    said = "SELECT DISTINCT s.id, c.version FROM concept c JOIN system s ON s.number = c.system WHERE c.version <> ''"
    pairs = [(a, b) for a, b in release.rows("SELECT DISTINCT source_system, value_set FROM map ORDER BY 1, 2")]
    return HeldRelease(
        release=release,
        uris=uris,
        policy=policy,
        retired=frozenset((system, code) for system, code in release.rows(retired)),
        maps=_by_id({f"{source}-to-{_short(target)}": (source, target) for source, target in pairs}),
        systems=_by_id({system: system for system in sorted(release.systems)}),
        languages=tuple(row[0] for row in release.rows("SELECT DISTINCT language FROM designation ORDER BY 1")),
        versions=gathered(release.rows(said + " ORDER BY 1, 2")),
    )


def map_url(source: str, value_set: str) -> str:
    """The canonical of a concept map: the same for the same source and value set, on any node."""
    return f"urn:uuid:{uuid5(NAMESPACE_OID, f'{source} {value_set}')}"


def _short(oid: str) -> str:
    return ".".join(oid.split(".")[-2:])


def _by_id(things: Mapping[str, T]) -> dict[str, T]:
    """By an id that FHIR allows; a digest where the name cannot be one."""
    found: dict[str, T] = {}
    for name, thing in things.items():
        written = _NOT_IN_ID.sub("-", name)
        if len(written) > _LONGEST_ID or written in found:
            written = hashlib.sha256(name.encode()).hexdigest()[:32]
        found[written] = thing
    return found


def gathered(rows: Iterable[tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Second fields by first ones, each once, in the order of the rows: OIDs by URI, versions by code system."""
    found: dict[str, tuple[str, ...]] = {}
    for key, value in rows:
        if value not in found.get(key, ()):
            found[key] = (*found.get(key, ()), value)
    return found
