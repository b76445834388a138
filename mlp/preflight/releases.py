"""Versions that the settings pin: node images, add-ons and engines, which AWS must still have or has gone beyond."""

from collections.abc import Iterator

from mlp.preflight.account import Account, Finding

IMAGES = "/aws/service/eks/optimized-ami/{version}/amazon-linux-2023/x86_64/{variant}/{name}/image_id"
"""Where Karpenter looks up an alias al2023@VERSION (aws/karpenter-provider-aws, pkg/providers/amifamily/al2023.go)."""
ADDON, INSTANCE = "aws:eks/addon:Addon", "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
"""Types of what is there already, and works on with a version that AWS withdraws."""
NAME = "amazon-eks-node-al2023-x86_64-{variant}-{version}-{release}"


def node_images(account: Account) -> Iterator[Finding]:
    """AWS has published the node images of the pools for the cluster's Kubernetes version."""
    if not (cluster := account.settings.cluster):
        return
    wanted = {
        (pool.image, "standard" if pool.use == "cpu" else "nvidia"): f"pools.{name}.image"
        for name, pool in account.settings.pools.items()
    }
    for (image, variant), path in wanted.items():
        release = image.partition("@")[2]
        name = NAME.format(variant=variant, version=cluster.version, release=release)
        parameter = IMAGES.format(version=cluster.version, variant=variant, name=name)
        if account.get("ssm", "get_parameter", absent=["ParameterNotFound"], Name=parameter):
            continue
        newest = f"/aws/service/eks/optimized-ami/{cluster.version}/amazon-linux-2023/x86_64/{variant}/recommended"
        yield Finding(
            f"AWS has no node image {image} ({variant}) for Kubernetes {cluster.version}",
            "Karpenter finds no image, so it launches no node",
            f"set {account.setting(path)} to al2023@vYYYYMMDD with the date of `aws ssm get-parameter --name "
            f"{newest}/release_version --query Parameter.Value --output text`",
            blocks=account.lacks(NODE_CLASS),
        )


def addons(account: Account) -> Iterator[Finding]:
    """EKS has the add-on versions for the cluster's Kubernetes version."""
    if not (cluster := account.settings.cluster):
        return
    unknown = ["InvalidParameterException", "ResourceNotFoundException"]
    for name, version in cluster.addons.items():
        found = account.list(
            "eks",
            "describe_addon_versions",
            "addons",
            absent=unknown,
            addonName=name,
            kubernetesVersion=cluster.version,
        )
        offered = [one for addon in found for one in addon["addonVersions"]]
        if version in [one["addonVersion"] for one in offered]:
            continue
        default = next(
            (one["addonVersion"] for one in offered if any(each["defaultVersion"] for each in one["compatibilities"])),
            "",
        )
        yield Finding(
            f"EKS has no add-on {name} {version} for Kubernetes {cluster.version}",
            "CreateAddon refuses it (InvalidParameterException)",
            f"set {account.setting(f'cluster.addons.{name}')} to "
            + (default or "a version that `aws eks describe-addon-versions` shows"),
            blocks=account.lacks(ADDON, f"{account.settings.cluster_name}:{name}"),
        )


def database(account: Account) -> Iterator[Finding]:
    """RDS has the engine version, on the instance class."""
    if not (database := account.settings.database):
        return
    found = account.list(
        "rds",
        "describe_orderable_db_instance_options",
        "OrderableDBInstanceOptions",
        absent=["InvalidParameterCombination"],
        Engine="postgres",
        DBInstanceClass=database.instance_class,
    )
    wanted = database.engine_version
    # A major version alone stands for its newest minor version.
    if not any(one["EngineVersion"] == wanted or one["EngineVersion"].startswith(f"{wanted}.") for one in found):
        yield Finding(
            f"RDS has no PostgreSQL {wanted} on {database.instance_class} in {account.settings.region}",
            "CreateDBInstance refuses it (InvalidParameterCombination); AWS withdraws old minor versions",
            f"set {account.setting('database.engineVersion')} to a version of `aws rds "
            "describe-orderable-db-instance-options --engine postgres --db-instance-class "
            f"{database.instance_class} --query OrderableDBInstanceOptions[].EngineVersion`",
            blocks=account.lacks(INSTANCE),
        )


def cache(account: Account) -> Iterator[Finding]:
    """The online store of features has no later version than the settings name."""
    if not (features := account.settings.features) or account.lacks(CACHE):
        return
    nodes = account.list("elasticache", "describe_cache_clusters", "CacheClusters")
    ours = [one for one in nodes if (CACHE, one.get("ReplicationGroupId")) in account.made]
    later = {
        one["ReplicationGroupId"]: version
        for one in ours
        if (version := _minor(one["EngineVersion"])) > _minor(features.engine_version)
    }
    for name, (major, minor) in later.items():
        yield Finding(
            f"the cache {name} has version {major}.{minor}, the settings {features.engine_version}",
            "AWS has installed a later minor version; once the state is refreshed, the AWS provider would replace the "
            "cache, and its features would be lost",
            f'set {account.setting("features.engineVersion")} to "{major}.{minor}"',
            blocks=False,
        )


def _minor(version: str) -> tuple[int, int]:
    """Major and minor part of a version."""
    major, minor, *_ = map(int, version.split("."))
    return major, minor
