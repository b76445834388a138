"""Rules on the Kubernetes cluster and its nodes."""

from policies._rule import Rule
from policies.eks import (
    cluster_without_network_policies,
    deletable_cluster,
    exposed_nodes,
    hidden_cluster_administrator,
    incomplete_control_plane_logs,
    node_metadata_for_pods,
    open_cluster_endpoint,
    outdated_kubernetes,
    role_for_any_service_account,
    secrets_without_customer_key,
    volume_without_customer_key,
)

RULES: tuple[Rule, ...] = (
    open_cluster_endpoint.RULE,
    incomplete_control_plane_logs.RULE,
    secrets_without_customer_key.RULE,
    outdated_kubernetes.RULE,
    hidden_cluster_administrator.RULE,
    exposed_nodes.RULE,
    deletable_cluster.RULE,
    node_metadata_for_pods.RULE,
    volume_without_customer_key.RULE,
    cluster_without_network_policies.RULE,
    role_for_any_service_account.RULE,
)
