"""Which URIs code systems have: the shipped tables, and tables that are wrong."""

from pathlib import Path

import pytest

from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import load
from gateway.configuration.shipped import shipped
from gateway.faces.terminology.tables import read_uris
from transformers.terminology.rows import read_facts

WRITTEN = "1.0.3166.1,urn:iso:std:iso:3166,written,FHIR R4 terminologies-systems"


def changed(folder: Path, old: str, new: str) -> dict[str, str]:
    text = (shipped("config") / "fhir_systems.csv").read_text("utf-8")
    assert old in text
    (folder / "fhir_systems.csv").write_text(text.replace(old, new), "utf-8")
    return {"NCPEH_CONFIG": str(folder)}


def test_a_system_with_several_uris_has_one_that_is_written():
    uris, facts = read_uris(load({})), read_facts(shipped("config") / "terminology")
    for system in facts.systems.values():
        assert len(system.uris) == 1 or system.id in uris.written, system
    for oid, uri in uris.written.items():
        assert uris.accepted[uri][0] == oid


def test_a_uri_of_any_table_is_accepted():
    accepted = read_uris(load({})).accepted
    assert accepted["http://hl7.org/fhir/sid/icd-10"] == ("1.3.6.1.4.1.12559.11.10.1.3.1.44.2", "2.16.840.1.113883.6.3")
    assert accepted["http://nhn.no/kj/fhir/CodeSystem/ATC"] == ("2.16.578.1.12.4.1.1.7180",)
    assert accepted["https://www.orpha.net"] == ("1.3.6.1.4.1.12559.11.10.1.3.1.44.5",)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("system,uri,use,source", "system,uri,source,use"),
        (WRITTEN, WRITTEN.replace("written", "liked")),
        (WRITTEN, WRITTEN.rpartition(",")[0] + ","),
        (WRITTEN, f"{WRITTEN}\n{WRITTEN.replace('3166,w', '3166-1,w')}"),
    ],
    ids=["columns", "use", "no source", "two written"],
)
def test_refuses_a_table_that_is_wrong(tmp_path: Path, old: str, new: str):
    with pytest.raises(SettingsError, match=r"fhir_systems\.csv"):
        read_uris(load(changed(tmp_path, old, new)))
