"""ENC-01: what keeps data encrypts it with an own key."""

from policies._controls import ai_act, nist, soc_2
from policies._keys import require_customer_key
from policies._rule import Point, Rule
from policies._verdict import PASS, Verdict, at, fail, require, unknown, worst
from policies._view import ABSENT, UNKNOWN, Resource, Stack
from policies.profiles import Severity

_DATABASE = "aws:glue/catalogDatabase:CatalogDatabase"
_SETTINGS = "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings"
_GLUE, _CATALOG = "encryptionConfiguration", "dataCatalogEncryptionSettings"
KEYS: dict[str, tuple[str, ...]] = {
    "aws:athena/workgroup:Workgroup": ("configuration.resultConfiguration.encryptionConfiguration.kmsKeyArn",),
    "aws:backup/vault:Vault": ("kmsKeyArn",),
    "aws:cfg/deliveryChannel:DeliveryChannel": ("s3KmsKeyArn",),
    "aws:cloudwatch/eventArchive:EventArchive": ("kmsKeyIdentifier",),
    "aws:cloudwatch/eventBus:EventBus": ("kmsKeyIdentifier",),
    "aws:codebuild/project:Project": ("encryptionKey",),
    "aws:dynamodb/table:Table": ("serverSideEncryption.kmsKeyArn",),
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": (
        f"{_CATALOG}.connectionPasswordEncryption.awsKmsKeyId",
        f"{_CATALOG}.encryptionAtRest.sseAwsKmsKeyId",
    ),
    "aws:glue/securityConfiguration:SecurityConfiguration": (
        f"{_GLUE}.cloudwatchEncryption.kmsKeyArn",
        f"{_GLUE}.jobBookmarksEncryption.kmsKeyArn",
        f"{_GLUE}.s3Encryption.kmsKeyArn",
    ),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": (
        "extendedS3Configuration.kmsKeyArn",
        "serverSideEncryption.keyArn",
    ),
}
"""Type to the properties that name its keys."""
MODES: dict[str, dict[str, object]] = {
    "aws:athena/workgroup:Workgroup": {
        "configuration.resultConfiguration.encryptionConfiguration.encryptionOption": "SSE_KMS",
        "configuration.enforceWorkgroupConfiguration": True,
    },
    "aws:dynamodb/table:Table": {"serverSideEncryption.enabled": True},
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": {
        f"{_CATALOG}.connectionPasswordEncryption.returnConnectionPasswordEncrypted": True,
        f"{_CATALOG}.encryptionAtRest.catalogEncryptionMode": "SSE-KMS",
    },
    "aws:glue/securityConfiguration:SecurityConfiguration": {
        f"{_GLUE}.cloudwatchEncryption.cloudwatchEncryptionMode": "SSE-KMS",
        f"{_GLUE}.s3Encryption.s3EncryptionMode": "SSE-KMS",
    },
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {"serverSideEncryption.enabled": True},
}
"""Type to what else has to be set for its keys to be used."""


def _check(store: Resource, stack: Stack) -> Verdict:
    if store.type == _DATABASE:
        none = fail(f"no {_SETTINGS.rpartition(':')[2]} is in the stack of {store.name}")
        return PASS if any(stack.of_types((_SETTINGS,))) else none
    keys = [require_customer_key(store, path) for path in KEYS[store.type]]
    return worst([*keys, *(_mode(store, *one) for one in MODES.get(store.type, {}).items())])


def _mode(store: Resource, path: str, wanted: object) -> Verdict:
    if path.endswith("enforceWorkgroupConfiguration") and store.get(path) is ABSENT:
        return PASS  # the default
    found = store.get(path)
    if found is UNKNOWN:
        return unknown(at(store, path))
    if isinstance(wanted, bool):
        return require(store, path, lambda value: value is wanted, "true")
    return PASS if found == wanted else fail(f"{at(store, path)} is not {wanted}", path)


RULE = Rule(
    id="ENC-01",
    name="store-without-customer-key",
    title="Tables, streams, buses, catalogues, query results and backups are encrypted with an own key.",
    why="Copies of the data outlive the store that they were made of, and are read by whoever may read the copy: an "
    "own key is a second permission, which can be withdrawn everywhere at once.",
    instead="Set the key that the finding names, and where there is one the mode that uses it.",
    severity=Severity.HIGH,
    types=(*KEYS, _DATABASE),
    controls=(*nist("SC-28(1)", "SC-13"), *soc_2("C1.1"), *ai_act("Article 15")),
    check=_check,
    good="""
key = aws.kms.Key("features", enable_key_rotation=True)
aws.dynamodb.Table(
    "features",
    attributes=[{"name": "id", "type": "S"}],
    hash_key="id",
    billing_mode="PAY_PER_REQUEST",
    server_side_encryption={"enabled": True, "kms_key_arn": key.arn},
)
""",
    bad="""
aws.dynamodb.Table(
    "features", attributes=[{"name": "id", "type": "S"}], hash_key="id", billing_mode="PAY_PER_REQUEST"
)
""",
    joins=True,
    absent={Point.LIVE: "the audit of accounts does not read these services"},
)
