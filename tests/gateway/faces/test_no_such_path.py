"""A path that serves nothing is answered by HTTP's status alone, in no framework's words."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from fastapi import FastAPI

from gateway.faces.no_such_path import refuse_unknown_paths


def asked(method: str, path: str, counted: Counter[str] | None = None) -> tuple[int, dict[bytes, bytes], bytes]:
    """Status, header and body of what an application with one POST route answers."""
    app = FastAPI(openapi_url=None)
    app.add_api_route("/here", lambda: "served", methods=["POST"])
    refuse_unknown_paths(app, counted)
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "headers": [],
        "query_string": b"",
    }
    scope |= {"http_version": "1.1", "scheme": "http", "root_path": "", "client": None, "server": None}
    asyncio.run(app(scope, receive, send))  # type: ignore[arg-type]  # as ASGI has it
    return sent[0]["status"], dict(sent[0]["headers"]), b"".join(one.get("body", b"") for one in sent[1:])


@pytest.mark.parametrize("path", ["/", "/fhir2", "/docs", "/openapi.json", "/here/there"])
def test_a_path_that_serves_nothing_is_a_status_without_words(path: str):
    status, _, body = asked("GET", path)
    assert (status, body) == (404, b"")
    assert asked("POST", "/here")[0] == 200


def test_a_method_that_is_not_served_names_those_that_are():
    status, header, body = asked("GET", "/here")
    assert (status, header[b"allow"], body) == (405, b"POST", b"")


def test_who_looks_about_leaves_a_count_by_reason_and_who_is_served_leaves_none():
    counted: Counter[str] = Counter()
    for method, path in (("GET", "/"), ("POST", "/docs"), ("GET", "/here"), ("POST", "/here")):
        asked(method, path, counted)
    assert counted == {"no-such-path": 2, "no-such-method": 1}
