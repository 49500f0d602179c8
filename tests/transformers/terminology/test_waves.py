"""Members for later waves: what a wave's vocabulary lacks is kept from its documents, and told."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.terminology.packages import EDQM, MVC, code_system, concept_map, element, facts, files, value_set
from transformers.model.finding import Severity
from transformers.terminology.check import check, failures
from transformers.terminology.compose import compose
from transformers.terminology.diff import diff
from transformers.terminology.errors import PackageUnreadable, ReleaseEmpty
from transformers.terminology.importers_fhir import read_resources
from transformers.terminology.importers_vocabulary import Vocabulary, read_vocabulary
from transformers.terminology.release import Release
from transformers.terminology.rows import Content, Facts, Later, Source

FORMS, FORM_LIST = MVC + "2", "2.16.578.1.12.4.1.1.7448"
TABLET, CREAM = "10219000", "10502000"
OF_FORMS = Facts(facts().systems, facts().value_sets, {FORMS: ("ps",)}, facts().uris)


def vocabulary(folder: Path, *codes: str, wave: int = 8, system: str = EDQM, oid: str = FORMS) -> Vocabulary:
    """A wave's rules that know these codes."""
    folder.mkdir(exist_ok=True)
    concepts = "".join(f'<concept code="{code}" codeSystem="{system}"/>' for code in codes)
    text = f'<valueSets><valueSet id="{oid}"><conceptList>{concepts}</conceptList></valueSet></valueSets>'
    (folder / f"voc-{oid}-DYNAMIC.xml").write_text(text, "utf-8")
    return read_vocabulary(folder, wave)


def release(
    *vocabularies: Vocabulary, parts: tuple[Content, ...] = (), more: tuple[dict[str, Any], ...] = ()
) -> Release:
    made = read_resources(files(value_set(), concept_map(element("23", CREAM)), *more), OF_FORMS)
    return Release(compose([made, *parts], OF_FORMS, "test", vocabularies=vocabularies))


def codes(made: Release) -> list[str]:
    return [coding.code for coding in made.members(FORMS)]


def test_what_a_wave_does_not_know_is_a_member_from_the_next_wave_on(tmp_path: Path):
    made = release(vocabulary(tmp_path, TABLET))
    assert [codes(made.for_wave(wave)) for wave in (7, 8, 9)] == [[TABLET], [TABLET], [TABLET, CREAM]]
    assert [made.for_wave(wave).count(FORMS) for wave in (8, 9)] == [1, 2]
    assert made.for_wave(8).concept(FORMS, EDQM, CREAM) is None
    assert made.for_wave(9).concept(FORMS, EDQM, CREAM) == made.concept(FORMS, EDQM, CREAM) is not None


def test_the_catalogue_itself_has_every_member(tmp_path: Path):
    made = release(vocabulary(tmp_path, TABLET))
    assert (codes(made), made.wave) == ([TABLET, CREAM], None)


def test_a_map_to_a_later_member_has_no_target_and_says_why(tmp_path: Path):
    made = release(vocabulary(tmp_path, TABLET))
    entry = made.for_wave(8).map(FORM_LIST, "23", FORMS)
    assert (entry.target, entry.relation) == (None, "none")
    assert entry.why == f"its target {CREAM} is for waves from 9 on: a wave-8 peer would refuse it"
    assert made.for_wave(9).map(FORM_LIST, "23", FORMS).target.code == CREAM


def test_two_vocabularies_limit_a_member_to_what_both_allow(tmp_path: Path):
    eight, nine = vocabulary(tmp_path / "8", TABLET), vocabulary(tmp_path / "9", TABLET, wave=9)
    for order in ((eight, nine), (nine, eight)):
        assert [codes(release(*order).for_wave(wave)) for wave in (9, 10)] == [[TABLET], [TABLET, CREAM]]


def test_the_later_wave_counts_where_two_sources_differ():
    said = [Content(later={(FORMS, EDQM, CREAM): Later(wave, "waves.csv", 2)}) for wave in (9, 10)]
    for parts in (said, said[::-1]):
        assert codes(release(parts=tuple(parts)).for_wave(9)) == [TABLET]


def test_a_limit_of_what_is_no_member_limits_nothing():
    strange = Content(later={(FORMS, EDQM, "1"): Later(9, "waves.csv", 2)})
    assert codes(release(parts=(strange,)).for_wave(8)) == [TABLET, CREAM]


def test_a_value_set_that_a_wave_does_not_have_is_not_limited(tmp_path: Path):
    made = release(vocabulary(tmp_path, TABLET, oid=MVC + "3"))
    assert codes(made.for_wave(8)) == [TABLET, CREAM]


def test_a_code_system_is_compared_letter_by_letter_and_a_guid_not_at_all(tmp_path: Path):
    blank = vocabulary(tmp_path / "blank", TABLET, CREAM, system=f"{EDQM} ")
    guid = vocabulary(tmp_path / "guid", TABLET, system="7ae0c2cb-6b6d-4c8f-9d0c-0a4d0c7c5b1a")
    assert codes(release(blank).for_wave(8)) == []
    assert codes(release(guid).for_wave(8)) == [TABLET]


def test_null_flavors_are_exceptions_of_their_value_set(tmp_path: Path):
    text = f'<valueSets><valueSet id="{FORMS}"><exception code="{CREAM}" codeSystem="{EDQM}"/></valueSet></valueSets>'
    (tmp_path / "voc-1.xml").write_text(text, "utf-8")
    assert codes(release(read_vocabulary(tmp_path, 8)).for_wave(8)) == [CREAM]


@pytest.mark.parametrize(
    "data", [b"", b"<valueSets>", b'<!DOCTYPE v [<!ENTITY e "x">]><v>&e;</v>', "<v>ø</v>".encode("latin-1")]
)
def test_refuses_a_vocabulary_that_is_no_plain_xml_and_names_the_file(tmp_path: Path, data: bytes):
    (tmp_path / "voc-1.xml").write_bytes(data)
    with pytest.raises(PackageUnreadable) as reason:
        read_vocabulary(tmp_path, 8)
    assert reason.value.file == "voc-1.xml"


def test_refuses_a_folder_without_a_vocabulary(tmp_path: Path):
    with pytest.raises(ReleaseEmpty):
        read_vocabulary(tmp_path, 8)
    (tmp_path / "voc-1.xml").write_text("<valueSets/>")
    with pytest.raises(ReleaseEmpty):
        read_vocabulary(tmp_path, 8)


def test_check_explains_each_later_member_and_each_map_to_one(tmp_path: Path):
    report = check(release(vocabulary(tmp_path, TABLET)), OF_FORMS)
    told = {f.code: f for f in report.findings}
    assert (told["member-of-later-wave"].path, told["member-of-later-wave"].severity) == (FORMS, Severity.INFO)
    assert "1 codes of eHDSIDoseForm are for waves from 9 on" in told["member-of-later-wave"].text
    assert told["map-of-later-wave"].path == "2.json:1"
    assert failures(report) == ()
    assert not {"member-of-later-wave", "map-of-later-wave"} & {f.code for f in check(release(), OF_FORMS).findings}


def test_check_warns_of_a_catalogue_that_no_waves_vocabulary_was_laid_beside(tmp_path: Path):
    catalogue = Content(sources=[Source("hl7.eu", "1", "fhir-package", "0" * 64)])

    def warned(*vocabularies: Vocabulary, parts: tuple[Content, ...] = (catalogue,)) -> bool:
        found = check(release(*vocabularies, parts=parts), OF_FORMS).findings
        return "vocabulary-absent" in {f.code for f in found if f.severity is Severity.WARNING}

    assert warned()
    assert not warned(vocabulary(tmp_path, TABLET))
    assert not warned(parts=())


def test_the_vocabulary_is_a_source_of_the_release(tmp_path: Path):
    known = vocabulary(tmp_path, TABLET)
    assert release(known).sources()[-1] == known.source
    assert release(known).id != release(vocabulary(tmp_path, TABLET, CREAM)).id


def test_a_retired_code_of_a_later_wave_is_still_retired(tmp_path: Path):
    dead = code_system(
        {"code": CREAM, "display": "Cream", "property": [{"code": "inactive", "valueBoolean": True}]},
        content="fragment",
    )
    made = release(vocabulary(tmp_path, TABLET), more=(dead,))
    assert made.for_wave(9).map(FORM_LIST, "23", FORMS).target is None


def test_a_difference_in_waves_is_a_difference(tmp_path: Path):
    one, other = release(vocabulary(tmp_path, TABLET, CREAM)), release(vocabulary(tmp_path, TABLET))
    (change,) = diff(one, other)
    assert (change.where, change.before, change.after) == ("waves", None, "from wave 9")
    assert CREAM in change.key
