"""`ncpeh validate --serve`: the same report by HTTP, as JSON, as a page and for a test bed; nothing is kept of it."""

import http.client
import json
import re
import signal
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote_plus

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli import validate
from tests.gateway.wire.test_gitb import NS, call, given
from tests.gateway.wire.test_gitb import validate as asked_to_validate
from tests.support.documents.defects import sound_documents
from tests.support.documents.integrity import edited, put, say
from transformers.cda.rules.sources import RULE_SOURCES
from transformers.cda.rules.texts import RULE_TEXTS
from trust.xml import parse

NCPEH = str(Path(sys.executable).with_name("ncpeh"))
OPTIONS = ["--layers", "own", "--release", "starter"]
SOUND = sound_documents()["ps"]
COUNTRY = edited(SOUND, "//h:custodian//h:country", say("Norge"))
DISPLAY = edited(SOUND, "//h:administrativeGenderCode", put(displayName="Kvinne av noe slag"))
MOST = 16 * 1024 * 1024


class Came(NamedTuple):
    status: int
    kind: str
    body: bytes


class Service(NamedTuple):
    host: str
    port: int
    place: Path
    """Where the process writes, if it writes."""

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> Came:
        connection = http.client.HTTPConnection(self.host, self.port, timeout=180)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return Came(answer.status, answer.headers.get("content-type", ""), answer.read())
        finally:
            connection.close()


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A process of the command; it ends by SIGTERM with 0, and has said its address and nothing else."""
    place = tmp_path_factory.mktemp("serving")
    ready = place / "ready.json"
    arguments = [NCPEH, "validate", "--serve", "--port", "0", "--ready-file", str(ready), *OPTIONS]
    running = subprocess.Popen(arguments, cwd=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert running.stderr is not None
    said = running.stderr.readline()
    try:
        assert said.startswith("Validating at http://127.0.0.1:"), said + running.stderr.read()
        yield Service("127.0.0.1", int(said.rpartition(":")[2]), place)
    finally:
        running.send_signal(signal.SIGTERM)
        out, rest = running.communicate(timeout=180)
    assert (running.returncode, out, rest) == (0, "", "")


def by_the_command(content: bytes) -> dict[str, object]:
    app = typer.Typer()
    app.command("validate")(validate.validate)
    done = CliRunner().invoke(app, ["--json", *OPTIONS, "-"], input=content)
    (file,) = json.loads(done.stdout)["files"]
    del file["file"]
    return {"version": 1, **file}


@pytest.mark.parametrize("content", [SOUND, COUNTRY, DISPLAY, b"<a"], ids=["sound", "country", "display", "unreadable"])
def test_the_report_is_the_commands(service: Service, content):
    came = service.ask("POST", "/validate", content, Content_Type="application/xml")
    assert (came.status, came.kind) == (200, "application/json")
    assert json.loads(came.body) == by_the_command(content)


def test_codes_are_compared_with_the_release_that_was_named(service: Service):
    told = json.loads(service.ask("POST", "/validate", DISPLAY).body)
    assert told["outcome"] == "invalid"
    assert [f["rule"] for f in told["findings"]] == ["own-release-1"]
    assert told["codes"]["release"].startswith("starter-")


@pytest.mark.parametrize("how", ["form", "accept"])
def test_a_browser_gets_a_page_with_rule_place_mend_and_example(service: Service, how):
    if how == "form":
        sent = b"document=" + quote_plus(COUNTRY).encode()
        came = service.ask("POST", "/validate", sent, Content_Type="application/x-www-form-urlencoded")
    else:
        came = service.ask("POST", "/validate", COUNTRY, Accept="text/html,*/*;q=0.8")
    page = re.search(rb"<body>.*</body>", came.body, re.DOTALL)
    assert page is not None
    text = " ".join("".join(parse(page[0]).itertext()).split())
    rule = "own-country-1"
    assert came.kind.startswith("text/html")
    for told in (rule, "hl7:country[1]", RULE_TEXTS[rule].mend, RULE_TEXTS[rule].why, RULE_SOURCES[rule].example):
        assert told in text


def test_bytes_under_a_forms_name_that_are_no_form_are_a_document(service: Service):
    came = service.ask("POST", "/validate", SOUND, Content_Type="application/x-www-form-urlencoded")
    assert json.loads(came.body)["outcome"] == "valid"


def test_a_page_of_a_document_that_is_none_says_so_and_shows_nothing_of_it(service: Service):
    came = service.ask("POST", "/validate", b"<secret13837424032", Accept="text/html")
    assert came.status == 200
    assert b"cannot be read" in came.body
    assert b"13837424032" not in came.body


def test_a_test_bed_gets_definition_description_and_report(service: Service):
    module = parse(service.ask("POST", "/validation", call("<vs:GetModuleDefinitionRequest/>")).body)
    assert module.find(".//core:param", NS).get("name") == "document"
    assert (
        parse(service.ask("GET", "/validation?wsdl").body).find("wsdl:service", NS).get("name") == "ValidationService"
    )
    results = {}
    for name, content in (("sound", SOUND), ("country", COUNTRY)):
        came = service.ask("POST", "/validation", asked_to_validate(given(b64encode(content).decode())))
        root = parse(came.body)
        rules = [item.findtext("tr:assertionID", namespaces=NS) for item in root.find(".//tr:reports", NS)]
        results[name] = (came.status, root.findtext(".//tr:result", namespaces=NS), rules)
    assert results == {"sound": (200, "SUCCESS", []), "country": (200, "FAILURE", ["own-country-1"])}


@pytest.mark.parametrize("document", [b64encode(b"<a").decode(), ""], ids=["unreadable", "absent"])
def test_a_test_bed_that_sends_no_document_gets_a_fault(service: Service, document):
    came = service.ask("POST", "/validation", asked_to_validate(given(document)))
    assert came.status == 500
    assert parse(came.body).findtext(".//faultcode") == "soap:Client"


def test_a_document_above_16_mib_is_refused_and_one_below_is_read(service: Service):
    for size, status in ((MOST, 200), (MOST + 1, 413)):
        content = b"<a>" + b" " * (size - 7) + b"</a>"
        assert service.ask("POST", "/validate", content).status == status


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/validate", 405), ("POST", "/", 405), ("GET", "/openapi.json", 404)]
)
def test_what_is_not_there_is_answered_without_a_body(service: Service, method, path, status):
    came = service.ask(method, path)
    assert (came.status, came.body) == (status, b"")


def test_the_front_page_has_a_form(service: Service):
    assert b'<form method="post" action="/validate">' in service.ask("GET", "/").body


def test_nothing_of_a_document_is_written(service: Service):
    service.ask("POST", "/validate", COUNTRY)
    assert [path.name for path in service.place.iterdir()] == ["ready.json"]
