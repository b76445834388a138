"""The state of a stack of the sandbox, as the state backend keeps it."""

from pathlib import Path

from mlp import checkpoint
from mlp.states import States
from sandbox.backend.process import Backend
from sandbox.place import Place
from stacks._fields import PROJECT

STACK = {"type": "pulumi:pulumi:Stack", "urn": "u", "outputs": {"account": "1"}}


def test_nothing_is_known_and_nothing_is_made_of_a_stack_that_there_is_not(tmp_path: Path) -> None:
    place = Place(tmp_path, "dev")
    assert States(place).names == []
    assert checkpoint.deployment(place, "dev") == {}
    assert checkpoint.resources(place, "dev") == 0
    assert checkpoint.outputs(place, "dev") == {}
    assert list(tmp_path.iterdir()) == []


def test_what_the_backend_keeps_is_read_without_it(tmp_path: Path) -> None:
    place = Place(tmp_path, "dev")
    state = {"version": 3, "deployment": {"resources": [STACK, {"type": "aws:s3/bucket:Bucket", "urn": "b"}]}}
    store = Backend(place).store
    store.create(PROJECT, "dev", state)
    store.create(PROJECT, "dev-platform", None)
    assert States(place).names == ["dev", "dev-platform"]
    assert checkpoint.deployment(place, "dev") == state["deployment"]
    assert checkpoint.resources(place, "dev") == 2
    assert checkpoint.outputs(place, "dev") == {"account": "1"}
    assert checkpoint.resources(place, "dev-platform") == 0
