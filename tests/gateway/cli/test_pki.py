"""`ncpeh pki`, as an operator calls it."""

import json
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from gateway.cli.pki import app, write_files
from tests.support.callers.pki import ListsInMemory, pki, pki_folder
from trust import pki_layout as layout
from trust.certificates import CertificateUse, CertificateVerifier
from trust.pki import PkiFile
from trust.pki_layout import Bad
from trust.revocation import RevocationPolicy

AT = datetime(2026, 3, 1, 8, tzinfo=UTC)


def ncpeh_pki(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(one) for one in arguments])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    """One PKI for what is asked of it below: its keys take seconds."""
    folder = tmp_path_factory.mktemp("dev") / "pki"
    countries = ("--country", "NO", "--country", "PT")
    return folder, ncpeh_pki("dev", "--dir", folder, *countries, "--at", "2026-03-01T08:00:00Z", "--json")


def test_dev_writes_a_pki_that_verifies_at_the_instant_given(written: tuple[Path, Result]) -> None:
    folder, result = written

    assert result.exit_code == 0, result.output
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert set(files) == set(pki().files)
    made = type(pki())({name: PkiFile(path.read_bytes(), 0) for name, path in files.items()})
    lists = ListsInMemory(tuple(made.read(path) for path in (layout.ROOT_LIST, layout.ISSUING_LIST)))
    verifier = CertificateVerifier(
        made.ders(layout.ROOT.certificate), made.ders(layout.ISSUING.certificate), lists, RevocationPolicy.HARD_FAIL
    )
    assert verifier.verify(made.der(layout.seal("PT")), CertificateUse.SEAL, AT).country == "PT"


def test_dev_makes_keys_that_only_their_owner_reads(written: tuple[Path, Result]) -> None:
    keys = list(written[0].rglob("*.key"))

    assert keys
    assert {stat.S_IMODE(path.stat().st_mode) for path in keys} == {0o600}


def test_dev_says_in_json_what_it_wrote(written: tuple[Path, Result]) -> None:
    folder, result = written
    answer = json.loads(result.stdout)

    assert (answer["version"], answer["dir"], answer["countries"]) == (1, str(folder), ["NO", "PT"])
    assert all((folder / name).is_file() for name in answer["files"])


def test_dev_changes_nothing_where_a_pki_is(tmp_path: Path) -> None:
    (tmp_path / "ca").mkdir()
    (tmp_path / layout.ROOT.certificate).write_bytes(b"kept")

    result = ncpeh_pki("dev", "--dir", tmp_path, "--country", "NO")

    assert (result.exit_code, result.stdout) == (1, "")
    assert [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()] == [b"kept"]


@pytest.mark.parametrize(
    "wrong",
    [["--country", "Norway"], ["--country", "NO", "--country", "NO"], ["--country", "NO", "--at", "yesterday"], []],
)
def test_dev_called_wrongly_exits_2_and_writes_nothing(tmp_path: Path, wrong: list[str]) -> None:
    assert ncpeh_pki("dev", "--dir", tmp_path, *wrong).exit_code == 2
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_was_open_to_others_is_closed_when_a_key_is_written(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    path.write_bytes(b"longer than the new one")
    path.chmod(0o644)

    write_files(tmp_path, {"seal.key": PkiFile(b"key", 0o600)})

    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"key", 0o600)


def test_show_says_whose_a_certificate_is_and_what_for() -> None:
    result = ncpeh_pki("show", "--json", pki_folder() / layout.tls_client("PT").certificate)

    answer = json.loads(result.stdout)
    own, issuing = answer["certificates"]
    assert (result.exit_code, answer["version"]) == (0, 1)
    assert (own["country"], own["uses"]) == ("PT", ["tls-client"])
    assert issuing["uses"] == []
    assert own["issuer"] == issuing["subject"]


def test_show_reads_der_and_prints_for_people(tmp_path: Path) -> None:
    path = tmp_path / "seal.der"
    path.write_bytes(pki().der(Bad.SEAL_EXPIRED.credential))

    result = ncpeh_pki("show", path)

    assert result.exit_code == 0
    assert "country PT; for seal;" in result.stdout


def test_show_exits_2_for_the_unreadable_and_still_shows_the_others(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_bytes(b"-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----\n")
    (tmp_path / "no.der").write_bytes(b"no")

    good = pki_folder() / layout.seal("NO").certificate
    result = ncpeh_pki("show", good, tmp_path / "no.pem", tmp_path / "no.der", tmp_path / "absent.pem")

    assert result.exit_code == 2
    assert "country NO; for seal;" in result.stdout
    assert result.stderr.count("no certificate or revocation list can be read from it") == 2
    assert f"{tmp_path / 'absent.pem'} is not there" in result.stderr


def test_show_reads_every_file_that_dev_writes_but_keys(written: tuple[Path, Result]) -> None:
    """Lists too, one a file or all in one: `ncpeh pki show` of a whole folder."""
    folder, _ = written
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".pem", ".crl"))

    result = ncpeh_pki("show", "--json", *files)
    answer = json.loads(result.stdout)

    assert (result.exit_code, result.stderr) == (0, "")
    assert {one["file"] for one in answer["certificates"] + answer["revocation_lists"]} == set(map(str, files))
    every = [one for one in answer["revocation_lists"] if one["file"] == str(folder / layout.ALL_LISTS)]
    assert len({one["issuer"] for one in every}) == len(every) == 3
    issuing = next(one for one in answer["revocation_lists"] if one["file"] == str(folder / layout.ISSUING_LIST))
    assert issuing["revoked"] == 2
    assert "2 revoked; 2026-" in ncpeh_pki("show", folder / layout.ISSUING_LIST).stdout


def test_show_tells_nothing_of_a_key(written: tuple[Path, Result]) -> None:
    key = written[0] / layout.seal("NO").key

    result = ncpeh_pki("show", key, written[0] / layout.seal("NO").certificate)

    assert result.exit_code == 2
    assert f"{key}: no certificate or revocation list" in result.stderr
    assert "country NO; for seal;" in result.stdout
