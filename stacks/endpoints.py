"""Which AWS services need an interface endpoint: it follows from what pods behind NetworkPolicies call.

Their egress is limited to the addresses of the VPC, so a service whose addresses are public is out of their reach.
"""

from stacks.models_settings import Workload
from stacks.settings import Settings

S3 = "s3"
CAPTURE = ("kinesis-firehose", "ssm")
"""What a server sends captures to, and reads the sampling rate from."""


def interface_endpoints(settings: Settings) -> list[str]:
    """The interface endpoints of the VPC: those of `network.interfaceEndpoints`, and what pods need besides."""
    wanted = set(settings.network.interface_endpoints) if settings.network else set()
    if settings.services or settings.llms or settings.model_registry:
        wanted.add(S3)
    if settings.model_registry:
        wanted.add("secretsmanager")  # the Job that creates the users of the database
    if settings.capture and set(settings.capture.sampling_percent) & set(settings.services):
        wanted.update(CAPTURE)
    if settings.drift:
        wanted.update((S3, "events"))
    if any(
        account.reads or account.writes
        for one in settings.tenants.values()
        for account in one.service_accounts.values()
    ):
        wanted.add(S3)
    for workload in settings.workloads.values():
        if workload.namespace in settings.tenants:
            wanted.update(_of_workload(workload))
    return sorted(wanted)


def _of_workload(workload: Workload) -> set[str]:
    needs = {
        S3: workload.reads or workload.writes,
        "events": workload.publishes,
        "kinesis-firehose": workload.captures,
        "secretsmanager": workload.secrets,
        "sqs": workload.retrains,
        "ssm": workload.captures,
    }
    return {name for name, needed in needs.items() if needed}
