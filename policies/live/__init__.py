"""The view of an account as it is: what AWS answers, in the types and properties that Pulumi has for it."""

from policies.live import efs, elasticache, functions, identities, messages, rds, s3, secrets
from policies.live.reader import Collector

COLLECTORS: tuple[Collector, ...] = (
    s3.buckets,
    rds.instances,
    rds.clusters,
    rds.parameter_groups,
    rds.cluster_parameter_groups,
    elasticache.replication_groups,
    efs.file_systems,
    efs.access_points,
    messages.topics,
    messages.queues,
    functions.functions,
    identities.users,
    identities.groups,
    identities.roles,
    identities.policies,
    secrets.secrets,
)
"""Every collector; each yields all resources of its types."""
