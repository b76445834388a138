"""Container images: settings name a repository of the environment, and its registry's host follows from the account."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from stacks._fields import PINNED, Layer, Problem, Problems, texts

if TYPE_CHECKING:
    from stacks.settings import Settings

REGISTRY = "registry"
"""Name of the component that makes the repositories."""


def images(settings: "Settings") -> Iterator[tuple[str, str]]:
    """Path and value of every setting that is an image."""
    return ((path, value) for path, value in texts(settings) if re.fullmatch(PINNED, value))


def repository(image: str) -> str:
    """The repository of the environment that an image is in; empty if it names a registry of its own."""
    name = image.partition("@")[0]
    return "" if _host(name) else name


def registry(settings: "Settings") -> str:
    """Host of the environment's own registry."""
    return f"{settings.account}.dkr.ecr.{settings.region}.amazonaws.com"


def in_ecr(settings: "Settings", repository: str) -> str:
    """The name under which ContainerRegistry makes a repository."""
    return f"{settings.prefix(Layer.PLATFORM)}-{REGISTRY}/{repository}"


def full_name(settings: "Settings", image: str) -> str:
    """An image with its registry's host: the environment's own, where the setting names none."""
    return image if not repository(image) else f"{registry(settings)}/{in_ecr(settings, image)}"


def named(settings: "Settings") -> Problems:
    """An image without a host is in a repository that the environment makes."""
    known = settings.registry.repositories if settings.registry else ()
    for path, image in images(settings):
        name, _, digest = image.partition("@")
        if _host(name) == registry(settings):
            yield Problem(path, image, f"allowed: without the host of the own registry, REPOSITORY@{digest}")
        elif not _host(name) and name not in known:
            allowed = f"allowed: a repository of registry.repositories ({', '.join(known)}), or HOST/NAME@sha256:..."
            yield Problem(path, image, allowed)


def _host(name: str) -> str:
    """The host that an image's name begins with, as Docker decides it; empty if there is none."""
    first, slash, _ = name.partition("/")
    return first if slash and ("." in first or ":" in first) else ""
