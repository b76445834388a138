from typing import Any

import pytest

from components import GpuSpotPool
from components._node_pools import UNUSABLE
from tests.components.conftest import ALL_TAGS, TAGS, Recorder, Run
from tests.components.crds import problems
from tests.components.samples import KEY, sample


def pool(use: str = "training", **more: Any) -> GpuSpotPool:
    args: Any = {
        "use": use,
        "cluster_name": "ml",
        "node_role_name": "nodes",
        "kms_key_arn": KEY,
        "ami": "al2023@v20261023",
        "families": ["g5", "g6"],
        "zones": ["eu-central-1a", "eu-central-1b"],
        "max_size": 8,
        "tags": TAGS,
    }
    return GpuSpotPool("gpus", {**args, **more})  # pyright: ignore


def requirement(spec: dict[str, Any], key: str) -> dict[str, list[str]]:
    wanted = spec["template"]["spec"]["requirements"]
    return {one["operator"]: one["values"] for one in wanted if one["key"].endswith(key)}


@pytest.mark.parametrize(
    ("reserve", "limits"), [(0, {"spot": 8}), (3, {"spot": 5, "on-demand": 3}), (8, {"on-demand": 8})]
)
def test_all_pools_together_never_have_more_than_the_limit(
    recorder: Recorder, run: Run, reserve: int, limits: dict[str, int]
) -> None:
    outputs = run(lambda: pool(on_demand_size=reserve))
    found = {one.name.removeprefix("gpus-"): one.inputs["spec"]["limits"] for one in recorder.of("NodePool")}
    assert found == {capacity: {"nvidia.com/gpu": str(limit)} for capacity, limit in limits.items()}
    assert outputs["limits"] == limits
    assert sum(outputs["limits"].values()) == 8


def test_spot_is_tried_first_over_all_families_and_zones(recorder: Recorder, run: Run) -> None:
    run(lambda: pool(on_demand_size=2, max_gpus_per_node=4))
    spot, reserve = (recorder.inputs("NodePool", f"gpus-{one}")["spec"] for one in ("spot", "on-demand"))
    assert spot["weight"] > reserve["weight"]
    for spec, capacity in ((spot, "spot"), (reserve, "on-demand")):
        assert requirement(spec, "capacity-type") == {"In": [capacity]}
        assert requirement(spec, "arch") == {"In": ["amd64"]}
        assert requirement(spec, "instance-family") == {"In": ["g5", "g6"]}
        assert requirement(spec, "zone") == {"In": ["eu-central-1a", "eu-central-1b"]}
        assert requirement(spec, "instance-gpu-count") == {"Gt": ["0"], "Lt": ["5"]}


def test_nodes_have_a_pinned_image_an_encrypted_disk_and_no_metadata_for_pods(recorder: Recorder, run: Run) -> None:
    run(lambda: pool(volume_gib=300))
    spec = recorder.inputs("EC2NodeClass", "gpus")["spec"]
    assert (spec["role"], spec["amiSelectorTerms"]) == ("nodes", [{"alias": "al2023@v20261023"}])
    assert (spec["metadataOptions"]["httpTokens"], spec["metadataOptions"]["httpPutResponseHopLimit"]) == (
        "required",
        1,
    )
    (disk,) = spec["blockDeviceMappings"]
    assert (disk["ebs"]["encrypted"], disk["ebs"]["kmsKeyID"], disk["ebs"]["volumeSize"]) == (True, KEY, "300Gi")
    found = [{"tags": {"karpenter.sh/discovery": "ml"}}]
    assert (spec["subnetSelectorTerms"], spec["securityGroupSelectorTerms"]) == (found, found)
    assert ALL_TAGS.items() <= spec["tags"].items()


@pytest.mark.parametrize(
    ("use", "policy", "budgets"),
    [
        (
            "training",
            "WhenEmpty",
            [{"nodes": "0", "reasons": ["Drifted", "Underutilized"]}, {"nodes": "100%", "reasons": ["Empty"]}],
        ),
        ("serving", "WhenEmptyOrUnderutilized", [{"nodes": "20%"}]),
        ("cpu", "WhenEmptyOrUnderutilized", [{"nodes": "20%"}]),
    ],
)
def test_the_use_decides_when_a_node_may_go(
    recorder: Recorder, run: Run, use: str, policy: str, budgets: list[dict[str, Any]]
) -> None:
    run(lambda: pool(use))
    spec = recorder.inputs("NodePool", "gpus-spot")["spec"]
    assert (spec["disruption"]["consolidationPolicy"], spec["disruption"]["budgets"]) == (policy, budgets)
    taints = spec["template"]["spec"].get("taints")
    assert taints == (None if use == "cpu" else [{"key": "nvidia.com/gpu", "value": "true", "effect": "NoSchedule"}])
    assert spec["limits"] == {"cpu" if use == "cpu" else "nvidia.com/gpu": "8"}
    # Without the label no device plugin runs, and the node is never emptied.
    assert ("nvidia.com/gpu.present" in spec["template"]["metadata"]["labels"]) == (use != "cpu")


def test_a_pool_goes_before_its_class_and_waits_for_the_last_instance(recorder: Recorder, run: Run) -> None:
    run(lambda: pool(drain_minutes=45))
    found = recorder.one("NodePool", "gpus-spot")
    assert "EC2NodeClass gpus" in found.depends
    assert found.inputs["metadata"]["annotations"]["pulumi.com/deletionPropagationPolicy"] == "foreground"
    assert found.inputs["spec"]["template"]["spec"]["terminationGracePeriod"] == "45m"
    assert recorder.timeouts["gpus-spot"] == "65m"


@pytest.mark.parametrize("use", ["training", "serving", "cpu"])
@pytest.mark.parametrize("kind", ["EC2NodeClass", "NodePool"])
def test_the_api_server_knows_every_field(recorder: Recorder, run: Run, kind: str, use: str) -> None:
    run(lambda: GpuSpotPool("it", {**sample(GpuSpotPool), "use": use}))  # pyright: ignore
    assert recorder.of(kind)
    for one in recorder.of(kind):
        assert problems(one.inputs) == []


def test_a_field_that_it_does_not_know_is_found() -> None:
    document: dict[str, Any] = {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {}, "spec": {"x": 1}}
    assert len(problems(document)) == 2


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"ami": "al2023@latest"}, "ami = 'al2023@latest'; allowed: al2023@vYYYYMMDD"),
        ({"families": ["g5"]}, r"families = \['g5'\]; allowed: two or more"),
        ({"zones": ["eu-central-1a"]}, r"zones = \['eu-central-1a'\]; allowed: two or more"),
        ({"families": []}, "families = .*; allowed: at least one"),
        ({"max_size": 0}, "max_size = 0; allowed: 1 or more"),
        ({"on_demand_size": 9}, "on_demand_size = 9; allowed: 0 to max_size, 8"),
        ({"drain_minutes": 0}, "drain_minutes = 0; allowed: 1 to 1440"),
        *(({"families": ["g5", one]}, f"{one} has {why}") for one, why in UNUSABLE.items()),
    ],
)
def test_what_no_pod_would_start_on_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run(lambda: pool(**more))


def test_one_family_is_enough_on_demand(recorder: Recorder, run: Run) -> None:
    run(lambda: pool(families=["p5"], zones=["eu-central-1a"], on_demand_size=8))
    assert [one.name for one in recorder.of("NodePool")] == ["gpus-on-demand"]
