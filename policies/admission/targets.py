"""What of a cluster the policies look at, and the variables by which their expressions speak of it.

Everywhere: `object`, `variables.params` (see `policies.admission.parameters`) and `variables.labels`. For workloads of
any kind also `variables.pod` (the spec), `variables.containers` (init and ephemeral ones too), `variables.lasting`
(without ephemeral ones), `variables.labels` and `variables.annotations` (the pod's), `variables.space` (the labels of
the namespace).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from policies._rule import Target

# `dyn`: the types of a policy for several kinds are those of none of them, and the API server would warn of each field
# that one of the kinds does not have.
_TEMPLATE = (
    "object.kind == 'Pod' ? dyn(object) : object.kind == 'CronJob' ? dyn(object).spec.jobTemplate.spec.template"
    " : dyn(object).spec.template"
)
_METADATA = "variables.template.?metadata"
_OWN = "object.metadata.?labels.orValue({})"
_SAME_AS_BEFORE = (
    "object.kind in ['Pod', 'CronJob'] ? dyn(object).spec == dyn(oldObject).spec"
    " : dyn(object).spec.?template == dyn(oldObject).spec.?template"
)


@dataclass(frozen=True)
class Looks:
    """What a target is to the API server.

    Attributes:
        resources: API group to the resources in it, in any version.
        variables: Name to CEL; one may use those before it.
        conditions: Name to CEL that must be true of a request before it is judged.
    """

    resources: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, str] = field(default_factory=lambda: {"labels": _OWN})
    conditions: Mapping[str, str] = field(default_factory=dict)


TARGETS: Mapping[Target, Looks] = {
    Target.WORKLOADS: Looks(
        {
            "": ("pods", "pods/ephemeralcontainers"),
            "apps": ("deployments", "statefulsets", "daemonsets", "replicasets"),
            "batch": ("jobs", "cronjobs"),
            "argoproj.io": ("rollouts",),
        },
        {
            "template": _TEMPLATE,
            "pod": "variables.template.spec",
            "lasting": "variables.pod.?containers.orValue([]) + variables.pod.?initContainers.orValue([])",
            "containers": "variables.lasting + variables.pod.?ephemeralContainers.orValue([])",
            "labels": f"{_METADATA}.?labels.orValue({{}})",
            "annotations": f"{_METADATA}.?annotations.orValue({{}})",
            "space": "namespaceObject.metadata.?labels.orValue({})",
        },
        {
            "pods-of-its-own": "object.kind != 'Rollout' || dyn(object).spec.?template.hasValue()",
            # What is there already can be scaled, labelled by controllers and taken away, however bad it is.
            "changes-its-pods": f"request.operation == 'CREATE' || !({_SAME_AS_BEFORE})",
        },
    ),
    Target.NAMESPACES: Looks(
        {"": ("namespaces",)},
        conditions={
            "changes-its-labels": "request.operation == 'CREATE' "
            "|| object.metadata.?labels != oldObject.metadata.?labels",
        },
    ),
    Target.SERVICE_ACCOUNTS: Looks({"": ("serviceaccounts",)}),
    Target.ROLES: Looks({"rbac.authorization.k8s.io": ("roles", "clusterroles")}),
    Target.BINDINGS: Looks({"rbac.authorization.k8s.io": ("rolebindings", "clusterrolebindings")}),
    Target.ENTRANCES: Looks(
        {"": ("services",), "networking.k8s.io": ("ingresses",), "gateway.networking.k8s.io": ("gateways",)}
    ),
    Target.NODE_POOLS: Looks({"karpenter.sh": ("nodepools",)}),
    Target.NODE_CLASSES: Looks({"karpenter.k8s.aws": ("ec2nodeclasses",)}),
    Target.STORAGE_CLASSES: Looks({"storage.k8s.io": ("storageclasses",)}),
}
