"""Rules on what runs in the cluster."""

from policies._rule import Rule
from policies.workloads import (
    container_without_limits,
    default_service_account,
    excessive_cluster_rights,
    fragile_serving,
    gpu_pod_out_of_place,
    namespace_without_default_deny,
    namespace_without_pod_security,
    pod_on_the_host,
    pod_without_confinement,
    secret_in_environment,
    unpinned_image,
)

RULES: tuple[Rule, ...] = (
    pod_on_the_host.RULE,
    pod_without_confinement.RULE,
    unpinned_image.RULE,
    container_without_limits.RULE,
    gpu_pod_out_of_place.RULE,
    namespace_without_default_deny.RULE,
    default_service_account.RULE,
    excessive_cluster_rights.RULE,
    fragile_serving.RULE,
    secret_in_environment.RULE,
    namespace_without_pod_security.RULE,
)
