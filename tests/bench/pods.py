"""What the platform's node pools cost a burst of pods, against the least that a node pool can say."""

import tempfile
from pathlib import Path

from components._node_pools import USES, node_class, node_pool
from mlp.fetch import start_plane
from sandbox.kubernetes.plane import ControlPlane
from sandbox.place import Place
from sandbox.sim.measure import Timeline
from sandbox.sim.play import Player, client_of
from sandbox.sim.scenario import Jobs, Scenario
from sandbox.sim.stage import Stage
from tests.bench.results import Row

PODS, ROUNDS = 200, 2
BURST = Scenario(
    description="a burst",
    minutes=30,
    jobs=(Jobs(name="burst", count=PODS, minutes=25),),
)
ZONES, FAMILIES = ["eu-central-1a", "eu-central-1b", "eu-central-1c"], ["g5", "g6"]


def pods() -> Row:
    """Seconds until all pods run: on the platform's node pools, and on a minimal one; the best of some rounds."""
    with tempfile.TemporaryDirectory() as folder:
        plane = ControlPlane(Place(Path(folder), "local"), "eu-central-1")
        start_plane(plane)
        plane.wait()
        try:
            rounds = [(_seconds(plane, platform()), _seconds(plane, minimal())) for _ in range(ROUNDS)]
        finally:
            plane.stop()
    ours, least = (min(each) for each in zip(*rounds, strict=True))
    return Row("pods", f"{PODS} GPU pods pending to running", ours, "on a minimal node pool", least)


def platform() -> list[dict]:
    """The node pools of a GpuSpotPool for training, and their class."""
    use = USES["training"]
    sizes = {"families": FAMILIES, "zones": ZONES, "max_gpus": 8, "expire_hours": 336, "drain_minutes": 60}
    spec = node_class(use, "cluster", "node", "arn:aws:kms:eu-central-1:1:key/k", "al2023@v20261023", 200, {})
    pools = {"spot": node_pool(use, "gpu", "spot", 200, 50, **sizes)}
    pools["on-demand"] = node_pool(use, "gpu", "on-demand", 40, 10, **sizes)
    return [_class(spec), *(_pool(f"gpu-{capacity}", pool) for capacity, pool in pools.items())]


def minimal() -> list[dict]:
    """A node pool that says only which class, which capacity and which families."""
    terms = [{"tags": {"karpenter.sh/discovery": "cluster"}}]
    spec = {
        "role": "node",
        "amiSelectorTerms": [{"alias": "al2023@v20261023"}],
        "subnetSelectorTerms": terms,
        "securityGroupSelectorTerms": terms,
    }
    needs = {"karpenter.sh/capacity-type": ["spot"], "karpenter.k8s.aws/instance-family": FAMILIES}
    template = {
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
        "requirements": [{"key": key, "operator": "In", "values": values} for key, values in needs.items()],
    }
    return [_class(spec), _pool("gpu", {"template": {"spec": template}})]


def _class(spec: dict) -> dict:
    return {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "gpu"}, "spec": spec}


def _pool(name: str, spec: dict) -> dict:
    return {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": {"name": name}, "spec": spec}


def _seconds(plane: ControlPlane, pools: list[dict]) -> float:
    stage = Stage(client_of(plane))
    try:
        return until_all_run(Player(plane, stage, BURST).play(pools))
    finally:
        stage.clear()


def until_all_run(seen: Timeline) -> float:
    """Seconds from the first job's arrival to the last pod's start.

    Raises:
        RuntimeError: Not all ran, so that there is nothing to compare.
    """
    started = [pod.running for pod in seen.pods if pod.running is not None]
    if len(started) < PODS:
        raise RuntimeError(f"{len(started)} of {PODS} pods ran")
    return max(started) - min(job.arrived for job in seen.jobs.values())
