"""The caller, its rights in the cluster, and whether the principals of the settings exist."""

from collections.abc import Iterator

from access.patterns import matches_arn
from mlp.preflight.account import Account, Finding, Principal
from stacks._fields import texts
from stacks.platform_rules import administrators

ENTRY = "aws:eks/accessEntry:AccessEntry"
ADMINISTRATOR = "AmazonEKSClusterAdminPolicy"


def caller(account: Account) -> Iterator[Finding]:
    """The caller is not the root user of the account."""
    if account.caller.endswith(":root"):
        yield Finding(
            "the credentials are those of the account's root user",
            "no policy limits the root user, and an access entry of EKS names an IAM role or user only",
            "sign in with an IAM role that may deploy",
        )


def cluster_rights(account: Account) -> Iterator[Finding]:
    """The caller is an administrator of the cluster, or the settings make it one."""
    settings, who = account.settings, Principal.of(account.caller)
    if not settings.cluster or not settings.in_cluster:
        return
    if who in [Principal.of(arn) for arn in administrators(settings.cluster)] or _is_pipeline(account, who):
        return
    cluster = settings.cluster_name
    gone = ["ResourceNotFoundException"]
    for entry in account.list("eks", "list_access_entries", "accessEntries", absent=gone, clusterName=cluster):
        if Principal.of(entry) == who:
            policies = account.list(
                "eks",
                "list_associated_access_policies",
                "associatedAccessPolicies",
                absent=gone,
                clusterName=cluster,
                principalArn=entry,
            )
            if any(_is_administrator(policy["policyArn"], policy["accessScope"]["type"]) for policy in policies):
                return
    yield Finding(
        f"{account.caller} is no administrator of the cluster {cluster}",
        "the API server refuses every request of a principal without an access entry, and EKS creates none for the "
        "principal that creates the cluster",
        f"add an entry with policy cluster-admin for {_arn(account)} to {account.setting('cluster.access')}, or sign "
        "in with a role that has one",
    )


def principals(account: Account) -> Iterator[Finding]:
    """The roles and users that the settings name exist."""
    paths: dict[str, list[str]] = {}
    for path, text in texts(account.settings):
        if text.startswith("arn:") and ":iam::" in text and "*" not in text:
            paths.setdefault(text, []).append(path)
    for arn, named in paths.items():
        who = Principal.of(arn)
        if who.account != account.settings.account or who.kind not in ("role", "user"):
            continue
        if who.kind == "role":
            found = account.get("iam", "get_role", absent=["NoSuchEntity"], RoleName=who.name)
        else:
            found = account.get("iam", "get_user", absent=["NoSuchEntity"], UserName=who.name)
        there = found and found[who.kind.capitalize()]["Arn"]
        if there == arn:
            continue
        enters = any(path.startswith("cluster.access.") or ".members." in path for path in named)
        yield Finding(
            f"{account.setting(' and '.join(named))} names {arn}, "
            + (f"but its ARN is {there}" if there else "which does not exist"),
            "EKS refuses an access entry for it (InvalidParameterException)"
            if enters
            else "no principal gets these rights",
            "write the ARN with its path" if there else f"create the {who.kind}, or name another one",
            blocks=enters and account.lacks(ENTRY, f"{account.settings.cluster_name}:{arn}"),
        )


def secret_administrators(account: Account) -> Iterator[Finding]:
    """The caller is an administrator of the secrets: their policies deny changes to all other principals."""
    secrets, who = account.settings.secrets, Principal.of(account.caller)
    if not secrets or who.kind == "root":
        return
    arn = _arn(account)
    if not any(matches_arn(pattern, arn, {}) for pattern in secrets.administrators):
        yield Finding(
            f"{arn} is not among the administrators of the secrets",
            "the policy of a secret denies UpdateSecret, PutResourcePolicy and DeleteSecret to all other principals; "
            "the next `mlp up` or `mlp down` that changes a secret would fail",
            f"add {arn} to {account.setting('secrets.administrators')}",
        )


def _arn(account: Account) -> str:
    """The IAM ARN of the caller, which has the path that the ARN of a session lacks."""
    who = Principal.of(account.caller)
    if ":assumed-role/" not in account.caller:
        return account.caller
    return account.get("iam", "get_role", RoleName=who.name)["Role"]["Arn"]


def _is_administrator(policy: str, scope: str) -> bool:
    return policy.endswith(f"/{ADMINISTRATOR}") and scope == "cluster"


def _is_pipeline(account: Account, who: Principal) -> bool:
    """Whether the caller is the deploy role of `ci`, which the cluster lets in."""
    roles = (one for one in account.resources if one["type"] == "aws:iam/role:Role" and one["id"] == who.name)
    return bool(account.settings.ci) and any(one["urn"].endswith("::ci-deploy") for one in roles)
