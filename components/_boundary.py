"""The statements of the ceiling over what a pipeline deploys with, and over every role that it makes."""

from collections.abc import Mapping, Sequence

from components import _documents as documents
from components._documents import Statement

REGIONAL_SERVICES = (
    "access-analyzer", "acm", "arc-zonal-shift", "athena", "autoscaling", "backup", "backup-storage", "batch",
    "cloudtrail", "cloudwatch", "cognito-idp", "config", "dynamodb", "ec2", "ec2messages", "ecr", "ecs", "eks",
    "eks-auth", "elasticache", "elasticloadbalancing", "events", "firehose", "glue", "guardduty", "kms", "logs", "rds",
    "rds-db", "s3", "scheduler", "secretsmanager", "securityhub", "servicequotas", "sns", "sqs", "ssm", "ssmmessages",
    "tag", "waf-regional", "wafv2",
)  # fmt: skip
"""IAM prefixes of the services that the platform uses in its own regions."""
GLOBAL_SERVICES = (
    "acm", "budgets", "ce", "cloudfront", "logs:*Deliver*", "pricing", "route53", "shield", "sts:GetCallerIdentity",
    "wafv2",
)  # fmt: skip
"""What answers from us-east-1 wherever the platform is; `acm`, `wafv2` and log deliveries do for CloudFront."""
FORBIDDEN_SERVICES = ("*", "account", "aws-portal", "billing", "iam", "organizations", "payments", "sts", "tax")
POLICY_LIMIT = 6_144
"""Characters, without whitespace, of a managed policy (IAM quotas)."""

_ROLES = [
    "iam:AddRoleToInstanceProfile",
    "iam:AttachRolePolicy",
    "iam:CreateInstanceProfile",
    "iam:CreatePolicy",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:DeleteInstanceProfile",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:DeleteRole",
    "iam:DeleteRolePolicy",
    "iam:DetachRolePolicy",
    "iam:PassRole",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:TagInstanceProfile",
    "iam:TagPolicy",
    "iam:TagRole",
    "iam:UntagInstanceProfile",
    "iam:UntagPolicy",
    "iam:UntagRole",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateRole",
]
_LINKED_ROLES = ("CreateServiceLinkedRole", "DeleteServiceLinkedRole", "PassRole", "TagRole", "UntagRole")
"""What the provider calls for a service-linked role: it tags the role after it has made it, and gives it to AWS
Config."""
_ISSUERS = (
    "AddClientIDToOpenIDConnectProvider",
    "CreateOpenIDConnectProvider",
    "DeleteOpenIDConnectProvider",
    "RemoveClientIDFromOpenIDConnectProvider",
    "TagOpenIDConnectProvider",
    "UntagOpenIDConnectProvider",
    "UpdateOpenIDConnectProviderThumbprint",
)
_USERS = [
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:CreateUser",
    "iam:PutGroupPolicy",
    "iam:PutUserPolicy",
    "iam:UpdateLoginProfile",
]
_RUNNERS = [
    "codebuild:BatchGetProjects",
    "codebuild:CreateProject",
    "codebuild:CreateWebhook",
    "codebuild:DeleteProject",
    "codebuild:DeleteWebhook",
    "codebuild:UpdateProject",
    "codebuild:UpdateWebhook",
]
_CONNECTION = [
    f"codeconnections:{one}" for one in ("GetConnection", "GetConnectionToken", "PassConnection", "UseConnection")
]
_MACHINES = [
    "ec2:ModifyInstanceAttribute",
    "ecs:ExecuteCommand",
    "glue:*DevEndpoint",
    "glue:StartJobRun",
    "ssm:CreateAssociation*",
    "ssm:SendCommand",
    "ssm:StartAssociationsOnce",
    "ssm:StartAutomationExecution",
    "ssm:StartSession",
    "ssm:UpdateAssociation",
]
"""What runs commands on machines that are there, as their roles and without `iam:PassRole`; no deployment does."""
_SILENCING = [
    "access-analyzer:CreateArchiveRule",
    "access-analyzer:DeleteAnalyzer",
    "cloudtrail:DeleteTrail",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
    "cloudwatch:DisableAlarmActions",
    "cloudwatch:SetAlarmState",
    "config:DeleteConfigurationRecorder",
    "config:DeleteDeliveryChannel",
    "config:StopConfigurationRecorder",
    "ec2:DeleteFlowLogs",
    "ec2:DisableEbsEncryptionByDefault",
    "events:DisableRule",
    "guardduty:ArchiveFindings",
    "guardduty:CreateFilter",
    "guardduty:CreateIPSet",
    "guardduty:DeleteDetector",
    "guardduty:Disassociate*",
    "guardduty:StopMonitoringMembers",
    "guardduty:UpdateDetector",
    "guardduty:UpdateFilter",
    "guardduty:UpdateIPSet",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
    "logs:DeleteLogStream",
    "logs:DeleteMetricFilter",
    "s3:BypassGovernanceRetention",
    "securityhub:BatchDisableStandards",
    "securityhub:BatchUpdateFindings",
    "securityhub:CreateAutomationRule",
    "securityhub:DisableSecurityHub",
    "securityhub:UpdateSecurityControl",
    "securityhub:UpdateStandardsControl",
]
"""What blinds or silences detection (MITRE ATT&CK T1562.008) and no deployment needs after the first one."""


def boundary(
    caller: Mapping[str, str],
    policy_arn: str,
    path: str,
    regions: Sequence[str],
    services: Sequence[str],
    teardown: bool,
    projects: str,
    connection_arn: str | None = None,
) -> list[Statement]:
    """Statements of the boundary `policy_arn`: an allow-list of services and regions, and what nothing can allow.

    It allows actions of whole services on every resource, as a ceiling does; a role can do what its own policies allow
    below it. Roles and policies are only made, changed and passed below `path`, where none of the account's
    administrators lives.

    Args:
        caller: `account` and `partition`.
        policy_arn: ARN of the boundary itself.
        path: Path of roles and policies.
        regions: Names of the regions.
        services: IAM prefixes of the services in these regions.
        teardown: Whether detection may be taken away.
        projects: Pattern of the names of own clusters and own projects of CodeBuild. Others may have roles above the
            boundary, and a principal that enters such a cluster or changes or builds such a project acts as these.
        connection_arn: Connection to GitHub of the DeployRunner. Default: there is none.
    """
    iam = f"arn:{caller['partition']}:iam::{caller['account']}"

    def allow(sid: str, actions: Sequence[str], resources: str | list[str], **condition: dict) -> Statement:
        found: Statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}
        return {**found, "Condition": condition} if condition else found

    def deny(sid: str, actions: Sequence[str], resource: str, **condition: dict) -> Statement:
        return {**allow(sid, actions, resource, **condition), "Effect": "Deny"}

    everywhere = [one if ":" in one else f"{one}:*" for one in GLOBAL_SERVICES]
    own = [f"{iam}:role{path}*", f"{iam}:policy{path}*", f"{iam}:instance-profile/*"]
    unbounded = {"iam:PermissionsBoundary": policy_arn}
    runner = [
        allow("OwnRunners", _RUNNERS, f"arn:{caller['partition']}:codebuild:*:{caller['account']}:project/{projects}"),
        allow("Connection", _CONNECTION, str(connection_arn)),
    ]
    others: Statement = {
        "Sid": "OthersClusters",
        "Effect": "Deny",
        "Action": "eks:CreateAccessEntry",
        "NotResource": f"arn:{caller['partition']}:eks:*:{caller['account']}:cluster/{projects}",
    }
    statements = [
        *(runner if connection_arn else []),
        allow(
            "OwnRegions",
            [f"{service}:*" for service in services],
            "*",
            StringEquals={"aws:RequestedRegion": list(regions)},
        ),
        allow("Global", [*everywhere, "iam:Get*", "iam:List*"], "*"),
        allow("OwnRoles", _ROLES, own),
        allow("ServiceRoles", [f"iam:{one}" for one in _LINKED_ROLES], f"{iam}:role/aws-service-role/*"),
        allow("ClusterIssuers", [f"iam:{one}" for one in _ISSUERS], f"{iam}:oidc-provider/oidc.eks.*"),
        deny("Users", _USERS, "*"),
        deny("OthersMachines", _MACHINES, "*"),
        others,
        deny(
            "RolesWithoutBoundary",
            ["iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"],
            "*",
            StringNotEquals=unbounded,
        ),
        deny("BoundaryRemoval", ["iam:DeleteRolePermissionsBoundary"], "*"),
        deny(
            "BoundaryChange",
            ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:DeletePolicyVersion", "iam:SetDefaultPolicyVersion"],
            policy_arn,
        ),
        deny("Account", [f"{one}:*" for one in FORBIDDEN_SERVICES if one not in ("*", "iam", "sts")], "*"),
    ]
    return statements if teardown else [*statements, deny("Silencing", _SILENCING, "*")]


def size(statements: Sequence[Statement]) -> int:
    """Characters of the document as IAM counts them."""
    return len("".join(documents.render(statements).split()))
