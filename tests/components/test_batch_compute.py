from typing import Any

import pytest

from tests.components.batch import OWN_TAGS, Account, inference
from tests.components.conftest import Recorder, Run


@pytest.fixture
def recorder() -> Recorder:
    recorder = Account()
    recorder.start()
    return recorder


def test_spot_instances_come_from_many_types_and_go_when_there_is_no_work(recorder: Recorder, run: Run) -> None:
    run(inference)
    assert recorder.inputs("ComputeEnvironment", "batch-spot") == {
        "type": "MANAGED",
        "state": "ENABLED",
        "computeResources": {
            "type": "SPOT",
            "allocationStrategy": "SPOT_PRICE_CAPACITY_OPTIMIZED",
            "minVcpus": 0,
            "maxVcpus": 16,
            "instanceTypes": ["m6i", "r6i"],
            "instanceRole": "arn:batch-instance-0000000",
            "subnets": ["subnet-1", "subnet-2"],
            "securityGroupIds": ["batch-0000000"],
            "launchTemplate": {"launchTemplateId": "batch-0000000", "version": "3"},
            "ec2Configurations": [{"imageType": "ECS_AL2023"}, {"imageType": "ECS_AL2023_NVIDIA"}],
            "tags": OWN_TAGS,
        },
        "tags": OWN_TAGS,
    }
    assert recorder.one("ComputeEnvironment", "batch-spot").depends >= {"RolePolicyAttachment batch-instance"}


def test_on_demand_instances_are_used_last_and_only_if_wanted(recorder: Recorder, run: Run) -> None:
    outputs = run(lambda: inference(on_demand_max_vcpus=4.0))
    orders = recorder.inputs("JobQueue", "batch")["computeEnvironmentOrders"]
    assert orders == [
        {"order": 1, "computeEnvironment": "arn:batch-spot-0000000"},
        {"order": 2, "computeEnvironment": "arn:batch-on-demand-0000000"},
    ]
    assert outputs["compute_environment_arns"] == [one["computeEnvironment"] for one in orders]
    resources = recorder.inputs("ComputeEnvironment", "batch-on-demand")["computeResources"]
    assert (resources["type"], resources["maxVcpus"], resources["minVcpus"]) == ("EC2", 4, 0)
    assert resources["allocationStrategy"] == "BEST_FIT_PROGRESSIVE"


@pytest.mark.parametrize(("more", "size"), [({}, 100), ({"volume_gib": 50.0}, 50)])
def test_instances_have_encrypted_volumes_and_session_metadata(
    recorder: Recorder, run: Run, more: dict[str, Any], size: int
) -> None:
    run(lambda: inference(**more))
    inputs = recorder.inputs("LaunchTemplate", "batch")
    (mapping,) = inputs["blockDeviceMappings"]
    assert mapping == {
        "deviceName": "/dev/xvda",
        "ebs": {
            "encrypted": "true",
            "kmsKeyId": "arn:key",
            "volumeSize": size,
            "volumeType": "gp3",
            "deleteOnTermination": "true",
        },
    }
    assert inputs["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
        "instanceMetadataTags": "disabled",
    }
    assert inputs["tagSpecifications"] == [{"resourceType": "volume", "tags": OWN_TAGS}]


def test_instances_reach_port_443_only_and_nothing_reaches_them(recorder: Recorder, run: Run) -> None:
    run(inference)
    assert recorder.inputs("SecurityGroup", "batch")["vpcId"] == "vpc-1"
    assert "ingress" not in recorder.inputs("SecurityGroup", "batch")
    (rule,) = recorder.of("SecurityGroupEgressRule")
    assert (rule.inputs["ipProtocol"], rule.inputs["fromPort"], rule.inputs["toPort"]) == ("tcp", 443, 443)
    assert recorder.of("SecurityGroupIngressRule") == []


def test_jobs_come_in_order_or_side_by_side_by_share(recorder: Recorder, run: Run) -> None:
    run(inference)
    assert "schedulingPolicyArn" not in recorder.inputs("JobQueue", "batch")
    assert recorder.of("SchedulingPolicy") == []
    recorder.found.clear()
    run(lambda: inference(shares={"daily": 1.0, "adhoc": 2.5}))
    assert recorder.inputs("JobQueue", "batch")["schedulingPolicyArn"] == "arn:batch-0000000"
    assert recorder.inputs("SchedulingPolicy", "batch")["fairSharePolicy"]["shareDistributions"] == [
        {"shareIdentifier": "adhoc", "weightFactor": 2.5},
        {"shareIdentifier": "daily", "weightFactor": 1.0},
    ]


@pytest.mark.parametrize(("more", "days"), [({}, 365), ({"log_group_days": 30.0}, 30)])
def test_logs_are_encrypted_and_expire(recorder: Recorder, run: Run, more: dict[str, Any], days: int) -> None:
    run(lambda: inference(**more))
    inputs = recorder.inputs("LogGroup", "batch")
    assert (inputs["kmsKeyId"], inputs["retentionInDays"]) == ("arn:key", days)
