"""GuardDuty, Security Hub, Config, Access Analyzer, and the account's own settings."""

from sandbox.aws.kind import Call, Get, Kind, Listing, Tags

_DETECTOR = {"DetectorId": "{id}"}
_FEATURE = {"AdditionalConfiguration": "additionalConfigurations"}
_CHANNEL = {"configSnapshotDeliveryProperties": "snapshotDeliveryProperties"}
_RULE = {"ConfigRuleName": "name", "ConfigRuleArn": "arn", "ConfigRuleId": "ruleId"}
_RECORDER = {"ConfigurationRecorderName": "name", "recording": "isEnabled"}
_ANALYZER = {"analyzerName": "{analyzerName}"}
_ACCOUNT = {"AccountId": "{account}"}
_EBS_ON = Call("enable_ebs_encryption_by_default", when={"enabled": True})
_EBS_OFF = Call("disable_ebs_encryption_by_default", when={"enabled": False})

KINDS = (
    Kind(
        token="aws:guardduty/detector:Detector",
        client="guardduty",
        id="{detectorId}",
        create=(Call("create_detector"),),
        update=(Call("update_detector", _DETECTOR),),
        read=(Get("get_detector", _DETECTOR, missing="BadRequestException"),),
        delete=(Call("delete_detector", _DETECTOR),),
        tags=Tags("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}),
        outputs={"arn": "arn:aws:guardduty:{region}:{account}:detector/{id}", "accountId": "{account}"},
        computed=("detectorId",),
        defaults={"enable": True},
        recorded=("enable",),  # the API calls it status
        listing=Listing("list_detectors", "DetectorIds", ""),
    ),
    Kind(
        token="aws:guardduty/detectorFeature:DetectorFeature",
        client="guardduty",
        id="{detectorId}/{name}",
        emulated=False,  # moto forgets a feature when it is told of another
        create=(Call("update_detector", {"DetectorId": "{detectorId}"}, _FEATURE, wrap="Features.0"),),
        update=(Call("update_detector", fixed={"DetectorId": ""}, rename=_FEATURE, wrap="Features.0"),),
        read=(Get("get_detector"),),
    ),
    Kind(
        token="aws:securityhub/account:Account",
        client="securityhub",
        id="{account}",
        create=(Call("enable_security_hub"),),
        update=(Call("update_security_hub_configuration"),),
        read=(Get("describe_hub", rename={"HubArn": "arn"}, missing="InvalidAccessException"),),
        delete=(Call("disable_security_hub"),),
        computed=("arn",),
        local=("enableDefaultStandards",),
    ),
    Kind(
        token="aws:securityhub/standardsSubscription:StandardsSubscription",
        client="securityhub",
        id="{standardsArn}",
        emulated=False,
        create=(Call("batch_enable_standards", wrap="StandardsSubscriptionRequests.0"),),
        update=(),
        read=(Get("get_enabled_standards"),),
    ),
    Kind(
        token="aws:cfg/recorder:Recorder",
        client="config",
        id="{name}",
        autoname="name",
        create=(Call("put_configuration_recorder", wrap="ConfigurationRecorder"),),
        update=(Call("put_configuration_recorder", wrap="ConfigurationRecorder"),),
        read=(
            Get(
                "describe_configuration_recorders",
                {"ConfigurationRecorderNames": "{name}"},
                at="ConfigurationRecorders.0",
            ),
        ),
        delete=(Call("delete_configuration_recorder", {"ConfigurationRecorderName": "{name}"}),),
        listing=Listing("describe_configuration_recorders", "ConfigurationRecorders", "name"),
    ),
    Kind(
        token="aws:cfg/recorderStatus:RecorderStatus",
        client="config",
        id="{name}",
        create=(Call("start_configuration_recorder", rename=_RECORDER, when={"isEnabled": True}),),
        update=(
            Call("start_configuration_recorder", {"ConfigurationRecorderName": "{name}"}, when={"isEnabled": True}),
            Call("stop_configuration_recorder", {"ConfigurationRecorderName": "{name}"}, when={"isEnabled": False}),
        ),
        read=(
            Get(
                "describe_configuration_recorder_status",
                {"ConfigurationRecorderNames": "{name}"},
                _RECORDER,
                at="ConfigurationRecordersStatus.0",
            ),
        ),
        delete=(Call("stop_configuration_recorder", {"ConfigurationRecorderName": "{name}"}),),
    ),
    Kind(
        token="aws:cfg/deliveryChannel:DeliveryChannel",
        client="config",
        id="{name}",
        autoname="name",
        create=(Call("put_delivery_channel", rename=_CHANNEL, wrap="DeliveryChannel"),),
        update=(Call("put_delivery_channel", rename=_CHANNEL, wrap="DeliveryChannel"),),
        read=(
            Get("describe_delivery_channels", {"DeliveryChannelNames": "{name}"}, _CHANNEL, at="DeliveryChannels.0"),
        ),
        delete=(Call("delete_delivery_channel", {"DeliveryChannelName": "{name}"}),),
        listing=Listing("describe_delivery_channels", "DeliveryChannels", "name"),
    ),
    Kind(
        token="aws:cfg/rule:Rule",
        client="config",
        id="{name}",
        autoname="name",
        create=(Call("put_config_rule", rename=_RULE, wrap="ConfigRule"),),
        update=(Call("put_config_rule", rename=_RULE, wrap="ConfigRule"),),
        read=(
            Get("describe_config_rules", {"ConfigRuleNames": "{name}"}, _RULE, at="ConfigRules.0"),
            Get("list_tags_for_resource", {"ResourceArn": "{arn}"}),
        ),
        delete=(Call("delete_config_rule", {"ConfigRuleName": "{name}"}),),
        tags=Tags("tag_resource", "untag_resource", {"ResourceArn": "{arn}"}),
        computed=("arn", "ruleId"),
        listing=Listing("describe_config_rules", "ConfigRules", "ConfigRuleName"),
    ),
    Kind(
        token="aws:accessanalyzer/analyzer:Analyzer",
        client="accessanalyzer",
        id="{analyzerName}",
        emulated=False,
        create=(Call("create_analyzer"),),
        update=(Call("update_analyzer", _ANALYZER),),
        read=(Get("get_analyzer", _ANALYZER),),
        tags=Tags("tag_resource", "untag_resource", {"resourceArn": "{arn}"}, "tags", "tagKeys"),
        outputs={"arn": "arn:aws:access-analyzer:{region}:{account}:analyzer/{analyzerName}"},
    ),
    Kind(
        token="aws:ebs/encryptionByDefault:EncryptionByDefault",
        client="ec2",
        id="{region}",
        create=(_EBS_ON,),
        update=(_EBS_ON, _EBS_OFF),
        read=(Get("get_ebs_encryption_by_default", rename={"EbsEncryptionByDefault": "enabled"}),),
        delete=(Call("disable_ebs_encryption_by_default"),),
        defaults={"enabled": True},
    ),
    Kind(
        token="aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
        client="s3control",
        id="{account}",
        emulated=False,  # its address begins with the account, which no address of this machine can
        create=(Call("put_public_access_block", _ACCOUNT, wrap="PublicAccessBlockConfiguration"),),
        update=(Call("put_public_access_block", _ACCOUNT, wrap="PublicAccessBlockConfiguration"),),
        read=(Get("get_public_access_block", _ACCOUNT),),
        outputs={"accountId": "{account}"},
    ),
)
