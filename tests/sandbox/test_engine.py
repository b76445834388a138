"""The sandbox's aws provider behind the real engine: whole lives of resources, and what it refuses."""

from typing import Any

import pytest

from tests.sandbox.conftest import Checkout

pytestmark = pytest.mark.sandbox
HEAD = "import pulumi, pulumi_aws as aws\nprovider = aws.Provider('aws', region='eu-central-1', {more})\n"
OPTS = "opts=pulumi.ResourceOptions(provider=provider)"


def program(*lines: str, more: str = "") -> str:
    return HEAD.format(more=more) + "\n".join(lines).replace("OPTS", OPTS)


@pytest.fixture
def plain(checkout: Checkout):
    """Runs a program with plain Pulumi, and takes everything away afterwards."""

    def up(*lines: str, more: str = "", command: tuple[str, ...] = ("up", "--yes", "--skip-preview")):
        checkout.program(program(*lines, more=more))
        return checkout.pulumi(*command, "-s", "local", "--non-interactive")

    yield up
    checkout.pulumi("destroy", "--yes", "--skip-preview", "-s", "local", "--non-interactive")


def names(checkout: Checkout) -> list[str]:
    return [bucket["Name"] for bucket in checkout.client("s3").list_buckets()["Buckets"]]


def test_a_change_that_no_call_can_make_replaces_the_resource(plain, checkout: Checkout) -> None:
    plain("aws.s3.Bucket('b', OPTS)")
    (before,) = names(checkout)
    done = plain("aws.s3.Bucket('b', object_lock_enabled=True, OPTS)")
    assert "+-1 replaced" in done.stdout, done.stdout + done.stderr
    (after,) = names(checkout)
    assert before != after


def test_the_engine_keeps_no_log_of_its_own(plain, checkout: Checkout) -> None:
    """It has everything in it, a stack's secrets too, and is some megabytes of every operation."""
    done = plain("aws.s3.Bucket('b', OPTS)", command=("preview",))
    assert done.returncode == 0, done.stdout + done.stderr
    assert [*checkout.path.glob(".sandbox/*/home/**/*.log")] == []


def test_a_list_of_more_than_a_page_comes_whole(plain, checkout: Checkout) -> None:
    plain()
    rds, ec2 = checkout.client("rds"), checkout.client("ec2")
    network = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    zones = {"a": "10.9.0.0/24", "b": "10.9.1.0/24"}
    subnets = [
        ec2.create_subnet(VpcId=network, CidrBlock=cidr, AvailabilityZone=f"eu-central-1{zone}")["Subnet"]["SubnetId"]
        for zone, cidr in zones.items()
    ]
    rds.create_db_subnet_group(DBSubnetGroupName="many", DBSubnetGroupDescription="-", SubnetIds=subnets)
    given: dict[str, Any] = {"Engine": "postgres", "DBInstanceClass": "db.t4g.medium", "AllocatedStorage": 20}
    group = ec2.create_security_group(GroupName="many", Description="-", VpcId=network)["GroupId"]
    given |= {"DBSubnetGroupName": "many", "VpcSecurityGroupIds": [group]}
    for number in range(101):
        rds.create_db_instance(DBInstanceIdentifier=f"one-{number}", **given)
    pages = [len(page["DBInstances"]) for page in rds.get_paginator("describe_db_instances").paginate()]
    for number in range(101):
        rds.delete_db_instance(DBInstanceIdentifier=f"one-{number}", SkipFinalSnapshot=True)
    rds.delete_db_subnet_group(DBSubnetGroupName="many")
    ec2.delete_security_group(GroupId=group)
    for subnet in subnets:
        ec2.delete_subnet(SubnetId=subnet)
    ec2.delete_vpc(VpcId=network)
    assert pages == [100, 1]


def test_tags_and_policies_change_in_place(plain, checkout: Checkout) -> None:
    statement = '{"Effect":"Allow","Principal":{"Service":"%s"},"Action":"sts:AssumeRole"}'
    trust = '{"Version":"2012-10-17","Statement":[' + statement + "]}"
    role = f"aws.iam.Role('r', name='r', assume_role_policy='{trust}', tags={{%s}}, OPTS)"
    # AWS makes up thumbprints and the mutability of tags, which the inputs lack.
    issuer = "aws.iam.OpenIdConnectProvider('o', url='https://a.example.com', client_id_lists=['b'], tags=tags, OPTS)"
    images = "aws.ecr.Repository('i', tags=tags, OPTS)"
    plain("tags = {'a': '1'}", issuer, images, role % ("s3.amazonaws.com", "'keep': '1', 'drop': '2'"))
    made = checkout.client("iam").get_role(RoleName="r")["Role"]
    done = plain("tags = {'a': '2'}", issuer, images, role % ("ec2.amazonaws.com", "'keep': '3'"))
    assert "~ 3 updated" in done.stdout, done.stdout + done.stderr
    live = checkout.client("iam").get_role(RoleName="r")["Role"]
    assert live["RoleId"] == made["RoleId"]
    assert live["Tags"] == [{"Key": "keep", "Value": "3"}]
    assert live["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {"Service": "ec2.amazonaws.com"}


def test_an_existing_resource_can_be_imported(plain, checkout: Checkout) -> None:
    plain()
    checkout.client("logs").create_log_group(logGroupName="/found", tags={"a": "b"})
    opts = "opts=pulumi.ResourceOptions(provider=provider, import_='/found')"
    done = plain(f"aws.cloudwatch.LogGroup('g', name='/found', tags={{'a': 'b'}}, skip_destroy=False, {opts})")
    assert "= 1 imported" in done.stdout, done.stdout + done.stderr
    kept = plain("aws.cloudwatch.LogGroup('g', name='/found', tags={'a': 'b'}, skip_destroy=False, OPTS)")
    assert "3 unchanged" in kept.stdout, kept.stdout + kept.stderr


def test_a_resource_lives_in_the_region_it_names(plain, checkout: Checkout) -> None:
    plain("aws.cloudwatch.LogGroup('g', name='/far', region='eu-west-1', OPTS)")
    assert checkout.client("logs", "eu-west-1").describe_log_groups()["logGroups"][0]["logGroupName"] == "/far"
    assert not checkout.client("logs").describe_log_groups()["logGroups"]


def test_a_bucket_with_retention_goes_with_its_objects(plain, checkout: Checkout) -> None:
    done = plain(
        "bucket = aws.s3.Bucket('b', object_lock_enabled=True, force_destroy=True, OPTS).bucket",
        "versioned = aws.s3.BucketVersioning('v', bucket=bucket, versioning_configuration={'status': 'Enabled'}, OPTS)",
        "rule = {'default_retention': {'mode': 'GOVERNANCE', 'days': 1}}",
        "opts = pulumi.ResourceOptions(provider=provider, depends_on=[versioned])",
        "aws.s3.BucketObjectLockConfiguration('l', bucket=bucket, rule=rule, opts=opts)",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (name,) = names(checkout)
    checkout.client("s3").put_object(Bucket=name, Key="a", Body=b"1")
    gone = checkout.pulumi("destroy", "--yes", "--skip-preview", "-s", "local", "--non-interactive")
    assert gone.returncode == 0, gone.stdout + gone.stderr
    assert names(checkout) == []


def test_secrets_stay_secret(plain, checkout: Checkout) -> None:
    key = "key = aws.kms.Key('k', description=pulumi.Output.secret('canary-5d1f'), OPTS)"
    done = plain(key, "pulumi.export('told', key.description)")
    assert done.returncode == 0, done.stdout + done.stderr
    state = checkout.pulumi("stack", "export", "-s", "local").stdout
    assert '"description"' in state
    everything = [done.stdout, done.stderr, state]
    everything += [file.read_text(errors="ignore") for file in checkout.path.glob(".sandbox/local/state/**/*.json")]
    assert not any("canary-5d1f" in text for text in everything)


@pytest.mark.parametrize(
    ("line", "more", "told"),
    [
        ("aws.s3.Bucket('b', acceleration_status='Enabled', OPTS)", "", ["accelerationStatus", "not understood"]),
        (
            "aws.s3.BucketPolicy('p', bucket='missing', policy='{}', OPTS)",
            "",
            ["p (aws:s3/bucketPolicy:BucketPolicy)", "put_bucket_policy (", "policy)", "NoSuchBucket"],
        ),
        ("aws.s3.Bucket('b', OPTS)", "allowed_account_ids=['111122223333']", ["not allowed: 123456789012"]),
    ],
    ids=["property", "aws-error", "account"],
)
def test_what_is_not_understood_is_an_error_that_names_it(plain, line: str, more: str, told: list[str]) -> None:
    done = plain(line, more=more)
    assert done.returncode != 0
    for text in told:
        assert text in done.stdout + done.stderr


def test_the_engine_is_never_led_off_this_machine(checkout: Checkout) -> None:
    checkout.program(program("aws.s3.Bucket('b', OPTS)"))
    # 192.0.2.1 is reserved for documentation: the provider must refuse before it connects anywhere.
    done = checkout.pulumi("preview", "-s", "local", AWS_ENDPOINT_URL="http://192.0.2.1")
    assert "only talks to the emulated account on this machine" in done.stdout + done.stderr
