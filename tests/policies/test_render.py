import json
from pathlib import Path

import pytest
from pulumi.runtime import proto

from policies._operation import Operation
from policies.profiles import PROFILES, Level, ProfileError
from policies.registry import NAMES
from policies.render import levels, main


@pytest.mark.parametrize("environment", PROFILES)
def test_what_is_rendered_is_what_the_pack_takes_by_itself(environment: str) -> None:
    config = json.loads(main([environment]))
    assert config.keys() == NAMES.keys()
    operation = Operation()
    operation.configure(
        {name: Level(one.pop("enforcementLevel")) for name, one in config.items()},
        {name: one for name, one in config.items() if one},
    )
    itself = Operation()
    itself.enter(environment, False)
    assert [operation.level(rule) for rule in NAMES.values()] == [itself.level(rule) for rule in NAMES.values()]
    assert levels(PROFILES[environment]) == {name: itself.level(rule) for name, rule in NAMES.items()}


def test_parameters_are_rendered_with_the_rule_that_reads_them() -> None:
    config = json.loads(main(["prod"]))
    for name, rule in NAMES.items():
        assert config[name].keys() == {"enforcementLevel", *rule.parameters}
    assert proto.EnforcementLevel.Value(config["key-without-rotation"]["enforcementLevel"].upper()) == proto.MANDATORY


def test_a_profile_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ProfileError, match="name one profile: local, dev, staging, prod, or a file"):
        main([])
    with pytest.raises(ProfileError, match=str(tmp_path / "none.yaml")):
        main([str(tmp_path / "none.yaml")])
