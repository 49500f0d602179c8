"""Coverage counts each code once, tells the kinds apart, and names every element of a summary that stayed text."""

import json

import pytest
import typer
from typer.testing import CliRunner

from gateway.cli.terminology_coverage import coverage
from tests.support.persons import samples
from transformers.model.finding import Report
from transformers.model.values import Coded, Coding
from transformers.terminology.coverage import coded_elements, kept_as_text, of_lists, of_words
from transformers.terminology.release import MapEntry
from transformers.terminology.transcode import transcode_content

LIST, OTHER = "2.16.578.1.12.4.1.1.1", "2.16.578.1.12.4.1.1.2"
TARGET = Coding("t", "s", "T")


def row(code, relation, why="because", system=LIST, value_set="v"):
    target = None if relation == "none" else TARGET
    return Coding(code, system), value_set, MapEntry(f"x:{code}", target, relation, why, "x")


ROWS = [
    row("a", "equivalent"),
    row("b", "wider"),
    row("c", "none"),
    row("d", "none", "veterinary: collar"),
    row("e", "none", "the long form tells"),
    row("e|long", "equivalent", system=f"{LIST}#lang"),
]


def one(rows, lists=None):
    (counted,) = of_lists(rows, lists)
    return counted


def test_each_kind_is_counted_apart():
    each = one(ROWS)
    assert (each.codes, each.equivalent, each.wider, each.by_long_form, each.veterinary, each.reasoned) == (
        5, 1, 1, 1, 1, 1,
    )  # fmt: skip


def test_shares_leave_animals_out_and_keep_the_long_form_apart():
    each = one(ROWS)
    assert (each.share, each.share_with_long_form) == (2 / 4, 3 / 4)


def test_a_list_for_animals_only_has_no_share():
    assert one([row("d", "none", "veterinary: collar")]).share is None


def test_without_the_whole_list_nothing_is_said_of_codes_without_a_row():
    assert one(ROWS).unmapped is None


def test_a_code_of_the_whole_list_without_a_row_is_seen():
    each = one(ROWS, {LIST: {"a", "b", "c", "d", "e", "f", "g"}})
    assert (each.unmapped, each.codes) == (2, 7)


def test_another_list_than_those_given_stays_unknown():
    assert one(ROWS, {OTHER: {"a"}}).unmapped is None


@pytest.mark.parametrize("order", [1, -1])
def test_a_code_with_two_value_sets_counts_once_by_the_better(order):
    each = one([row("a", "none", value_set="v"), row("a", "wider", value_set="w")][::order])
    assert (each.codes, each.wider, each.reasoned) == (1, 1, 0)


def test_counts_add_up():
    each = one(ROWS, {LIST: {"a", "f"}})
    parts = (each.equivalent, each.wider, each.narrower, each.by_long_form, each.veterinary, each.reasoned)
    assert sum(parts) + each.unmapped == each.codes


@pytest.mark.parametrize("person", samples.persons())
def test_every_element_is_coded_or_named_with_why(person):
    content = samples.summary(person).content
    transcoded, report = transcode_content(content, samples.release())
    kept = kept_as_text(transcoded, report)
    assert all(each.why for each in kept)
    unmapped = [f.path for f in report.findings if f.code == "unmapped-code"]
    assert set(unmapped) <= {each.path for each in kept}
    assert coded_elements(transcoded) == coded_elements(content) >= len(kept)


def test_words_without_code_are_told_apart_from_a_code_without_map():
    words, code = Coded(text="vondt"), Coded(text="x", original=Coding("1", LIST))
    mapped = Coded(text="x", original=Coding("1", LIST), target=TARGET)
    kept = kept_as_text((words, code, mapped), Report())
    assert [(k.path, k.original) for k in kept] == [("[0]", "vondt"), ("[1]", f"1 ({LIST})")]
    assert kept[0].why != kept[1].why


app = typer.Typer()
app.command()(coverage)


def run(*arguments, environment=None):
    return CliRunner().invoke(app, list(arguments), env={"NCPEH_ARTEFACTS": None, **(environment or {})})


def test_the_command_prints_a_line_a_list_and_what_a_person_lost():
    outcome = run("--person", "rich")
    assert outcome.exit_code == 0
    assert "7448 Legemiddelform" in outcome.stdout
    assert "; lists: the whole catalogue; documents: wave 8\n" in outcome.stdout
    for name in ("dose form", "route", "unit"):
        (line,) = (line for line in outcome.stdout.splitlines() if line.startswith(f"{name}: "))
        assert "equivalent + " in line
        assert line.endswith("(misses 90%)" if name == "dose form" else "(reaches 90%)")  # A or B is no A
    assert "rich: " in outcome.stdout
    assert "stands for vomiting or diarrhoea" in outcome.stdout


def test_the_command_says_that_whole_lists_are_not_at_hand():
    assert "no whole national lists at hand" in run("--person", "rich").stderr


def test_json_says_the_same():
    told = json.loads(run("--person", "ordinary-man", "--json").stdout)
    assert {"version", "release", "wave", "persons_wave", "groups", "lists", "persons"} == set(told)
    assert (told["wave"], told["persons_wave"]) == (None, 8)
    for group in told["groups"]:
        least = 0.86 if group["name"] == "dose form" else 0.9
        assert group["reached"] == group["equivalent"] + group["wider"] + group["by_long_form"] >= least
    assert [p["id"] for p in told["persons"]] == ["ordinary-man"]
    assert all(each["unmapped"] is None for each in told["lists"])


def test_of_a_wave_its_own_members_are_counted():
    def allergens(*wave: str) -> tuple[int, int]:
        lists = json.loads(run("--person", "no-information", "--json", *wave).stdout)["lists"]
        (row,) = (each for each in lists if each["system"].endswith(".7514"))
        return row["equivalent"], row["reasoned"]

    assert allergens() == allergens("--wave", "9") == (13, 1)
    assert allergens("--wave", "8") == (9, 5)


def test_a_code_that_nobody_has_spoken_of_is_an_answer_of_no(tmp_path):
    lists = tmp_path / "lists.csv"
    lists.write_text("oid,code\n2.16.578.1.12.4.1.1.7520,1\n", "utf-8")
    assert run("--person", "rich", "--lists", str(lists)).exit_code == 0
    lists.write_text("oid,code\n2.16.578.1.12.4.1.1.7520,99\n", "utf-8")
    assert run("--person", "rich", "--lists", str(lists)).exit_code == 1


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"oid,code\n\xf8,1\n"])
def test_a_file_that_is_no_list_is_called_wrongly(tmp_path, content):
    (tmp_path / "lists.csv").write_bytes(content)
    assert run("--person", "rich", "--lists", str(tmp_path / "lists.csv")).exit_code == 2


def test_an_unknown_person_is_called_wrongly():
    assert run("--person", "nobody").exit_code == 2


def test_the_share_of_words_is_told_per_value_set_and_what_is_ours_is_whole():
    ended = CliRunner().invoke(app, ["--language", "nb", "--json"])
    assert ended.exit_code == 0
    sets = {one["name"]: one for one in json.loads(ended.output)["sets"]}
    assert all(one["worded"] == one["members"] for one in sets.values() if one["ours"])
    assert (sets["eHDSISeverity"]["members"], sets["eHDSISeverity"]["ours"]) == (6, True)
    assert sets["eHDSICountry"]["worded"] == 0
    assert "eHDSISeverity" in CliRunner().invoke(app, ["--language", "nn"]).output


def test_words_that_are_ours_and_are_missing_are_an_answer_of_no():
    ended = CliRunner().invoke(app, ["--language", "pt"])
    assert ended.exit_code == 1
    assert "0 of      6    0% ours" in ended.output


def test_a_reader_of_nynorsk_reads_bokmaal_and_is_counted_so():
    release = samples.release().catalogue()
    unit = "1.3.6.1.4.1.12559.11.10.1.3.1.42.56"
    counts = {
        language: {one.value_set: one.worded for one in of_words(release, language, {unit})}
        for language in ("nb", "nn")
    }
    assert counts["nn"][unit] == counts["nb"][unit] > 0
