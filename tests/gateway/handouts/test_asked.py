"""`ncpeh ask --what …`: a pharmacist's way from the command line, each step told in her words."""

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.gateway.handouts.counter import METOPROLOL, MORPHINE, RAMIPRIL, Abroad

NUMBER = "999800080^^^&2.16.17.710.820.1000.990.1.4&ISO"


@pytest.fixture
def ask(own_command: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Calls `ncpeh ask PT` with her number on standard input."""

    def call(what: str, *options: str, status: int = 0) -> str:
        monkeypatch.setattr(sys, "stdin", io.StringIO(NUMBER))
        return own_command("ask", "PT", "--person", "-", "--what", what, *options, status=status)

    return call


def test_a_prescription_is_listed_drafted_confirmed_and_taken_back(
    abroad: Abroad, ask: Callable[..., str], tmp_path: Path
):
    assert f"{METOPROLOL}\topen\tSelo-Zok 50 mg" in ask("prescriptions")
    said = ask("dispense", "--id", METOPROLOL, "--item", "990011")
    document = re.search(r"Draft (\S+):", said)
    assert document is not None
    key = ("--document", document[1])
    assert "Do not hand out yet" in ask("state", *key, status=1)
    confirmed = ask("confirm", *key, "--words", "nb", "--save-messages", str(tmp_path / "kept"))
    assert confirmed.splitlines()[-1].startswith("ncpeh: Portugal har godtatt utleveringen")
    kept = {file.name: file for file in (tmp_path / "kept").iterdir()}
    assert b"ProvideAndRegisterDocumentSetRequest" in kept["002-ITI-41-request.xml"].read_bytes()
    assert b"RegistryResponse" in kept["002-ITI-41-answer.bin"].read_bytes()
    assert {file.stat().st_mode & 0o777 for file in kept.values()} == {0o600}
    facts = json.loads(ask("facts", *key))
    assert (facts["dispensation"], facts["item_number"], facts["packages"]) == (document[1], "990011", "1")
    assert facts["prescription"] == f"{METOPROLOL}.1.1"
    assert "Portugal har trekt ho tilbake" in ask("discard", *key, "--words", "nn")
    assert abroad.in_force() == 0
    assert "it stands as DISCARDED" in ask("facts", *key, status=1)


def test_what_is_barred_is_told_with_each_reason_whom_to_ask_and_what_is_near(ask: Callable[..., str]):
    said = ask("dispense", "--id", RAMIPRIL, "--item", "990078", status=1)
    assert "only the prescriber may change it" in said
    assert "Ana Modelo" in said
    assert "+351220000001" in said
    assert re.search(r"990078  Ramipril Kaps 5 mg", said)
    passable = ask("dispense", "--id", METOPROLOL, "--item", "990102", status=1)
    assert "[--reason 'amount-a-little-over=…']" in passable
    passed = ask("dispense", "--id", METOPROLOL, "--item", "990102", "--reason", "amount-a-little-over=no smaller one")
    assert "nothing is sent before" in passed


def test_a_refusal_is_recorded_and_counted_and_the_prescription_shown(
    ask: Callable[..., str], own_command: Callable[..., str]
):
    assert "group-a" in ask("refuse", "--id", MORPHINE, "--reason", "a narcotic")
    assert re.search(r"not handed out: group-a [1-9]", own_command("evidence", "tally"))
    assert "Selo-Zok" in ask("prescription", "--id", METOPROLOL, "--page", "nb")


@pytest.mark.parametrize(
    ("what", "options", "words"),
    [
        ("dispense", (), "--id"), ("dispense", ("--id", METOPROLOL), "--item"),
        ("dispense", ("--id", METOPROLOL, "--item", "990011", "--packages", "two"), "--packages"),
        ("dispense", ("--id", METOPROLOL, "--item", "990011", "--reason", "because"), "--reason"),
        ("confirm", (), "--document"), ("discard", ("--document", "no-caret"), "--document"),
    ],
)  # fmt: skip
def test_a_wrong_call_asks_nobody(
    abroad: Abroad, ask: Callable[..., str], what: str, options: tuple[str, ...], words: str
):
    assert words in ask(what, *options, status=2)
    assert abroad.received() == []


def test_a_prescription_that_is_not_listed_and_a_blank_reason_are_told_so(ask: Callable[..., str]):
    assert "no such prescription" in ask("dispense", "--id", "1.2^x", "--item", "990011", status=1)
    assert ask("refuse", "--id", MORPHINE, status=1)
    assert "no dispensation with this id" in ask("confirm", "--document", "1.2^x", status=1)
