"""The view of an account as it is: what AWS answers, in the types and properties that Pulumi has for it."""

from policies.live import budgets, ec2, eks, elb, s3
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
)
"""Every collector; each yields resources of one service."""
