"""An account in which people have worked for years: whatever AWS has room for one of is there."""

from typing import Any

from tests.accounts.new import new
from tests.accounts.world import DEV, NUMBER, World

MONITOR = f"arn:aws:ce::{NUMBER}:anomalymonitor/0a1b2c3d-0000-0000-0000-000000000000"
ANALYZER = "ConsoleAnalyzer-0a1b2c3d"


def singletons(world: World) -> dict[str, str]:
    """Make it, and sign in as the operator; what was made."""
    new(world)
    world.bootstrap()
    world.role("ml-scientist")
    operator = world.role("ml-operator")
    iam, made = world.client("iam"), dict[str, str]()
    linked = world.role("AWSServiceRoleForConfig", "/aws-service-role/config.amazonaws.com/")
    made["config-role"] = linked
    made["spot-role"] = world.role("AWSServiceRoleForEC2Spot", "/aws-service-role/spot.amazonaws.com/")
    world.client("config").put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": linked})
    made["guardduty"] = world.client("guardduty").create_detector(Enable=True)["DetectorId"]
    world.client("securityhub").enable_security_hub()
    made["github"] = iam.create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["sts.amazonaws.com"]
    )["OpenIDConnectProviderArn"]
    # Cost Management User Guide, "Getting started with AWS Cost Anomaly Detection": AWS creates it for new customers.
    monitor = {
        "MonitorArn": MONITOR,
        "MonitorName": "Default-Services-Monitor",
        "MonitorType": "DIMENSIONAL",
        "MonitorDimension": "SERVICE",
    }
    world.answer("ce", "GetAnomalyMonitors", {"AnomalyMonitors": [monitor]})
    world.answer("accessanalyzer", "ListAnalyzers", {"analyzers": [analyzer(ANALYZER)]})
    world.assume(operator)
    return made


def analyzer(name: str) -> dict[str, Any]:
    """An analyzer of external access."""
    arn = f"arn:aws:access-analyzer:{DEV.region}:{NUMBER}:analyzer/{name}"
    return {"arn": arn, "name": name, "type": "ACCOUNT", "createdAt": "2024-01-01T00:00:00Z", "status": "ACTIVE"}
