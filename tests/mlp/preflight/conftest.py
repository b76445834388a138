"""Accounts that `mlp doctor dev` examines."""

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest

from tests.accounts.healthy import healthy
from tests.accounts.world import World
from tests.mlp.tls import answering


@pytest.fixture
def world(account: boto3.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> World:
    return World(account, monkeypatch, tmp_path)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, bytes]]:
    """Address and authority of an API server, which answers every request with 401."""
    with answering(tmp_path_factory.mktemp("certificates"), 401) as (address, authority, _):
        yield address, authority


@pytest.fixture
def fine(world: World, server: tuple[str, bytes]) -> World:
    """The account in which dev is up."""
    healthy(world, *server)
    return world
