"""Keys that services use with the permissions of their callers, and the administration of keys."""

from sandbox.aws.contract.row import Call, Row
from sandbox.aws.contract.rows._parts import CALLER, DATA_KEYS, GUIDE, RE_ENCRYPT, ROOT, VIA, via
from sandbox.values import Properties

_KMS = f"{GUIDE}/kms/latest/developerguide"
_ADMINISTRATOR = (
    "CancelKeyDeletion", "CreateAlias", "DeleteAlias", "DescribeKey", "DisableKey", "DisableKeyRotation",
    "EnableKey", "EnableKeyRotation", "GetKeyPolicy", "GetKeyRotationStatus", "ListAliases", "ListGrants",
    "ListResourceTags", "PutKeyPolicy", "RevokeGrant", "RotateKeyOnDemand", "ScheduleKeyDeletion", "TagResource",
    "UntagResource", "UpdateAlias", "UpdateKeyDescription",
)  # fmt: skip
_READ = ("kms:Decrypt", "kms:GenerateDataKey")


def _self(values: Properties) -> str:
    """ARN of a key; one that is still to be made has none."""
    return values.get("arn") or f"arn:aws:kms:{values['region']}:{values['account']}:key/new"


ROWS = (
    Row(
        "aws:kms/key:Key",
        "CreateKey",
        (Call(ROOT, tuple(f"kms:{one}" for one in _ADMINISTRATOR), "{self}"),),
        (f"{_KMS}/key-policy-default.html#key-policy-default-allow-administrators",),
        "MalformedPolicyDocumentException",
        document="policy",
        derive={"self": _self},
    ),
    Row(
        "aws:kms/key:Key",
        "CreateKey",
        (
            Call(
                CALLER,
                ("kms:Sign",),
                "{self}",
                {"kms:SigningAlgorithm": "ECDSA_SHA_256"},
                (("kms:SigningAlgorithm",),),
                when="{keyUsage|is:SIGN_VERIFY}",
            ),
            Call(CALLER, ("kms:Verify",), "{self}", when="{keyUsage|is:SIGN_VERIFY}"),
        ),
        (
            f"{_KMS}/key-policy-default.html#key-policy-users-crypto",
            f"{_KMS}/conditions-kms.html#conditions-kms-signing-algorithm",
        ),
        document="policy",
        derive={"self": _self},
        advice=True,
    ),
    Row(
        "aws:athena/workgroup:Workgroup",
        "CreateWorkGroup",
        via("athena", key="{configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn}", actions=_READ),
        (f"{GUIDE}/athena/latest/ug/encryption.html#permissions-for-encrypting-and-decrypting-data", *VIA),
        "AccessDeniedException",
    ),
    Row(
        "aws:backup/vault:Vault",
        "CreateBackupVault",
        via("backup", key="{kmsKeyArn}", actions=_READ, grant=True),
        (f"{GUIDE}/aws-backup/latest/devguide/create-a-vault.html#creating-a-vault-permissions", *VIA),
        "AccessDeniedException",
    ),
    Row(
        "aws:dynamodb/table:Table",
        "CreateTable",
        via(
            "dynamodb",
            key="{serverSideEncryption.kmsKeyArn}",
            actions=("kms:Encrypt", "kms:Decrypt", *RE_ENCRYPT, *DATA_KEYS),
            grant=True,
        ),
        (f"{GUIDE}/amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-kms-authz", *VIA),
        "AccessDeniedException",
    ),
    Row(
        "aws:ecr/repository:Repository",
        "CreateRepository",
        via("ecr", key="{encryptionConfigurations.*.kmsKey}", grant=True),
        (f"{GUIDE}/AmazonECR/latest/userguide/encryption-at-rest.html#encryption-at-rest-iam", *VIA),
        "KmsException",
    ),
    Row(
        "aws:eks/cluster:Cluster",
        "CreateCluster",
        via("eks", key="{encryptionConfig.provider.keyArn}", grant=True, for_aws=False),
        (f"{GUIDE}/eks/latest/userguide/enable-kms.html", f"{GUIDE}/eks/latest/userguide/security-k8s.html", *VIA),
        "InvalidParameterException",
    ),
    Row(
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "CreateReplicationGroup",
        via("elasticache", "dax", key="{kmsKeyId}", grant=True),
        (f"{GUIDE}/AmazonElastiCache/latest/dg/at-rest-encryption.html", *VIA),
        "InvalidKMSKeyFault",
    ),
    Row(
        "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
        "CreateDeliveryStream",
        via("firehose", key="{serverSideEncryption.keyArn}", grant=True),
        (f"{GUIDE}/firehose/latest/APIReference/API_DeliveryStreamEncryptionConfigurationInput.html", *VIA),
        "InvalidKMSResourceException",
    ),
    Row(
        "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
        "PutDataCatalogEncryptionSettings",
        via(
            "glue",
            key="{dataCatalogEncryptionSettings.encryptionAtRest.sseAwsKmsKeyId}",
            actions=("kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"),
        ),
        (f"{GUIDE}/glue/latest/dg/set-up-encryption.html", *VIA),
        "AccessDeniedException",
    ),
    Row(
        "aws:rds/instance:Instance",
        "CreateDBInstance",
        via("rds", key="{kmsKeyId}", actions=_READ, grant=True)
        + via("secretsmanager", key="{masterUserSecretKmsKeyId}", actions=_READ),
        (
            f"{GUIDE}/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html#Overview.Encryption.Keys.Authorizing",
            f"{GUIDE}/AmazonRDS/latest/UserGuide/rds-secrets-manager.html#rds-secrets-manager-permissions",
            *VIA,
        ),
        "KMSKeyNotAccessibleFault",
    ),
    Row(
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "PutObject",
        via("s3", key="{rules.*.applyServerSideEncryptionByDefault.kmsMasterKeyId}", actions=_READ),
        (f"{GUIDE}/AmazonS3/latest/userguide/UsingKMSEncryption.html#require-sse-kms", *VIA),
    ),
    Row(
        "aws:secretsmanager/secret:Secret",
        "CreateSecret",
        via("secretsmanager", key="{kmsKeyId}", actions=_READ),
        (f"{GUIDE}/secretsmanager/latest/userguide/security-encryption.html#security-encryption-authz", *VIA),
        "EncryptionFailure",
    ),
    Row(
        "aws:sns/topic:Topic",
        "Publish",
        via("sns", key="{kmsMasterKeyId}", actions=_READ),
        (f"{GUIDE}/sns/latest/dg/sns-key-management.html", *VIA),
    ),
    Row(
        "aws:sqs/queue:Queue",
        "SendMessage",
        via("sqs", key="{kmsMasterKeyId}", actions=_READ),
        (
            f"{GUIDE}/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html#send-to-encrypted-queue",
            *VIA,
        ),
    ),
)
