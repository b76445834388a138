"""What every component keeps, whatever it makes."""

from collections import Counter
from collections.abc import Callable

import pulumi
import pulumi_aws as aws
import pytest

from components import SERVED, AuditTrail
from components._component import PACKAGE
from policies.inventory._taggable import TAGGABLE
from tests.components.conftest import ALL_TAGS, INVOKES, TAGS, Recorder, Run
from tests.components.samples import SAMPLES, sample

Make = Callable[..., pulumi.ComponentResource]


@pytest.fixture(params=SERVED, ids=lambda component: component.__name__)
def make(request: pytest.FixtureRequest) -> Make:
    """Makes a component, called `it`, that makes all it can."""
    return lambda opts=None, **changes: request.param("it", {**sample(request.param), **changes}, opts)


def test_every_served_component_is_tested_here() -> None:
    assert set(SAMPLES) == set(SERVED)


def test_children_are_named_from_the_component_and_belong_to_it(recorder: Recorder, run: Run, make: Make) -> None:
    run(make)
    (root,) = [one for one in recorder.found if one.parent.startswith("Stack ")]
    inner = [one for one in recorder.found if one.type.startswith(f"{PACKAGE}:") and one is not root]
    parents = {root.title} | {one.title for one in inner}
    children = [one for one in recorder.found if one is not root]
    assert children
    for one in children:
        assert one.name == "it" or one.name.startswith("it-"), one.title
        assert one.parent in parents, one.title
    assert {one.parent for one in inner} <= parents


def test_whatever_can_be_tagged_carries_every_tag(recorder: Recorder, run: Run, make: Make) -> None:
    run(make)
    taggable = [one for one in recorder.found if one.type in TAGGABLE]
    labelled = [one for one in recorder.found if "metadata" in one.inputs and "labels" in one.inputs["metadata"]]
    assert taggable or labelled
    for one in labelled:
        assert ALL_TAGS.items() <= one.inputs["metadata"]["labels"].items(), one.title
    for one in taggable:
        own = {"data-class": one.name.removeprefix("it-")} if one.parent == "KeyRing it" and one.kind == "Key" else {}
        assert {**ALL_TAGS, **own}.items() <= one.inputs["tags"].items(), one.title
        assert one.inputs["tags"]["component"].startswith("it"), one.title


@pytest.mark.parametrize("protect", [True, False])
def test_protection_reaches_every_child(recorder: Recorder, run: Run, make: Make, protect: bool) -> None:
    run(lambda: make(pulumi.ResourceOptions(protect=protect)))
    assert {one.protect for one in recorder.found} == {protect}


def test_children_and_lookups_use_the_callers_provider(recorder: Recorder, run: Run, make: Make) -> None:
    run(lambda: make(pulumi.ResourceOptions(providers=[aws.Provider("pinned", region="eu-central-1")])))
    resources = [one for one in recorder.found if one.type.startswith("aws:")]
    assert all("::pinned::" in one.provider for one in resources)
    assert {token for token, _ in recorder.invokes} <= set(INVOKES)
    assert all("::pinned::" in provider for _, provider in recorder.invokes)


def test_a_component_asks_once_who_it_runs_as(recorder: Recorder, run: Run, make: Make) -> None:
    run(make)
    components = [one for one in recorder.found if one.type.startswith(f"{PACKAGE}:")]
    asked = Counter(token for token, _ in recorder.invokes)
    for what in ("getCallerIdentity", "getRegion", "getPartition"):
        assert asked[f"aws:index/{what}:{what}"] <= len(components), what


@pytest.mark.parametrize("value", ["", None])
@pytest.mark.parametrize("tag", TAGS)
def test_a_missing_or_empty_tag_is_refused(make: Make, tag: str, value: str | None) -> None:
    tags = {key: text for key, text in {**TAGS, tag: value}.items() if text is not None}
    with pytest.raises(ValueError, match=f"`tags` lacks {tag}; every component needs {', '.join(TAGS)}"):
        make(tags=tags)


def test_two_of_a_kind_do_not_collide(recorder: Recorder, run: Run) -> None:
    def program() -> AuditTrail:
        AuditTrail("one", sample(AuditTrail))  # pyright: ignore[reportArgumentType]
        return AuditTrail("two", sample(AuditTrail))  # pyright: ignore[reportArgumentType]

    run(program)
    titles = [one.title for one in recorder.found]
    assert len(titles) == len(set(titles))
    for kind in ("Trail", "LogGroup"):
        assert len({one.inputs["name"] for one in recorder.of(kind)}) == 2
