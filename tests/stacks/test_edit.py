"""Changing one value in the file of a stack."""

from pathlib import Path

import pytest
import yaml

from stacks.edit import EditError, replaced

STACKS = Path(__file__).parents[2] / "stacks"
SERVICE = ("config", "ml-platform:services", "fraud")


@pytest.mark.parametrize("environment", ["dev", "staging", "prod"])
@pytest.mark.parametrize(
    "path", [("version",), ("image",), ("provenance", "digest"), ("provenance", "dataset"), ("scaling", "min")]
)
def test_one_value_of_a_shipped_file_changes_and_nothing_else(environment: str, path: tuple[str, ...]) -> None:
    text, new = (STACKS / f"Pulumi.{environment}.yaml").read_text(), 'new: "value" #'
    changed, line, old = replaced(text, (*SERVICE, *path), new)
    lines = [
        number
        for number, pair in enumerate(zip(text.splitlines(), changed.splitlines(), strict=True), 1)
        if pair[0] != pair[1]
    ]
    assert lines == [line]
    after, before = yaml.safe_load(changed), yaml.safe_load(text)
    holder, original = after, before
    for key in (*SERVICE, *path[:-1]):
        holder, original = holder[key], original[key]
    assert str(original[path[-1]]) == old
    assert holder[path[-1]] == new
    holder[path[-1]] = original[path[-1]]
    assert after == before


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (("config", "a", "c"), "there is no config.a.c"),
        (("config", "a"), "config.a is no value of one line"),
        (("config", "d"), "config.d is no value of one line"),
        (("config", "a", "b", "c"), "there is no config.a.b.c"),
        (("nothing",), "there is no nothing"),
    ],
)
def test_what_is_not_there_is_not_changed(path: tuple[str, ...], told: str) -> None:
    with pytest.raises(EditError, match=told):
        replaced("config:\n  a: {b: 1}\n  d: |\n    text\n", path, "x")
