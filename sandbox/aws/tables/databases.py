"""RDS."""

from sandbox.aws.kind import Call, Get, Kind, Listing, Tags

_SUBNETS = {
    "DBSubnetGroupName": "name",
    "DBSubnetGroupDescription": "description",
    "DBSubnetGroupArn": "arn",
    "TagList": "tags",
}
_PARAMETERS = {
    "DBParameterGroupName": "name",
    "DBParameterGroupFamily": "family",
    "DBParameterGroupArn": "arn",
    "ParameterName": "name",
    "ParameterValue": "value",
    "TagList": "tags",
}
_INSTANCE = {
    "DBInstanceIdentifier": "identifier",
    "DBInstanceClass": "instanceClass",
    "DBInstanceArn": "arn",
    "DbiResourceId": "resourceId",
    "MasterUsername": "username",
    "MasterUserSecret": "masterUserSecrets",
    "PreferredMaintenanceWindow": "maintenanceWindow",
    "PreferredBackupWindow": "backupWindow",
    "DBParameterGroupName": "parameterGroupName",
    "EnableIAMDatabaseAuthentication": "iamDatabaseAuthenticationEnabled",
    "EnablePerformanceInsights": "performanceInsightsEnabled",
    "EnableCloudwatchLogsExports": "enabledCloudwatchLogsExports",
    "CACertificateIdentifier": "caCertIdentifier",
    "FinalDBSnapshotIdentifier": "finalSnapshotIdentifier",
    "Endpoint": "addressAndPort",
    "TagList": "tags",
}
_IDENTIFIER = {"DBInstanceIdentifier": "{id}"}
_TAGS = Tags("add_tags_to_resource", "remove_tags_from_resource", {"ResourceName": "{arn}"})
_GET_TAGS = Get("list_tags_for_resource", {"ResourceName": "{arn}"}, {"TagList": "tags"})


def _part(path: str, **rename: str) -> Get:
    """Properties of an instance that the API has a level deeper."""
    return Get("describe_db_instances", _IDENTIFIER, rename, at=f"DBInstances.0.{path}", optional=True)


KINDS: tuple[Kind, ...] = (
    Kind(
        token="aws:rds/subnetGroup:SubnetGroup",
        client="rds",
        id="{name}",
        autoname="name",
        create=(Call("create_db_subnet_group", rename=_SUBNETS),),
        update=(),  # moto loses a group that is modified
        read=(
            Get("describe_db_subnet_groups", {"DBSubnetGroupName": "{id}"}, _SUBNETS, at="DBSubnetGroups.0"),
            _GET_TAGS,
        ),
        delete=(Call("delete_db_subnet_group", {"DBSubnetGroupName": "{id}"}),),
        tags=_TAGS,
        computed=("arn", "vpcId"),
        recorded=("subnetIds",),  # AWS returns subnets with their zones
        listing=Listing("describe_db_subnet_groups", "DBSubnetGroups", "DBSubnetGroupName"),
    ),
    Kind(
        token="aws:rds/parameterGroup:ParameterGroup",
        client="rds",
        id="{name}",
        autoname="name",
        create=(
            Call("create_db_parameter_group", rename=_PARAMETERS),
            Call(
                "modify_db_parameter_group",
                {"DBParameterGroupName": "{id}"},
                _PARAMETERS,
                when={"parameters": True},
            ),
        ),
        read=(
            Get(
                "describe_db_parameter_groups", {"DBParameterGroupName": "{id}"}, _PARAMETERS, at="DBParameterGroups.0"
            ),
            Get("describe_db_parameters", {"DBParameterGroupName": "{id}"}, _PARAMETERS, optional=True),
            _GET_TAGS,
        ),
        delete=(Call("delete_db_parameter_group", {"DBParameterGroupName": "{id}"}),),
        tags=_TAGS,
        computed=("arn",),
        defaults={"skipDestroy": False},
        local=("skipDestroy",),
        listing=Listing("describe_db_parameter_groups", "DBParameterGroups", "DBParameterGroupName"),
    ),
    Kind(
        token="aws:rds/instance:Instance",
        client="rds",
        id="{identifier}",
        autoname="identifier",
        create=(Call("create_db_instance", rename=_INSTANCE),),
        update=(
            # AWS keeps the secret of a password that it manages already; moto would make another.
            Call("modify_db_instance", {**_IDENTIFIER, "ManageMasterUserPassword": lambda _: None}, _INSTANCE),
        ),
        read=(
            Get("describe_db_instances", _IDENTIFIER, _INSTANCE, at="DBInstances.0"),
            _part("Endpoint"),
            _part("DBSubnetGroup"),
            _part("DBParameterGroups.0", DBParameterGroupName="parameterGroupName"),
            _part("VpcSecurityGroups.0", VpcSecurityGroupId="vpcSecurityGroupIds"),
            _part("MasterUserSecret", KmsKeyId="masterUserSecretKmsKeyId"),
        ),
        delete=(Call("delete_db_instance", _IDENTIFIER, _INSTANCE),),
        tags=_TAGS,
        outputs={"endpoint": "{address}:{port}"},
        computed=("address", "arn", "masterUserSecrets", "resourceId"),
        defaults={"applyImmediately": False, "skipFinalSnapshot": False, "deleteAutomatedBackups": True},
        local=(
            "allowMajorVersionUpgrade",
            "applyImmediately",
            "deleteAutomatedBackups",
            "finalSnapshotIdentifier",
            "manageMasterUserPassword",
            "skipFinalSnapshot",
        ),
        recorded=("performanceInsightsEnabled", "performanceInsightsKmsKeyId", "performanceInsightsRetentionPeriod"),
        listing=Listing("describe_db_instances", "DBInstances", "DBInstanceIdentifier"),
    ),
)
