"""What an environment makes in a cluster is waited for, or says that it is not."""

from typing import Any

import pytest

from tests.stacks.test_boundary import Account
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import shipped

CONTROLLED = ("EC2NodeClass", "NodePool", "SecretStore", "ExternalSecret", "Ingress", "Rollout")
"""Kinds whose objects are nothing until a controller has accepted them."""
WAIT, SKIP = "pulumi.com/waitFor", "pulumi.com/skipAwait"


@pytest.fixture(scope="module", params=["local", "dev", "staging", "prod"])
def found(request: pytest.FixtureRequest) -> Any:
    return wired(shipped(request.param), None, Account())


def test_what_a_controller_has_to_accept_is_waited_for(found: Any) -> None:
    notes = {one.name: one.inputs["metadata"].get("annotations", {}) for kind in CONTROLLED for one in found.of(kind)}
    assert notes
    assert [name for name, own in notes.items() if WAIT not in own and SKIP not in own] == []


def test_only_the_load_balancer_of_a_canary_is_not_waited_for(found: Any) -> None:
    for one in found.of("Ingress"):
        (path,) = one.inputs["spec"]["rules"][0]["http"]["paths"]
        canary = path["backend"]["service"]["port"] == {"name": "use-annotation"}
        assert (SKIP in one.inputs["metadata"]["annotations"]) == canary


def test_a_config_map_that_changes_is_not_replaced_with_all_that_reads_it(found: Any) -> None:
    (provider,) = [one for one in found.found if one.type == "pulumi:providers:kubernetes"]
    assert provider.inputs["enableConfigMapMutable"] == "true"
