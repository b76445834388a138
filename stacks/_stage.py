"""The names of the stages, without the settings: `mlp` needs them at each start, for `--until`."""

from enum import StrEnum


class Stage(StrEnum):
    """What comes up together, the first one first: each stage needs those before it."""

    FOUNDATION = "foundation"
    STORES = "stores"
    CLUSTER = "cluster"
    PLATFORM = "platform"
    MODELS = "models"

    def covers(self, other: "Stage") -> bool:
        """Whether it is another stage or comes after it."""
        return ORDER.index(self) >= ORDER.index(other)


ORDER = list(Stage)
