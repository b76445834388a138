"""What is in the cluster: wired from settings, and refused where it could not work."""

from typing import Any

import pytest

from policies.admission import objects
from policies.profiles import profile_of
from tests.stacks.test_foundation import wired
from tests.stacks.test_settings import DELETE, changed, refusal, shipped
from tests.stacks.workbench import INSIDE, POOLS, TEAM, TENANT

MEMBER = "tenants__vision__members"
ACCOUNT = "tenants__vision__serviceAccounts__trainer"
SPEECH = {**TEAM, "gpus": {"training-spot": 1, "serving-spot": 2}}


MODELS = ("batch", "capture", "ci", "drift", "edge", "retraining", "services", "serving", "workloads")


def lower() -> dict[str, Any]:
    """What dev is without its models, and without what is in its cluster."""
    kept = {key: value for key, value in shipped("dev").items() if key not in (*MODELS, *INSIDE, "modelRegistry")}
    return changed(kept, cluster__deployFrom={"vpn": ["10.200.0.0/16"]})


def dev(**changes: Any) -> dict[str, Any]:
    return changed({**lower(), **INSIDE}, **changes)


@pytest.fixture(scope="module")
def exports() -> dict[str, Any]:
    return {}


@pytest.fixture(scope="module")
def found(exports: dict[str, Any]) -> Any:
    return wired(dev(), exports, admission=objects(profile_of("dev")))


def test_an_environment_without_these_settings_has_no_provider_for_the_cluster() -> None:
    assert [one.type for one in wired(lower()).found if "kubernetes" in one.type] == []


def test_everything_in_the_cluster_is_made_by_the_clusters_own_provider(found: Any) -> None:
    (provider,) = [one for one in found.found if one.type == "pulumi:providers:kubernetes"]
    # What keeps it in the cluster until it is gone: nodes and add-ons.
    assert {"NodeGroup cluster-system", "Addon cluster-coredns", "Addon cluster-aws-ebs-csi-driver"} <= provider.depends
    inside = [one for one in found.found if one.type.startswith("kubernetes:")]
    assert len(inside) > 20
    assert {one.provider.split("::")[-2] for one in inside} == {"kubernetes"}


def test_the_order_of_a_destroy_is_the_opposite_of_what_each_waits_for(found: Any) -> None:
    """Tenants, queue, pools, controllers, identities, nodes: what owns instances never outlives who deletes them."""
    depends = {one.title: one.depends for one in found.found}
    assert "Release addons-karpenter" in depends["EC2NodeClass training"]
    assert "AccessEntry gpu-node" in depends["EC2NodeClass training"]
    assert "EC2NodeClass training" in depends["NodePool training-spot"]
    assert "NodePool training-spot" in depends["Release queue-kueue"]
    assert {"Release addons-aws-load-balancer-controller", "NodePool training-spot"} <= depends[
        "Namespace tenant-vision"
    ]
    assert "ClusterQueue queue-team-vision" in depends["Namespace tenant-vision"]
    assert "PodIdentityAssociation gpu-controller" in depends["Release addons-karpenter"]
    # The nodes' way to AWS outlives the nodes, and with them every controller.
    assert any(title.startswith("Route network-private") for title in depends["NodeGroup cluster-system"])
    assert "VpcEndpoint network-endpoints-sts" in depends["NodeGroup cluster-system"]


def test_the_api_server_judges_tenants_and_not_the_controllers_before_them(found: Any) -> None:
    depends = {one.title: one.depends for one in found.found}
    policy = "ml-platform-workloads-deny"
    assert {"Release addons-keda", "ClusterQueue queue-team-vision"} <= depends[
        f"ValidatingAdmissionPolicyBinding admission-{policy}"
    ]
    assert f"ValidatingAdmissionPolicyBinding admission-{policy}" in depends["Namespace tenant-vision"]


def test_pools_queue_and_tenant_are_what_the_settings_say(found: Any) -> None:
    limits = {one.name: one.inputs["spec"]["limits"] for one in found.of("NodePool")}
    assert limits == {
        "training-spot": {"nvidia.com/gpu": "4"},
        "training-on-demand": {"nvidia.com/gpu": "2"},
        "serving-spot": {"nvidia.com/gpu": "2"},
        "general-spot": {"cpu": "64"},
    }
    labels = {one.inputs["metadata"]["name"]: one.inputs["spec"] for one in found.of("ResourceFlavor")}
    assert set(labels) == {"plain", "training-spot", "serving-spot", "training-on-demand"}
    assert labels["training-on-demand"]["nodeLabels"] == {
        "ml-platform/pool": "training",
        "karpenter.sh/capacity-type": "on-demand",
    }
    hard = found.inputs("ResourceQuota", "tenant-vision")["spec"]["hard"]
    assert (hard["requests.nvidia.com/gpu"], hard["requests.cpu"]) == ("6", "64")
    assert found.inputs("LocalQueue", "tenant-vision-queue")["spec"] == {"clusterQueue": "vision"}
    networks = found.inputs("NetworkPolicy", "tenant-vision-platform")["spec"]["egress"][2]["to"]
    assert [one["ipBlock"]["cidr"] for one in networks] == [shipped("dev")["network"]["cidr"], "52.219.0.0/16"]
    assert found.inputs("Release", "addons-karpenter")["values"]["settings"]["interruptionQueue"]


def test_a_teams_service_account_reaches_its_prefixes(found: Any) -> None:
    (objects,) = [
        one
        for one in found.statements("RolePolicy", "tenant-vision-trainer-read-prefix")
        if "s3:GetObject" in one["Action"]
    ]
    assert objects["Resource"].endswith("/raw/*")


def test_the_layer_above_learns_of_tenants_and_controllers(found: Any, exports: dict[str, Any]) -> None:
    assert found.found
    assert exports["tenants"]["vision"]["namespace"] == "vision"
    assert exports["tenants"]["vision"]["queue"] == "vision"
    assert set(exports["tenants"]["vision"]["roles"]) == {"trainer"}
    assert exports["addons"]["releases"]["karpenter"] == "1.14.1"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"addons": DELETE}, 'pools = "...": needs `addons`: add it'),
        ({"addons": DELETE}, 'tenants = "...": needs `addons`: add it'),
        ({"gpu": DELETE}, 'pools = "...": needs `gpu`: add it'),
        ({"pools": {}}, 'queue = "...": needs `pools`: add it'),
        ({"cluster": DELETE, "workloads": {}, "gpu": DELETE}, 'addons = "...": needs `cluster`: add it'),
        ({"addons__replicas": 0}, "addons.replicas = 0: input should be greater"),
        ({"addons__version": "1"}, "addons.version: no such setting; allowed here: replicas, gatewayApi"),
        ({"pools__training__image": "al2023@latest"}, 'image = "al2023@latest": allowed: al2023@vYYYYMMDD'),
        (
            {"pools__training__use": "gpu"},
            "pools.training.use = \"gpu\": input should be 'training', 'serving' or 'cpu'",
        ),
        ({"pools__training__maxGpus": 7}, 'pools = "...": pools have 9 together: allowed: at most gpu.maxGpus, 8'),
        ({"gpu__maxGpus": 7}, 'pools = "...": pools have 8 together: allowed: at most gpu.maxGpus, 7'),
        ({"pools__training__maxGpus": DELETE}, "pools.training.maxGpus = null: use training needs it: add it"),
        ({"pools__general__maxGpus": 1}, "pools.general.maxGpus = 1: use cpu has none: remove it"),
        ({"pools__general__maxVcpus": DELETE}, "pools.general.maxVcpus = null: use cpu needs it: add it"),
        ({"pools__training__onDemand": 7}, "pools.training.onDemand = 7: allowed: at most maxGpus, 6"),
        ({"pools__training__families": ["g5"]}, 'pools.training = "...": spot needs two families and two zones'),
        ({"pools__training__families": ["G5"]}, 'families.0 = "G5": allowed: an EC2 instance family'),
        ({"pools__training__zones": ["eu-west-1a", "eu-central-1a"]}, 'zones.0 = "eu-west-1a": allowed: a zone of'),
        ({"pools__Big Pool": POOLS["general"]}, "pools.Big Pool: allowed as a name: 3 to 32"),
        ({"queue__teams__nobody": TEAM}, 'queue.teams.nobody = "nobody": allowed: a tenant of tenants (vision)'),
        ({"queue__teams__vision__gpus__lost-spot": 1}, 'gpus.lost-spot = "lost-spot": allowed: training-spot'),
        (
            {"queue__teams__vision__gpus__training-spot": 5},
            "queue.teams.*.gpus.training-spot = 5: allowed for all teams together: 4",
        ),
        ({"queue": DELETE}, "tenants.vision.gpus = 6: GPUs come by the queue: add `queue.teams.vision`"),
        ({"tenants__vision__gpus": 9}, "tenants.vision.gpus = 9: allowed: at most what all pools have, 8"),
        ({"tenants__vision__gpus": 3}, "tenants.vision.gpus = 3: allowed: 4 or more, what queue.teams.vision owns"),
        (
            {"queue__teams__speech": SPEECH, "tenants__speech": TENANT},
            "tenants.vision.gpus = 6: allowed: 7 or more, what queue.teams.vision owns and may borrow",
        ),
        ({"tenants__vision__group": "system:masters"}, 'group = "system:masters": allowed: a Kubernetes group'),
        ({"tenants__Vision": INSIDE["tenants"]["vision"]}, "tenants.Vision: allowed as a name: 3 to 32"),
        ({f"{ACCOUNT}__reads": {"lost": ["raw"]}}, 'trainer.reads.lost = "lost": allowed: a store of stores'),
        ({f"{ACCOUNT}__writes": {"artifacts": ["dirt"]}}, 'trainer.writes.artifacts = "dirt": allowed: a prefix of'),
        ({ACCOUNT: {}}, "tenants.vision.serviceAccounts.trainer = {}: needs `reads` or `writes`: add one"),
        (
            {MEMBER: ["arn:aws:iam::111111111111:role/*"]},
            'members.0 = "arn:aws:iam::111111111111:role/*": allowed: one',
        ),
        (
            {MEMBER: ["arn:aws:iam::111111111111:role/a", "arn:aws:iam::111111111111:role/a"]},
            'members.1 = "arn:aws:iam::111111111111:role/a": allowed: a principal without an access entry; '
            "tenants.vision.members.0 gives it one",
        ),
        ({"tenants__vision__quota": {}}, "tenants.vision.quota: no such setting; allowed here: group, members"),
    ],
)
def test_what_could_not_work_in_the_cluster_is_refused(change: dict[str, Any], told: str) -> None:
    lines = refusal(dev(**change))
    assert any(told in line and line.startswith("ml-platform:") for line in lines), lines


def test_prod_survives_the_loss_of_a_node() -> None:
    lines = refusal({**shipped("prod"), "addons": {"replicas": 1}})
    assert lines == ["ml-platform:addons.replicas = 1: allowed in prod: 2 or more"]


def test_a_queue_without_gpus_is_refused() -> None:
    values = dev(pools={"general": POOLS["general"]}, queue__teams__vision__gpus={}, tenants__vision__gpus=0)
    assert refusal(values) == [
        'ml-platform:queue = "...": there are no GPUs to queue for: add a pool of use training or serving'
    ]
