"""Which AWS services use which key: it follows from what keeps its data with it."""

from stacks._fields import ROLE_PATH, LockMode
from stacks.foundation_settings import Store
from stacks.rules import locks, sections
from stacks.settings import Settings

PROMOTE_ROLE = "ci-promote-*"
"""Name of the role that promotes, to which Pulumi adds seven characters."""
SERVICES = {
    "audit": ("cloudtrail", "logs", "s3"),
    "backups": ("backup",),
    "batch": ("autoscaling", "ec2", "logs", "s3", "scheduler", "spot", "sqs"),
    "capture": ("firehose", "logs", "s3"),
    "cluster": ("autoscaling", "ec2", "eks", "logs", "spot"),
    "database": ("logs", "rds", "secretsmanager"),
    "edge": ("cloudfront", "s3"),
    "features": ("elasticache", "glue", "logs", "s3"),
    "gpu": ("events-queues", "sqs"),
    "model_registry": (),
    "lake": ("athena", "glue", "logs", "s3"),
    "network": ("logs",),
    "notifications": ("budgets", "cloudwatch", "costalerts", "events-topics", "sns"),
    "registry": ("ecr",),
    "retraining": ("dynamodb", "events", "events-queues", "sqs"),
    "secrets": ("secretsmanager",),
    "stores": ("s3",),
    "threats": ("config", "s3"),
}
"""Section of the settings to the services that its components encrypt with."""


def key_services(settings: Settings) -> dict[str, list[str]]:
    """Data class to the services that use its key."""
    found: dict[str, set[str]] = {name: set() for name in settings.keys.data_classes}
    for path, section in sections(settings):
        found[section.data_class].update(SERVICES[path.split(".")[0]])
    if settings.gpu and settings.cluster:  # the interruption queue has the key of the cluster
        found[settings.cluster.data_class].update(SERVICES["gpu"])
    return {name: sorted(services) for name, services in found.items()}


def is_retained(settings: Settings, data_class: str) -> bool:
    """Whether a key encrypts what nobody can delete, and so has to outlive the stack."""
    classes = {path: section.data_class for path, section in sections(settings)}
    return any(
        lock.mode is LockMode.COMPLIANCE and classes[path.rpartition(".")[0]] == data_class
        for path, lock in locks(settings).items()
    )


def promoters(store: Store) -> list[str]:
    """ARN patterns of the roles that copy models from a store into other accounts, as their CiIdentity names them."""
    return [f"arn:aws:iam::{account}:role/{PROMOTE_ROLE}" for account in store.read_accounts]


def key_readers(settings: Settings, data_class: str) -> list[str]:
    """ARN patterns of the roles of other accounts that read what stores keep with a key."""
    stores = [store for store in settings.stores.values() if store.data_class == data_class]
    return sorted({role for store in stores for role in promoters(store)})


def key_users(settings: Settings, data_class: str) -> list[str]:
    """ARN patterns of the principals that use a key outside of any service: replication, and who settings name."""
    path = ROLE_PATH if settings.ci else "/"
    replicating = [
        f"arn:aws*:iam::{settings.account}:role{path}{name}-replication-*"
        for name, store in settings.stores.items()
        if store.replica and store.data_class == data_class
    ]
    return [*settings.keys.data_classes[data_class].users, *replicating]
