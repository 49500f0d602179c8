"""Mix-ups and right documents through sockets: mutual TLS, our HTTP client, a server that knows nothing of us (E2)."""

import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.http import HttpClient, HttpLimits
from tests.gateway.exchange.test_mix_ups import LAWFUL, MIX_UPS, Answers, bodies, rounds
from tests.strangers.server import Script, answering
from tests.support.nodes.configured import pki_files
from trust import pki_layout
from trust.xml import ANSWER

_SECONDS = 60.0
"""For one call: a machine may be busy."""


@dataclass
class OverSockets:
    """Norway's contact point, answered by a stranger; one client for all rounds."""

    script: Script
    client: HttpClient
    url: str
    calls: int = 0

    def __call__(self, answers: Answers) -> HttpClient:
        waiting = bodies(answers)

        def answer(_received: bytes) -> bytes:
            self.calls += 1
            return waiting.pop(0)

        self.script.answer = answer
        return self.client


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OverSockets]:
    folder = tmp_path_factory.mktemp("pki")

    def put(name: str) -> Path:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pki_files()[name].content)
        return path

    authorities, server, client = put(pki_layout.TRUST), pki_layout.tls_server("NO"), pki_layout.tls_client("PT")
    tls = ssl.create_default_context(cafile=str(authorities))
    tls.load_cert_chain(put(client.certificate), put(client.key))
    script, limits = Script(), HttpLimits(deadline_seconds=_SECONDS, answer_bytes=ANSWER.bytes)
    with (
        answering(put(server.certificate), put(server.key), authorities, script) as url,
        HttpClient(limits, tls=lambda: tls, elapsed=time.monotonic) as http,
    ):
        yield OverSockets(script, http, url)


def both(network: OverSockets, mix_ups: int, lawful: int) -> None:
    """So many mix-ups of which none is shown, and right documents of which none is refused."""
    before = network.calls
    spoilt = rounds(MIX_UPS, mix_ups, spoilt=True, network=network, xca=network.url)
    assert [kind for kind, number in spoilt if number] == []
    right = rounds(LAWFUL, lawful, spoilt=False, network=network, xca=network.url)
    assert [kind for kind, number in right if number != 1] == []
    assert network.calls - before > mix_ups + 2 * lawful - 1


def test_one_of_each_kind_of_mix_up_and_right_document_through_sockets(network: OverSockets):
    both(network, len(MIX_UPS), len(LAWFUL))


@pytest.mark.prove
def test_of_500_mix_ups_none_is_shown_and_of_100_right_documents_none_refused_through_sockets(network: OverSockets):
    both(network, 500, 100)
