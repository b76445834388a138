from typing import Any

import pytest
import yaml

from components import TrainingQueue
from tests.components.conftest import TAGS, Recorder, Run
from tests.components.crds import problems
from tests.components.samples import sample

SPOT = {"name": "spot", "node_labels": {"karpenter.sh/capacity-type": "spot"}}
DEMAND = {"name": "on-demand", "node_labels": {"karpenter.sh/capacity-type": "on-demand"}}
TEAMS = {
    "vision": {"cpus": 32, "memory_gib": 128, "gpus": {"spot": 4, "on-demand": 1}, "borrow_gpus": 3, "weight": 2},
    "language": {"cpus": 16, "memory_gib": 64, "gpus": {"spot": 2}},
}


def queue(**more: Any) -> TrainingQueue:
    args: Any = {"flavors": [SPOT, DEMAND], "teams": TEAMS, "tags": TAGS}
    return TrainingQueue("queue", {**args, **more})  # pyright: ignore


def configuration(recorder: Recorder) -> dict[str, Any]:
    values = recorder.inputs("Release", "queue-kueue")["values"]
    return yaml.safe_load(values["managerConfig"]["controllerManagerConfigYaml"])


def test_kueue_manages_the_namespaces_of_tenants_only(recorder: Recorder, run: Run) -> None:
    run(lambda: queue(frameworks=["jobset.x-k8s.io/jobset"]))
    found = configuration(recorder)
    assert found["managedJobsNamespaceSelector"] == {
        "matchExpressions": [{"key": "ml-platform/tenant", "operator": "Exists"}]
    }
    assert found["manageJobsWithoutQueueName"] is False
    assert found["integrations"]["frameworks"][-1] == "jobset.x-k8s.io/jobset"
    assert found["fairSharing"]["preemptionStrategies"]


def test_a_team_has_its_quota_of_each_kind_of_node_and_borrows_within_limits(recorder: Recorder, run: Run) -> None:
    run(queue)
    spec = recorder.inputs("ClusterQueue", "queue-team-vision")["spec"]
    plain, gpus = spec["resourceGroups"]
    assert plain["flavors"] == [
        {
            "name": "plain",
            "resources": [{"name": "cpu", "nominalQuota": "32"}, {"name": "memory", "nominalQuota": "128Gi"}],
        }
    ]
    assert [(one["name"], one["resources"]) for one in gpus["flavors"]] == [
        ("spot", [{"name": "nvidia.com/gpu", "nominalQuota": "4", "borrowingLimit": "3"}]),
        ("on-demand", [{"name": "nvidia.com/gpu", "nominalQuota": "1", "borrowingLimit": "3"}]),
    ]
    assert (spec["cohortName"], spec["fairSharing"]) == ("queue", {"weight": "2"})
    assert spec["namespaceSelector"] == {"matchLabels": {"ml-platform/tenant": "vision"}}
    other = recorder.inputs("ClusterQueue", "queue-team-language")["spec"]["resourceGroups"][1]["flavors"]
    assert [one["resources"][0]["nominalQuota"] for one in other] == ["2", "0"]
    assert {one["resources"][0]["borrowingLimit"] for one in other} == {"0"}


def test_only_who_asks_for_gpus_tolerates_their_taint(recorder: Recorder, run: Run) -> None:
    run(queue)
    flavors = {one.inputs["metadata"]["name"]: one.inputs["spec"] for one in recorder.of("ResourceFlavor")}
    assert flavors.pop("plain") == {}
    assert {name: one["nodeLabels"]["karpenter.sh/capacity-type"] for name, one in flavors.items()} == {
        "spot": "spot",
        "on-demand": "on-demand",
    }
    for one in flavors.values():
        assert one["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]


def test_everything_of_kueue_waits_for_kueue(recorder: Recorder, run: Run) -> None:
    outputs = run(queue)
    for one in recorder.found:
        if "kueue.x-k8s.io" in one.type:
            assert {"Release queue-kueue", "Cohort queue"} & one.depends, one.title
    assert outputs["cluster_queues"] == {"vision": "vision", "language": "language"}
    assert outputs["priority_classes"] == ["low", "normal", "high"]
    assert recorder.inputs("WorkloadPriorityClass", "queue-priority-high")["value"] == 10000


def test_the_rule_against_going_around_the_queue_is_for_tenants_and_closed(recorder: Recorder, run: Run) -> None:
    """What the expressions say is tried on an API server; here is what they apply to."""
    run(lambda: queue(trusted_users=["system:serviceaccount:jobset-system:jobset"]))
    for resource, makers in (("pods", 3), ("jobs", 1)):
        rule = recorder.inputs("ValidatingAdmissionPolicy", f"queue-{resource}")
        assert rule["spec"]["failurePolicy"] == "Fail"
        (matched,) = rule["spec"]["matchConstraints"]["resourceRules"]
        assert (matched["resources"], matched["operations"]) == ([resource], ["CREATE", "UPDATE"])
        made = {one["name"]: one["expression"] for one in rule["spec"]["variables"]}["made"]
        assert made.count("'") == 2 * makers
        bound = recorder.inputs("ValidatingAdmissionPolicyBinding", f"queue-{resource}")["spec"]
        assert (bound["policyName"], bound["validationActions"]) == (rule["metadata"]["name"], ["Deny"])
        assert bound["matchResources"]["namespaceSelector"]["matchExpressions"] == [
            {"key": "ml-platform/tenant", "operator": "Exists"}
        ]


@pytest.mark.parametrize("kind", ["ClusterQueue", "Cohort", "ResourceFlavor", "WorkloadPriorityClass"])
def test_the_api_server_knows_every_field(recorder: Recorder, run: Run, kind: str) -> None:
    run(lambda: TrainingQueue("it", sample(TrainingQueue)))  # pyright: ignore
    assert recorder.of(kind)
    for one in recorder.of(kind):
        assert problems(one.inputs) == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"flavors": []}, "flavors is empty; allowed: at least one"),
        ({"teams": {}}, "teams is empty; allowed: at least one"),
        ({"flavors": [{**SPOT, "name": "plain"}]}, "flavors has plain; allowed: DNS labels, not plain"),
        ({"teams": {"A Team": TEAMS["vision"]}}, "teams has A Team; allowed: DNS labels"),
        ({"flavors": [SPOT]}, r"teams\.vision\.gpus has on-demand; allowed: a flavor \(spot\)"),
    ],
)
def test_what_kueue_could_not_admit_is_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        run(lambda: queue(**more))
