"""What an account has one of: created for a new account, and left alone in one that has it."""

from typing import Any, get_args

import pytest

from stacks.settings import Singleton
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import prod

KINDS = {
    "config": "aws:cfg/recorder:Recorder threats-config",
    "config-role": "aws:iam/serviceLinkedRole:ServiceLinkedRole threats-config",
    "guardduty": "aws:guardduty/detector:Detector threats",
    "security-hub": "aws:securityhub/account:Account threats",
    "spot-role": "aws:iam/serviceLinkedRole:ServiceLinkedRole gpu-spot",
}


def created(existing: list[str]) -> set[str]:
    values: dict[str, Any] = {key: value for key, value in prod().items() if key in FOUNDATION}
    values["existing"] = existing
    values["cluster"]["access"]["operators"]["policy"] = "cluster-admin"  # without `ci`, an operator must deploy
    values["cluster"]["deployFrom"] = {"vpn": ["10.200.0.0/16"]}
    found = {f"{one.type} {one.name}" for one in wired(values).found}
    return {name for name, kind in KINDS.items() if kind in found}


FOUNDATION = {
    "environment", "account", "region", "owner", "costCentre", "deletionProtection", "keys", "accessLogs", "stores",
    "audit", "network", "notifications", "costs", "threats", "backups", "cluster", "gpu",
}  # fmt: skip


def test_a_new_account_gets_each() -> None:
    assert set(KINDS) == set(get_args(Singleton))
    assert created([]) == set(KINDS)


@pytest.mark.parametrize("name", sorted({*KINDS} - {"config"}))
def test_one_that_the_account_has_is_used(name: str) -> None:
    assert created([name]) == set(KINDS) - {name}


def test_a_recorder_that_the_account_has_has_its_role_too() -> None:
    assert created(["config"]) == set(KINDS) - {"config", "config-role"}
