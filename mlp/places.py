"""Where the sandbox of a checkout and its environments lies, and what runs there."""

from pathlib import Path

from sandbox.kubernetes.plane import ControlPlane
from sandbox.kubernetes.programs import PROVIDER, ROLLOUTS, START
from sandbox.place import Place
from stacks.settings import Settings


class SessionError(Exception):
    """The environment cannot be worked on now; the message says what to do."""


def checkout() -> Path:
    """The checkout that the current folder lies in.

    Raises:
        SessionError: There is none.
    """
    for folder in (here := Path.cwd(), *here.parents):
        if (folder / "Pulumi.yaml").is_file() and (folder / "stacks").is_dir():
            return folder
    raise SessionError(f"{here} is not in a checkout of the platform: no Pulumi.yaml with stacks/ here or above")


def plane_programs(settings: Settings) -> list[str]:
    """The programs of the control plane that a stack needs: none where nothing of it is in a cluster."""
    return [*START, *([ROLLOUTS] if settings.serves else [])] if settings.in_cluster else []


def cluster_programs(settings: Settings) -> list[str]:
    """The programs that a stack needs for what it has in a cluster: those of the control plane, and the provider."""
    return [*plane_programs(settings), PROVIDER] if settings.in_cluster else []


def plane_of(settings: Settings) -> ControlPlane:
    """The control plane of an environment's sandbox, whether it runs or not."""
    return ControlPlane(place_of(settings), settings.region)


def place_of(settings: Settings) -> Place:
    """Where the sandbox of an environment lies."""
    return Place(checkout(), settings.environment.value)
