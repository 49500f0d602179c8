"""The central terminology server: everything it has, page by page; what it gets wrong is refused whole."""

import ssl
import time
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.http import HttpClient, HttpLimits
from gateway.terminology.errors import CentralServerFailed
from gateway.terminology.sync import CentralServer, fetch
from tests.support.terminology.central_server import serving
from tests.support.terminology.packages import EDQM, MVC, facts
from transformers.terminology.compose import compose
from transformers.terminology.errors import (
    MapsDisagree,
    PackageUnreadable,
    ReleaseInvalid,
    RowMalformed,
    RowRepeated,
    SystemUnknown,
    ValueSetEmpty,
)
from transformers.terminology.release import Release

FORMS, NATIONAL = MVC + "2", "2.16.578.1.12.4.1.1.7448"


@pytest.fixture
def http() -> Iterator[HttpClient]:
    public = ssl.create_default_context()
    with HttpClient(HttpLimits(), tls=lambda: public, elapsed=time.monotonic) as client:
        yield client


def concept(code: str, display: str = "Tablet", system: str = EDQM, **more: Any) -> dict[str, Any]:
    version = {"versionId": "2026-01", "codeSystem": {"id": system, "name": "EDQM"}}
    names = [{"name": display, "language": "en-GB", "type": "Preferred"}]
    return {"code": code, "description": "described", "codeSystemVersion": version, "designations": names} | more


def mapping(code: str) -> dict[str, Any]:
    return {"source": concept(code, system=NATIONAL)}


def synced(http: HttpClient, *concepts: dict[str, Any], page: int = 500, oid: str = FORMS) -> Release:
    with serving({oid: ("9.1.0", concepts)}) as server:
        content = fetch(CentralServer(server.url, "no", "secret"), http, facts(), page)
    return Release(compose([content], facts(), "central"))


@pytest.mark.parametrize("page", [1, 2, 3, 4, 500])
def test_every_page_is_read_whatever_its_size(http: HttpClient, page: int):
    made = synced(http, *(concept(str(n)) for n in range(4)), page=page)
    assert [c.code for c in made.members(FORMS)] == ["0", "1", "2", "3"]
    assert made.value_set(FORMS).version == "9.1.0"
    assert made.sources()[0].kind == "sync"


def test_display_version_words_and_maps_are_kept(http: HttpClient):
    words = [{"name": "Tablet", "language": "en-GB"}, {"name": "Tablett", "language": "nb-NO"}]
    made = synced(http, concept("10219000", designations=words, mappings=[mapping("53")]))
    found = made.concept(FORMS, EDQM, "10219000")
    assert (found.display, found.version) == ("Tablet", "2026-01")
    assert made.designation(EDQM, "10219000", "nb") == "Tablett"
    entry = made.map(NATIONAL, "53", FORMS)
    assert (entry.target.code, entry.relation, entry.id) == ("10219000", "wider", "central-2:1")


def test_without_an_english_designation_the_description_is_the_display(http: HttpClient):
    assert synced(http, concept("1", designations=[])).concept(FORMS, EDQM, "1").display == "described"


def test_a_wrong_password_is_refused(http: HttpClient):
    with serving({FORMS: ("9.1.0", [concept("1")])}) as server:
        with pytest.raises(CentralServerFailed) as refused:
            fetch(CentralServer(server.url, "no", "wrong"), http, facts())
        assert refused.value.step == "login"
        assert "wrong" not in repr(CentralServer(server.url, "no", "wrong"))


def test_a_server_that_is_not_there_or_forgets_the_session_is_told(http: HttpClient):
    with serving({FORMS: ("9.1.0", [concept("1")])}) as server:
        away = CentralServer(f"{server.url}/elsewhere", "no", "secret")
        with pytest.raises(CentralServerFailed, match="login"):
            fetch(away, http, facts())
        gone = server.url
    with pytest.raises(CentralServerFailed, match="HttpUnreachable"):
        fetch(CentralServer(gone, "no", "secret"), http, facts())


@pytest.mark.parametrize(
    ("concepts", "kind"),
    [
        ([concept("1"), concept("1")], RowRepeated),
        ([concept("1", system="2.999.1")], SystemUnknown),
        ([concept("1", codeSystemVersion=None)], SystemUnknown),
        ([concept("1", codeSystemVersion={"codeSystem": {"id": EDQM}})], PackageUnreadable),
        ([concept("1", mappings=[mapping("53")]), concept("2", mappings=[mapping("53")])], MapsDisagree),
        ([concept("1", mappings=[{}])], RowMalformed),
        ([concept("1", designations="Tablet")], PackageUnreadable),
        ([], ValueSetEmpty),
        ([concept("nan")], ValueSetEmpty),
    ],
)
def test_bad_entries_are_refused_and_named(http: HttpClient, concepts: list[Any], kind: type[ReleaseInvalid]):
    with pytest.raises(kind) as refused:
        synced(http, *concepts)
    assert refused.value.file == FORMS
