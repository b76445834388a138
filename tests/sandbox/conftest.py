"""A checkout of its own for every module that drives the engine, so that tests never touch the user's sandbox."""

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml

from sandbox import clock
from sandbox.processes import end_all, everything

ROOT = Path(__file__).parents[2]
TREE = (
    "Pulumi.yaml",
    "__main__.py",
    "access",
    "components",
    "examples",
    "mlp",
    "monitoring",
    "policies",
    "sandbox",
    "stacks",
    "tools",
    "workloads",
    "requirements.lock",
)
MODELS = ("capture", "drift", "retraining")
"""Sections of the local settings for models that are not in the cluster alone."""
ABOVE = (*MODELS, "database", "modelRegistry", "monitoring", "secrets", "services", "serving")
"""Sections of the local settings that tests of the cluster do without; some of their pods need nodes."""
IN_CLUSTER = (
    *("network", "notifications", "costs", "cluster", "gpu", "addons", "pools", "queue", "tenants"),
    *(section for section in ABOVE if section not in MODELS),
)
"""Sections of the local settings that most tests do without, and with them without a control plane."""
STOP_SECONDS = 30
ODD = 'my team\'s #1 100%20 "ä" $HOME'
"""Name of a folder with all that a shell, an address or a list of values may take for something else."""


class Checkout:
    """A copy of the checkout, its command line, plain Pulumi in it, and boto3 on its account.

    Attributes:
        timeout: Seconds that a command may take.
        environment_lines: What `mlp env` printed, once plain Pulumi was called; empty: it is asked again.
    """

    def __init__(
        self, path: Path, environment: str = "local", cluster: bool = False, keep: Collection[str] = ()
    ) -> None:
        self.path, self.environment = path, environment
        self.timeout = 300
        self.environment_lines = ""
        path.mkdir(exist_ok=True)
        for name in TREE:
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, path / name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy2(ROOT / name, path / name)
        if environment == "local":
            without = {*ABOVE, *(() if cluster else IN_CLUSTER)} - {*keep}
            self.edit(lambda config: [config.pop(f"ml-platform:{name}", None) for name in without])

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "mlp", *arguments]
        pipes = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
        return subprocess.Popen(command, cwd=self.path, text=True, **pipes)

    def run(self, *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, err = process.communicate(given, timeout=self.timeout)
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    def mlp(self, *arguments: str, code: int = 0) -> dict[str, Any]:
        done = self.run(*arguments, "--json")
        assert done.returncode == code, done.stdout + done.stderr
        return json.loads(done.stdout)

    def pulumi(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Plain Pulumi, as after `eval "$(mlp env local)"`, with further variables."""
        if not self.environment_lines:
            self.environment_lines = self.run("env", self.environment).stdout
        # The stack file of another environment is the account's; the sandbox has a project with its own.
        command = "exec pulumi" if self.environment == "local" else 'exec pulumi -C "$MLP_PROJECT"'
        exports = "".join(f"export {key}={shlex.quote(value)}\n" for key, value in variables.items())
        script = f"{self.environment_lines}\n{exports}{command} {shlex.join(arguments)}"
        return subprocess.run(["sh", "-c", script], cwd=self.path, capture_output=True, text=True, timeout=self.timeout)

    def client(self, service: str, region: str = "eu-central-1", **keys: str) -> Any:
        session = boto3.Session(keys.get("id", "sandbox"), keys.get("secret", "sandbox"), region_name=region)
        return session.client(service, endpoint_url=f"http://127.0.0.1:{self._account['port']}")  # pyright: ignore

    def install_plugin(self) -> None:
        """The components as an installed plugin, started as their PulumiPlugin.yaml has it: `python components/`."""
        home = Path(self.mlp("env", "local")["set"]["PULUMI_HOME"])
        program = home / "plugins" / "resource-ml-platform-v0.1.0" / "pulumi-resource-ml-platform"
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{self.path / "components"}" "$@"\n')
        program.chmod(0o755)

    def program(self, text: str) -> None:
        (self.path / "__main__.py").write_text(text)

    def setting(self, path: str, value: Any) -> None:
        first, *inner = path.split(".")
        *outer, last = [f"ml-platform:{first}", *inner]

        def change(config: dict[str, Any]) -> None:
            target = config
            for part in outer:
                target = target[part]
            target[last] = value

        self.edit(change)

    def kubectl(self, *arguments: str, given: Any = None) -> subprocess.CompletedProcess[str]:
        """kubectl on the environment's control plane; an object that is given is its standard input."""
        return self.run("kubectl", self.environment, *arguments, given=yaml.safe_dump(given) if given else "")

    def live(self, *what: str) -> Any:
        """What kubectl gets, decoded."""
        done = self.kubectl("get", *what, "--output=json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def days_later(self, days: float) -> None:
        """Move the clock of the emulated account, by which retention, locks and deletion windows end."""
        (self.path / ".sandbox" / self.environment / clock.FILE).write_text(str(days))

    def edit(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Change the configuration of the environment, a mapping from `ml-platform:` and the name of a setting."""
        file = self.path / "stacks" / f"Pulumi.{self.environment}.yaml"
        document = yaml.safe_load(file.read_text())
        change(document["config"])
        file.write_text(yaml.safe_dump(document))

    @property
    def _account(self) -> dict[str, int]:
        return json.loads((self.path / ".sandbox" / self.environment / "account.json").read_text())

    @staticmethod
    def answers(port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    @contextmanager
    def enforcing_iam(self) -> Iterator[None]:
        """Have the account check every request against the caller's policies, as AWS does."""
        url = f"http://127.0.0.1:{self._account['port']}/moto-api/reset-auth"
        text = {"Content-Type": "text/plain"}
        urllib.request.urlopen(urllib.request.Request(url, b"0", text)).close()
        try:
            yield
        finally:
            urllib.request.urlopen(urllib.request.Request(url, b"inf", text)).close()

    def held(self) -> dict[str, list[Any]]:
        """What the account holds, asked for without the product's help; keys that wait for deletion left out."""
        kms = self.client("kms")
        keys = [kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"] for key in kms.list_keys()["Keys"]]
        return {
            "buckets": self.client("s3").list_buckets()["Buckets"],
            "keys": [key for key in keys if (key["KeyState"], key["KeyManager"]) == ("Enabled", "CUSTOMER")],
            "aliases": [a for a in kms.list_aliases()["Aliases"] if not a["AliasName"].startswith("alias/aws/")],
            "roles": self.client("iam").list_roles()["Roles"],
            "groups": self.client("logs").describe_log_groups()["logGroups"],
            "trails": self.client("cloudtrail").describe_trails()["trailList"],
        }

    def end(self) -> None:
        """Leave no process behind, whatever the tests did."""
        end_all(self.processes(), STOP_SECONDS)

    def processes(self) -> list[int]:
        """Every process of its sandbox."""
        return [one.pid for one in everything() if self.path in one.root.parents]

    def kill_account(self) -> None:
        os.kill(self._account["pid"], signal.SIGKILL)


def until(condition: Callable[[], Any], seconds: float = 60, what: str = "did not happen in time") -> Any:
    """Wait for something, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, what
        time.sleep(0.2)
    return found


def engine_of(process: subprocess.Popen[str]) -> int:
    """The process id of the engine that a command line runs, found before the engine has done much more."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    (engine,) = (child for child in children if Path(f"/proc/{child}/comm").read_text() == "pulumi\n")
    return int(engine)


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """One checkout for the tests of a module."""
    made = Checkout(tmp_path_factory.mktemp("checkout"))
    yield made
    made.end()
