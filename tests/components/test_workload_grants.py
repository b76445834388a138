"""What a workload is granted, and refused."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from components.workload_identity import GrantKind, WorkloadIdentity
from tests.components.conftest import REGION, TAGS, Recorder, Run
from tests.components.iam import decide
from tests.components.test_workload_identity import BUCKET, BUS, CACHE, GRANTS, READ, REPOSITORY, WORKGROUP, identity


@pytest.mark.parametrize("kind", GRANTS)
def test_a_grant_allows_what_its_kind_says_and_nothing_else(recorder: Recorder, run: Run, kind: str) -> None:
    values, allowed, refused = GRANTS[kind]
    run(identity({"kind": kind, **values}))
    assert recorder.inputs("RolePolicy", f"trainer-{kind}", "policy") == {"name": kind, "role": "trainer-0000000"}
    statements = recorder.statements("RolePolicy", f"trainer-{kind}")
    assert [one for one in allowed if decide(statements, *one) != "Allow"] == []
    assert [one for one in refused if decide(statements, *one) != "no"] == []


def test_events_are_published_under_one_source_only(recorder: Recorder, run: Run) -> None:
    run(identity({"kind": "publish-events", "resource_arn": BUS, "source": "ml.training"}))
    statements = recorder.statements("RolePolicy", "trainer-publish-events")
    for source, answer in (("ml.training", "Allow"), ("ml.registry", "no"), ("aws.s3", "no")):
        assert decide(statements, "events:PutEvents", BUS, context={"events:source": source}) == answer


def test_logging_in_to_the_registry_is_bound_to_its_region(recorder: Recorder, run: Run) -> None:
    run(identity({"kind": "pull-image", "resource_arn": REPOSITORY}))
    statements = recorder.statements("RolePolicy", "trainer-pull-image")
    for region, answer in ((REGION, "Allow"), ("us-east-1", "no")):
        context = {"aws:RequestedRegion": region}
        assert decide(statements, "ecr:GetAuthorizationToken", context=context) == answer


def test_every_kind_is_tested_and_offered() -> None:
    assert {*GRANTS, "publish-events"} == {str(kind) for kind in GrantKind}


def test_no_grant_names_a_wildcard_resource_but_the_registrys_login(recorder: Recorder, run: Run) -> None:
    run(identity(*({"kind": kind, **values} for kind, (values, _, _) in GRANTS.items())))
    for policy in recorder.of("RolePolicy"):
        for statement in recorder.statements("RolePolicy", policy.name):
            assert "*" not in "".join(statement["Action"])
            if statement["Action"] != ["ecr:GetAuthorizationToken"]:
                resources = [statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"]
                assert [one for one in resources if "*" in one.split("/")[0]] == []


def test_grants_of_a_kind_share_a_policy_whose_statements_are_not_repeated(recorder: Recorder, run: Run) -> None:
    run(identity(READ, {**READ, "prefix": "runs"}))
    statements = recorder.statements("RolePolicy", "trainer-read-prefix")
    assert decide(statements, "s3:GetObject", f"{BUCKET}/runs/a") == "Allow"
    assert [one["Action"] for one in statements].count(["kms:Decrypt", "kms:DescribeKey"]) == 1
    assert [one for one in statements if "Sid" in one] == []


def refused(match: str, build: Callable[[], Any], run: Run) -> None:
    with pytest.raises(ValueError, match=match):
        run(build)


@pytest.mark.parametrize("kind", ["read-prefix", "write-prefix"])
def test_objects_are_never_granted_without_their_key(run: Run, kind: str) -> None:
    refused(
        r"WorkloadIdentity 'trainer': grants\[1\].kms_key_arn is missing",
        identity(READ, {"kind": kind, "resource_arn": BUCKET, "prefix": "models"}),
        run,
    )


@pytest.mark.parametrize(
    ("grant", "told"),
    [
        ({**READ, "kind": "admin"}, r"\.kind is 'admin'; allowed: read-prefix"),
        ({"kind": "use-key"}, r"\.resource_arn is missing; `use-key` needs resource_arn"),
        ({**READ, "source": "a"}, r"\.source is not for `read-prefix`; allowed: kind, resource_arn, prefix"),
        ({**READ, "actions": ["s3:*"]}, r"\.actions is not for"),
        ({"kind": "publish-events", "resource_arn": BUS}, r"\.source is missing"),
        ({"kind": "publish-events", "resource_arn": BUS, "source": "*"}, r"\.source = '\*'"),
        ({"kind": "query-lake", "resource_arn": WORKGROUP, "database": "*"}, r"\.database = '\*'"),
        ({"kind": "connect-cache", "resource_arn": CACHE, "user_arn": CACHE}, r"\.user_arn = .* elasticache:user:"),
        *(({**READ, "prefix": one}, r"\.prefix = ") for one in ("", "*", "a/", "/", "a/*")),
    ],
)
def test_a_wrong_field_is_named(run: Run, grant: dict[str, Any], told: str) -> None:
    refused(rf"WorkloadIdentity 'trainer': grants\[0\]{told}", identity(grant), run)


WILD = ["*", "arn:aws:s3:::*", "arn:aws:s3:::models-?", "arn:aws:kms:eu-central-1:1:key/a", "arn:key"]


@pytest.mark.parametrize("arn", WILD)
def test_a_resource_that_is_not_exactly_one_of_its_kind_is_refused(run: Run, arn: str) -> None:
    refused(r"grants\[0\].resource_arn = .* one s3:", identity({**READ, "resource_arn": arn}), run)


@pytest.mark.parametrize("arn", WILD)
def test_it_is_also_refused_if_it_is_known_only_later(run: Run, arn: str) -> None:
    later = pulumi.Output.from_input(arn)
    refused(r"'trainer': grants\[0\].resource_arn = .* one s3:", identity({**READ, "resource_arn": later}), run)


def test_more_than_a_role_can_hold_is_refused(run: Run) -> None:
    many = [{**READ, "prefix": f"{'models' * 10}-{number}"} for number in range(60)]
    refused(r"grants need \d+ characters of policy; allowed: 10240", identity(*many), run)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"grants": []}, "grants is empty"),
        ({"namespace": "*"}, r"namespace = '\*'"),
        ({"namespace": "a.b"}, "namespace = 'a.b'"),
        ({"service_account": "train*"}, r"service_account = 'train\*'"),
        ({"service_account": "a" * 254}, "service_account = .* up to 253 characters"),
        ({"max_session_seconds": 3599}, "max_session_seconds = 3599; allowed: 3600 to 43200"),
        ({"max_session_seconds": 43201}, "max_session_seconds = 43201"),
        ({"irsa": {"oidc_provider_arn": "a", "issuer_url": "b"}, "cluster_name": "c"}, "cluster_name and `irsa`"),
    ],
)
def test_wrong_arguments_are_refused(run: Run, more: dict[str, Any], told: str) -> None:
    refused(f"WorkloadIdentity 'trainer': {told}", identity(**more), run)


def test_a_cluster_is_needed_without_irsa(run: Run) -> None:
    args: Any = {"namespace": "a", "service_account": "b", "grants": [READ], "tags": TAGS}
    refused("cluster_name and `irsa` exclude each other", lambda: WorkloadIdentity("trainer", args), run)
