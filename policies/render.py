"""A profile as others read it: the engine's `--policy-pack-config`, and the levels that admission needs.

`python -m policies.render prod` or `python -m policies.render own/profile.yaml` prints the former.
"""

import json
import sys
from pathlib import Path
from typing import Any

from policies.profiles import PROFILES, Level, Profile, ProfileError, read
from policies.registry import NAMES


def levels(profile: Profile) -> dict[str, Level]:
    """Rule name to level, of every rule."""
    return {name: profile.level(rule.severity, name) for name, rule in NAMES.items()}


def pack_config(profile: Profile) -> dict[str, dict[str, Any]]:
    """What `--policy-pack-config` reads: level and parameters of every rule, whatever the stack is called."""
    values = profile.model_dump(mode="json")
    return {
        name: {"enforcementLevel": level.value, **{field: values[field] for field in NAMES[name].parameters}}
        for name, level in levels(profile).items()
    }


def main(arguments: list[str]) -> str:
    """The configuration for a profile that is named or lies in a file.

    Raises:
        ProfileError: There is no such profile, or it cannot be used.
    """
    if len(arguments) != 1:
        raise ProfileError(f"name one profile: {', '.join(PROFILES)}, or a file")
    [name] = arguments
    return json.dumps(pack_config(PROFILES[name] if name in PROFILES else read(Path(name))), indent=2)


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except ProfileError as error:
        sys.exit(str(error))
