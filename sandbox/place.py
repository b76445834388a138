"""Where the sandbox of a checkout lies, and the environment that makes plain Pulumi use it."""

import os
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import yaml

# The emulated account holds nothing worth hiding; state and outputs still show secrets only as secrets.
PASSPHRASE = "sandbox"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}
ACCESS_TOKEN = "sandbox"
"""The engine signs in to a service with a token; the state backend takes any."""
SALT = "v1:ONCf9zMov9A=:v1:1SsqeNeAyKWL7yT+:a1soVLUrT0J+b8i2TGANYjGVqX6I8A=="
"""Pulumi's salt of the passphrase, which `stacks/Pulumi.local.yaml` has too."""
PROVIDERS = {"aws": "pulumi_aws", "kubernetes": "pulumi_kubernetes"}
"""Provider to the Python package whose version its plugin must answer to."""
UNSET = ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_DEFAULT_REGION", "PULUMI_ACCESS_TOKEN", "PULUMI_STACK", "VIRTUAL_ENV")
"""Variables of a user's shell that would lead the engine or boto3 elsewhere."""
GOGC = "400"
"""How far the engine's memory grows before it collects garbage, in percent; the shell's own value comes first.

At Go's default, 100, the engine collects all the time under a policy pack: a fifteenth of a preview.
"""
LOOPBACK = ("127.0.0.1", "localhost", "::1")


class PlaceError(Exception):
    """The surroundings would lead the sandbox off this machine; the message names the variable."""


def refuse_foreign_endpoints(variables: Mapping[str, str]) -> None:
    """Refuse an environment that names an AWS endpoint on another machine.

    Raises:
        PlaceError: Naming the variable and its value.
    """
    for name, value in variables.items():
        if name.startswith("AWS_ENDPOINT_URL") and value and urlparse(value).hostname not in LOOPBACK:
            raise PlaceError(f"{name} = {value!r} is not on this machine, where the sandbox stays; unset it")


@dataclass(frozen=True)
class Place:
    """The folder of one environment below `.sandbox` of a checkout: state, account and logs, apart from all others."""

    checkout: Path
    environment_name: str

    @property
    def root(self) -> Path:
        """The folder itself; git ignores it."""
        return self.checkout / ".sandbox" / self.environment_name

    def path(self, *parts: str) -> Path:
        """A file in the folder, whose own folder exists."""
        path = self.root.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def remove(self) -> None:
        """Take the folder away, with all state in it."""
        shutil.rmtree(self.root, ignore_errors=True)
        with suppress(OSError):  # another environment is still there
            self.root.parent.rmdir()

    def environment(self, tools: list[Path], endpoint: str, backend: str) -> dict[str, str]:
        """The variables that lead the engine, its plugins and boto3 to this sandbox.

        Args:
            tools: Folders with the engine and its language host, first on PATH after the virtual environment.
            endpoint: Address of the emulated account.
            backend: Address of the state backend.
        """
        # The engine writes all it passes on into a folder `logs` of its home: half its work, and 5 MB every time. Where
        # that folder cannot be made it does without; `--logtostderr -v=9` says the same.
        self.path("home", "logs").touch()
        folders = [Path(sys.executable).parent, *([self._gather(tools)] if tools else [])]
        return CREDENTIALS | {
            "PATH": os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath)]),
            "PULUMI_HOME": str(self.root / "home"),
            "PULUMI_BACKEND_URL": backend,
            "PULUMI_ACCESS_TOKEN": ACCESS_TOKEN,
            # Milliseconds that a journal entry waits for others: by default 50, twice for each resource.
            "PULUMI_JOURNALING_BATCH_PERIOD": "1",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "GOGC": os.environ.get("GOGC", GOGC),
            # Five retries and 2.5 s for plugins that the sandbox replaces.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_EC2_METADATA_DISABLED": "true",
            # Where a shell forbids it, compiling the SDK anew takes every program four seconds.
            "PYTHONDONTWRITEBYTECODE": "",
            "MLP_SANDBOX_JOURNAL": str(self.path("creates.jsonl")),
            "MLP_SANDBOX_KUBECONFIG": str(self.root / "kubernetes" / "kubeconfig"),
        }

    def _gather(self, tools: list[Path]) -> Path:
        """One folder with all programs: the engine warns of a language host that does not lie beside it."""
        folder = self.path("bin", "x").parent
        for program in (file for tool in tools for file in tool.iterdir()):
            link = folder / program.name
            if link.exists() and link.stat().st_mtime == program.stat().st_mtime:
                continue
            link.unlink(missing_ok=True)
            try:
                link.hardlink_to(program)
            except OSError:  # another file system
                shutil.copy2(program, link)
        return folder

    def project(self, stack: str, changes: Mapping[str, Any]) -> Path:
        """A Pulumi project that runs the checkout's program under the sandbox's own stack file.

        The file has the settings of the checkout's, some changed, and never its secrets provider: that is an account's.
        """
        project = yaml.safe_load((self.checkout / "Pulumi.yaml").read_text())
        settings = self.checkout / project.pop("stackConfigDir") / f"Pulumi.{stack}.yaml"
        config = {**yaml.safe_load(settings.read_text())["config"], **changes}
        project |= {"main": str(self.checkout)}
        project["runtime"]["options"]["virtualenv"] = sys.prefix
        self.path("project", "Pulumi.yaml").write_text(yaml.safe_dump(project))
        stack_file = self.path("project", f"Pulumi.{stack}.yaml")
        stack_file.write_text(yaml.safe_dump({"config": config, "encryptionsalt": SALT}))
        return stack_file.parent

    def install_providers(self) -> None:
        """Put the sandbox's providers where the engine looks for installed plugins."""
        for name, package in PROVIDERS.items():
            plugin = self.path("home", "plugins", f"resource-{name}-v{version(package)}", f"pulumi-resource-{name}")
            script = f'#!/bin/sh\ncd "{self.checkout}" && exec "{sys.executable}" -m sandbox.{name}.provider "$@"\n'
            if not plugin.exists() or plugin.read_text() != script:
                plugin.write_text(script)
                plugin.chmod(0o755)


def shell(environment: Mapping[str, str]) -> str:
    """The environment as lines for `eval`."""
    unset = [f"unset {' '.join(UNSET)}"]
    return "\n".join(unset + [f"export {key}='{value}'" for key, value in environment.items()])
