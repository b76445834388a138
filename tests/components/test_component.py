"""What every component keeps, whatever it makes."""

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from components import SERVED, AccessLogs, ArtifactStore, AuditTrail, KeyRing, RetentionMode
from tests.components.conftest import ALL_TAGS, INVOKES, TAGS, Recorder, Run

LOCK = {"mode": RetentionMode.COMPLIANCE, "days": 365}
REPLICA = {"region": "eu-west-1", "kms_key_arn": "arn:copy-key"}
FULL: dict[type, dict[str, Any]] = {
    AccessLogs: {"tags": TAGS},
    ArtifactStore: {
        "kms_key_arn": "arn:key",
        "log_bucket": "logs",
        "object_lock": LOCK,
        "replica": REPLICA,
        "tags": TAGS,
    },
    AuditTrail: {"kms_key_arn": "arn:key", "log_bucket": "logs", "object_lock": LOCK, "tags": TAGS},
    KeyRing: {"keys": {"confidential": {"users": ["*"]}, "audit": {"services": ["logs"]}}, "tags": TAGS},
}
Make = Callable[..., pulumi.ComponentResource]


@pytest.fixture(params=FULL, ids=lambda component: component.__name__)
def make(request: pytest.FixtureRequest) -> Make:
    """Makes a component, called `it`, that makes all it can."""
    return lambda opts=None, **changes: request.param("it", {**FULL[request.param], **changes}, opts)


def test_every_served_component_is_tested_here() -> None:
    assert set(FULL) == set(SERVED)


def test_children_are_named_from_the_component_and_belong_to_it(recorder: Recorder, run: Run, make: Make) -> None:
    run(make)
    (root,) = [one for one in recorder.found if one.parent.startswith("Stack ")]
    parents = {root.title} | {one.title for one in recorder.of("SecureBucket")}
    children = [one for one in recorder.found if one is not root]
    assert len(children) > 1
    for one in children:
        assert one.name == "it" or one.name.startswith("it-"), one.title
        assert one.parent in parents, one.title
    assert {one.parent for one in recorder.of("SecureBucket")} <= {root.title}


def test_whatever_can_be_tagged_carries_every_tag(recorder: Recorder, run: Run, make: Make) -> None:
    run(make)
    taggable = [one for one in recorder.found if one.kind in ("Bucket", "Key", "LogGroup", "Role", "Trail")]
    assert taggable
    for one in taggable:
        own = {"data-class": one.name.removeprefix("it-")} if one.kind == "Key" else {}
        assert one.inputs["tags"] | {"component": ""} == {**ALL_TAGS, **own, "component": ""}, one.title
        assert one.inputs["tags"]["component"].startswith("it"), one.title


@pytest.mark.parametrize("protect", [True, False])
def test_protection_reaches_every_child(recorder: Recorder, run: Run, make: Make, protect: bool) -> None:
    run(lambda: make(pulumi.ResourceOptions(protect=protect)))
    assert {one.protect for one in recorder.found} == {protect}


def test_children_and_lookups_use_the_callers_provider(recorder: Recorder, run: Run, make: Make) -> None:
    run(lambda: make(pulumi.ResourceOptions(providers=[aws.Provider("pinned", region="eu-central-1")])))
    resources = [one for one in recorder.found if one.type.startswith("aws:")]
    assert all("::pinned::" in one.provider for one in resources)
    assert {token for token, _ in recorder.invokes} == set(INVOKES)
    assert all("::pinned::" in provider for _, provider in recorder.invokes)


@pytest.mark.parametrize("value", ["", None])
@pytest.mark.parametrize("tag", TAGS)
def test_a_missing_or_empty_tag_is_refused(make: Make, tag: str, value: str | None) -> None:
    tags = {key: text for key, text in {**TAGS, tag: value}.items() if text is not None}
    with pytest.raises(ValueError, match=f"`tags` lacks {tag}; every component needs {', '.join(TAGS)}"):
        make(tags=tags)


def test_two_of_a_kind_do_not_collide(recorder: Recorder, run: Run) -> None:
    def program() -> AuditTrail:
        AuditTrail("one", FULL[AuditTrail])  # pyright: ignore[reportArgumentType]
        return AuditTrail("two", FULL[AuditTrail])  # pyright: ignore[reportArgumentType]

    run(program)
    titles = [one.title for one in recorder.found]
    assert len(titles) == len(set(titles))
    for kind in ("Trail", "LogGroup"):
        assert len({one.inputs["name"] for one in recorder.of(kind)}) == 2
