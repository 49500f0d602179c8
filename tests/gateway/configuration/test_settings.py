"""Configuration is closed: what is unknown, missing or misfit stops the start, by file, table and key."""

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.configuration.closed import parsed_toml
from gateway.configuration.errors import SettingsError
from gateway.configuration.layers import read_csv
from gateway.configuration.settings import load
from gateway.configuration.shipped import shipped


def overlay(folder: Path, name: str, *changes: tuple[str, str]) -> dict[str, str]:
    """NCPEH_CONFIG with one shipped file changed."""
    text = (shipped("config") / name).read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (folder / name).write_text(text, "utf-8")
    return {"NCPEH_CONFIG": str(folder)}


def test_the_shipped_configuration_reads_and_answers_nobody():
    settings = load({})
    assert settings.node.country_a_enabled is False
    assert settings.node.environment == "production"
    assert all(not row.asks and not row.answers for row in settings.countries.values())


def test_durations_are_iso_8601_and_sizes_bytes():
    settings = load({})
    assert settings.documents.keep == timedelta(hours=4)
    assert settings.limits.body_bytes == 16 * 1024 * 1024


def test_a_file_of_the_overlay_replaces_the_shipped_one(tmp_path):
    settings = load(overlay(tmp_path, "node.toml", ('node_id = "ncpeh-1"', 'node_id = "ncpeh-2"')))
    assert settings.node.node_id == "ncpeh-2"
    assert "PT" in settings.countries


def test_the_environment_is_laid_over_the_overlay(tmp_path):
    files = overlay(tmp_path, "node.toml", ('node_id = "ncpeh-1"', 'node_id = "ncpeh-2"'))
    told = {"NODE_ID": "ncpeh-3", "COUNTRY_A_ENABLED": "true", "TERMINOLOGY": "activated"}
    settings = load({**files, **{f"NCPEH_NODE__{key}": value for key, value in told.items()}})
    assert (settings.node.node_id, settings.node.country_a_enabled) == ("ncpeh-3", True)


def test_a_list_in_the_environment_is_json():
    given = {"NCPEH_COMPOSITION__LEGAL_AUTHENTICATOR_GIVEN": '["Kari", "Anne"]'}
    assert load(given).composition.legal_authenticator_given == ("Kari", "Anne")
    with pytest.raises(SettingsError, match="JSON"):
        load({"NCPEH_COMPOSITION__LEGAL_AUTHENTICATOR_GIVEN": "Kari"})


def test_refuses_an_unknown_file(tmp_path):
    (tmp_path / "nodes.toml").write_text("")
    with pytest.raises(SettingsError, match=r"nodes\.toml"):
        load({"NCPEH_CONFIG": str(tmp_path)})


def test_refuses_an_overlay_that_is_no_folder(tmp_path):
    with pytest.raises(SettingsError, match="NCPEH_CONFIG"):
        load({"NCPEH_CONFIG": str(tmp_path / "absent")})


@pytest.mark.parametrize(
    "change",
    [
        ('country = "NO"', 'country = "NO"\nkountry = "NO"'),
        ('country = "NO"', ""),
        ('country = "NO"', 'country = "Norway"'),
        ("[listen]", "[listens]"),
        ("port = 8443", "port = 99999"),
        ('keep = "PT4H"', 'keep = "four hours"'),
        ("[node]", "[node"),
    ],
)
def test_refuses_a_key_table_or_value_that_does_not_belong(tmp_path, change):
    with pytest.raises(SettingsError, match=r"node\.toml"):
        load(overlay(tmp_path, "node.toml", change))


@pytest.mark.parametrize("name", ["NCPEH_NODES__COUNTRY", "NCPEH_NODE", "NCPEH_NODE__KOUNTRY", "NCPEH_NODE__A__B"])
def test_refuses_an_unknown_variable_of_the_environment(name):
    with pytest.raises(SettingsError):
        load({name: "x"})


def test_the_switches_of_the_tests_are_no_tables():
    switches = dict.fromkeys(("NCPEH_REQUIRE_ALL", "NCPEH_PROVE", "NCPEH_SEED"), "1")
    assert load(switches).node == load({}).node


def test_a_production_node_answers_from_an_activated_release_only():
    told = {"NCPEH_NODE__COUNTRY_A_ENABLED": "true"}
    with pytest.raises(SettingsError, match="activated release only"):
        load(told | {"NCPEH_NODE__TERMINOLOGY": "starter"})
    assert load(told | {"NCPEH_NODE__TERMINOLOGY": "activated"}).node.country_a_enabled
    assert load(told | {"NCPEH_NODE__TERMINOLOGY": "starter", "NCPEH_NODE__ENVIRONMENT": "test"}).node.country_a_enabled


def test_a_production_node_never_accepts_test_numbers():
    with pytest.raises(SettingsError, match="allow_synthetic"):
        load({"NCPEH_NODE__ALLOW_SYNTHETIC": "true"})
    assert load({"NCPEH_NODE__ALLOW_SYNTHETIC": "true", "NCPEH_NODE__ENVIRONMENT": "test"}).node.allow_synthetic


def test_refuses_one_home_community_in_two_countries(tmp_path):
    change = ('home_communities = ["1.2.752.221.3.1.1"]', 'home_communities = ["2.16.17.710.820.1000.990.1"]')
    with pytest.raises(SettingsError, match="repeated"):
        load(overlay(tmp_path, "countries.toml", change))


def test_refuses_one_country_twice(tmp_path):
    with pytest.raises(SettingsError, match="repeated: PT"):
        load(overlay(tmp_path, "countries.toml", ('code = "SE"', 'code = "PT"')))


def test_a_relative_path_is_below_the_state_folder(tmp_path):
    settings = load({"NCPEH_STATE": str(tmp_path)})
    assert settings.path(settings.store.keys_file) == tmp_path / "store" / "keys"
    assert settings.path(Path("/etc/keys")) == Path("/etc/keys")
    assert settings.store_url() == f"sqlite:///{tmp_path}/ncpeh.db"


def test_other_database_urls_are_left_as_they_are():
    url = "postgresql+psycopg://node@db/ncpeh"
    assert load({"NCPEH_STORE__URL": url}).store_url() == url
    assert load({"NCPEH_STORE__URL": "sqlite:////srv/ncpeh.db"}).store_url() == "sqlite:////srv/ncpeh.db"


@pytest.mark.parametrize("text", ["a,b\n1,2\n", "a,b,c\n1,2\n", "a,b,c\n1,2,3,4\n", ""])
def test_a_table_has_its_columns_and_every_field(tmp_path, text):
    file = tmp_path / "table.csv"
    file.write_text(text)
    with pytest.raises(SettingsError, match=r"table\.csv"):
        read_csv(file, ("a", "b", "c"))
    file.write_text("a,b,c\n1,2,3\n")
    assert read_csv(file, ("a", "b", "c")) == [{"a": "1", "b": "2", "c": "3"}]


def test_a_production_node_has_no_failpoints():
    with pytest.raises(SettingsError, match="FAILPOINT"):
        load({"NCPEH_FAILPOINT": "evidence.inserted=/x"})
    assert load({"NCPEH_FAILPOINT": "evidence.inserted=/x", "NCPEH_NODE__ENVIRONMENT": "test"})


def test_the_terminology_service_is_off_as_shipped_for_everybody():
    table = load({}).terminology_api
    assert (table.enabled, table.peers, table.host) == (False, False, "127.0.0.1")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "terminologi.example.no", "127.0.0.1.example.no"])
def test_the_terminology_service_speaks_in_the_clear_on_loopback_only(host: str):
    given = {"NCPEH_TERMINOLOGY_API__ENABLED": "true", "NCPEH_TERMINOLOGY_API__HOST": host}
    files = {f"NCPEH_TERMINOLOGY_API__{key}_FILE": f"tls/{key}.pem" for key in ("CERTIFICATE", "KEY")}
    with pytest.raises(SettingsError, match="certificate_file"):
        load(given)
    assert load({**given, **files}).terminology_api.enabled is True
    for near in ("localhost", "127.0.0.2", "::1"):
        assert load({**given, "NCPEH_TERMINOLOGY_API__HOST": near}).terminology_api.enabled is True


def test_refuses_a_certificate_of_the_terminology_service_without_its_key():
    with pytest.raises(SettingsError, match="both or neither"):
        load({"NCPEH_TERMINOLOGY_API__CERTIFICATE_FILE": "tls/terminology.pem"})


def _portugal(*, waves: str) -> tuple[str, str]:
    old = 'home_communities = ["2.16.17.710.820.1000.990.1"]\nwave = 8\n'
    return old, old.replace("wave = 8\n", f"wave = 8\nwaves = {waves}\n")


def test_a_country_in_two_waves_says_which_by_its_home_community(tmp_path):
    old, _ = _portugal(waves="")
    new = old.replace('990.1"]', '990.1", "2.999.1"]') + 'waves = { "2.999.1" = 9 }\n'
    country = load(overlay(tmp_path, "countries.toml", (old, new))).countries["PT"]
    assert (country.wave_of("2.16.17.710.820.1000.990.1"), country.wave_of("2.999.1")) == (8, 9)
    assert country.every_wave == {8, 9}


@pytest.mark.parametrize(
    "waves", ['{ "2.999.1" = 9 }', '{ "2.16.17.710.820.1000.990.1" = 99 }', '{ "2.16.17.710.820.1000.990.1" = "x" }']
)
def test_refuses_a_wave_of_a_community_that_is_not_the_countrys_and_one_that_is_none(tmp_path, waves):
    with pytest.raises(SettingsError, match=r"countries\.toml"):
        load(overlay(tmp_path, "countries.toml", _portugal(waves=waves)))


def test_a_country_whose_row_says_no_wave_is_on_wave_9(tmp_path):
    old, _ = _portugal(waves="")
    change = (old, old.replace("wave = 8\n", ""))
    assert load(overlay(tmp_path, "countries.toml", change)).countries["PT"].every_wave == {9}
    assert load({}).validation.rules_wave(9) == 8 == load({}).validation.rules_wave(8)


def test_a_country_is_on_its_wave_where_no_community_says_another(tmp_path):
    country = load({}).countries["DK"]
    assert {country.wave_of(home) for home in country.home_communities} == {9} == country.every_wave


def test_what_one_reader_changes_in_a_file_another_does_not_see():
    text = "[table]\nkey = [1]\n"
    first = parsed_toml(text)
    first["table"]["key"].append(2)
    first["table"]["more"] = True
    assert parsed_toml(text) == {"table": {"key": [1]}}


def test_a_file_that_changed_is_read_as_it_is_now(tmp_path: Path):
    env = overlay(tmp_path, "node.toml", ('environment = "production"', 'environment = "test"'))
    assert load(env).node.environment == "test"
    overlay(tmp_path, "node.toml", ('environment = "production"', 'environment = "demo"'))
    assert load(env).node.environment == "demo"


def test_a_node_is_not_told_to_remember_longer_than_it_keeps_what_it_listed():
    longest = {"NCPEH_DOCUMENTS__KEEP": "PT4H", "NCPEH_POLICIES__DISPENSING__LISTED_WITHIN": "PT4H"}
    assert load(longest).policies.dispensing.listed_within == load(longest).documents.keep
    with pytest.raises(SettingsError, match=r"policies\.dispensing\.listed_within.*documents\.keep"):
        load({**longest, "NCPEH_POLICIES__DISPENSING__LISTED_WITHIN": "PT4H1S"})


@pytest.mark.parametrize(
    ("key", "least", "below"), [("TRIES", "1", "0"), ("ROUND", "PT1S", "PT0.5S"), ("PAUSE", "PT0.1S", "PT0S")]
)
def test_the_timer_of_dispensings_has_bounds(key: str, least: str, below: str):
    name = f"NCPEH_POLICIES__DISPENSING__{key}"
    assert load({name: least})
    with pytest.raises(SettingsError, match=key.lower()):
        load({name: below})
