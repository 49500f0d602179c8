"""FHIR resources and packages to spoil, as an operator would import them."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

from gateway.configuration.shipped import shipped
from transformers.terminology.rows import Facts, read_facts

TABLES = shipped("config") / "terminology"
MVC = "1.3.6.1.4.1.12559.11.10.1.3.1.42."
EDQM, SCT = "0.4.0.127.0.16.1.1.2.1", "2.16.840.1.113883.6.96"
EDQM_URI = "http://standardterms.edqm.eu"


def facts() -> Facts:
    """Of the shipped tables."""
    return read_facts(TABLES)


def value_set(number: int = 2, name: str = "eHDSIDoseForm", **changes: Any) -> dict[str, Any]:
    """A ValueSet of two dose forms."""
    whole = {
        "resourceType": "ValueSet",
        "id": f"{name}-9.0.0",
        "url": f"http://terminology.ehdsi.eu/ValueSet/{name}",
        "identifier": [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{MVC}{number}"}],
        "version": "9.0.0",
        "name": name,
        "status": "active",
        "compose": {"include": [include(("10219000", "Tablet"), ("10502000", "Cream"))]},
    }
    return whole | changes


def include(*concepts: tuple[Any, Any], system: str = EDQM_URI, **more: Any) -> dict[str, Any]:
    """One ``compose.include`` that lists codes."""
    return {"system": system, "concept": [{"code": c, "display": d} for c, d in concepts], **more}


def code_system(*concepts: dict[str, Any], content: str = "complete", **changes: Any) -> dict[str, Any]:
    """A CodeSystem of EDQM terms."""
    whole = {"resourceType": "CodeSystem", "id": "edqm", "url": EDQM_URI, "version": "2026", "status": "active"}
    return whole | {"content": content, "concept": list(concepts)} | changes


def concept_map(*elements: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A ConceptMap from the national list 7448 to the dose forms."""
    group = {"source": "urn:oid:2.16.578.1.12.4.1.1.7448", "target": EDQM_URI, "element": list(elements)}
    return {
        "resourceType": "ConceptMap",
        "id": "forms",
        "url": "http://example.org/forms",
        "version": "1",
        "targetCanonical": "http://fhir.ehdsi.eu/mvc/eHDSIDoseForm",
        "group": [group],
    } | changes


def element(code: str, target: str | None, equivalence: str = "equivalent") -> dict[str, Any]:
    """One source code of a ConceptMap."""
    said = [] if target is None else [{"code": target, "equivalence": equivalence}]
    return {"code": code, "display": code.lower(), "target": said}


def files(*resources: dict[str, Any]) -> list[tuple[str, bytes]]:
    """Resources as named files."""
    return [(f"{n}.json", json.dumps(resource).encode()) for n, resource in enumerate(resources, start=1)]


def package(path: Path, *resources: dict[str, Any]) -> Path:
    """An NPM package of the resources at ``path``."""
    about = {"name": "example.terminology", "version": "1.0.0"}
    with tarfile.open(path, "w:gz") as archive:
        for name, data in [("package.json", json.dumps(about).encode()), *files(*resources)]:
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return path
