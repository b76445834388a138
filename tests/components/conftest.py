"""Records what components register; an invoke that nobody expects is an error."""

import json
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import pulumi
import pytest
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import mocks, rpc

ACCOUNT, REGION = "123456789012", "eu-central-1"
TAGS = {"environment": "dev", "owner": "ml", "cost-centre": "ml-1", "data-class": "confidential"}
ALL_TAGS = {**TAGS, "managed-by": "pulumi"}
INVOKES = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
    "aws:index/getRegion:getRegion": {"region": REGION},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
}
ARNS = {
    "EventBus": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/{{}}",
    "Key": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/id-of-{{}}",
    "LogGroup": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{{}}",
    "Policy": f"arn:aws:iam::{ACCOUNT}:policy/{{}}",
    "Queue": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{{}}",
    "Role": f"arn:aws:iam::{ACCOUNT}:role/{{}}",
    "Trail": f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{{}}",
    "FirehoseDeliveryStream": f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{{}}",
    "Topic": f"arn:aws:sns:{REGION}:{ACCOUNT}:{{}}",
}


class Registered(NamedTuple):
    """A resource as the engine would hear of it; other resources are named `Kind name`."""

    type: str
    name: str
    inputs: dict[str, Any]
    parent: str
    depends: frozenset[str]
    protect: bool
    provider: str
    retained: bool = False
    ignored: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        return self.type.rpartition(":")[2]

    @property
    def title(self) -> str:
        return f"{self.kind} {self.name}"


def title(urn: str) -> str:
    *_, type_, name = urn.split("::")
    return f"{type_.rpartition(':')[2]} {name}"


def with_nulls(found: Any, sent: Any) -> Any:
    """What was sent, with the nulls that the SDK leaves out where it reads it: they take values of a chart away."""
    if isinstance(found, list):
        return [with_nulls(*each) for each in zip(found, sent, strict=False)]
    if isinstance(found, dict) and isinstance(sent, Struct) and rpc._special_sig_key not in sent:
        return {key: with_nulls(found.get(key), one) for key, one in sent.items() if key in found or one is None}
    return found


class Monitor(mocks.MockMonitor):
    """Also tells the recorder what the mocks of the SDK keep to themselves."""

    def RegisterResource(self, request: Any) -> Any:
        answer = super().RegisterResource(request)
        if request.type != "pulumi:pulumi:Stack":
            inputs = rpc.deserialize_properties(request.object)
            if request.type == "kubernetes:helm.sh/v3:Release":
                inputs = with_nulls(inputs, request.object)
            found = Registered(
                request.type,
                request.name,
                inputs,
                title(request.parent),
                frozenset(map(title, request.dependencies)),
                request.protect,
                request.provider,
                request.retainOnDelete,
                tuple(request.ignoreChanges),
            )
            assert isinstance(self.mocks, Recorder)
            self.mocks.found.append(found)
            self.mocks.timeouts[request.name] = request.customTimeouts.delete
        return answer


class Recorder(pulumi.runtime.Mocks):
    """Everything that was registered and invoked, and made-up outputs for it."""

    def __init__(self) -> None:
        self.found: list[Registered] = []
        self.invokes: list[tuple[str, str]] = []
        self.timeouts: dict[str, str] = {}

    def start(self, stack: str = "dev") -> None:
        pulumi.runtime.set_mocks(self, project="ml-platform", stack=stack, preview=False, monitor=Monitor(self))

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        physical = args.inputs.get("name") or args.inputs.get("bucket") or f"{args.name}-0000000"
        arn = ARNS.get(args.typ.rpartition(":")[2], "arn:{}").format(args.name if "kms" in args.typ else physical)
        made = {"arn": arn, "keyId": f"id-of-{args.name}", "bucket": physical, "name": physical}
        made |= {"address": f"{physical}.rds", "endpoint": f"{physical}.rds:5432", "resourceId": f"db-{physical}"}
        made |= {
            "repositoryUrl": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{physical}",
            "masterUserSecrets": [{"secretArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:rds!db-1-AbCdEf"}],
        }
        made |= {"primaryEndpointAddress": f"{physical}.cache", "readerEndpointAddress": f"{physical}-ro.cache"}
        made |= {"domainName": f"{physical}.cloudfront.net", "latestVersion": 1, "nodeGroupName": physical}
        made |= {"identities": [{"oidcs": [{"issuer": "https://oidc.example.com/id/1"}]}]}
        made |= {"certificateAuthority": {"data": "Q0E="}}
        made |= {"defaultNetworkAclId": f"acl-{args.name}", "publicIp": "192.0.2.1"}
        made |= {"url": f"https://sqs/{physical}", "associationId": f"a-{args.name}"}
        made |= args.inputs
        if args.typ == "aws:eks/cluster:Cluster":
            made["vpcConfig"] = {**args.inputs["vpcConfig"], "clusterSecurityGroupId": "sg-of-eks"}
        return physical, made

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        assert args.token in INVOKES, f"unexpected invoke of {args.token}"
        self.invokes.append((args.token, args.provider))
        return INVOKES[args.token], []

    def of(self, kind: str) -> list[Registered]:
        return [one for one in self.found if one.kind == kind]

    def one(self, kind: str, name: str) -> Registered:
        named = [one for one in self.of(kind) if one.name == name]
        # A component may be called like what it makes.
        (found,) = [one for one in named if one.type.startswith("aws:")] if len(named) > 1 else named
        return found

    def inputs(self, kind: str, name: str, *without: str) -> dict[str, Any]:
        return {key: value for key, value in self.one(kind, name).inputs.items() if key not in without}

    def statements(self, kind: str, name: str, prop: str = "policy") -> list[dict[str, Any]]:
        document = json.loads(self.one(kind, name).inputs[prop])
        assert document["Version"] == "2012-10-17"
        return document["Statement"]

    def kinds(self) -> Counter[str]:
        return Counter(one.kind for one in self.found)


Run = Callable[[Callable[[], pulumi.ComponentResource]], dict[str, Any]]


@pytest.fixture
def recorder() -> Recorder:
    recorder = Recorder()
    recorder.start()
    return recorder


@pytest.fixture
def run(recorder: Recorder) -> Run:
    """Runs a program that makes a component; the component's outputs, resolved."""

    def make(program: Callable[[], pulumi.ComponentResource]) -> dict[str, Any]:
        outputs: dict[str, Any] = {}

        @pulumi.runtime.test
        def body() -> pulumi.Output[None]:
            component = program()
            names = [name for name in type(component).__annotations__ if not name.startswith("_")]
            values = pulumi.Output.all(**{name: getattr(component, name) for name in names})
            return values.apply(outputs.update)

        body()
        return outputs

    return make


def whole(value: Any) -> Any:
    """Numbers as they were before they went over the engine's protocol, which knows floats only."""
    if isinstance(value, dict):
        return {key: whole(item) for key, item in value.items()}
    if isinstance(value, list):
        return [whole(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
