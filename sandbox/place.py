"""Where the sandbox of a checkout lies, and the environment that makes plain Pulumi use it."""

import errno
import os
import shlex
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

from sandbox.files import decoded

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
FOLDER = "MLP_SANDBOX"
"""Variable that names the folder to use instead of `.sandbox` in the checkout."""
FREE_MIB = 300
"""Space on the disk without which nothing is started: a control plane alone takes a third of it."""


class PlaceError(Exception):
    """The sandbox cannot work here; the message names the variable or the folder, and what to do."""


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
        return base(self.checkout) / self.environment_name

    @property
    def up(self) -> str:
        """The command that brings the environment up."""
        return "mlp up" if self.environment_name == "local" else f"mlp up {self.environment_name} --sandbox"

    def prepare(self) -> None:
        """Make the folder, and see that there is room in it.

        Raises:
            PlaceError: It cannot be written, the disk is full, or it is another checkout's.
        """
        owner = self.root.parent / "checkout"
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            known = FOLDER in os.environ and owner.exists()
            other = Path(os.fsdecode(owner.read_bytes())) if known else self.checkout
            if other != self.checkout and other.is_dir():
                raise PlaceError(f"{FOLDER} = {owner.parent} is in use by {other}; set it to another folder")
            owner.write_text(str(self.checkout))
            free = shutil.disk_usage(self.root).free // 2**20
        except OSError as error:
            raise PlaceError(unwritable(error)) from None
        if free < FREE_MIB:
            raise PlaceError(
                f"{self.root} has {free} MiB left on its disk and needs {FREE_MIB}; free some space and run this again"
            )

    def path(self, *parts: str) -> Path:
        """A file in the folder, whose own folder exists."""
        path = self.root.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def remove(self) -> None:
        """Take the folder away, with all state in it."""
        shutil.rmtree(self.root, ignore_errors=True)
        if not any(one.is_dir() for one in self.root.parent.glob("*")):  # or another environment is still there
            (self.root.parent / "checkout").unlink(missing_ok=True)
            with suppress(OSError):
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
        signed_in = self.path("home", "credentials.json")
        if not decoded(signed_in):
            signed_in.unlink(missing_ok=True)  # the engine writes it again, and ends where half of it is there
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
            # Its parent is the engine, with which it ends.
            start = f'MLP_ENGINE=$PPID exec {shlex.quote(sys.executable)} -m sandbox.{name}.provider "$@"'
            script = f"#!/bin/sh\ncd {shlex.quote(str(self.checkout))} && {start}\n"
            if not plugin.exists() or plugin.read_bytes() != script.encode():
                plugin.write_text(script)
                plugin.chmod(0o755)


def base(checkout: Path) -> Path:
    """The folder of all environments of a checkout: `.sandbox` in it, unless MLP_SANDBOX names another."""
    given = os.environ.get(FOLDER)
    return Path(given).expanduser().resolve() if given else checkout / ".sandbox"


FULL = (errno.ENOSPC, errno.EDQUOT)
UNWRITABLE = (*FULL, errno.EROFS, errno.EACCES, errno.EPERM)
"""What the operating system says of a file that cannot be written."""


def unwritable(error: OSError) -> str:
    """What to do about a file that cannot be written."""
    file = error.filename or "a file"
    if error.errno in FULL:
        return f"{file} cannot be written, for its disk is full; free some space and run this again: nothing is lost"
    told = f"{file} cannot be written: {error.strerror}"
    return f"{told}; set {FOLDER} to a folder where the sandbox can keep its state"


def shell(environment: Mapping[str, str]) -> str:
    """The environment as lines for `eval`."""
    unset = [f"unset {' '.join(UNSET)}"]
    return "\n".join(unset + [f"export {key}={shlex.quote(value)}" for key, value in environment.items()])
