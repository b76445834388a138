"""What makes the good and the bad of a rule in an account, with boto3."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import boto3

from tests.policies.live.conftest import answer

NUMBER = "123456789012"
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
ISSUER = "token.actions.githubusercontent.com"
DATABASE = {"Engine": "postgres", "DBInstanceClass": "db.t4g.medium", "AllocatedStorage": 20}
Make = Callable[[boto3.Session], Any]
CASES: list[tuple[str, str, Make, Make]] = []


def case(rule: str, token: str) -> Callable[[type], type]:
    """A class whose `good` and `bad` each make one resource that a rule judges."""

    def add(found: Any) -> Any:
        CASES.append((rule, token, found.good, found.bad))
        return found

    return add


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def own_key(session: boto3.Session) -> str:
    return session.client("kms").create_key()["KeyMetadata"]["Arn"]


def key_of_aws(session: boto3.Session) -> str:
    """A key that AWS manages; its ARN looks like any other."""
    arn = own_key(session)
    answer(session, "kms.DescribeKey", {"KeyMetadata": {"Arn": arn, "KeyManager": "AWS"}})
    return arn


def database(session: boto3.Session, **more: Any) -> None:
    settings = {"MasterUsername": "platform", "MasterUserPassword": "correct horse", **DATABASE, **more}
    session.client("rds").create_db_instance(DBInstanceIdentifier="registry", **settings)


@case("RDS-01", "aws:rds/instance:Instance")
class Storage:
    @staticmethod
    def good(session: boto3.Session) -> None:
        database(session, StorageEncrypted=True, KmsKeyId=own_key(session))

    @staticmethod
    def bad(session: boto3.Session) -> None:
        database(session, StorageEncrypted=True, KmsKeyId=key_of_aws(session))


@case("RDS-02", "aws:rds/instance:Instance")
class Address:
    @staticmethod
    def good(session: boto3.Session) -> None:
        database(session, PubliclyAccessible=False)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        database(session, PubliclyAccessible=True)


@case("RDS-05", "aws:rds/instance:Instance")
class Upgrades:
    @staticmethod
    def good(session: boto3.Session) -> None:
        database(session, AutoMinorVersionUpgrade=True)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        database(session, AutoMinorVersionUpgrade=False)


@case("RDS-03", "aws:rds/instance:Instance")
class Backup:
    @staticmethod
    def good(session: boto3.Session) -> None:
        database(session, BackupRetentionPeriod=14, DeletionProtection=True, MultiAZ=True)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        database(session, BackupRetentionPeriod=14, DeletionProtection=False, MultiAZ=True)


@case("RDS-03", "aws:rds/cluster:Cluster")
class ClusterBackup:
    @staticmethod
    def good(session: boto3.Session, **more: Any) -> None:
        settings = {"BackupRetentionPeriod": 14, "DeletionProtection": True, **more}
        names = {"DBClusterIdentifier": "registry", "Engine": "aurora-postgresql"}
        user = {"MasterUsername": "platform", "MasterUserPassword": "correct horse"}
        session.client("rds").create_db_cluster(**names, **user, **settings)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        ClusterBackup.good(session, BackupRetentionPeriod=1)


@case("RDS-04", "aws:rds/instance:Instance")
class SignIn:
    @staticmethod
    def good(session: boto3.Session, tls: str = "1") -> None:
        rds = session.client("rds")
        group = {"DBParameterGroupName": "registry"}
        rds.create_db_parameter_group(**group, DBParameterGroupFamily="postgres14", Description="of the registry")
        switch = {"ParameterName": "rds.force_ssl", "ParameterValue": tls, "ApplyMethod": "immediate"}
        rds.modify_db_parameter_group(**group, Parameters=[switch])
        logs = {"EnableIAMDatabaseAuthentication": True, "EnableCloudwatchLogsExports": ["postgresql"]}
        database(session, EngineVersion="14.9", **group, **logs)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        SignIn.good(session, tls="0")


@case("RED-01", "aws:elasticache/replicationGroup:ReplicationGroup")
class Cache:
    @staticmethod
    def good(session: boto3.Session, **more: Any) -> None:
        names = {"ReplicationGroupId": "features", "ReplicationGroupDescription": "Online features"}
        locks = {"AtRestEncryptionEnabled": True, "KmsKeyId": own_key(session), "TransitEncryptionEnabled": True}
        client = session.client("elasticache")
        client.create_replication_group(**names, Engine="redis", AuthToken="x" * 32, **locks | more)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        Cache.good(session, AtRestEncryptionEnabled=False)


@case("EFS-01", "aws:efs/fileSystem:FileSystem")
class Files:
    @staticmethod
    def good(session: boto3.Session) -> None:
        session.client("efs").create_file_system(CreationToken="x", Encrypted=True, KmsKeyId=own_key(session))

    @staticmethod
    def bad(session: boto3.Session) -> None:
        session.client("efs").create_file_system(CreationToken="x", Encrypted=False)


@case("EFS-01", "aws:efs/accessPoint:AccessPoint")
class Entrance:
    @staticmethod
    def good(session: boto3.Session, uid: int = 1001) -> None:
        efs = session.client("efs")
        files = efs.create_file_system(CreationToken="x")["FileSystemId"]
        user, root = {"Uid": uid, "Gid": 1001}, {"Path": "/vision"}
        efs.create_access_point(ClientToken="x", FileSystemId=files, PosixUser=user, RootDirectory=root)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        Entrance.good(session, uid=0)


REFUSAL = {"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}


@case("MSG-01", "aws:sns/topic:Topic")
class Topic:
    @staticmethod
    def good(session: boto3.Session, effect: str = "Deny") -> None:
        arn = f"arn:aws:sns:eu-central-1:{NUMBER}:pages"
        policy = document({**REFUSAL, "Effect": effect, "Action": "sns:Publish", "Resource": arn})
        attributes = {"KmsMasterKeyId": own_key(session), "Policy": policy}
        session.client("sns").create_topic(Name="pages", Attributes=attributes)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        Topic.good(session, effect="Allow")


@case("MSG-01", "aws:sqs/queue:Queue")
class Queue:
    @staticmethod
    def good(session: boto3.Session, key: str = "") -> None:
        arn = f"arn:aws:sqs:eu-central-1:{NUMBER}:jobs"
        policy = document({**REFUSAL, "Action": "sqs:*", "Resource": arn})
        attributes = {"KmsMasterKeyId": key or own_key(session), "Policy": policy}
        session.client("sqs").create_queue(QueueName="jobs", Attributes=attributes)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        Queue.good(session, key="alias/aws/sqs")


@case("LAM-01", "aws:lambda/function:Function")
class Function:
    @staticmethod
    def good(session: boto3.Session, variable: str = "SECRET_ARN") -> None:
        subnets = session.client("ec2").describe_subnets()["Subnets"]
        groups = session.client("ec2").describe_security_groups()["SecurityGroups"]
        role = session.client("iam").create_role(RoleName="rotation", AssumeRolePolicyDocument=document(TRUST))
        client = session.client("lambda")
        client.create_function(
            FunctionName="rotation",
            Runtime="python3.11",
            Role=role["Role"]["Arn"],
            Handler="main.handle",
            Code={"ZipFile": b""},
            TracingConfig={"Mode": "Active"},
            Environment={"Variables": {variable: "correct horse"}},
            VpcConfig={"SubnetIds": [subnets[0]["SubnetId"]], "SecurityGroupIds": [groups[0]["GroupId"]]},
        )
        client.put_function_concurrency(FunctionName="rotation", ReservedConcurrentExecutions=2)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        Function.good(session, variable="DB_PASSWORD")


def grant(session: boto3.Session, action: str) -> None:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    session.client("iam").create_policy(PolicyName="grant", PolicyDocument=document(statement))


def role(session: boto3.Session, trust: dict[str, Any] = TRUST, **more: Any) -> None:
    session.client("iam").create_role(RoleName="trainer", AssumeRolePolicyDocument=document(trust), **more)


@case("IAM-01", "aws:iam/policy:Policy")
class Everything:
    @staticmethod
    def good(session: boto3.Session) -> None:
        grant(session, "s3:*")

    @staticmethod
    def bad(session: boto3.Session) -> None:
        grant(session, "*")


@case("IAM-02", "aws:iam/rolePolicy:RolePolicy")
class WholeService:
    @staticmethod
    def good(session: boto3.Session, action: str = "s3:ListAllMyBuckets") -> None:
        role(session)
        statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
        names = {"RoleName": "trainer", "PolicyName": "train"}
        session.client("iam").put_role_policy(**names, PolicyDocument=document(statement))

    @staticmethod
    def bad(session: boto3.Session) -> None:
        WholeService.good(session, "s3:*")


@case("IAM-03", "aws:iam/role:Role")
class Pipeline:
    @staticmethod
    def good(session: boto3.Session, operator: str = "StringEquals") -> None:
        arn = f"arn:aws:iam::{NUMBER}:oidc-provider/{ISSUER}"
        claims = {f"{ISSUER}:aud": "sts.amazonaws.com", f"{ISSUER}:sub": "repo:example/ml:environment:prod"}
        action = "sts:AssumeRoleWithWebIdentity"
        trust = {"Effect": "Allow", "Principal": {"Federated": arn}, "Action": action, "Condition": {operator: claims}}
        role(session, trust)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        Pipeline.good(session, "StringLike")


@case("IAM-04", "aws:iam/role:Role")
class Ceiling:
    @staticmethod
    def good(session: boto3.Session) -> None:
        grant(session, "s3:*")
        role(session, PermissionsBoundary=f"arn:aws:iam::{NUMBER}:policy/grant")

    bad = staticmethod(role)


@case("SEC-04", "aws:secretsmanager/secret:Secret")
class Replaced:
    @staticmethod
    def good(session: boto3.Session) -> None:
        day = [{"Key": "rotated", "Value": datetime.now(UTC).date().isoformat()}]
        session.client("secretsmanager").create_secret(Name="tracker", SecretString="x", Tags=day)

    @staticmethod
    def bad(session: boto3.Session) -> None:
        session.client("secretsmanager").create_secret(Name="tracker", SecretString="x")


@case("SEC-01", "aws:secretsmanager/secret:Secret")
class Secret:
    @staticmethod
    def good(session: boto3.Session) -> None:
        session.client("secretsmanager").create_secret(Name="tracker", SecretString="x", KmsKeyId=own_key(session))

    @staticmethod
    def bad(session: boto3.Session) -> None:
        session.client("secretsmanager").create_secret(Name="tracker", SecretString="x")
