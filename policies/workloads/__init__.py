"""Rules on what runs in the cluster."""

from policies._rule import Rule
from policies.workloads import (
    namespace_without_pod_security,
    pod_on_the_host,
    pod_without_confinement,
    unpinned_image,
)

RULES: tuple[Rule, ...] = (
    pod_on_the_host.RULE,
    pod_without_confinement.RULE,
    unpinned_image.RULE,
    namespace_without_pod_security.RULE,
)
