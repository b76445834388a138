"""Who gets the GPUs: a queue for each team, quotas, priorities, and nobody around them."""

from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as k8s

from components import _gpu_admission as admission
from components import _kueue as kueue
from components import versions
from components._chart_namespaces import namespace
from components._component import Component, after
from components._kubernetes import custom, is_name, labels, release

PRIORITIES = {"low": 100, "normal": 1000, "high": 10000}
"""Priority classes of workloads, where none are given."""


class FlavorArgs(TypedDict):
    """A kind of GPU node."""

    name: str
    """Name of the ResourceFlavor, a DNS label."""
    node_labels: Mapping[str, str]
    """Labels of its nodes, such as `ml-platform/pool` and `karpenter.sh/capacity-type`."""


class TeamArgs(TypedDict):
    """What a team has for itself."""

    cpus: int
    """vCPUs of its workloads in the queue."""
    memory_gib: int
    """Memory of its workloads in the queue, GiB."""
    gpus: Mapping[str, int]
    """Flavor to its GPUs; flavors that are not named: none."""
    borrow_gpus: NotRequired[int]
    """GPUs of each flavor it may use beyond, while other teams leave them idle. Default 0."""
    weight: NotRequired[int]
    """Its part of what is borrowed, against other teams. Default 1."""


class TrainingQueueArgs(TypedDict):
    """Inputs of TrainingQueue."""

    flavors: Sequence[FlavorArgs]
    """Kinds of GPU nodes, in the order they are tried: spot first. At least one."""
    teams: Mapping[str, TeamArgs]
    """Team to its quota; a team is called like its Tenant."""
    tags: Mapping[str, str]
    """Mandatory tags, as labels."""
    replicas: NotRequired[int]
    """Pods of Kueue; from two on with a disruption budget. Default 2."""
    priorities: NotRequired[Mapping[str, int]]
    """Name of a priority class to its value, highest first served. Default: low 100, normal 1000, high 10000."""
    frameworks: NotRequired[Sequence[str]]
    """More kinds of jobs that Kueue manages, such as `jobset.x-k8s.io/jobset`; their CRDs must be there."""
    trusted_users: NotRequired[Sequence[str]]
    """Service accounts of controllers whose Jobs and pods are parts of what Kueue manages. Default: none."""
    after: NotRequired[Sequence[pulumi.Input[str]]]
    """`ready` of what must be there first and go last: ClusterAddons, GpuSpotPool. Default: nothing."""


class TrainingQueue(Component):
    """Kueue, a flavor for each kind of GPU node, a ClusterQueue for each team in one cohort, and the admission policy.

    Kueue is here and not among the add-ons: what it manages follows from these arguments. A team's LocalQueue belongs
    to its namespace, and so to Tenant. The policy is for the cluster, so it is made once, here; it binds namespaces
    that Tenant labels.
    """

    cluster_queues: pulumi.Output[dict[str, str]]
    """Team to the name of its ClusterQueue, for Tenant; known once it is there."""
    priority_classes: pulumi.Output[list[str]]
    """Names of the priority classes, for the label `kueue.x-k8s.io/priority-class`."""
    ready: pulumi.Output[str]
    """The component's name, once queues and policies are there."""

    def __init__(self, name: str, args: TrainingQueueArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        flavors, teams = [one["name"] for one in args["flavors"]], args["teams"]
        self._validate(flavors, teams)
        self._meta = {"labels": labels(self._tags)}
        space = namespace(
            f"{name}-{versions.KUEUE.namespace}",
            versions.KUEUE.namespace,
            self._meta["labels"],
            self._child(args.get("after", [])),
        )
        manager = release(
            f"{name}-kueue",
            versions.KUEUE,
            kueue.values(int(args.get("replicas", 2)), [*kueue.FRAMEWORKS, *args.get("frameworks", [])]),
            self._child([*space, *args.get("after", [])]),
        )
        plain = self._object(f"{name}-{kueue.PLAIN}", "ResourceFlavor", kueue.PLAIN, {"spec": {}}, [manager])
        kinds = [
            self._object(
                f"{name}-flavor-{one['name']}",
                "ResourceFlavor",
                one["name"],
                {"spec": kueue.flavor(one["node_labels"])},
                [manager],
            )
            for one in args["flavors"]
        ]
        cohort = self._object(name, "Cohort", name, {"spec": {}}, [manager])
        queues = {
            team: self._object(
                f"{name}-team-{team}",
                "ClusterQueue",
                team,
                {"spec": self._queue(team, quota, flavors)},
                [plain, cohort, *kinds],
            )
            for team, quota in teams.items()
        }
        priorities = {key: int(value) for key, value in args.get("priorities", PRIORITIES).items()}
        classes = [
            self._object(f"{name}-priority-{key}", "WorkloadPriorityClass", key, {"value": value}, [manager])
            for key, value in priorities.items()
        ]
        rules = self._policies(list(args.get("trusted_users", [])), list(args.get("after", [])))
        self._finish(
            cluster_queues=pulumi.Output.all(**{team: after(team, queue) for team, queue in queues.items()}),
            priority_classes=pulumi.Output.from_input(list(priorities)),
            ready=after(name, *queues.values(), *classes, *rules),
        )

    def _object(
        self, name: str, kind: str, called: str, body: Mapping[str, Any], depends_on: Sequence[pulumi.Resource]
    ) -> pulumi.Resource:
        document = {"apiVersion": kueue.API, "kind": kind, "metadata": {"name": called, **self._meta}, **body}
        return custom(name, document, self._child(depends_on))

    def _queue(self, team: str, quota: TeamArgs, flavors: Sequence[str]) -> dict[str, Any]:
        return kueue.cluster_queue(
            team,
            self._name,
            int(quota["cpus"]),
            int(quota["memory_gib"]),
            {flavor: int(gpus) for flavor, gpus in quota["gpus"].items()},
            flavors,
            int(quota.get("borrow_gpus", 0)),
            int(quota.get("weight", 1)),
        )

    def _policies(self, trusted: Sequence[str], depends_on: Sequence[Any]) -> list[pulumi.Resource]:
        made: list[pulumi.Resource] = []
        for resource, makers in (("pods", [*admission.POD_MAKERS, *trusted]), ("jobs", trusted)):
            called = f"ml-platform-gpu-{resource}"
            meta: Any = {"name": called, **self._meta}
            rule = k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
                f"{self._name}-{resource}",
                metadata=meta,
                spec=admission.policy(resource, makers),  # pyright: ignore[reportArgumentType]
                opts=self._child(depends_on),
            )
            bound = k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
                f"{self._name}-{resource}",
                metadata=meta,
                spec=admission.binding(called),  # pyright: ignore[reportArgumentType]
                opts=self._child([rule]),
            )
            made += [rule, bound]
        return made

    def _validate(self, flavors: Sequence[str], teams: Mapping[str, TeamArgs]) -> None:
        label = f"TrainingQueue {self._name!r}"
        if not flavors or not teams:
            raise ValueError(f"{label}: {'teams' if flavors else 'flavors'} is empty; allowed: at least one")
        for key, names in (("flavors", flavors), ("teams", teams)):
            if wrong := [one for one in names if not is_name(one) or one == kueue.PLAIN]:
                raise ValueError(f"{label}: {key} has {', '.join(wrong)}; allowed: DNS labels, not {kueue.PLAIN}")
        for team, quota in teams.items():
            if unknown := sorted(set(quota["gpus"]) - set(flavors)):
                raise ValueError(
                    f"{label}: teams.{team}.gpus has {', '.join(unknown)}; allowed: a flavor ({', '.join(flavors)})"
                )
