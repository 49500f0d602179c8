"""`ncpeh mend`: the display that the release would have, as a proposal, and nothing changed."""

import json
from pathlib import Path

import pytest

from gateway.cli import main
from tests.support.documents.integrity import add, drop, edited, put
from tests.support.persons import samples
from transformers.cda.documents.patient_summary import write_patient_summary
from transformers.terminology.transcode import transcode_summary

ROUTE = "//h:routeCode[@code='20053000']"


@pytest.fixture(scope="module")
def sound() -> bytes:
    """A summary of ours, every display the release's."""
    return write_patient_summary(transcode_summary(samples.summary("rich"), samples.release())[0]).content


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run the command on bytes; status, standard output, and the bytes of the file afterwards."""
    monkeypatch.setenv("NCPEH_STATE", str(tmp_path / "state"))

    def mend(content: bytes, *options: str) -> tuple[int, str, bytes]:
        file = tmp_path / "document.xml"
        file.write_bytes(content)
        monkeypatch.setattr("sys.argv", ["ncpeh", "mend", str(file), *options])
        with pytest.raises(SystemExit) as ended:
            main.run()
        return int(ended.value.code or 0), capsys.readouterr().out, file.read_bytes()

    return mend


def proposals(out: str) -> list[dict[str, str]]:
    return json.loads(out)["files"][0]["proposals"]


def test_nothing_is_proposed_for_a_document_with_the_displays_of_the_release(run, sound):
    status, out, after = run(sound)
    assert (status, after) == (0, sound)
    assert "0 to propose" in out
    assert f"displays of {samples.release().id}" in out


@pytest.mark.parametrize(
    ("change", "display", "wrong"),
    [
        (put(displayName="Intravenous use"), "Intravenous use", "other"),
        (put(displayName="oral  USE"), "oral  USE", "spelling"),
        (drop("displayName"), None, "missing"),
    ],
)
def test_the_display_of_the_release_is_proposed_and_the_file_stays(run, sound, change, display, wrong):
    content = edited(sound, ROUTE, change)
    status, out, after = run(content, "--json")
    assert (status, after) == (1, content)
    [one] = proposals(out)
    assert (one["code"], one["display"], one["proposed"], one["wrong"]) == ("20053000", display, "Oral use", wrong)
    assert one["path"].endswith("hl7:routeCode")


def test_a_proposal_says_that_the_code_may_be_the_wrong_one(run, sound):
    _, out, _ = run(edited(sound, ROUTE, put(displayName="Intravenous use")))
    assert "“Intravenous use” other words: “Oral use”" in out
    assert "only the sender knows which one is wrong" in out


def test_a_code_of_no_value_set_has_no_proposal(run, sound):
    status, out, _ = run(edited(sound, ROUTE, put(code="99999999", displayName="Whatever")), "--json")
    assert (status, proposals(out)) == (0, [])


def test_the_readers_language_around_the_catalogues_words_is_no_fault(run, sound):
    route = '<translation code="20053000" codeSystem="0.4.0.127.0.16.1.1.2.1" displayName="Oral use"/>'

    def translated(element):
        add(route, 0)(element)
        element.set("displayName", "Oral bruk")

    status, out, _ = run(edited(sound, ROUTE, translated), "--json")
    assert (status, proposals(out)) == (0, [])


@pytest.mark.parametrize("content", [b"no xml", b"<other/>"])
def test_what_is_no_document_is_said(run, content):
    status, out, _ = run(content, "--json")
    assert status == 2
    assert json.loads(out)["files"][0]["reason"]
