"""`ncpeh ask`: what keeps it from asking is a sentence. That it is answered: `tests/acceptance/test_first_node.py`."""

import io
import sys

import pytest

from gateway.cli.ask import lines_of
from gateway.peers.ports import PatientDifference
from tests.support.nodes.configured import Configured, Ended

NUMBER = "13837424032"


def asked(own: Configured, *arguments: str, stdin: str = NUMBER) -> Ended:
    own.monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
    ended = own.call("ask", *arguments)
    assert (ended.out, len(ended.err)) == ((), 1)
    assert NUMBER not in ended.err[0]
    return ended


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["PT", "--person", NUMBER], "a number is never an argument"),
        (["PT"], "write her number to standard input"),
        (["XX", "--person", "-"], "no such country in countries.toml"),
    ],
)
def test_a_wrong_call_asks_nobody(own: Configured, arguments: list[str], words: str):
    ended = asked(own, *arguments)
    assert (ended.status, words in ended.err[0]) == (2, True)


def test_a_production_node_asks_for_no_invented_professional(own: Configured):
    own.monkeypatch.setenv("NCPEH_NODE__ENVIRONMENT", "production")
    ended = asked(own, "PT", "--person", "-")
    assert (ended.status, "node.environment is production" in ended.err[0]) == (2, True)


def test_a_country_that_did_not_agree_is_no(own: Configured):
    ended = asked(own, "PT", "--person", "-")
    assert ended.status == 1
    assert ended.err[0] == "ncpeh: it is not agreed that this country answers us this service."


def test_a_country_that_cannot_be_reached_is_no(own: Configured):
    row = {"code": "NO", "name": "Norway", "home_communities": ["2.16.578.1.12.4.5.10.1"], "wave": 8}
    rows = [row, {**row, "code": "PT", "home_communities": ["2.16.17.710.820.1000.990.1"]}]
    rows = [{**one, "asks": [], "answers": ["ps"] if one["code"] == "PT" else [], "source": "-"} for one in rows]
    folder = own.write("config/countries.toml", _toml(rows)).parent
    own.monkeypatch.setenv("NCPEH_CONFIG", str(folder))
    ended = asked(own, "PT", "--person", "-")
    assert ended.status == 1
    assert "the other country cannot be reached" in ended.err[0]


def _toml(rows: list[dict[str, object]]) -> bytes:
    lines: list[str] = []
    for row in rows:
        lines += ["[[country]]", *(f"{key} = {_value(value)}" for key, value in row.items())]
    return "\n".join(lines).encode()


def _value(value: object) -> str:
    return str(value).replace("'", '"') if not isinstance(value, str) else f'"{value}"'


def test_a_name_that_differs_is_said_with_both_names_and_what_to_do():
    (line,) = lines_of([PatientDifference("name", "Ana Prøve", "Rui Exemplo")])
    assert "Ana Prøve" in line
    assert "Rui Exemplo" in line
    assert "identity document" in line
    assert lines_of([]) == []


def test_a_peers_text_moves_no_cursor_of_the_terminal():
    (line,) = lines_of([PatientDifference("name", "Ana Prøve", "Rui\x9b2J\u202eExemplo")])
    assert line.isprintable()
    assert "Rui" in line
