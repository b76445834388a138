"""The state of a stack of the sandbox, as the state backend keeps it."""

from pathlib import Path

from mlp.states import States
from sandbox.backend.process import Backend
from sandbox.place import Place
from stacks._fields import PROJECT

STACK = {"type": "pulumi:pulumi:Stack", "urn": "u", "outputs": {"account": "1"}}


def test_nothing_is_known_and_nothing_is_made_of_a_stack_that_there_is_not(tmp_path: Path) -> None:
    states = States(Place(tmp_path, "dev"))
    assert states.names == []
    assert states.deployment("dev") is None
    assert states.resources("dev") == []
    assert states.outputs("dev") == {}
    assert list(tmp_path.iterdir()) == []


def test_what_the_backend_keeps_is_read_without_it(tmp_path: Path) -> None:
    place = Place(tmp_path, "dev")
    state = {"version": 3, "deployment": {"resources": [STACK, {"type": "aws:s3/bucket:Bucket", "urn": "b"}]}}
    store = Backend(place).store
    store.create(PROJECT, "dev", state)
    store.create(PROJECT, "dev-platform", None)
    states = States(place)
    assert states.names == ["dev", "dev-platform"]
    assert states.deployment("dev") == state["deployment"]
    assert states.resources("dev") == state["deployment"]["resources"]
    assert states.outputs("dev") == {"account": "1"}
    assert states.resources("dev-platform") == []
