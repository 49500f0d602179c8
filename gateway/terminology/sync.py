"""The central terminology server's sync API, asked: everything it has, page by page, or nothing at all.

OpenNCP 8 sync API: form login with a session cookie, the catalogue, the entries of each value set's version, whose
pages count from 0.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from gateway.http import HttpAnswer, HttpClient, HttpFailure
from gateway.terminology.errors import CentralServerFailed
from transformers.terminology.importers_sync import read_sync, value_set_versions
from transformers.terminology.rows import Content, Facts

_PAGE = 250
_MOST_PAGES = 10_000


@dataclass(frozen=True, slots=True)
class CentralServer:
    """Where it is and who asks."""

    url: str
    user: str
    password: str = field(repr=False)


def fetch(server: CentralServer, http: HttpClient, facts: Facts, page: int = _PAGE) -> Content:
    """All the server has. Raises CentralServerFailed (with the step) and leaves of ReleaseInvalid."""
    base = server.url.rstrip("/")
    cookie = _log_in(base, server, http)

    def get(step: str, path: str) -> object:
        answer = _call(step, lambda: http.call("GET", base + path, headers={"cookie": cookie}))
        if answer.status != 200:
            raise CentralServerFailed(step, f"status {answer.status}")
        try:
            value: object = json.loads(answer.body)
        except ValueError:
            raise CentralServerFailed(step, "not JSON") from None
        return value

    catalogue = get("catalogue", "/api/sync/valuesetcatalog")
    entries: dict[str, list[object]] = {}
    for oid, version, _ in value_set_versions(catalogue):
        path = f"/api/sync/valueset/{quote(oid, safe='')}/valuesetdefinition/{quote(version, safe='')}/entries"
        entries[oid] = _pages(get, oid, path, page)
    return read_sync(catalogue, entries, facts, str(urlsplit(base).hostname))


def _pages(get: Callable[[str, str], object], oid: str, path: str, page: int) -> list[object]:
    """Every page, until one that is not full."""
    rows: list[object] = []
    for number in range(_MOST_PAGES):
        found = get(oid, f"{path}?page={number}&maxtoreturn={page}")
        if not isinstance(found, list) or len(found) > page:
            raise CentralServerFailed(oid, "no page of entries")
        rows.extend(found)
        if len(found) < page:
            return rows
    raise CentralServerFailed(oid, "no end of pages")


def _log_in(base: str, server: CentralServer, http: HttpClient) -> str:
    """The session's cookie."""
    form = urlencode({"username": server.user, "password": server.password}).encode()
    sent = {"content-type": "application/x-www-form-urlencoded"}
    answer = _call("login", lambda: http.call("POST", f"{base}/login", headers=sent, content=form))
    location = answer.headers.get("location", "")
    cookie = answer.headers.get("set-cookie", "").partition(";")[0]
    if answer.status != 302 or "error" in parse_qs(urlsplit(location).query, keep_blank_values=True) or not cookie:
        raise CentralServerFailed("login", "refused")
    return cookie


def _call(step: str, call: Callable[[], HttpAnswer]) -> HttpAnswer:
    try:
        return call()
    except HttpFailure as fault:
        raise CentralServerFailed(step, type(fault).__name__) from None
