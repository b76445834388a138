"""AWS Batch, and the launch templates of its instances."""

import json
from typing import Any

from sandbox.aws.kind import Call, Get, Kind, Listing, Tags


def _inactive(client: Any, arn: str) -> str:
    """Batch keeps every revision of a job definition for a while."""
    (found,) = client.describe_job_definitions(jobDefinitions=[arn])["jobDefinitions"]
    return (
        "deregistered; Batch deletes it after 180 days; free of charge until then"
        if found["status"] == "INACTIVE"
        else ""
    )


_TAGS = Tags("tag_resource", "untag_resource", {"resourceArn": "{arn}"}, "tags", "tagKeys")
_ENVIRONMENT = {
    "computeEnvironmentName": "name",
    "computeEnvironmentArn": "arn",
    "maxvCpus": "maxVcpus",
    "minvCpus": "minVcpus",
    "ec2Configuration": "ec2Configurations",
}
_ENVIRONMENT_NAME = {"computeEnvironment": "{name}"}
_QUEUE = {"jobQueueName": "name", "jobQueueArn": "arn", "computeEnvironmentOrder": "computeEnvironmentOrders"}
_QUEUE_NAME = {"jobQueue": "{name}"}
_DEFINITION = {"jobDefinitionName": "name", "jobDefinitionArn": "arn", "evaluateOnExit": "evaluateOnExits"}
_REVISED = ("containerProperties", "platformCapabilities", "propagateTags", "retryStrategy", "timeout")
_REGISTER = Call(
    "register_job_definition",
    {
        "containerProperties": lambda values: json.loads(values["containerProperties"]),
        "tags": lambda values: values.get("tags"),
        "parameters": lambda values: None,  # read back as empty, and so would always seem changed
    },
    _DEFINITION,
    uses=("containerProperties",),
)
_SHARES = {"fairsharePolicy": "fairSharePolicy", "shareDistribution": "shareDistributions"}


KINDS = (
    Kind(
        token="aws:batch/computeEnvironment:ComputeEnvironment",
        client="batch",
        id="{name}",
        autoname="name",
        create=(Call("create_compute_environment", rename=_ENVIRONMENT),),
        update=(Call("update_compute_environment", _ENVIRONMENT_NAME, _ENVIRONMENT),),
        read=(
            Get(
                "describe_compute_environments",
                {"computeEnvironments": "{id}"},
                _ENVIRONMENT,
                at="computeEnvironments.0",
            ),
        ),
        delete=(Call("delete_compute_environment", _ENVIRONMENT_NAME),),
        tags=_TAGS,
        computed=("arn", "ecsClusterArn", "status"),
        recorded=("computeResources",),  # kept when it is made, but no update changes them
        listing=Listing("describe_compute_environments", "computeEnvironments", "computeEnvironmentName"),
    ),
    Kind(
        token="aws:batch/jobQueue:JobQueue",
        client="batch",
        id="{arn}",
        autoname="name",
        create=(Call("create_job_queue", rename=_QUEUE),),
        update=(Call("update_job_queue", _QUEUE_NAME, _QUEUE),),
        read=(Get("describe_job_queues", {"jobQueues": "{id}"}, _QUEUE, at="jobQueues.0"),),
        delete=(Call("delete_job_queue", _QUEUE_NAME),),
        tags=_TAGS,
        computed=("arn",),
        listing=Listing("describe_job_queues", "jobQueues", "jobQueueName"),
    ),
    Kind(
        token="aws:batch/jobDefinition:JobDefinition",
        client="batch",
        id="{name}",
        autoname="name",
        create=(_REGISTER,),
        update=(Call("deregister_job_definition", {"jobDefinition": "{arn}"}, uses=_REVISED), _REGISTER),
        read=(
            Get(
                "describe_job_definitions",
                {"jobDefinitionName": "{id}", "status": "ACTIVE"},
                _DEFINITION,
                at="jobDefinitions.0",
            ),
        ),
        delete=(Call("deregister_job_definition", {"jobDefinition": "{arn}"}),),
        tags=_TAGS,
        computed=("arn", "revision"),
        # Text here and a structure with defaults in the API; moto writes actions of retries in small letters.
        recorded=("containerProperties", "retryStrategy"),
        listing=Listing("describe_job_definitions", "jobDefinitions", "jobDefinitionArn", _inactive),
    ),
    Kind(
        token="aws:batch/schedulingPolicy:SchedulingPolicy",
        client="batch",
        id="{arn}",
        autoname="name",
        create=(Call("create_scheduling_policy", rename=_SHARES),),
        update=(Call("update_scheduling_policy", {"arn": "{id}"}, _SHARES),),
        read=(Get("describe_scheduling_policies", {"arns": "{id}"}, _SHARES, at="schedulingPolicies.0"),),
        delete=(Call("delete_scheduling_policy", {"arn": "{id}"}),),
        tags=_TAGS,
        computed=("arn",),
        listing=Listing("list_scheduling_policies", "schedulingPolicies", "arn"),
    ),
)
