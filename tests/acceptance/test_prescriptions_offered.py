"""What a node needs to offer prescriptions, said at the start: FEST, prescribers' issuers, a broker to list from."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.configuration.errors import SettingsError
from gateway.configuration.settings import Settings, load
from gateway.node.app import build_node
from gateway.store.migrate import migrate
from tests.support.nodes.node import Abroad

Edit = Callable[[dict[str, Any]], None]


def settings(abroad: Abroad, folder: Path, edit: Edit = lambda _national: None, environment: str = "demo") -> Settings:
    """Norway's own, on a database of its own, with one thing of `national.toml` changed."""
    own = {"NCPEH_STORE__URL": f"sqlite:///{folder}/node.db", "NCPEH_EVIDENCE__CHECKPOINT_DIRECTORY": str(folder)}
    known = load({**abroad.world.environment("NO"), **own})
    migrate(known.store_url())
    table = deepcopy(dict(known.tables["national"]))
    edit(table["national"])
    node = known.node.model_copy(update={"environment": environment})
    return replace(known, node=node, tables={**known.tables, "national": table})


def started(known: Settings) -> list[dict[str, Any]]:
    """What the node says when it starts."""
    with capture_logs() as said:
        build_node(known).close()
    return [dict(one) for one in said if one["event"] == "not-offered"]


def without(*names: str) -> Edit:
    def edit(national: dict[str, Any]) -> None:
        for name in names:
            del national[name]

    return edit


def with_export(**changed: str) -> Edit:
    return lambda national: national["prescription_export"].update(changed)


def real(national: dict[str, Any]) -> None:
    """Addresses that are no simulator's; nothing is called at the start."""
    for name in ("person_register", "privacy", "critical_information", "transport"):
        national[name]["base_url"] = f"https://{name.replace('_', '-')}.example/api"
    national["helseid"]["issuer"] = "https://helseid.example/sts"


def test_a_node_with_all_of_it_offers_prescriptions_and_says_nothing(abroad: Abroad, tmp_path: Path):
    assert started(settings(abroad, tmp_path)) == []


@pytest.mark.parametrize("missing", [("prescription_export",), ("prescriptions", "prescription_export")])
def test_a_node_without_says_at_the_start_what_is_missing(abroad: Abroad, tmp_path: Path, missing: tuple[str, ...]):
    (said,) = started(settings(abroad, tmp_path, without(*missing)))
    assert (said["service"], said["missing"]) == ("ep", [f"national.{name}" for name in missing])


def without_role(national: dict[str, Any]) -> None:
    del national["prescriptions"]["role"]


def in_role(role: str) -> Edit:
    return lambda national: national["prescriptions"].update(role=role)


def test_without_a_role_the_door_stays_shut_and_the_node_says_so(abroad: Abroad, tmp_path: Path):
    def edit(national: dict[str, Any]) -> None:
        without_role(national)
        del national["prescription_export"]

    (said,) = started(settings(abroad, tmp_path, edit))
    assert said["missing"] == ["national.prescriptions.role", "national.prescription_export"]


@pytest.mark.parametrize(
    ("edit", "wrong"),
    [
        (without("prescriptions"), "there is no .*to list from"),
        (without_role, "prescriptions.role: none is chosen"),
        (in_role("dispenser"), "prescriptions.role: dispenser is not built"),
        (in_role("pharmacy"), "national.prescriptions.role"),
        (without("prescriber"), "prescriptions.role: prescriber: there is no .*HPR number and key are agreed"),
        (with_export(fest_file="nowhere.xml"), "not to be used: FileNotFoundError"),
        (with_export(trust_file="pki/empty.pem"), "not to be used: FileNotFoundError"),
    ],
)
def test_a_node_that_cannot_use_what_it_is_told_does_not_start(abroad: Abroad, tmp_path: Path, edit: Edit, wrong: str):
    with pytest.raises(SettingsError, match=wrong):
        started(settings(abroad, tmp_path, edit))


def test_a_leaf_certificate_is_no_anchor(abroad: Abroad, tmp_path: Path):
    leaf = str(abroad.world.settings("NO").tls.server_certificate_file)
    with pytest.raises(SettingsError, match="not to be used: ValueError"):
        started(settings(abroad, tmp_path, with_export(trust_file=leaf)))


def test_the_samples_prescribers_are_trusted_in_a_demo_only(abroad: Abroad, tmp_path: Path):
    with pytest.raises(SettingsError, match="for a demo only"):
        started(settings(abroad, tmp_path, real, "test"))
