"""The official releases of the sandbox's programs: where the publisher keeps the file and its checksum.

A row names the upstream file that documents its addresses. No row exists for what has no release of its own:
Karpenter's kwok edition, and the Argo Rollouts controller (argo-rollouts, .github/workflows/release.yaml: the
release has the kubectl plugin, the controller is an image). Nor for Pulumi's Kubernetes provider: its release ends
with a nil pointer while it deletes a Rollout (`PROVIDER_EDITS`).
"""

import json
import os
import platform
import re
import shutil
import sys
import tarfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from sandbox.tools import Tool
from sandbox.toolsources import Tell

if TYPE_CHECKING:
    from sandbox.toolchain import Toolbox

MIRROR = "MLP_RELEASES_MIRROR"
"""The environment variable with the address below which a mirror keeps the files, each below its host's name."""
DOWNLOADING = "downloading"
"""The phase that counts bytes."""
ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


class Release(NamedTuple):
    """A file of a release, which is a program or an archive of programs.

    The addresses and members are templates of `{version}`, `{os}` (linux, darwin), `{arch}` (amd64, arm64) and `{x64}`
    (x64, arm64); those of the checksums also of `{file}`, the last part of the file's address.
    """

    programs: tuple[str, ...]  # tools by name; the pin of the first decides the version
    address: str
    checksums: str  # address of the file with the sha256 digests
    documented: str  # the upstream file that says so
    members: tuple[str, ...] = ()  # patterns of the archive's files to keep; none: the file is the program
    systems: tuple[str, ...] = ("linux", "darwin")
    version_of: Callable[[str], str] = str  # the release's version, from that of the Go module


class File(NamedTuple):
    """The file of a release for one version and machine: its addresses and members have no placeholders."""

    programs: tuple[str, ...]
    version: str
    address: str
    checksums: str
    members: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the file, as the checksum file lists it."""
        return self.address.rpartition("/")[2]


def _github(repository: str, file: str, checksums: str, *programs: str, **more: object) -> Release:
    """Return a release on GitHub, tagged `vVERSION`."""
    folder = f"https://github.com/{repository}/releases/download/v{{version}}/"
    return Release(programs, folder + file, folder + checksums, **more)  # pyright: ignore[reportArgumentType]


def _kubernetes(name: str, *systems: str) -> Release:
    """Return a program of Kubernetes, beside which lies a file with nothing but its digest."""
    address = "https://dl.k8s.io/release/v{version}/bin/{os}/{arch}/" + name
    return Release((name,), address, address + ".sha256", "kubernetes/release pkg/release/release.go", (), systems)


def _prometheus_version(module: str) -> str:
    """Return the release of a version of the Go module: v0.315.0 is release 3.15.0 (prometheus, README.md)."""
    _, minor, patch = module.split(".")
    return f"{int(minor) // 100}.{int(minor) % 100}.{patch}"


RELEASES = (
    _github(
        "pulumi/pulumi",
        "pulumi-v{version}-{os}-{x64}.tar.gz",
        "pulumi-{version}-checksums.txt",
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-yaml",
        documented="pulumi/pulumi .goreleaser.yml, .github/workflows/sign.yml",
        members=(
            "pulumi/pulumi",
            "pulumi/pulumi-language-python*",
            "pulumi/pulumi-resource-pulumi-python",
            "pulumi/pulumi-language-yaml",
        ),
    ),
    _github(
        "etcd-io/etcd",
        "etcd-v{version}-{os}-{arch}.tar.gz",
        "SHA256SUMS",
        "etcd",
        documented="etcd-io/etcd scripts/build-binary.sh, scripts/release.sh",
        members=("etcd-v{version}-{os}-{arch}/etcd",),
        systems=("linux",),  # a zip archive for others
    ),
    _kubernetes("kube-apiserver", "linux"),
    _kubernetes("kube-controller-manager", "linux"),
    _kubernetes("kube-scheduler", "linux"),
    _kubernetes("kubectl", "linux", "darwin"),
    # kwok publishes no checksum file; GitHub lists the digest of each file of a release.
    _github(
        "kubernetes-sigs/kwok",
        "kwok-{os}-{arch}",
        "",
        "kwok",
        documented="kubernetes-sigs/kwok hack/releases.sh; https://docs.github.com/en/rest/releases/releases",
    )._replace(checksums="https://api.github.com/repos/kubernetes-sigs/kwok/releases/tags/v{version}"),
    _github(
        "prometheus/prometheus",
        "prometheus-{version}.{os}-{arch}.tar.gz",
        "sha256sums.txt",
        "prometheus",
        "promtool",
        documented="prometheus/promu cmd/tarball.go, cmd/checksum.go",
        members=("prometheus-{version}.{os}-{arch}/prometheus", "prometheus-{version}.{os}-{arch}/promtool"),
        version_of=_prometheus_version,
    ),
    _github(
        "prometheus/alertmanager",
        "alertmanager-{version}.{os}-{arch}.tar.gz",
        "sha256sums.txt",
        "alertmanager",
        "amtool",
        documented="prometheus/promu cmd/tarball.go, cmd/checksum.go",
        members=("alertmanager-{version}.{os}-{arch}/alertmanager", "alertmanager-{version}.{os}-{arch}/amtool"),
    ),
    Release(
        ("helm",),
        "https://get.helm.sh/helm-v{version}-{os}-{arch}.tar.gz",
        "https://get.helm.sh/{file}.sha256sum",
        "helm/helm Makefile",
        members=("{os}-{arch}/helm",),
    ),
    _github(
        "rhysd/actionlint",
        "actionlint_{version}_{os}_{arch}.tar.gz",
        "actionlint_{version}_checksums.txt",
        "actionlint",
        documented="rhysd/actionlint .goreleaser.yaml",
        members=("actionlint",),
    ),
)


def locate(release: Release, pinned: str, mirror: str = "") -> File | None:
    """Return the file of a release for this machine, or None if the publisher has none for it.

    Args:
        release: A row of the table.
        pinned: Version of the Go module of its first program.
        mirror: Address of a mirror, if there is one.
    """
    machine = ARCHITECTURES.get(platform.machine().lower())
    if sys.platform not in release.systems or not machine:
        return None
    values = {"version": release.version_of(pinned), "os": sys.platform, "arch": machine}
    values["x64"] = machine.replace("amd64", "x64")
    address = release.address.format_map(values)
    values["file"] = address.rpartition("/")[2]
    checksums, *members = (text.format_map(values) for text in (release.checksums, *release.members))
    mirrored = _below(mirror, address), _below(mirror, checksums)
    return File(release.programs, values["version"], *mirrored, tuple(members))


def _below(mirror: str, address: str) -> str:
    """Return the address of a file on a mirror: `https://dl.k8s.io/x` is `MIRROR/dl.k8s.io/x`."""
    return f"{mirror.rstrip('/')}/{address.partition('://')[2]}" if mirror else address


def _mirror_problem(mirror: str) -> str:
    """Return what is wrong with the address of a mirror, or nothing."""
    parts = urlsplit(mirror)
    if not mirror or (parts.scheme in ("http", "https") and parts.hostname):
        return ""
    return f'{MIRROR} = "{mirror}": allowed is an address such as https://mirror.example.com/releases'


def digest(text: str, file: str) -> str:
    """Return the sha256 digest of a file that the text of a checksum file says, in any of the formats of the table.

    Raises:
        ValueError: It says none; the message says what it is instead.
    """
    if text.lstrip().startswith("{"):
        assets = json.loads(text).get("assets", [])
        listed = [asset.get("digest") or "" for asset in assets if asset.get("name") == file]
        found = "".join(listed).removeprefix("sha256:")
    else:
        lines = [line.split() for line in text.splitlines() if line.strip()]
        alone = [lines[0][0]] if len(lines) == 1 and len(lines[0]) == 1 else []
        listed = [line[0] for line in lines if len(line) == 2 and line[1].removeprefix("*").removeprefix("./") == file]
        found = next(iter(alone + listed), "")
    if not re.fullmatch("[0-9a-f]{64}", found):
        start = " ".join(text.split())[:60]
        raise ValueError(f"no sha256 checksum of {file} in it; it begins with: {start or '(nothing)'}")
    return found


@dataclass(frozen=True)
class Releases:
    """The official releases as a source of programs.

    Attributes:
        rows: The table.
        mirror: Address below which a mirror keeps the files, each below its host's name; by default the value of
            MLP_RELEASES_MIRROR. Without one, each publisher's own address is used.
        answer_seconds: Seconds within which a server must answer.
    """

    rows: Sequence[Release] = RELEASES
    mirror: str = field(default_factory=lambda: os.environ.get(MIRROR, ""))
    answer_seconds: float = 10
    name: str = "official release"

    def entry(self, box: "Toolbox", tool: Tool) -> Path | None:
        """Return the cache entry of the release that has the tool, if one has it for this machine."""
        if not (file := self.file(box, tool)):
            return None
        return box.cache / "tools" / f"{file.programs[0]}-{file.version}-release-{sys.platform}-{platform.machine()}"

    def fill(self, box: "Toolbox", tool: Tool, new: Path, tell: Tell) -> dict:
        """Download the release of a tool, check it against its publisher's checksum and unpack it.

        Raises:
            OSError: It cannot be had; the text says why.
        """
        from sandbox import tooldownloads  # a fifth of a second, which nobody waits for who has all programs

        if not (file := self.file(box, tool)):
            raise OSError(f"{tool.name} has no release for this machine")
        if problem := _mirror_problem(self.mirror):
            raise OSError(problem)
        tooldownloads.reach(frozenset(_below(self.mirror, row.address) for row in self.rows))
        downloads = tooldownloads.Downloads(box.cache / "downloads", self.answer_seconds)
        try:
            expected = digest(downloads.text(file.checksums), file.name)
        except ValueError as failed:
            raise OSError(f"{file.checksums}: {failed}") from failed
        archive = downloads.file(file.address, expected, partial(tell, DOWNLOADING))
        tell("unpacking", 0, 0)
        try:
            _unpack(archive, file, new / "bin")
        finally:
            archive.unlink()
        return {"version": file.version, "source": self.name, "note": ""}

    def file(self, box: "Toolbox", tool: Tool) -> File | None:
        """Return the file that has the tool, if there is one for this machine."""
        for row in self.rows:
            if tool.name in row.programs:
                lead = next(lead for lead in box.tools if lead.name == row.programs[0])
                return locate(row, box.version(lead), self.mirror)
        return None


def _unpack(archive: Path, file: File, folder: Path) -> None:
    folder.mkdir()
    if not file.members:
        shutil.copyfile(archive, folder / file.programs[0])
    else:
        with tarfile.open(archive) as content:
            for member in content:
                if any(fnmatch(member.name, pattern) for pattern in file.members) and (
                    packed := content.extractfile(member)
                ):
                    with packed, (folder / Path(member.name).name).open("wb") as out:
                        shutil.copyfileobj(packed, out)
    for unpacked in folder.iterdir():
        unpacked.chmod(0o755)
    if lacking := [program for program in file.programs if not (folder / program).exists()]:
        raise FileNotFoundError(f"{file.address} holds no {lacking[0]}")
