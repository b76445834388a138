"""K8S-03: images come from a known registry, by digest."""

import re

from policies._controls import ai_act, cis_eks, iso_42001, nist
from policies._pods import WORKLOADS, containers, judge_pods
from policies._rule import Admission, Rule, Target
from policies._verdict import Verdict, require
from policies._view import Resource, Stack
from policies.profiles import Severity

_DIGEST = "@sha256:[0-9a-f]{64}"


def _check(workload: Resource, stack: Stack) -> Verdict:
    registries = stack.profile.image_registries

    def is_pinned(image: str) -> bool:
        return any(re.fullmatch(registry + _DIGEST, image) for registry in registries)

    wanted = "an image of a known registry, with its digest"
    paths = [f"{container}.image" for container, _ in containers(workload)]
    return judge_pods(workload, stack, (require(workload, path, is_pinned, wanted) for path in paths))


RULE = Rule(
    id="K8S-03",
    name="unpinned-image",
    title="An image comes from a registry that the environment knows, and is named by its digest.",
    why="A tag names another image tomorrow, so that what was tested, scanned and approved is not what runs; and "
    "whoever can write to an unknown registry decides what that is.",
    instead="Push the image to the platform's `ContainerRegistry` and refer to it as `NAME@sha256:...`.",
    severity=Severity.HIGH,
    types=WORKLOADS,
    controls=(*cis_eks("5.1.4"), *nist("SI-7", "CM-14"), *ai_act("Article 15"), *iso_42001("A.10.3")),
    check=_check,
    good="""
registry = "111111111111.dkr.ecr.eu-central-1.amazonaws.com"
k8s.core.v1.Pod(
    "train",
    metadata={"namespace": "vision"},
    spec={"containers": [{"name": "main", "image": f"{registry}/train@sha256:{'0' * 64}"}]},
)
""",
    bad="""
registry = "111111111111.dkr.ecr.eu-central-1.amazonaws.com"
k8s.core.v1.Pod(
    "train",
    metadata={"namespace": "vision"},
    spec={"containers": [{"name": "main", "image": f"{registry}/train:latest"}]},
)
""",
    parameters=("image_registries", "system_namespaces"),
    admission=Admission(
        Target.WORKLOADS,
        {
            "variables.containers.all(one, {image_registries}.exists(registry, "
            f"one.?image.orValue('').matches('^' + registry + '{_DIGEST}$')))": "images must come from a registry that "
            "the environment knows, with their digest",
        },
    ),
)
