"""The unit for systemd that is shipped: its commands, variables, signals and exits are the program's."""

import configparser
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.cli.edge import WRONG
from gateway.configuration.settings import load
from gateway.configuration.shipped import shipped
from gateway.node.serve import GRACE_SECONDS
from tests.support.machine.command import ncpeh
from tests.support.machine.require import require

UNIT = shipped("config") / "ncpeh.service"


@pytest.fixture(scope="module")
def service() -> dict[str, str]:
    parsed = configparser.ConfigParser(interpolation=None, comment_prefixes="#")
    parsed.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's keys have capitals
    parsed.read_string(UNIT.read_text("utf-8"))
    assert set(parsed.sections()) == {"Unit", "Service", "Install"}
    return dict(parsed["Service"])


def test_it_starts_a_command_that_there_is(service: dict[str, str]):
    program, *arguments = shlex.split(service["ExecStart"])
    assert Path(program).name == "ncpeh"
    assert ncpeh(*arguments, "--help").status == 0


def test_its_variables_are_those_that_configuration_is_read_from(service: dict[str, str]):
    given = dict(one.split("=", 1) for one in shlex.split(service["Environment"]))
    assert set(given) == {"NCPEH_CONFIG", "NCPEH_STATE"}
    settings = load({"NCPEH_STATE": given["NCPEH_STATE"]})
    assert settings.state == Path("/var/lib") / service["StateDirectory"]


def test_a_refused_start_is_not_tried_again_and_a_fault_is(service: dict[str, str]):
    assert service["RestartPreventExitStatus"] == str(WRONG)
    assert service["Restart"] == "on-failure"


def test_a_stop_has_more_time_than_a_node_takes(service: dict[str, str]):
    assert int(service["TimeoutStopSec"]) >= 2 * GRACE_SECONDS
    assert (service["KillMode"], service["ExecReload"]) == ("mixed", "/bin/kill -HUP $MAINPID")


def test_what_it_writes_is_its_own_alone(service: dict[str, str]):
    assert (service["StateDirectoryMode"], service["UMask"], service["ProtectSystem"]) == ("0700", "0077", "strict")


def test_systemd_knows_every_line_of_it(tmp_path: Path):
    program, analyze = shutil.which("true"), require("systemd-analyze")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/ncpeh/bin/ncpeh", str(program)), "utf-8")
    told = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert [line for line in told.stderr.splitlines() if unit.name in line] == []
    unit.write_text(unit.read_text("utf-8").replace("KillMode=mixed", "KillMood=mixed"), "utf-8")
    told = subprocess.run([analyze, "verify", str(unit)], capture_output=True, text=True, check=False)
    assert "KillMood" in told.stderr
