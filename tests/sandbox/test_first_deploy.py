"""The first commands of docs/first-deploy.md on an emulated account that is no sandbox; test_dev.py runs the others."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.loop.programs import HOST, ask
from sandbox.processes import free_port
from stacks.settings import Settings
from tests.sandbox.conftest import Checkout, until
from tests.sandbox.first_deploy import BOOTSTRAP, PAGE, UP
from tests.sandbox.pages import Shell

pytestmark = pytest.mark.sandbox
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "us", "AWS_SECRET_ACCESS_KEY": "us"}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A terminal that is signed in to an empty account, which a file of the AWS SDK leads to, as mlp wants it."""
    checkout, port = Checkout(tmp_path_factory.mktemp("first-deploy"), "dev"), free_port(0)
    made, config = Shell(checkout.path), checkout.path / "aws-config"
    config.write_text(f"[default]\nendpoint_url = http://{HOST}:{port}\n")
    made.variables |= {**CREDENTIALS, "AWS_CONFIG_FILE": str(config), "XDG_STATE_HOME": str(checkout.path / "states")}
    made.variables["MOTO_ACCOUNT_ID"] = Settings.from_file("dev").account
    made.variables["COLUMNS"] = "300"
    command = [sys.executable, "-m", "sandbox.moto_server", "-H", HOST, "-p", str(port)]
    with (Path(checkout.path) / "moto.log").open("wb") as log:
        server = subprocess.Popen(command, env=made.variables, cwd=checkout.path, stdout=log, stderr=log)
    try:
        until(lambda: answers(port), 60, "the account does not answer")
        yield made
    finally:
        server.terminate()
        server.wait(30)


def answers(port: int) -> bool:
    try:
        return bool(ask(f"http://{HOST}:{port}/moto-api/data.json"))
    except OSError:
        return False


def test_the_state_gets_its_place_and_the_first_up_stops_for_what_only_a_person_has(shell: Shell) -> None:
    done = shell.run(BOOTSTRAP)
    assert done.returncode == 0, done.stdout + done.stderr
    settings = Settings.from_file("dev")
    assert settings.state_bucket in done.stdout
    assert f"arn:aws:kms:{settings.region}:{settings.account}:key/" in done.stdout
    (shown,) = re.findall(r"^```text\n(.*?)^```$", PAGE, re.M | re.S)
    stopped = shell.run(UP)
    assert stopped.returncode == 1
    # Of the settings' lines only the numbers may be others, after a change of the settings.
    shown, told = (re.sub(r"\.yaml:\d+:", ".yaml:", text) for text in (shown, stopped.stdout))
    assert [line for line in shown.splitlines() if line not in told.splitlines()] == [], told
