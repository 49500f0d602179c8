"""What a node says to who runs it, asked as a probe and a scraper ask."""

import http.client
import json
from dataclasses import dataclass
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.support.nodes.node import Abroad


@dataclass(frozen=True)
class Said:
    """An answer of the management listener."""

    status: int
    text: str

    @property
    def sentences(self) -> list[str]:
        """What /ready says is lacking."""
        return [one["sentence"] for one in json.loads(self.text)["unmet"]]

    @property
    def lacking(self) -> list[str]:
        """Names of the conditions that keep it from being ready."""
        return [one["condition"] for one in json.loads(self.text)["unmet"] if one["refuses"]]

    def value(self, name: str, **labels: str) -> float | None:
        """A number of /metrics; None when it is not there."""
        for family in text_string_to_metric_families(self.text):
            for sample in family.samples:
                if sample.name == name and sample.labels == labels:
                    return float(sample.value)
        return None


def asked(abroad: Abroad, path: str, method: str = "GET") -> Said:
    """What the node answers there."""
    at = listener(abroad)
    connection = http.client.HTTPConnection(at["host"], at["port"], timeout=180)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return Said(answer.status, answer.read().decode())
    finally:
        connection.close()


def listener(abroad: Abroad) -> Any:
    """Where it listens."""
    return json.loads((abroad.world.folder / "NO" / f"{abroad.node}.ready").read_text("utf-8"))["management"]
