"""What an account has room for one of, and has already, against what the settings would create."""

from collections.abc import Iterator, Sequence

from mlp.preflight.account import Account, Finding, Unseen

DETECTOR = "aws:guardduty/detector:Detector"
RECORDER = "aws:cfg/recorder:Recorder"
HUB = "aws:securityhub/account:Account"
ANALYZER = "aws:accessanalyzer/analyzer:Analyzer"
PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
MONITOR = "aws:costexplorer/anomalyMonitor:AnomalyMonitor"
LINKED_ROLE = "aws:iam/serviceLinkedRole:ServiceLinkedRole"
GITHUB = "token.actions.githubusercontent.com"
LINKED_ACCOUNT = "Linked account"
"""How Cost Explorer tells a member account that only the payer may do this (terraform-provider-aws issue 37636)."""
TAGS = ["environment", "owner", "cost-centre", "data-class", "component"]


def guardduty(account: Account) -> Iterator[Finding]:
    """GuardDuty has one detector in a region."""
    if account.settings.threats:
        ids = account.list("guardduty", "list_detectors", "DetectorIds")
        yield from _one(account, "guardduty", "GuardDuty detector", DETECTOR, ids)


def config(account: Account) -> Iterator[Finding]:
    """AWS Config has one recorder of a customer in a region; those of other services do not count."""
    if account.settings.threats:
        found = account.list("config", "describe_configuration_recorders", "ConfigurationRecorders")
        names = [one["name"] for one in found if "servicePrincipal" not in one]
        yield from _one(account, "config", "recorder of AWS Config", RECORDER, names)


def config_role(account: Account) -> Iterator[Finding]:
    """AWS Config has one service-linked role in an account."""
    if account.settings.threats and "config" not in account.settings.existing:
        yield from _linked_role(account, "config-role", "AWSServiceRoleForConfig")


def security_hub(account: Account) -> Iterator[Finding]:
    """Security Hub is on or off in a region."""
    threats = account.settings.threats
    if threats and threats.security_hub:
        off = ["InvalidAccessException", "ResourceNotFoundException"]
        hub = account.get("securityhub", "describe_hub", absent=off)
        ids = [account.settings.account] if hub else []
        yield from _one(account, "security-hub", "Security Hub", HUB, ids)


def spot_role(account: Account) -> Iterator[Finding]:
    """EC2 Spot has one service-linked role in an account."""
    if account.settings.gpu:
        yield from _linked_role(account, "spot-role", "AWSServiceRoleForEC2Spot")


def analyzer(account: Account) -> Iterator[Finding]:
    """An account that is not its organisation's administrator has room for one analyzer of external access.

    IAM User Guide, "Create an IAM Access Analyzer external access analyzer".
    """
    if account.settings.threats:
        found = account.list("accessanalyzer", "list_analyzers", "analyzers", type="ACCOUNT")
        for name in _foreign(account, ANALYZER, [one["name"] for one in found]):
            yield Finding(
                f"the account has the analyzer {name} of external access",
                "IAM Access Analyzer refuses a second one (ServiceQuotaExceededException)",
                f"aws accessanalyzer delete-analyzer --analyzer-name {name}",
            )


def github_provider(account: Account) -> Iterator[Finding]:
    """An account has one identity provider for GitHub."""
    if not (ci := account.settings.ci):
        return
    found = account.list("iam", "list_open_id_connect_providers", "OpenIDConnectProviderList")
    arns = [one["Arn"] for one in found if one["Arn"].endswith(f"/{GITHUB}")]
    path = account.setting("ci.providerArn")
    if ci.provider_arn and ci.provider_arn not in arns:
        yield Finding(
            f"{path} names {ci.provider_arn}, which does not exist",
            "GitHub Actions could not assume the roles of the pipeline",
            "remove the setting, and `mlp up` creates the provider",
        )
    elif not ci.provider_arn:
        for arn in _foreign(account, PROVIDER, arns):
            yield Finding(
                f"the account has the identity provider {arn}",
                "IAM refuses a second one for the same URL (EntityAlreadyExists)",
                f"set {path} to {arn}",
            )


def anomaly_monitor(account: Account) -> Iterator[Finding]:
    """An account has room for one anomaly monitor of AWS services, and Cost Explorer creates it by itself.

    Cost Management User Guide, "Getting started with AWS Cost Anomaly Detection".
    """
    if not (costs := account.settings.costs):
        return
    found = account.list("ce", "get_anomaly_monitors", "AnomalyMonitors")
    arns = [one["MonitorArn"] for one in found if one.get("MonitorDimension") == "SERVICE"]
    path = account.setting("costs.anomalyMonitorArn")
    if costs.anomaly_monitor_arn:
        if costs.anomaly_monitor_arn not in [one["MonitorArn"] for one in found]:
            yield Finding(
                f"{path} names {costs.anomaly_monitor_arn}, which does not exist",
                "Cost Explorer refuses a subscription to it (UnknownMonitorException)",
                "remove the setting, or name " + (arns[0] if arns else "a monitor of this account"),
            )
        return
    for arn in _foreign(account, MONITOR, arns):
        yield Finding(
            f"the account has the anomaly monitor {arn} of AWS services",
            "Cost Explorer refuses a second one (LimitExceededException)",
            f"set {path} to {arn}",
        )


def cost_tags(account: Account) -> Iterator[Finding]:
    """The payer account activates a tag for cost allocation, a day after Cost Explorer has first seen it."""
    if not account.settings.costs or not account.settings.costs.activate_tags:
        return
    mend = f"set {account.setting('costs.activateTags')} to false"
    try:
        found = account.list("ce", "list_cost_allocation_tags", "CostAllocationTags", TagKeys=TAGS)
    except Unseen as unseen:
        if LINKED_ACCOUNT not in unseen.answer:
            raise
        why = "Cost Explorer lets only the organisation's payer account activate tags for cost allocation"
        yield Finding("the account is a member of an organisation", why, f"{mend}; activate them in the payer account")
        return
    known = {one["TagKey"] for one in found}
    if missing := [tag for tag in TAGS if tag not in known]:
        yield Finding(
            f"Cost Explorer does not know the tags {', '.join(missing)} yet",
            "a tag can be activated about 24 hours after Cost Explorer has first seen a resource with it",
            f"{mend} for the first `mlp up`, and to true a day later",
        )


def _linked_role(account: Account, name: str, role: str) -> Iterator[Finding]:
    found = account.get("iam", "get_role", absent=["NoSuchEntity"], RoleName=role)
    arns = [found["Role"]["Arn"]] if found else []
    yield from _one(account, name, f"role {role}", LINKED_ROLE, arns)


def _one(account: Account, name: str, what: str, type_: str, ids: Sequence[str]) -> Iterator[Finding]:
    """Findings about something that the setting `existing` can name."""
    path, claimed = account.setting("existing"), name in account.settings.existing
    if claimed and not ids:
        yield Finding(
            f"{path} has {name}, but the account has no {what}",
            "`mlp up` does not create what the account has already, so nothing would do this work",
            f"remove {name} from it",
        )
    elif not claimed:
        for one in _foreign(account, type_, ids):
            yield Finding(
                f"the account has the {what} {one}, which no stack of {account.settings.environment} made",
                "AWS refuses a second one",
                f"add {name} to {path}, and it is used as it is",
            )


def _foreign(account: Account, type_: str, ids: Sequence[str]) -> list[str]:
    """Those that no stack of the environment has made."""
    return [one for one in ids if (type_, one) not in account.made]
