"""The table of official releases: addresses, versions, checksums; and all of it from a mirror."""

import platform
import re
import sys
from urllib.parse import urlsplit

import pytest

from sandbox.toolchain import TOOLS, Toolbox
from sandbox.toolreleases import RELEASES, Releases, digest, locate
from tests.release_server import pack
from tests.sandbox import fake_toolbox
from tests.sandbox.fake_toolbox import script

path, journal, server = fake_toolbox.path, fake_toolbox.journal, fake_toolbox.server


@pytest.mark.parametrize(("system", "machine"), [("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "arm64")])
def test_every_release_lies_at_an_address_of_the_pinned_version(monkeypatch, system, machine):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(platform, "machine", lambda: machine)
    box, tools = Toolbox(), {tool.name: tool for tool in TOOLS}
    for release in RELEASES:
        lead = tools[release.programs[0]]
        pins = (box.pins / lead.folder / "go.mod").read_text()
        major, minor, patch = re.findall(rf"{re.escape(lead.module)} v(\d+)\.(\d+)\.(\d+)$", pins, re.M)[0]
        if lead.name == "prometheus":  # v0.315.0 of the module is release 3.15.0
            major, minor = minor[0], minor[1:].lstrip("0")
        file = locate(release, box.version(lead))
        assert bool(file) == (system in release.systems)
        for address in (file.address, file.checksums) if file else ():
            parts = urlsplit(address)
            assert (parts.scheme, parts.query, parts.fragment) == ("https", "", "")
            assert re.fullmatch(r"[a-z0-9.]+", parts.netloc)
            assert re.fullmatch(r"(/[\w.-]+)+", parts.path)
            assert f"{major}.{minor}.{patch}" in parts.path
        if file:
            assert system in file.address
            assert {"x86_64": "64", "aarch64": "arm64", "arm64": "arm64"}[machine] in file.name or "k8s" in file.address
            assert not re.search("[{}]", "".join(file.members))


def test_no_two_releases_have_the_same_program_and_each_says_where_it_is_documented():
    programs = [name for release in RELEASES for name in release.programs]

    assert len(programs) == len(set(programs))
    assert set(programs) <= {tool.name for tool in TOOLS}
    assert all(release.documented for release in RELEASES)


def test_every_release_can_be_had_from_a_mirror_and_nothing_of_it_is_built(
    server, tmp_path, path, journal, monkeypatch
):
    box = Toolbox(cache=tmp_path / "cache", sources=(Releases(mirror=server.mirror),))
    names = [name for release in RELEASES for name in release.programs]
    programs = {name: script(tmp_path / name / name, f"#!/bin/sh\necho {name}\n") for name in names}
    for beside in "pulumi-language-python-exec", "pulumi-resource-pulumi-python", "pulumi-language-nodejs":
        script(tmp_path / "pulumi" / beside, "#!/bin/sh\n")
    pack(server.folder, programs, box)

    chain = box.ensure(names)

    assert {found.source for found in chain.tools.values()} == {"official release"}
    found = {name: tool.path for name, tool in chain.tools.items() if tool.path}
    assert {name: file.read_text() for name, file in found.items()} == {
        name: f"#!/bin/sh\necho {name}\n" for name in names
    }
    assert {file.name for file in found["pulumi"].parent.iterdir()} == {
        "pulumi",
        "pulumi-language-python",
        "pulumi-language-python-exec",
        "pulumi-language-yaml",
        "pulumi-resource-pulumi-python",
    }
    assert all(file.stat().st_mode & 0o100 for found in chain.path for file in found.iterdir())
    assert journal() == []
    assert not any((box.cache / "downloads").iterdir())
    server.asked.clear()
    assert box.ensure(names) == chain
    assert server.asked == []


@pytest.mark.parametrize(
    "text",
    [
        "a" * 64,
        "a" * 64 + "\n",
        f"{'b' * 64}  other\n{'a' * 64}  tool.tar.gz\n",
        f"{'a' * 64} *tool.tar.gz\n",
        f"{'a' * 64}  ./tool.tar.gz\n{'b' * 64}  tool.tar.gz.sig\n",
        '{"assets": [{"name": "x", "digest": null}, {"name": "tool.tar.gz", "digest": "sha256:' + "a" * 64 + '"}]}',
    ],
)
def test_the_checksum_is_found_in_the_format_of_each_publisher(text):
    assert digest(text, "tool.tar.gz") == "a" * 64


@pytest.mark.parametrize(
    "text",
    [
        "",
        "error: not found",
        "a" * 63,
        f"{'a' * 64}  other.tar.gz\n",
        f"{'a' * 64}\n{'b' * 64}\n",
        '{"message": "API rate limit exceeded"}',
        '{"assets": [{"name": "tool.tar.gz", "digest": null}]}',
        '{"assets": ',
    ],
)
def test_a_text_without_the_checksum_is_refused(text):
    with pytest.raises(ValueError, match=r"tool\.tar\.gz|Expecting"):
        digest(text, "tool.tar.gz")


def test_the_rate_of_the_server_holds_for_all_connections_together(server, monkeypatch):
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("time.monotonic", lambda: 100.0)
    server.rate = 50e6

    for _ in range(4):
        server.pace(25_000_000)

    assert slept == [0.5, 1.0, 1.5, 2.0]
