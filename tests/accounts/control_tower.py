"""A member of an organisation with Control Tower: it records and guards already, and its policies deny some reads."""

from tests.accounts.new import new
from tests.accounts.world import DEV, World

ADMINISTRATOR = "AWSReservedSSO_AWSAdministratorAccess_0123456789abcdef"
RECORDER = "aws-controltower-BaselineConfigRecorder"


def control_tower(world: World) -> str:
    """Make it, and sign in as IAM Identity Center does; the id of the detector."""
    new(world)
    world.bootstrap()
    linked = world.role("AWSServiceRoleForConfig", "/aws-service-role/config.amazonaws.com/")
    world.client("config").put_configuration_recorder(ConfigurationRecorder={"name": RECORDER, "roleARN": linked})
    detector = world.client("guardduty").create_detector(Enable=True)["DetectorId"]
    world.role("ml-operator")
    world.role("ml-scientist")
    # Cost Management User Guide, "Controlling access": the payer account may keep its members from Cost Explorer.
    world.refuse("ce", "GetAnomalyMonitors", "AccessDeniedException", "User not enabled for cost explorer access")
    path = "/aws-reserved/sso.amazonaws.com/eu-central-1/"
    who = world.role(ADMINISTRATOR, path)
    # IAM User Guide, "Troubleshoot access denied error messages".
    denied = (
        f"User: arn:aws:sts::{DEV.account}:assumed-role/{ADMINISTRATOR}/me is not authorized to perform: "
        "route53:ListHostedZones with an explicit deny in a service control policy"
    )
    world.refuse("route53", "ListHostedZones", "AccessDenied", denied)
    world.assume(who)
    return detector
