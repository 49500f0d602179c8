"""Which dotted OID stands for a code system, whatever a Norwegian API calls it.

The table is data (`config/national_code_systems.csv`: uri, oid, name, source); ``urn:oid:`` needs no row. The one known
misspelling, ``urn:uid:`` in no-basis-AllergyIntolerance, is read as what it means.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from transformers.model.values import Coding

ATC_NORWEGIAN = "2.16.578.1.12.4.1.1.7180"
ATC = "2.16.840.1.113883.6.73"
VOLVEN = "2.16.578.1.12.4.1.1."

_OID_PREFIXES = ("urn:oid:", "urn:uid:")


@dataclass(frozen=True, slots=True)
class CodeSystems:
    """URI to OID, and OID to the name a reader knows."""

    oids: Mapping[str, str]
    names: Mapping[str, str]

    @classmethod
    def from_rows(cls, rows: Iterable[Mapping[str, str]]) -> "CodeSystems":
        """From rows with ``uri``, ``oid`` and ``name``; a URI given twice raises ``ValueError``."""
        oids: dict[str, str] = {}
        names: dict[str, str] = {}
        for row in rows:
            if row["uri"] in oids:
                raise ValueError(f"code system {row['uri']} has two rows")
            oids[row["uri"]] = row["oid"]
            names.setdefault(row["oid"], row["name"])
        return cls(oids, names)

    def oid(self, uri: str) -> str | None:
        """The OID of a FHIR system, None when nobody has said which it is."""
        for prefix in _OID_PREFIXES:
            if uri.startswith(prefix):
                return uri.removeprefix(prefix)
        return self.oids.get(uri)

    def coding(self, code: str, oid: str, display: str | None) -> Coding:
        """A coding with the system's name when it is known."""
        return Coding(code=code, system=oid, display=display, system_name=self.names.get(oid))


def with_international(coding: Coding) -> tuple[Coding, ...]:
    """The coding, and for Norwegian ATC the same code in WHO's system: the two agree code for code."""
    if coding.system != ATC_NORWEGIAN:
        return (coding,)
    return (coding, Coding(code=coding.code, system=ATC, display=coding.display, system_name="ATC"))
