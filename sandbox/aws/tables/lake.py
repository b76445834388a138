"""Glue and Athena."""

from sandbox.aws.kind import AWS_OWNED, Call, Get, Kind, Listing, Tags

_GLUE_TAGS = Tags("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}, "TagsToAdd", "TagsToRemove")
_SECURITY = {
    "CloudWatchEncryption": "cloudwatchEncryption",
    "CloudWatchEncryptionMode": "cloudwatchEncryptionMode",
}
_CATALOGUE = {"SseAwsKmsKeyId": "sseAwsKmsKeyId"}
_CONFIGURATION = {
    "PublishCloudWatchMetricsEnabled": "publishCloudwatchMetricsEnabled",
    "KmsKey": "kmsKeyArn",
    "EnforceWorkGroupConfiguration": "enforceWorkgroupConfiguration",
    "ConfigurationUpdates": "configuration",
    "ResultConfigurationUpdates": "resultConfiguration",
}


KINDS: tuple[Kind, ...] = (
    Kind(
        token="aws:glue/catalogDatabase:CatalogDatabase",
        client="glue",
        id="{account}:{name}",
        autoname="name",
        create=(Call("create_database", rename={"Tags": "tags"}, wrap="DatabaseInput"),),
        update=(Call("update_database", {"Name": "{name}"}, wrap="DatabaseInput"),),
        read=(
            Get("get_database", {"Name": "{name}"}, at="Database"),
            Get("get_tags", {"ResourceArn": "arn:aws:glue:{region}:{account}:database/{name}"}, optional=True),
        ),
        delete=(Call("delete_database", {"Name": "{name}"}),),
        tags=_GLUE_TAGS,
        outputs={"arn": "arn:aws:glue:{region}:{account}:database/{name}", "catalogId": "{account}"},
        listing=Listing("get_databases", "DatabaseList", "Name"),
    ),
    Kind(
        token="aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
        client="glue",
        id="{account}",
        create=(Call("put_data_catalog_encryption_settings", rename=_CATALOGUE),),
        update=(Call("put_data_catalog_encryption_settings", rename=_CATALOGUE),),
        read=(Get("get_data_catalog_encryption_settings", rename=_CATALOGUE),),
        delete=(Call("put_data_catalog_encryption_settings", fixed={"DataCatalogEncryptionSettings": {}}),),
    ),
    Kind(
        token="aws:glue/securityConfiguration:SecurityConfiguration",
        client="glue",
        id="{name}",
        autoname="name",
        create=(Call("create_security_configuration", rename=_SECURITY),),
        update=(),
        read=(Get("get_security_configuration", {"Name": "{id}"}, at="SecurityConfiguration"),),
        delete=(Call("delete_security_configuration", {"Name": "{id}"}),),
        recorded=("encryptionConfiguration",),  # the API has a list where the provider has one
        listing=Listing("get_security_configurations", "SecurityConfigurations", "Name"),
    ),
    Kind(
        token="aws:athena/workgroup:Workgroup",
        client="athena",
        id="{name}",
        autoname="name",
        create=(Call("create_work_group", rename=_CONFIGURATION),),
        update=(),
        read=(
            Get("get_work_group", {"WorkGroup": "{id}"}, _CONFIGURATION, at="WorkGroup"),
            Get("list_tags_for_resource", {"ResourceARN": "arn:aws:athena:{region}:{account}:workgroup/{name}"}),
        ),
        delete=(Call("delete_work_group", {"WorkGroup": "{id}"}),),
        tags=Tags("tag_resource", "untag_resource", {"ResourceARN": "{arn}"}),
        outputs={"arn": "arn:aws:athena:{region}:{account}:workgroup/{name}"},
        defaults={"forceDestroy": False},
        local=("forceDestroy",),
        listing=Listing(
            "list_work_groups", "WorkGroups", "Name", lambda _, name: AWS_OWNED if name == "primary" else ""
        ),
    ),
)
