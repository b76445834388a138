from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from components.ci_identity import ISSUER, CiIdentity
from components.permissions_boundary import PermissionsBoundary, PermissionsBoundaryArgs
from tests.components.conftest import ACCOUNT, ALL_TAGS, REGION, TAGS, Recorder, Run
from tests.components.iam import decide

PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/ml-platform-dev-ci-boundary"
HERE = f"{REGION}:{ACCOUNT}"
STATE = {"bucket_arn": "arn:aws:s3:::state", "kms_key_arn": "arn:key", "secrets_key_arn": "arn:secrets-key"}
THERE = f"arn:aws:ecr:{REGION}:210987654321:repository/train"
OWN = f"arn:aws:ecr:{HERE}:repository/train"
PROMOTION = {
    "source_repository_arns": [THERE],
    "repository_arns": [OWN],
    "source_bucket_arn": "arn:aws:s3:::dev-store",
    "source_kms_key_arn": "arn:dev-key",
    "bucket_arn": "arn:aws:s3:::prod-store",
    "kms_key_arn": "arn:prod-key",
    "prefix": "models",
}
LOCAL = {"aws:RequestedRegion": REGION}
BOUND = {**LOCAL, "iam:PermissionsBoundary": BOUNDARY}


def ci(**more: Any) -> Callable[[], CiIdentity]:
    """The pipeline's roles, and the boundary they are made below; each takes the arguments it knows."""
    args = {"repository": "org/ml", "environment": "prod", "regions": [REGION], "state": STATE, "tags": TAGS, **more}
    known = PermissionsBoundaryArgs.__annotations__

    def program() -> CiIdentity:
        ceiling: Any = {key: value for key, value in args.items() if key in known}
        boundary = PermissionsBoundary("ci-boundary", ceiling)
        own: Any = {key: value for key, value in args.items() if key not in known or key in ("regions", "tags")}
        own["permissions_boundary_arn"] = boundary.arn
        return CiIdentity("ci", own)

    return program


def test_without_promotion_it_plans_and_deploys(recorder: Recorder, run: Run) -> None:
    outputs = run(ci())
    assert recorder.kinds() == Counter(
        [
            "CiIdentity",
            "PermissionsBoundary",
            "OpenIdConnectProvider",
            "Policy",
            *["Role"] * 2,
            *["RolePolicyAttachment"] * 3,
            "RolePolicy",
        ]
    )
    assert recorder.inputs("OpenIdConnectProvider", "ci") == {
        "url": f"https://{ISSUER}",
        "clientIdLists": ["sts.amazonaws.com"],
        "tags": {**ALL_TAGS, "component": "ci"},
    }
    assert outputs["plan_role_arn"] == f"arn:aws:iam::{ACCOUNT}:role/ci-plan-0000000"
    assert outputs["deploy_role_arn"] == f"arn:aws:iam::{ACCOUNT}:role/ci-deploy-0000000"
    assert outputs["promote_role_arn"] is None


def test_an_account_has_only_one_provider_of_github(recorder: Recorder, run: Run) -> None:
    outputs = run(ci(provider_arn=PROVIDER))
    assert recorder.of("OpenIdConnectProvider") == []
    assert outputs["provider_arn"] == PROVIDER
    (statement,) = recorder.statements("Role", "ci-deploy", "assumeRolePolicy")
    assert statement["Principal"] == {"Federated": PROVIDER}


PULL, MAIN, PROD = "repo:org/ml:pull_request", "repo:org/ml:ref:refs/heads/main", "repo:org/ml:environment:prod"


@pytest.mark.parametrize(
    ("role", "subject", "answer"),
    [
        ("plan", PULL, "Allow"),
        ("plan", MAIN, "Allow"),
        ("plan", "repo:org/ml:ref:refs/heads/feature", "no"),
        ("plan", "repo:org/other:pull_request", "no"),
        ("plan", "repo:org/ml-fork:pull_request", "no"),
        ("deploy", PROD, "Allow"),
        ("deploy", MAIN, "no"),
        ("deploy", PULL, "no"),
        ("deploy", "repo:org/ml:environment:dev", "no"),
        ("promote", PROD, "Allow"),
        ("promote", MAIN, "no"),
    ],
)
def test_each_role_is_for_jobs_of_its_own(recorder: Recorder, run: Run, role: str, subject: str, answer: str) -> None:
    run(ci(provider_arn=PROVIDER, promotion=PROMOTION))
    trust = recorder.statements("Role", f"ci-{role}", "assumeRolePolicy")
    context = {f"{ISSUER}:sub": subject, f"{ISSUER}:aud": "sts.amazonaws.com"}
    assert decide(trust, "sts:AssumeRoleWithWebIdentity", "*", PROVIDER, context) == answer
    context[f"{ISSUER}:aud"] = "https://github.com/org"
    assert decide(trust, "sts:AssumeRoleWithWebIdentity", "*", PROVIDER, context) == "no"


def test_pull_requests_may_be_kept_from_planning(recorder: Recorder, run: Run) -> None:
    run(ci(plan_on_pull_requests=False, branch="release/1"))
    (statement,) = recorder.statements("Role", "ci-plan", "assumeRolePolicy")
    assert statement["Condition"]["StringEquals"][f"{ISSUER}:sub"] == ["repo:org/ml:ref:refs/heads/release/1"]


def test_sessions_end_after_an_hour_and_stay_below_the_boundary(recorder: Recorder, run: Run) -> None:
    run(ci(promotion=PROMOTION))
    roles = {one.name: one.inputs for one in recorder.of("Role")}
    longest = {name: inputs["maxSessionDuration"] for name, inputs in roles.items()}
    assert longest.pop("ci-deploy") == 4 * 3600
    assert set(longest.values()) == {3600}
    boundaries = {name: inputs.get("permissionsBoundary") for name, inputs in roles.items()}
    made = recorder.one("RolePolicyAttachment", "ci-deploy").inputs["policyArn"]
    assert boundaries == {"ci-plan": made, "ci-deploy": made, "ci-promote": made}
    assert recorder.inputs("Policy", "ci-boundary")["name"] == "ml-platform-dev-ci-boundary"


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("s3:GetObject", "arn:aws:s3:::state/.pulumi/stacks/a.json", "Allow"),
        ("kms:Decrypt", "arn:key", "Allow"),
        ("kms:Decrypt", "arn:secrets-key", "Allow"),
        ("s3:GetObject", "arn:aws:s3:::state/other/a", "no"),
        ("s3:PutObject", "arn:aws:s3:::state/.pulumi/stacks/a.json", "no"),
        ("s3:DeleteObject", "arn:aws:s3:::state/.pulumi/locks/a", "no"),
        ("kms:Encrypt", "arn:secrets-key", "no"),
    ],
)
def test_a_plan_reads_settings_and_the_state(
    recorder: Recorder, run: Run, action: str, resource: str, answer: str
) -> None:
    run(ci())
    assert {one.inputs["policyArn"] for one in recorder.of("RolePolicyAttachment") if "plan" in one.name} == {
        "arn:aws:iam::aws:policy/SecurityAudit",
        "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess",
    }
    assert decide(recorder.statements("RolePolicy", "ci-plan-state"), action, resource) == answer


def test_the_prefix_of_the_state_can_be_another(recorder: Recorder, run: Run) -> None:
    run(ci(state={**STATE, "prefix": "ml/.pulumi"}))
    statements = recorder.statements("RolePolicy", "ci-plan-state")
    assert decide(statements, "s3:GetObject", "arn:aws:s3:::state/ml/.pulumi/a") == "Allow"
    assert decide(statements, "s3:GetObject", "arn:aws:s3:::state/.pulumi/a") == "no"


ROLE, ADMIN = f"arn:aws:iam::{ACCOUNT}:role/ml-platform/node", f"arn:aws:iam::{ACCOUNT}:role/OrganizationAccess"


@pytest.mark.parametrize(
    ("action", "resource", "context", "answer"),
    [
        ("s3:CreateBucket", "arn:aws:s3:::b", LOCAL, "Allow"),
        ("ec2:RunInstances", "*", LOCAL, "Allow"),
        ("ec2:RunInstances", "*", {"aws:RequestedRegion": "us-east-1"}, "no"),
        ("sagemaker:CreateEndpoint", "*", LOCAL, "no"),
        ("cloudfront:CreateDistribution", "*", {"aws:RequestedRegion": "us-east-1"}, "Allow"),
        ("acm:RequestCertificate", "*", {"aws:RequestedRegion": "us-east-1"}, "Allow"),
        ("cloudtrail:CreateTrail", "*", LOCAL, "Allow"),
        # Roles: below the path, and with the boundary only.
        ("iam:CreateRole", ROLE, BOUND, "Allow"),
        ("iam:CreateRole", ROLE, LOCAL, "Deny"),
        ("iam:CreateRole", ROLE, {"iam:PermissionsBoundary": f"{BOUNDARY}2"}, "Deny"),
        ("iam:CreateRole", ADMIN, BOUND, "no"),
        ("iam:PutRolePolicy", ROLE, LOCAL, "Deny"),
        ("iam:AttachRolePolicy", ROLE, LOCAL, "Deny"),
        ("iam:PassRole", ROLE, LOCAL, "Allow"),
        ("iam:PassRole", ADMIN, LOCAL, "no"),
        ("iam:UpdateAssumeRolePolicy", ADMIN, BOUND, "no"),
        ("iam:DeleteRole", f"arn:aws:iam::{ACCOUNT}:role/ci-deploy-0000000", BOUND, "no"),
        ("iam:DeleteRolePermissionsBoundary", ROLE, BOUND, "Deny"),
        ("iam:CreatePolicyVersion", BOUNDARY, BOUND, "Deny"),
        ("iam:CreatePolicyVersion", f"arn:aws:iam::{ACCOUNT}:policy/ml-platform/own", LOCAL, "Allow"),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x/y", LOCAL, "Allow"),
        ("iam:CreateServiceLinkedRole", f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x/y", LOCAL, "Allow"),
        ("iam:CreateOpenIDConnectProvider", f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.eks.a/id/B", LOCAL, "Allow"),
        ("iam:UpdateOpenIDConnectProviderThumbprint", PROVIDER, LOCAL, "no"),
        ("iam:DeleteOpenIDConnectProvider", PROVIDER, LOCAL, "no"),
        # What nothing can allow.
        ("iam:CreateUser", "*", BOUND, "Deny"),
        ("iam:CreateAccessKey", "*", BOUND, "Deny"),
        ("organizations:LeaveOrganization", "*", LOCAL, "Deny"),
        ("account:CloseAccount", "*", LOCAL, "Deny"),
        ("billing:UpdateBillingPreferences", "*", LOCAL, "Deny"),
        ("sts:AssumeRole", ADMIN, LOCAL, "no"),
        ("cloudtrail:StopLogging", "*", LOCAL, "Deny"),
        ("guardduty:DeleteDetector", "*", LOCAL, "Deny"),
        ("config:StopConfigurationRecorder", "*", LOCAL, "Deny"),
        ("kms:ScheduleKeyDeletion", "*", LOCAL, "Deny"),
        ("s3:BypassGovernanceRetention", "arn:aws:s3:::b/a", LOCAL, "Deny"),
    ],
)
def test_deployments_stay_below_the_ceiling(
    recorder: Recorder, run: Run, action: str, resource: str, context: dict[str, str], answer: str
) -> None:
    run(ci())
    assert decide(recorder.statements("Policy", "ci-boundary"), action, resource, context=context) == answer


def test_an_environment_that_comes_and_goes_may_delete_its_keys(recorder: Recorder, run: Run) -> None:
    run(ci(allow_teardown=True))
    statements = recorder.statements("Policy", "ci-boundary")
    for action in ("kms:ScheduleKeyDeletion", "cloudtrail:DeleteTrail", "guardduty:DeleteDetector"):
        assert decide(statements, action, context=LOCAL) == "Allow"
    assert decide(statements, "iam:CreateUser", context=BOUND) == "Deny"


def test_services_regions_and_the_path_can_be_others(recorder: Recorder, run: Run) -> None:
    run(ci(services=["s3"], regions=["eu-west-1", "eu-north-1"], role_path="/team/ml/"))
    statements = recorder.statements("Policy", "ci-boundary")
    for region, answer in (("eu-west-1", "Allow"), ("eu-north-1", "Allow"), (REGION, "no")):
        assert decide(statements, "s3:CreateBucket", context={"aws:RequestedRegion": region}) == answer
    assert decide(statements, "ec2:RunInstances", context={"aws:RequestedRegion": "eu-west-1"}) == "no"
    assert decide(statements, "iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/team/ml/a") == "Allow"
    assert decide(statements, "iam:PassRole", ROLE) == "no"


@pytest.mark.parametrize("regions", [[REGION], ["eu-central-1", "eu-west-1", "eu-north-1", "us-east-1"]])
def test_the_boundary_fits_into_a_managed_policy(recorder: Recorder, run: Run, regions: list[str]) -> None:
    run(ci(regions=regions))
    assert len("".join(recorder.inputs("Policy", "ci-boundary")["policy"].split())) <= 6144


@pytest.mark.parametrize(
    ("action", "resource", "answer"),
    [
        ("ecr:BatchGetImage", THERE, "Allow"),
        ("ecr:GetDownloadUrlForLayer", THERE, "Allow"),
        ("ecr:PutImage", OWN, "Allow"),
        ("ecr:UploadLayerPart", OWN, "Allow"),
        ("s3:GetObject", "arn:aws:s3:::dev-store/models/a", "Allow"),
        ("kms:Decrypt", "arn:dev-key", "Allow"),
        ("s3:PutObject", "arn:aws:s3:::prod-store/models/a", "Allow"),
        ("kms:GenerateDataKey", "arn:prod-key", "Allow"),
        ("ecr:PutImage", THERE, "no"),
        ("ecr:BatchDeleteImage", OWN, "no"),
        ("ecr:GetDownloadUrlForLayer", OWN, "no"),
        ("ecr:PutImage", OWN.replace("train", "serve"), "no"),
        ("s3:PutObject", "arn:aws:s3:::dev-store/models/a", "no"),
        ("s3:PutObject", "arn:aws:s3:::prod-store/runs/a", "no"),
        ("s3:DeleteObject", "arn:aws:s3:::prod-store/models/a", "no"),
        ("s3:GetObject", "arn:aws:s3:::dev-store/datasets/a", "no"),
        ("kms:GenerateDataKey", "arn:dev-key", "no"),
    ],
)
def test_promotion_copies_images_and_models_one_way(
    recorder: Recorder, run: Run, action: str, resource: str, answer: str
) -> None:
    outputs = run(ci(promotion=PROMOTION))
    assert outputs["promote_role_arn"] == f"arn:aws:iam::{ACCOUNT}:role/ci-promote-0000000"
    assert decide(recorder.statements("RolePolicy", "ci-promote"), action, resource) == answer


def test_promotion_logs_in_to_registries_of_its_regions(recorder: Recorder, run: Run) -> None:
    run(ci(promotion=PROMOTION))
    statements = recorder.statements("RolePolicy", "ci-promote")
    assert decide(statements, "ecr:GetAuthorizationToken", context=LOCAL) == "Allow"
    assert decide(statements, "ecr:GetAuthorizationToken", context={"aws:RequestedRegion": "us-east-1"}) == "no"


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"repository": "org/*"}, r"repository = 'org/\*'; allowed: `organisation/name`"),
        ({"repository": "ml"}, "repository = 'ml'"),
        ({"branch": "release/*"}, r"branch = 'release/\*'"),
        ({"branch": ""}, "branch = ''"),
        ({"environment": "*"}, r"environment = '\*'"),
        ({"role_path": "/"}, "role_path = '/'; allowed: a path such as `/ml-platform/`"),
        ({"role_path": "/*/"}, r"role_path = '/\*/'"),
        ({"regions": []}, r"regions = \[\]; allowed: at least one"),
        ({"regions": ["eu-central-1", "*"]}, r"regions = \['\*'\]"),
        ({"services": ["s3", "*"]}, r"services = \['\*'\]"),
        ({"services": ["iam", "sts", "organizations"]}, r"services = \['iam', 'sts', 'organizations'\]"),
        ({"services": ["s3:Put*"]}, "services = "),
        ({"services": [f"service-{number}" for number in range(300)]}, r"services need \d+ characters"),
    ],
)
def test_wrong_arguments_are_refused(run: Run, more: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=f"(CiIdentity 'ci'|PermissionsBoundary 'ci-boundary'): {told}"):
        run(ci(**more))
