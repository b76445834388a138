"""What the emulated account refuses as AWS does, asked with boto3 and no provider of ours."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from sandbox import clock
from sandbox.account import Account
from sandbox.place import Place
from sandbox.refusals import REFUSALS

NUMBER, REGION = "111111111111", "eu-central-1"
SERVICE = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
TRUST = json.dumps({"Version": "2012-10-17", "Statement": [SERVICE]})
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
POLICY = json.dumps({"Version": "2012-10-17", "Statement": [READ]})
MANIFEST = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "layers": []}


class Aws:
    """Clients of one emulated account, and its clock."""

    def __init__(self, endpoint: str, place: Place) -> None:
        self._session, self._endpoint, self._place = boto3.Session("sandbox", "sandbox"), endpoint, place

    def __getattr__(self, service: str) -> Any:
        return self._session.client(service, region_name=REGION, endpoint_url=self._endpoint)  # pyright: ignore

    def days_later(self, days: float) -> None:
        (self._place.root / clock.FILE).write_text(str(days))

    @property
    def vpc(self) -> str:
        return self.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def subnet(self, vpc: str, number: int = 0) -> str:
        made = self.ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{number}.0/24", AvailabilityZone=f"{REGION}a")
        return made["Subnet"]["SubnetId"]

    def role(self, name: str) -> None:
        self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=TRUST)

    def database(self, name: str, **more: Any) -> dict[str, Any]:
        sizes = {"DBInstanceClass": "db.t4g.micro", "AllocatedStorage": 20, "Engine": "postgres"}
        names = {"MasterUsername": "me", "MasterUserPassword": "password", "DBInstanceIdentifier": name}
        group = self.ec2.create_security_group(GroupName=name, Description="d", VpcId=self.vpc)["GroupId"]
        groups = {"VpcSecurityGroupIds": [group]}
        return self.rds.create_db_instance(**sizes, **names, **groups, **more)["DBInstance"]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Aws]:
    place = Place(tmp_path_factory.mktemp("account"), "local")
    place.prepare()
    account = Account(place, NUMBER)
    account.start()
    yield Aws(account.wait(), place)
    account.stop()


@pytest.fixture
def aws(running: Aws) -> Iterator[Aws]:
    yield running
    running.days_later(0)


def refused(code: str, call: Callable[..., Any], **arguments: Any) -> str:
    """The message of the service that refuses a call with this code."""
    with pytest.raises(ClientError) as failed:
        call(**arguments)
    assert failed.value.response["Error"]["Code"] == code, failed.value.response["Error"]
    return failed.value.response["Error"]["Message"]


def locked(aws: Aws, bucket: str, mode: str, days: int) -> dict[str, str]:
    """A version in a bucket whose objects are locked by default."""
    s3 = aws.s3
    where = {"LocationConstraint": REGION}
    s3.create_bucket(Bucket=bucket, ObjectLockEnabledForBucket=True, CreateBucketConfiguration=where)
    rule = {"DefaultRetention": {"Mode": mode, "Days": days}}
    s3.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    version = s3.put_object(Bucket=bucket, Key="log", Body=b"x")["VersionId"]
    return {"Bucket": bucket, "Key": "log", "VersionId": version}


def test_every_refusal_names_a_document_of_aws() -> None:
    assert all(one.source.startswith("https://docs.aws.amazon.com/") for one in REFUSALS)


def test_a_version_in_compliance_mode_cannot_be_deleted_before_its_retention_ends(aws: Aws) -> None:
    s3, version = aws.s3, locked(aws, "audit", "COMPLIANCE", 365)
    refused("AccessDenied", s3.delete_object, **version, BypassGovernanceRetention=True)
    items = {"Objects": [{"Key": version["Key"], "VersionId": version["VersionId"]}]}
    (error,) = s3.delete_objects(Bucket="audit", Delete=items, BypassGovernanceRetention=True)["Errors"]
    assert error["Code"] == "AccessDenied"
    refused("BucketNotEmpty", s3.delete_bucket, Bucket="audit")
    for mode, days in (("COMPLIANCE", 1), ("GOVERNANCE", 365)):
        until = {"Mode": mode, "RetainUntilDate": datetime.now(UTC) + timedelta(days=days)}
        refused("AccessDenied", s3.put_object_retention, **version, Retention=until, BypassGovernanceRetention=True)
    aws.days_later(366)
    s3.delete_object(**version)
    s3.delete_bucket(Bucket="audit")


def test_governance_mode_is_bypassed_by_a_request_that_says_so(aws: Aws) -> None:
    version = locked(aws, "governed", "GOVERNANCE", 30)
    refused("AccessDenied", aws.s3.delete_object, **version)
    aws.s3.delete_object(**version, BypassGovernanceRetention=True)


def test_a_vault_lock_in_compliance_mode_cannot_be_removed_after_its_grace(aws: Aws) -> None:
    backup, vault = aws.backup, {"BackupVaultName": "vault"}
    backup.create_backup_vault(**vault)
    for days, grace in ((0, 3), (2, 3)):
        aws.days_later(days)
        backup.put_backup_vault_lock_configuration(**vault, MinRetentionDays=30, ChangeableForDays=grace)
        backup.delete_backup_vault_lock_configuration(**vault)
    backup.put_backup_vault_lock_configuration(**vault, MinRetentionDays=30, ChangeableForDays=3)
    aws.days_later(6)
    refused("InvalidRequestException", backup.delete_backup_vault_lock_configuration, **vault)
    refused("InvalidRequestException", backup.put_backup_vault_lock_configuration, **vault, MinRetentionDays=1)


def test_a_vault_with_recovery_points_cannot_be_deleted(aws: Aws) -> None:
    backup, vault = aws.backup, {"BackupVaultName": "copies"}
    backup.create_backup_vault(**vault)
    backup.put_backup_vault_lock_configuration(**vault, MinRetentionDays=7)
    database = aws.database("copied")["DBInstanceArn"]
    job = {"ResourceArn": database, "IamRoleArn": f"arn:aws:iam::{NUMBER}:role/r", "Lifecycle": {"DeleteAfterDays": 35}}
    backup.start_backup_job(**vault, **job)
    (point,) = backup.list_recovery_points_by_backup_vault(**vault)["RecoveryPoints"]
    assert point["BackupSizeInBytes"] == 20 * 2**30
    assert (point["CalculatedLifecycle"]["DeleteAt"] - point["CreationDate"]).days == 35
    assert "contains 1 recovery points" in refused("InvalidRequestException", backup.delete_backup_vault, **vault)
    which = {**vault, "RecoveryPointArn": point["RecoveryPointArn"]}
    refused("InvalidRequestException", backup.delete_recovery_point, **which)
    backup.delete_backup_vault_lock_configuration(**vault)
    backup.delete_recovery_point(**which)
    backup.delete_backup_vault(**vault)


def test_a_stopped_database_is_not_modified(aws: Aws) -> None:
    rds, name = aws.rds, {"DBInstanceIdentifier": "stopped"}
    aws.database("stopped", DeletionProtection=True)
    rds.stop_db_instance(**name)
    refused("InvalidDBInstanceState", rds.modify_db_instance, **name, DeletionProtection=False)
    rds.start_db_instance(**name)
    rds.modify_db_instance(**name, DeletionProtection=False)


def test_a_final_snapshot_needs_a_name_that_is_free(aws: Aws) -> None:
    final = {"DBInstanceIdentifier": "again", "FinalDBSnapshotIdentifier": "again-final"}
    aws.database("again")
    aws.rds.delete_db_instance(**final)
    aws.database("again")
    refused("DBSnapshotAlreadyExists", aws.rds.delete_db_instance, **final)


def test_groups_of_a_database_outlive_it(aws: Aws) -> None:
    rds, vpc = aws.rds, aws.vpc
    group, parameters = {"DBSubnetGroupName": "nets"}, {"DBParameterGroupName": "params"}
    rds.create_db_subnet_group(**group, DBSubnetGroupDescription="d", SubnetIds=[aws.subnet(vpc)])
    rds.create_db_parameter_group(**parameters, DBParameterGroupFamily="postgres17", Description="d")
    aws.database("grouped", **group, **parameters)
    refused("InvalidDBSubnetGroupStateFault", rds.delete_db_subnet_group, **group)
    refused("InvalidDBParameterGroupState", rds.delete_db_parameter_group, **parameters)
    rds.delete_db_instance(DBInstanceIdentifier="grouped", SkipFinalSnapshot=True)
    rds.delete_db_subnet_group(**group)
    rds.delete_db_parameter_group(**parameters)


def test_a_key_in_its_deletion_window_can_only_be_looked_at_and_kept(aws: Aws) -> None:
    kms = aws.kms
    key = {"KeyId": kms.create_key()["KeyMetadata"]["KeyId"]}
    kms.schedule_key_deletion(**key, PendingWindowInDays=7)
    for call, more in (
        (kms.encrypt, {"Plaintext": b"x"}),
        (kms.generate_data_key, {"KeySpec": "AES_256"}),
        (kms.enable_key_rotation, {}),
        (kms.create_grant, {"GranteePrincipal": "me", "Operations": ["Decrypt"]}),
        (kms.schedule_key_deletion, {"PendingWindowInDays": 7}),
    ):
        assert "is pending deletion" in refused("KMSInvalidStateException", call, **key, **more)
    refused("KMSInvalidStateException", kms.create_alias, AliasName="alias/x", TargetKeyId=key["KeyId"])
    kms.describe_key(**key)
    kms.cancel_key_deletion(**key)
    kms.enable_key(**key)
    kms.encrypt(**key, Plaintext=b"x")


def test_the_name_of_a_deleted_secret_is_taken_until_its_recovery_window_ends(aws: Aws) -> None:
    secrets = aws.secretsmanager
    secrets.create_secret(Name="password", SecretString="x")
    secrets.delete_secret(SecretId="password", RecoveryWindowInDays=14)
    told = refused("InvalidRequestException", secrets.create_secret, Name="password", SecretString="y")
    assert "already scheduled for deletion" in told
    aws.days_later(15)
    secrets.create_secret(Name="password", SecretString="y")


def test_a_log_group_that_something_wrote_again_is_there_already(aws: Aws) -> None:
    logs, name = aws.logs, {"logGroupName": "/aws/eks/platform/cluster"}
    logs.create_log_group(**name)
    refused("ResourceAlreadyExistsException", logs.create_log_group, **name)


def test_a_cluster_outlives_its_node_groups(aws: Aws) -> None:
    eks, role = aws.eks, f"arn:aws:iam::{NUMBER}:role/nodes"
    subnets = [aws.subnet(aws.vpc)]
    eks.create_cluster(name="platform", roleArn=role, resourcesVpcConfig={"subnetIds": subnets})
    eks.create_nodegroup(clusterName="platform", nodegroupName="system", subnets=subnets, nodeRole=role)
    refused("ResourceInUseException", eks.delete_cluster, name="platform")


def test_a_repository_with_images_is_deleted_by_force_only(aws: Aws) -> None:
    ecr = aws.ecr
    ecr.create_repository(repositoryName="images")
    ecr.put_image(repositoryName="images", imageManifest=json.dumps(MANIFEST), imageTag="1")
    refused("RepositoryNotEmptyException", ecr.delete_repository, repositoryName="images")
    ecr.delete_repository(repositoryName="images", force=True)


def test_what_is_in_a_network_keeps_it(aws: Aws) -> None:
    ec2, vpc = aws.ec2, aws.vpc
    subnet = aws.subnet(vpc)
    group = ec2.create_security_group(GroupName="g", Description="d", VpcId=vpc)["GroupId"]
    other = ec2.create_security_group(GroupName="o", Description="d", VpcId=vpc)["GroupId"]
    rule = [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": group}]}]
    ec2.authorize_security_group_ingress(GroupId=other, IpPermissions=rule)
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=f"com.amazonaws.{REGION}.guardduty-data",
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
        SecurityGroupIds=[group],
    )["VpcEndpoint"]["VpcEndpointId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet)
    refused("DependencyViolation", ec2.delete_security_group, GroupId=group)
    ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint])
    told = refused("DependencyViolation", ec2.delete_security_group, GroupId=group)
    assert other in told
    ec2.delete_security_group(GroupId=other)
    ec2.delete_subnet(SubnetId=subnet)
    refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc)
    ec2.delete_security_group(GroupId=group)
    assert gateway in refused("DependencyViolation", ec2.delete_vpc, VpcId=vpc)
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    ec2.delete_vpc(VpcId=vpc)


def test_a_nat_gateway_takes_its_interface_with_it(aws: Aws) -> None:
    ec2 = aws.ec2
    subnet = aws.subnet(aws.vpc)
    gateway = ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")["NatGateway"]["NatGatewayId"]
    refused("DependencyViolation", ec2.delete_subnet, SubnetId=subnet)
    ec2.delete_nat_gateway(NatGatewayId=gateway)
    ec2.delete_subnet(SubnetId=subnet)


def test_a_role_and_a_policy_go_only_when_nothing_is_attached(aws: Aws) -> None:
    iam, name = aws.iam, {"RoleName": "used"}
    aws.role("used")
    policy = iam.create_policy(PolicyName="p", PolicyDocument=POLICY)["Policy"]["Arn"]
    iam.attach_role_policy(**name, PolicyArn=policy)
    refused("DeleteConflict", iam.delete_role, **name)
    refused("DeleteConflict", iam.delete_policy, PolicyArn=policy)
    iam.detach_role_policy(**name, PolicyArn=policy)
    iam.delete_policy(PolicyArn=policy)
    iam.create_instance_profile(InstanceProfileName="profile")
    iam.add_role_to_instance_profile(InstanceProfileName="profile", **name)
    refused("DeleteConflict", iam.delete_role, **name)
    refused("DeleteConflict", iam.delete_instance_profile, InstanceProfileName="profile")
    iam.remove_role_from_instance_profile(InstanceProfileName="profile", **name)
    iam.put_role_policy(**name, PolicyName="inline", PolicyDocument=POLICY)
    refused("DeleteConflict", iam.delete_role, **name)
