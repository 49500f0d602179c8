"""A release asked as FHIR R4, and answers read by models that are not ours."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from typing import Any
from urllib.parse import urlencode

from gateway.configuration.settings import load
from gateway.faces.terminology.tables import read_uris
from tests.support.terminology.packages import TABLES, facts, files
from transformers.fhir.json_text import read_json
from transformers.fhir.terminology.answer import Ask, OperationAnswer, answer
from transformers.fhir.terminology.held import HeldRelease, Policy, Uris, hold
from transformers.terminology.compose import compose
from transformers.terminology.importers_csv import read_tables
from transformers.terminology.importers_fhir import read_resources
from transformers.terminology.release import Release, load_starter

BASE = "http://localhost/fhir"
NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
SCT_URI, ATC_URI = "http://snomed.info/sct", "http://www.whocc.no/atc"
FORMS = "http://terminology.ehdsi.eu/ValueSet/eHDSIDoseForm"
FORM_LIST = "urn:oid:2.16.578.1.12.4.1.1.7448"
FALLBACK = {"nb": ("nn",), "nn": ("nb",), "no": ("nb", "nn")}


@cache
def uris() -> Uris:
    """Of the shipped tables."""
    return read_uris(load({}))


def policy(**changes: Any) -> Policy:
    """Pages of up to 1000 members, batches of up to 20."""
    return Policy(**{"members": 1000, "entries": 20, "fallback": FALLBACK, **changes})


@cache
def starter() -> HeldRelease:
    """The shipped tables."""
    return hold(load_starter(TABLES), uris(), policy())


def imported(*resources: dict[str, Any], tables: bool = False, **changes: Any) -> HeldRelease:
    """A release of FHIR resources; with the shipped tables behind them."""
    contents = [read_resources(files(*resources), facts())]
    if tables:
        contents.append(read_tables(TABLES, facts()))
    return hold(Release(compose(contents, facts(), "imported")), uris(), policy(**changes))


def get(held: HeldRelease, path: str, query: Iterable[tuple[str, str]] = (), **more: str) -> OperationAnswer:
    """GET, its answer read by the models."""
    return _read(answer(held, Ask("GET", path, urlencode([*query, *more.items()]), None, BASE), NOW))


def post(held: HeldRelease, path: str, body: object) -> OperationAnswer:
    """POST of JSON, its answer read by the models."""
    return _read(answer(held, Ask("POST", path, "", read_json(json.dumps(body).encode()), BASE), NOW))


def parameters(**values: tuple[str, Any]) -> dict[str, Any]:
    """A Parameters resource: name to type and value, ``code=("Code", "1")``."""
    said = [{"name": name, f"value{kind}": value} for name, (kind, value) in values.items()]
    return {"resourceType": "Parameters", "parameter": said}


def said(told: OperationAnswer, name: str) -> Any:
    """The value of the first parameter of that name, None when there is none."""
    return next((_value(one) for one in told.resource.get("parameter", []) if one["name"] == name), None)


def matches(told: OperationAnswer) -> list[dict[str, Any]]:
    """Each match of a $translate by part."""
    found = [one["part"] for one in told.resource["parameter"] if one["name"] == "match"]
    return [{part["name"]: _value(part) for part in parts} for parts in found]


def issue(told: OperationAnswer) -> tuple[int, str]:
    """Status and issue type of a refusal."""
    assert told.resource["resourceType"] == "OperationOutcome", told.resource
    return told.status, told.resource["issue"][0]["code"]


def conforms(resource: dict[str, Any]) -> None:
    """Raises when a resource is not of FHIR R4B's shape (for these types that of R4)."""
    kind = resource["resourceType"]
    getattr(import_module(f"fhir.resources.R4B.{kind.lower()}"), kind).model_validate(resource)


def _read(told: OperationAnswer) -> OperationAnswer:
    conforms(told.resource)
    return told


def _value(one: dict[str, Any]) -> Any:
    return next(value for key, value in one.items() if key.startswith("value"))
