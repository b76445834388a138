"""Jobs that score whole datasets, on spare capacity that may be taken away."""

import json
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components import _batch_documents as batch
from components import _documents as documents
from components._batch_compute import _BatchCompute
from components._component import Component
from components.artifact_store import ArtifactStore
from components.retraining_bus import RETENTION_SECONDS


class BatchJobArgs(TypedDict):
    """A job that can be submitted; its root file system is read-only, but for `/tmp`."""

    image: pulumi.Input[str]
    """Image by digest, `<repository>@sha256:...`; a tag is refused."""
    command: Sequence[str]
    """Command and its arguments."""
    vcpus: int
    """vCPUs, 1 or more."""
    memory_mib: int
    """Memory in MiB, 4 or more."""
    timeout_minutes: int
    """Minutes after which an attempt is ended, 1 or more."""
    gpus: NotRequired[int]
    """GPUs. Default 0; needs an instance type that has them."""
    attempts: NotRequired[int]
    """Attempts in all if EC2 reclaims the host, 1 to 10. Default 5. Any other failure is final."""
    environment: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables, no secrets. `CHECKPOINT_URI` and `OUTPUT_URI` are added."""
    schedule: NotRequired[str]
    """When to submit it, in UTC: `cron(...)` or `rate(...)`. Default: only on demand."""
    share: NotRequired[str]
    """The identifier of `shares` that the schedule submits under."""


class BatchInferenceArgs(TypedDict):
    """Inputs of BatchInference."""

    vpc_id: pulumi.Input[str]
    """VPC of the subnets."""
    subnet_ids: Sequence[pulumi.Input[str]]
    """Private subnets that instances start in; the more zones, the more spare capacity."""
    instance_types: Sequence[str]
    """Two or more instance types or families, for example `m6i`, `r6i.xlarge`; the more, the fewer interruptions."""
    max_vcpus: int
    """vCPUs of spare (spot) capacity at most, 1 or more. Without jobs there are none."""
    jobs: Mapping[str, BatchJobArgs]
    """Jobs by name."""
    repository_arns: Sequence[pulumi.Input[str]]
    """ECR repositories that images may be pulled from."""
    kms_key_arn: pulumi.Input[str]
    """Key of volumes, logs, checkpoints, outputs, schedules and their queue; `autoscaling`, `ec2`, `logs`, `s3`,
    `scheduler` and `sqs` use it."""
    log_bucket: pulumi.Input[str]
    """Bucket that records who accessed checkpoints and outputs."""
    tags: Mapping[str, str]
    """Mandatory tags."""
    on_demand_max_vcpus: NotRequired[int]
    """vCPUs of on-demand capacity at most, used when spare capacity does not suffice. Default 0: none."""
    job_policies: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Name to IAM policy document (JSON) of what jobs may do beyond their own checkpoints and outputs, for example a
    reader policy of an ArtifactStore's models."""
    shares: NotRequired[Mapping[str, float]]
    """Share identifier to its weight, where less is more: jobs of all shares run side by side. Default: first come,
    first served."""
    volume_gib: NotRequired[int]
    """GiB of an instance's volume, 30 or more. Default 100."""
    topic_arn: NotRequired[pulumi.Input[str]]
    """SNS topic that receives a message when a job has failed all of its attempts. Default: no message is sent."""
    log_group_days: NotRequired[int]
    """Days that logs of jobs are kept. Default 365."""
    force_destroy: NotRequired[bool]
    """Delete checkpoints and outputs with the component. Default false."""


class BatchInference(Component):
    """A job queue on spot instances, with jobs that resume from checkpoints, and on-demand capacity where spot ends."""

    queue_arn: pulumi.Output[str]
    """ARN of the job queue."""
    job_definition_arns: pulumi.Output[dict[str, str]]
    """Job to the ARN of its current definition."""
    compute_environment_arns: pulumi.Output[list[str]]
    """ARNs of the compute environments, in the order in which the queue uses them."""
    checkpoint_uri: pulumi.Output[str]
    """`s3://` URI below which jobs keep checkpoints, each job below its name."""
    output_uri: pulumi.Output[str]
    """`s3://` URI below which jobs write results, each job below its name."""
    output_reader_policy: pulumi.Output[str]
    """IAM policy document (JSON) that lists and reads the results."""
    submit_policy: pulumi.Output[str]
    """IAM policy document (JSON) that submits these jobs to the queue, and follows jobs."""
    job_role_arn: pulumi.Output[str]
    """ARN of the role that jobs run as."""
    log_group_name: pulumi.Output[str]
    """Log group of the jobs."""
    security_group_id: pulumi.Output[str]
    """Security group of the instances, which reach port 443 only."""

    def __init__(self, name: str, args: BatchInferenceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__(name, args["tags"], opts)
        _validate(name, args)
        key, caller = args["kms_key_arn"], self._caller()
        store = ArtifactStore(
            name,
            {
                "kms_key_arn": key,
                "log_bucket": args["log_bucket"],
                "prefixes": ["checkpoints", "outputs"],
                "force_destroy": args.get("force_destroy", False),
                "tags": self._tags,
            },
            self._child(),
        )
        group = aws.cloudwatch.LogGroup(
            name,
            name=f"/aws/batch/{self._physical_name()}",
            kms_key_id=key,
            retention_in_days=int(args.get("log_group_days", 365)),
            tags=self._tags,
            opts=self._child(),
        )
        job_role = self._service_role(f"{name}-job", "ecs-tasks.amazonaws.com")
        grants = {
            "resume": store.reader_policies["checkpoints"],
            "checkpoint": store.writer_policies["checkpoints"],
            "write": store.writer_policies["outputs"],
            **{f"policy-{other}": policy for other, policy in args.get("job_policies", {}).items()},
        }
        granted = [self._grant(f"job-{grant}", job_role, policy) for grant, policy in grants.items()]
        starter = self._service_role(f"{name}-execution", "ecs-tasks.amazonaws.com")
        pull = pulumi.Output.all(list(args["repository_arns"]), group.arn)
        granted.append(
            self._grant("execution", starter, pull.apply(lambda v: documents.render(batch.execution(v[0], v[1]))))
        )

        compute = _BatchCompute(
            name,
            {
                "vpc_id": args["vpc_id"],
                "subnet_ids": args["subnet_ids"],
                "instance_types": args["instance_types"],
                "max_vcpus": int(args["max_vcpus"]),
                "on_demand_max_vcpus": int(args.get("on_demand_max_vcpus", 0)),
                "shares": args.get("shares", {}),
                "volume_gib": int(args.get("volume_gib", 100)),
                "kms_key_arn": key,
                "tags": self._tags,
            },
            self._child(),
        )
        roles = pulumi.Output.all(job=job_role.arn, execution=starter.arn)
        logs = pulumi.Output.all(group=group.name, region=caller["region"])
        definitions = {
            job: self._definition(job, one, store.uri, roles, logs, granted) for job, one in args["jobs"].items()
        }
        arns = pulumi.Output.from_input({job: definition.arn for job, definition in definitions.items()})
        submission = pulumi.Output.all(compute.queue.arn, arns).apply(
            lambda v: batch.submission(v[0], list(v[1].values()))
        )
        self._schedules(args, compute.queue.arn, definitions, submission)
        if "topic_arn" in args:
            failed = compute.queue.arn.apply(batch.failed)
            rule = aws.cloudwatch.EventRule(name, event_pattern=failed, tags=self._tags, opts=self._child())
            aws.cloudwatch.EventTarget(name, rule=rule.name, arn=args["topic_arn"], opts=self._child())
        follow = pulumi.Output.all(submission, caller["region"])
        self._finish(
            queue_arn=compute.queue.arn,
            job_definition_arns=arns,
            compute_environment_arns=pulumi.Output.all(*(one.arn for one in compute.environments)),
            checkpoint_uri=pulumi.Output.concat(store.uri, "/checkpoints"),
            output_uri=pulumi.Output.concat(store.uri, "/outputs"),
            output_reader_policy=store.reader_policies["outputs"],
            submit_policy=follow.apply(lambda v: documents.render([v[0], batch.following(v[1])])),
            job_role_arn=job_role.arn,
            log_group_name=group.name,
            security_group_id=compute.security_group.id,
        )

    def _grant(self, suffix: str, role: "aws.iam.Role", policy: pulumi.Input[str]) -> "aws.iam.RolePolicy":
        return aws.iam.RolePolicy(f"{self._name}-{suffix}", role=role.name, policy=policy, opts=self._child())

    def _definition(
        self,
        job: str,
        args: BatchJobArgs,
        store_uri: pulumi.Output[str],
        roles: pulumi.Output[dict[str, str]],
        logs: pulumi.Output[dict[str, str]],
        granted: Sequence[pulumi.Resource],
    ) -> "aws.batch.JobDefinition":
        environment = {
            **args.get("environment", {}),
            "CHECKPOINT_URI": pulumi.Output.concat(store_uri, f"/checkpoints/{job}"),
            "OUTPUT_URI": pulumi.Output.concat(store_uri, f"/outputs/{job}"),
        }
        size = {"vcpus": int(args["vcpus"]), "memory_mib": int(args["memory_mib"]), "gpus": int(args.get("gpus", 0))}
        values = pulumi.Output.all(
            image=args["image"], environment=pulumi.Output.all(**environment), roles=roles, logs=logs
        )
        return aws.batch.JobDefinition(
            f"{self._name}-{job}",
            type="container",
            platform_capabilities=["EC2"],
            container_properties=values.apply(lambda v: batch.container(command=args["command"], **size, **v)),
            retry_strategy=batch.retries(int(args.get("attempts", 5))),  # pyright: ignore[reportArgumentType]
            timeout={"attempt_duration_seconds": int(args["timeout_minutes"]) * 60},
            propagate_tags=True,
            tags=self._tags,
            opts=self._child(granted),
        )

    def _schedules(
        self,
        args: BatchInferenceArgs,
        queue_arn: pulumi.Output[str],
        definitions: "Mapping[str, aws.batch.JobDefinition]",
        submission: pulumi.Output[documents.Statement],
    ) -> None:
        scheduled = {job: one for job, one in args["jobs"].items() if "schedule" in one}
        if not scheduled:
            return
        role = self._service_role(f"{self._name}-schedule", "scheduler.amazonaws.com")
        undelivered = self._undelivered(args["kms_key_arn"])
        policy = pulumi.Output.all(submission, args["kms_key_arn"], undelivered.arn).apply(
            lambda v: documents.render([v[0], *batch.scheduling(v[1], v[2])])
        )
        may_submit = self._grant("schedule", role, policy)
        for job, one in scheduled.items():
            share = {"ShareIdentifier": one.get("share")} if "shares" in args else {}
            request = pulumi.Output.all(JobName=job, JobQueue=queue_arn, JobDefinition=definitions[job].arn, **share)
            aws.scheduler.Schedule(
                f"{self._name}-{job}",
                schedule_expression=one.get("schedule", ""),
                flexible_time_window={"mode": "OFF"},
                kms_key_arn=args["kms_key_arn"],
                target={
                    "arn": self._caller()["partition"].apply(
                        lambda partition: f"arn:{partition}:scheduler:::aws-sdk:batch:submitJob"
                    ),
                    "role_arn": role.arn,
                    "input": request.apply(json.dumps),
                    # By default Scheduler retries for a day, then drops the event.
                    "retry_policy": {"maximum_event_age_in_seconds": 3600, "maximum_retry_attempts": 10},
                    "dead_letter_config": {"arn": undelivered.arn},
                },
                # Scheduler tries the role when the schedule is made.
                opts=self._child([may_submit]),
            )

    def _undelivered(self, key_arn: pulumi.Input[str]) -> "aws.sqs.Queue":
        """What EventBridge Scheduler could not submit; an alert watches queues of this name."""
        name = f"{self._name}-undelivered"
        queue = aws.sqs.Queue(
            name,
            kms_master_key_id=key_arn,
            message_retention_seconds=RETENTION_SECONDS,
            tags=self._tags,
            opts=self._child(),
        )
        policy = queue.arn.apply(lambda arn: documents.render([documents.deny_plain("sqs:*", arn)]))
        aws.sqs.QueuePolicy(name, queue_url=queue.url, policy=policy, opts=self._child())
        return queue


def _validate(name: str, args: BatchInferenceArgs) -> None:
    """Refuse what AWS would refuse late, or not at all."""
    shares = args.get("shares", {})

    def refuse(arg: str, value: object, allowed: str) -> ValueError:
        return ValueError(f"BatchInference {name!r}: {arg} is {value!r}; allowed: {allowed}")

    if len(set(args["instance_types"])) < 2:
        raise refuse("instance_types", list(args["instance_types"]), "two or more types")
    if args["max_vcpus"] < 1:
        raise refuse("max_vcpus", args["max_vcpus"], "1 or more")
    for job, one in args["jobs"].items():
        if isinstance(one["image"], str):
            try:
                batch.pinned(one["image"])
            except ValueError as error:
                raise ValueError(f"BatchInference {name!r}: jobs.{job}.{error}") from None
        if not 1 <= one.get("attempts", 5) <= 10:
            raise refuse(f"jobs.{job}.attempts", one.get("attempts"), "1 to 10")
        if one["timeout_minutes"] < 1:
            raise refuse(f"jobs.{job}.timeout_minutes", one["timeout_minutes"], "1 or more")
        if shares and "schedule" in one and one.get("share") not in shares:
            raise refuse(f"jobs.{job}.share", one.get("share"), f"one of shares: {', '.join(sorted(shares))}")
