"""The view of an account as it is: what AWS answers, in the types and properties that Pulumi has for it."""

from policies.live import (
    budgets,
    ec2,
    efs,
    eks,
    elasticache,
    elb,
    functions,
    identities,
    messages,
    rds,
    s3,
    secrets,
)
from policies.live.reader import Collector

COLLECTORS: tuple[Collector, ...] = (
    s3.buckets,
    ec2.vpcs,
    ec2.security_groups,
    ec2.flow_logs,
    ec2.endpoints,
    ec2.routes,
    ec2.launch_templates,
    ec2.machines,
    eks.clusters,
    eks.compute_environments,
    elb.load_balancers,
    budgets.budgets,
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
