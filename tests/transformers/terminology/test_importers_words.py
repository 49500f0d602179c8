"""National words for codes of a release: for the very code alone, each file with its version and licence."""

import json
from collections.abc import Collection
from pathlib import Path

import pytest

from gateway.configuration.shipped import shipped
from transformers.terminology.compose import compose
from transformers.terminology.errors import (
    PackageUnreadable,
    ReleaseInvalid,
    RowMalformed,
    SystemUnknown,
    TableUnreadable,
)
from transformers.terminology.importers_csv import read_tables
from transformers.terminology.importers_words import ATC, SNOMED, read_words_of
from transformers.terminology.release import Release
from transformers.terminology.rows import Content, read_facts

FOLDER = shipped("config") / "terminology"
FACTS = read_facts(FOLDER)
ICD = "1.3.6.1.4.1.12559.11.10.1.3.1.44.2"
ALWAYS = {"name": "Norsk ICD-10", "language": "nb", "version": "2026", "licence": "NLOD 2.0"}
TABLE = {**ALWAYS, "kind": "table", "file": "icd.csv", "system": ICD, "code": "Kode", "text": "Tekst"}
DESCRIPTIONS = "id\teffectiveTime\tactive\tmoduleId\tconceptId\tlanguageCode\ttypeId\tterm\tcaseSignificanceId\n"
ACCEPTED = "id\teffectiveTime\tactive\tmoduleId\trefsetId\treferencedComponentId\tacceptabilityId\n"
SYNONYM, FULL, PREFERRED, ALLOWED = (
    "900000000000013009", "900000000000003001", "900000000000548007", "900000000000549004",
)  # fmt: skip


def table(folder: Path, *rows: dict[str, str]) -> Path:
    path = folder / "words.toml"
    path.write_text("".join(f"[[words]]\n{''.join(map(_line, row.items()))}" for row in rows), "utf-8")
    return path


def _line(pair: tuple[str, str]) -> str:
    return f"{pair[0]} = {json.dumps(pair[1])}\n"


def read(path: Path, *known: tuple[str, str]) -> Content:
    asked: Collection[tuple[str, ...]] = set(known)
    return read_words_of(path, FACTS, asked)


def test_a_table_gives_words_to_the_very_code_and_to_no_neighbour(tmp_path: Path):
    (tmp_path / "icd.csv").write_text(
        "Kode;Tekst;Annet\nE11;Diabetes mellitus type 2;x\nE1190;Norsk underkode;x\n;tom;x\n", "utf-8"
    )
    content = read(table(tmp_path, {**TABLE, "separator": ";", "undotted": "yes"}), (ICD, "E11"), (ICD, "E11.9"))
    assert content.designations == {(ICD, "E11", "nb"): ("Diabetes mellitus type 2", "Norsk ICD-10 2026")}
    (source,) = content.sources
    assert (source.name, source.version, source.kind) == ("Norsk ICD-10; licence: NLOD 2.0", "2026", "words")
    assert [(one.kind, one.what) for one in content.oddities] == [
        ("words-unused", "1 codes that the release does not have")
    ]


def test_a_code_without_its_dot_is_the_same_code_only_where_the_table_says_so(tmp_path: Path):
    (tmp_path / "icd.csv").write_text("Kode,Tekst\nE119,Uten komplikasjoner\n", "utf-8")
    assert read(table(tmp_path, TABLE), (ICD, "E11.9")).designations == {}
    read_so = read(table(tmp_path, {**TABLE, "undotted": "yes"}), (ICD, "E11.9"))
    assert list(read_so.designations) == [(ICD, "E11.9", "nb")]


def test_a_code_with_two_texts_has_none_and_that_is_told(tmp_path: Path):
    (tmp_path / "icd.csv").write_text("Kode,Tekst\nE11,En\nE11,To\nE12,Tre\nE12,Tre\n", "utf-8")
    content = read(table(tmp_path, TABLE), (ICD, "E11"), (ICD, "E12"))
    assert list(content.designations) == [(ICD, "E12", "nb")]
    assert [(one.kind, one.what) for one in content.oddities] == [("words-several", "E11 has two texts")]


@pytest.mark.parametrize(("other", "words"), [("Tyfoidfeber", 1), ("Noe helt annet", 0)])
def test_a_code_with_two_texts_in_two_files_has_none_and_with_the_same_it_has_it(
    tmp_path: Path, other: str, words: int
):
    (tmp_path / "icd.csv").write_text("Kode,Tekst\nA01,Tyfoidfeber\n", "utf-8")
    (tmp_path / "more.csv").write_text(f"Kode,Tekst\nA01,{other}\n", "utf-8")
    content = read(table(tmp_path, TABLE, {**TABLE, "file": "more.csv"}), (ICD, "A01"))
    assert len(content.designations) == words
    assert [one.kind for one in content.oddities] == ([] if words else ["words-several"])


def test_what_accepts_a_description_is_part_of_what_was_imported(tmp_path: Path):
    before = read(snomed(tmp_path), (SNOMED, "22298006")).sources[0].sha256
    accepted = tmp_path / "accepted.txt"
    accepted.write_text(accepted.read_text("utf-8").replace("\t2\t", "\t9\t"), "utf-8")
    assert read(tmp_path / "words.toml", (SNOMED, "22298006")).sources[0].sha256 != before


@pytest.mark.parametrize("rows", ['["x"]', '[{ kind = ["table"] }]', "[1]", "[{}]"])
def test_refuses_a_table_whose_rows_are_none(tmp_path: Path, rows: str):
    (tmp_path / "words.toml").write_text(f"words = {rows}\n", "utf-8")
    with pytest.raises(RowMalformed):
        read(tmp_path / "words.toml")


def snomed(folder: Path) -> Path:
    rows = (
        ("1", "1", "22298006", "nb", SYNONYM, "Hjerteinfarkt"),
        ("2", "1", "22298006", "nb", SYNONYM, "Myokardinfarkt"),
        ("3", "1", "22298006", "nb", FULL, "Hjerteinfarkt (lidelse)"),
        ("4", "0", "73211009", "nb", SYNONYM, "Sukkersyke"),
        ("5", "1", "73211009", "nb", SYNONYM, 'Diabetes "mellitus"'),
    )
    lines = "".join(f"{i}\t20260101\t{a}\t1\t{c}\t{g}\t{k}\t{t}\t1\n" for i, a, c, g, k, t in rows)
    (folder / "descriptions.txt").write_text(DESCRIPTIONS + lines, "utf-8")
    refset = (
        ("1", "61000202103", "1", PREFERRED), ("1", "61000202103", "2", ALLOWED), ("1", "61000202103", "3", PREFERRED),
        ("1", "61000202103", "4", PREFERRED), ("1", "61000202103", "5", PREFERRED),
        ("1", "91000202106", "2", PREFERRED), ("0", "61000202103", "2", PREFERRED),
    )  # fmt: skip
    lines = "".join(f"x\t20260101\t{a}\t1\t{r}\t{d}\t{h}\n" for a, r, d, h in refset)
    (folder / "accepted.txt").write_text(ACCEPTED + lines, "utf-8")
    return table(
        folder,
        {**ALWAYS, "name": "SNOMED CT", "kind": "snomed-rf2", "file": "descriptions.txt", "accepted": "accepted.txt",
         "refset": "61000202103"},
    )  # fmt: skip


def test_of_snomed_ct_the_preferred_synonym_of_the_named_language_set_counts(tmp_path: Path):
    content = read(snomed(tmp_path), (SNOMED, "22298006"), (SNOMED, "73211009"))
    assert {key[1]: text for key, (text, _) in content.designations.items()} == {
        "22298006": "Hjerteinfarkt",
        "73211009": 'Diabetes "mellitus"',
    }


def test_fest_gives_names_to_atc_codes(tmp_path: Path):
    (tmp_path / "fest.xml").write_bytes((shipped("samples") / "fest" / "mini-fest.xml").read_bytes())
    row = {**ALWAYS, "name": "FEST", "kind": "fest", "file": "fest.xml"}
    content = read(table(tmp_path, row), (ATC, "C07AB02"), (ATC, "N02BE01"))
    assert {key[1]: text for key, (text, _) in content.designations.items()} == {
        "C07AB02": "Metoprolol",
        "N02BE01": "Paracetamol",
    }


def test_a_release_holds_the_words_after_our_own_tables_and_says_where_they_are_from(tmp_path: Path):
    (tmp_path / "icd.csv").write_text("Kode,Tekst\nI10,Essensiell hypertensjon (nasjonal)\n", "utf-8")
    tables = read_tables(FOLDER, FACTS)
    words = read(table(tmp_path, TABLE), *{key[-2:] for key in tables.members})  # type: ignore[arg-type]  # pairs
    release = Release(compose([words, tables], FACTS, "x"))
    assert release.designation(ICD, "I10", "nb") == "Essensiell hypertensjon (nasjonal)"
    assert ("Norsk ICD-10; licence: NLOD 2.0", "words") in {(source.name, source.kind) for source in release.sources()}


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"kind": "excel"}, RowMalformed),
        ({"licence": " "}, RowMalformed),
        ({"language": "norsk"}, RowMalformed),
        ({"more": "x"}, RowMalformed),
        ({"system": "9.9.9"}, SystemUnknown),
        ({"code": "Ingen"}, TableUnreadable),
        ({"file": "absent.csv"}, TableUnreadable),
        ({"separator": ";;"}, TableUnreadable),
        ({"encoding": "none"}, TableUnreadable),
    ],
)
def test_refuses_a_row_or_a_file_that_cannot_be_meant(
    tmp_path: Path, change: dict[str, str], error: type[ReleaseInvalid]
):
    (tmp_path / "icd.csv").write_text("Kode,Tekst\nE11,En\n", "utf-8")
    assert read(table(tmp_path, TABLE), (ICD, "E11")).designations
    with pytest.raises(error):
        read(table(tmp_path, TABLE | change), (ICD, "E11"))


def test_refuses_a_row_of_another_length_and_what_is_no_fest(tmp_path: Path):
    (tmp_path / "icd.csv").write_text("Kode,Tekst\nE11\n", "utf-8")
    with pytest.raises(RowMalformed):
        read(table(tmp_path, TABLE), (ICD, "E11"))
    row = {**ALWAYS, "kind": "fest", "file": "icd.csv"}
    with pytest.raises(PackageUnreadable):
        read(table(tmp_path, row), (ATC, "C07AB02"))
    (tmp_path / "words.toml").write_text("words = 1", "utf-8")
    with pytest.raises(TableUnreadable):
        read(tmp_path / "words.toml")
