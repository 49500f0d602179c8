"""CapabilityStatement and TerminologyCapabilities, made of the very tables that answer.

FHIR R4 RESTful capabilities interaction, ``mode`` full or terminology.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from transformers.fhir.terminology.expand import EXPAND
from transformers.fhir.terminology.held import HeldRelease
from transformers.fhir.terminology.resources import meta
from transformers.fhir.terminology.search import SEARCHES

_TERMINOLOGY_SERVER = "http://hl7.org/fhir/CapabilityStatement/terminology-server"
_SEARCH_TYPES = {"url": "uri", "target-uri": "uri", "source-system": "uri", "target-system": "uri", "system": "uri"}
_TOKENS = frozenset({"_id", "version", "status", "identifier"})


def capability_statement(
    held: HeldRelease, operations: Mapping[tuple[str, str], str], base: str, now: datetime
) -> dict[str, Any]:
    """What is answered at ``base``; ``operations`` gives the definition by resource type and name."""
    resources = [
        {
            "type": kind,
            "interaction": [{"code": "read"}, {"code": "search-type"}],
            "searchParam": [{"name": name, "type": _search_type(name)} for name in table],
            "operation": [
                {"name": name.removeprefix("$"), "definition": definition}
                for (of, name), definition in operations.items()
                if of == kind
            ],
        }
        for kind, table in SEARCHES.items()
    ]
    return {
        "resourceType": "CapabilityStatement",
        "meta": meta(held),
        "status": "active",
        "date": now.isoformat(timespec="seconds"),
        "kind": "instance",
        "instantiates": [_TERMINOLOGY_SERVER],
        "software": {"name": "ncpeh"},
        "implementation": {"description": f"Terminology release {held.release.id}", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [{"mode": "server", "resource": resources, "interaction": [{"code": "batch"}]}],
    }


def terminology_capabilities(held: HeldRelease, base: str, now: datetime) -> dict[str, Any]:
    """Which code systems, in which versions, and what an expansion heeds."""
    systems = []
    for system in sorted(held.release.systems):
        versions = [{"code": version} for version in held.versions.get(system, ())]
        systems.append({"uri": held.uri(system)} | ({"version": versions} if versions else {}))
    return {
        "resourceType": "TerminologyCapabilities",
        "meta": meta(held),
        "status": "active",
        "date": now.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "ncpeh"},
        "implementation": {"description": f"Terminology release {held.release.id}", "url": base},
        "codeSystem": systems,
        "expansion": {
            "hierarchical": False,
            "paging": True,
            "incomplete": False,
            "parameter": [{"name": name} for name in EXPAND],
            "textFilter": "every word, in any case, in the display shown, the English one or the code",
        },
        "codeSearch": "explicit",
        "validateCode": {"translations": True},
        "translation": {"needsMap": True},
        "closure": {"translation": False},
    }


def _search_type(name: str) -> str:
    return "token" if name in _TOKENS else _SEARCH_TYPES.get(name, "string")
