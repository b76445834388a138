"""The sandbox's aws provider asked directly, without an engine: what it refuses, and how names are derived."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pulumi_aws
import pytest
from botocore.exceptions import ClientError
from pulumi.provider.experimental import provider as api

from sandbox.aws import model
from sandbox.aws.engine import Resource
from sandbox.aws.kind import Call
from sandbox.aws.model import endpoint, identity, input_shapes, inputs, operation, replaces
from sandbox.aws.provider import AwsProvider
from sandbox.aws.shapes import from_api, members, property_name, same, to_api
from sandbox.aws.tables import KINDS, joined
from sandbox.serve import to_plain, to_properties
from sandbox.values import UNKNOWN, ResourceError
from tests.loops import wait
from tests.sandbox import properties


def urn(token: str) -> str:
    return f"urn:pulumi:local::ml-platform::parent:index:Parent${token}::thing"


def check(token: str, old: dict[str, Any] | None = None, **new: Any) -> api.CheckResponse:
    request = api.CheckRequest(urn(token), to_properties(old or {}), to_properties(new), b"")
    return wait(AwsProvider().check(request))


def diff(token: str, old: dict[str, Any], new: dict[str, Any]) -> api.DiffResponse:
    return wait(AwsProvider().diff(api.DiffRequest(urn(token), "id", to_properties(old), to_properties(new), [])))


BUCKET, VERSIONING = "aws:s3/bucket:Bucket", "aws:s3/bucketVersioning:BucketVersioning"


def test_a_type_without_an_entry_is_refused() -> None:
    with pytest.raises(ResourceError, match="thing: type aws:chime/voiceConnector:VoiceConnector has no entry"):
        check("aws:chime/voiceConnector:VoiceConnector")


def test_a_type_has_one_entry_in_one_table() -> None:
    with pytest.raises(ValueError, match=rf"{BUCKET} is in storage\.py and in lake\.py; allowed: one entry"):
        joined({"storage": [KINDS[BUCKET], KINDS[VERSIONING]], "lake": [KINDS[BUCKET]]})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"versioningConfiguration": {"status": "On"}}, "versioningConfiguration.status = 'On'; AWS allows: Enabled"),
        ({"versioningConfiguration": {"state": "Enabled"}}, "versioningConfiguration.state: not understood"),
        ({"versioning": {}}, "versioning: not understood"),
    ],
)
def test_a_wrong_input_is_refused_by_name(given: dict[str, Any], told: str) -> None:
    (failure,) = check(VERSIONING, bucket="b", **given).failures or []
    assert told in failure.reason


def test_an_input_that_is_not_known_yet_is_not_judged() -> None:
    assert not check(VERSIONING, bucket=UNKNOWN, versioningConfiguration={"status": UNKNOWN}).failures


def test_an_unknown_data_source_is_refused() -> None:
    with pytest.raises(ResourceError, match="getBucket: not understood"):
        wait(AwsProvider().invoke(api.InvokeRequest("aws:s3/getBucket:getBucket", {})))


def test_an_unknown_provider_setting_is_refused() -> None:
    request = api.CheckRequest("urn", {}, to_properties({"region": "eu-west-1", "profile": "mine"}), b"")
    failures = wait(AwsProvider().check_config(request)).failures or []
    assert [failure.property for failure in failures] == ["profile"]


def test_a_name_is_made_up_once_and_kept() -> None:
    first = to_plain(check(BUCKET).inputs or {})
    assert first["bucket"].startswith("thing-")
    assert to_plain(check(BUCKET, first).inputs or {})["bucket"] == first["bucket"]
    assert to_plain(check(BUCKET).inputs or {})["bucket"] != first["bucket"]
    assert to_plain(check(BUCKET, first, bucket="mine").inputs or {})["bucket"] == "mine"


@pytest.mark.parametrize(
    ("token", "changed", "replaced"),
    [
        (BUCKET, "tags", False),
        (BUCKET, "forceDestroy", False),
        (BUCKET, "objectLockEnabled", True),
        (BUCKET, "region", True),
        (VERSIONING, "bucket", True),
        (VERSIONING, "versioningConfiguration", False),
        ("aws:kms/key:Key", "policy", False),
        ("aws:kms/key:Key", "multiRegion", True),
        ("aws:kms/alias:Alias", "targetKeyId", False),
        ("aws:iam/role:Role", "assumeRolePolicy", False),
        ("aws:iam/role:Role", "path", True),
        ("aws:iam/rolePolicy:RolePolicy", "policy", False),
        ("aws:iam/rolePolicy:RolePolicy", "role", True),
        ("aws:cloudwatch/logGroup:LogGroup", "retentionInDays", False),
        ("aws:cloudwatch/logGroup:LogGroup", "name", True),
        ("aws:cloudtrail/trail:Trail", "isMultiRegionTrail", False),
        ("aws:cloudtrail/trail:Trail", "name", True),
        ("aws:batch/jobDefinition:JobDefinition", "containerProperties", False),
        ("aws:cloudfront/distribution:Distribution", "defaultCacheBehavior", False),
        ("aws:cloudfront/publicKey:PublicKey", "encodedKey", True),
    ],
)
def test_a_change_replaces_where_the_official_provider_does(token: str, changed: str, replaced: bool) -> None:
    found = diff(token, {changed: "a"}, {changed: "b"})
    assert found.changes
    assert found.replaces == ([changed] if replaced else [])


def test_a_removed_input_is_a_change() -> None:
    assert diff(BUCKET, {"bucket": "b", "tags": {"a": "b"}}, {"bucket": "b"}).diffs == ["tags"]


@pytest.mark.parametrize(("name", "first"), [("given", True), ("thing-1a2b3c4", False)])
def test_what_keeps_a_given_name_is_deleted_before_it_is_replaced(name: str, first: bool) -> None:
    old = {"bucket": name, "objectLockEnabled": False}
    assert diff(BUCKET, old, {**old, "objectLockEnabled": True}).delete_before_replace is first


@pytest.mark.parametrize("token", sorted(KINDS))
def test_every_entry_agrees_with_the_service_model_and_the_sdk(token: str) -> None:
    """Every operation exists, ids can be read backwards, and the SDK knows what the entry says it understands."""
    kind = KINDS[token]
    module, _, name = token.removeprefix("aws:").partition(":")
    sdk = getattr(getattr(pulumi_aws, module.partition("/")[0]), name)
    known = {property_name("".join(part.title() for part in key.split("_"))) for key in dir(sdk)}
    assert replaces(kind) <= inputs(kind)
    # An id may be made of a member that the provider shows as the id alone.
    told = {*kind.local, *kind.recorded, *kind.outputs, *kind.computed, *kind.invented, *kind.defaults}
    assert told - identity(kind, kind.id).keys() <= known
    keys = {key: f"x-{key}" for key in identity(kind, kind.id)}
    assert identity(kind, kind.id.format(**keys)) == keys


@pytest.mark.parametrize("token", sorted(KINDS))
def test_an_update_needs_no_input_that_is_optional(token: str) -> None:
    """A state has what AWS made up for it, so it differs from inputs that have nothing, whatever is changed."""
    kind = KINDS[token]
    always = {*properties.required(token), *kind.defaults, kind.autoname}

    def needed(call: Call) -> set[str]:
        shape, _ = input_shapes(kind, call)
        names = {member: key for key, (member, _) in members(shape, call.rename).items()}
        given = {*call.bind, *call.fixed, call.wrap.partition(".")[0], *(["Attributes"] if call.attributes else [])}
        return {str(names.get(one, one)) for one in shape.required_members if one not in given}

    for call in kind.updates if kind.emulated else ():
        set_ = {key for key, is_set in call.when.items() if is_set}
        assert needed(call) <= always | needed(kind.create[0]) | set_, call.operation


@pytest.mark.parametrize(
    ("member", "name"),
    [
        ("KMSMasterKeyID", "kmsMasterKeyId"),
        ("SSEAlgorithm", "sseAlgorithm"),
        ("S3BucketName", "s3BucketName"),
        ("IsMultiRegionTrail", "isMultiRegionTrail"),
        ("logGroupName", "logGroupName"),
        ("MFADelete", "mfaDelete"),
    ],
)
def test_properties_are_named_after_api_members(member: str, name: str) -> None:
    assert property_name(member) == name


@pytest.mark.parametrize(
    ("ours", "theirs", "equal"),
    [
        ('{"a": 1}', '{"a":1}', True),
        ('{"a": 1}', '{"a":2}', False),
        ({"a": {"b": 1}}, {"a": {"b": 1, "more": 2}}, True),
        ({"a": 1}, {}, False),
        (False, None, True),
        (True, None, False),
        ([1, 2], [1], False),
        ("true", True, True),
        ("true", False, False),
    ],
)
def test_what_is_live_is_compared_by_what_was_asked_for(ours: Any, theirs: Any, equal: bool) -> None:
    assert same(ours, theirs) is equal


def test_a_structure_is_a_list_of_one_where_the_provider_shows_it_in_the_plural() -> None:
    shape = operation("ecr", "create_repository").input_shape
    rename = {"encryptionConfiguration": "encryptionConfigurations"}
    shown, told = {"encryptionConfigurations": [{"kmsKey": "k"}]}, {"encryptionConfiguration": {"kmsKey": "k"}}
    assert to_api(shown, shape, rename, "") == told
    assert from_api(told, shape, rename) == shown
    assert from_api(told, shape, {}) == told


@pytest.mark.parametrize("url", ["", "http://192.0.2.1", "https://s3.example.com", "http://127.0.0.1.example.com"])
def test_the_provider_talks_to_this_machine_only(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    with pytest.raises(ResourceError, match="only talks to the emulated account on this machine"):
        endpoint()


def test_a_refused_value_is_not_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ENDPOINT_URL", "http://127.0.0.1:9"), ("ACCESS_KEY_ID", "a"), ("SECRET_ACCESS_KEY", "b")):
        monkeypatch.setenv(f"AWS_{name}", value)
    alias = Resource(KINDS["aws:kms/alias:Alias"], "a", "eu-central-1", {"name": "alias/a", "targetKeyId": ["canary"]})
    with pytest.raises(ResourceError, match=r"(?s)create_alias \(name, targetKeyId\).*Invalid type") as caught:
        alias.create()
    assert "canary" not in str(caught.value)


class Written:
    """An S3 with one bucket, into which somebody writes after each of the first times that it was emptied."""

    def __init__(self, writes: int) -> None:
        self._writes, self._objects, self.there = writes, 1, True

    def get_paginator(self, _: str) -> "Written":
        return self

    def paginate(self, **_: str) -> list[dict[str, Any]]:
        return [{"Versions": [{"Key": "log", "VersionId": "1"}] * self._objects}]

    def delete_object(self, **_: Any) -> None:
        self._objects = 0

    def delete_bucket(self, **_: str) -> None:
        self._objects, self._writes = self._objects + (self._writes > 0), self._writes - 1
        if self._objects:
            raise ClientError({"Error": {"Code": "BucketNotEmpty", "Message": "not empty"}}, "DeleteBucket")
        self.there = False

    def head_bucket(self, **_: str) -> dict[str, Any]:
        return {"BucketRegion": "eu-central-1"}

    def get_bucket_tagging(self, **_: str) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(
    ("force", "writes", "deleted"), [(True, 0, True), (True, 3, True), (True, 999, False), (False, 0, False)]
)
def test_a_bucket_that_is_written_to_meanwhile_is_emptied_again(
    monkeypatch: pytest.MonkeyPatch, force: bool, writes: int, deleted: bool
) -> None:
    """Access logs of other buckets are delivered while they are deleted."""
    s3 = Written(writes)
    monkeypatch.setattr(Resource, "client", s3)
    bucket = Resource(KINDS[BUCKET], "logs", "eu-central-1", {"bucket": "logs", "forceDestroy": force}, "logs")
    with nullcontext() if deleted else pytest.raises(ResourceError, match="BucketNotEmpty"):
        bucket.delete()
    assert s3.there is not deleted


def test_the_properties_of_every_type_are_those_of_the_official_provider() -> None:
    assert Path(model.__file__).with_name("properties.json").read_text() == properties.text(), properties.__doc__


@pytest.mark.parametrize("token", KINDS)
def test_a_type_takes_no_input_that_the_official_provider_lacks(token: str) -> None:
    assert inputs(KINDS[token]) <= {*properties.of(token)["inputs"]}


@pytest.mark.parametrize("token", KINDS)
def test_a_state_holds_nothing_that_the_official_provider_lacks(token: str) -> None:
    kind, known = KINDS[token], properties.of(token)
    everything = {*kind.computed, *kind.outputs, *kind.invented, *kind.local, "tags", "tagsAll", "region", "other"}
    state = Resource(kind, "thing", "eu-central-1", dict.fromkeys(everything, "a")).state({})
    assert set(state) <= {*known["inputs"], *known["outputs"]}


def test_what_has_no_tags_in_the_official_provider_gets_none() -> None:
    assert {"tags", "tagsAll"}.isdisjoint(properties.of("aws:cfg/recorder:Recorder")["outputs"])
    assert "tags" not in inputs(KINDS["aws:cfg/recorder:Recorder"])
    assert "tags" not in inputs(KINDS["aws:securityhub/account:Account"])


def test_what_is_of_no_region_has_none() -> None:
    answer = check("aws:iam/role:Role", assumeRolePolicy="{}")
    assert not answer.failures
    assert "region" not in (answer.inputs or {})
    (failure,) = check("aws:iam/role:Role", assumeRolePolicy="{}", region="eu-central-1").failures or []
    assert "region: not understood" in failure.reason
