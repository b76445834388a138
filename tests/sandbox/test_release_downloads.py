"""How a release is downloaded: checked, continued, given up with the reason; then its programs are built."""

import os
import re
import signal
import socket
import ssl
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import tooldownloads
from sandbox.kubernetes import credentials
from sandbox.toolchain import Event, Toolbox
from sandbox.toolreleases import Release, Releases, digest
from tests.release_server import ReleaseServer, pack
from tests.sandbox import fake_toolbox
from tests.sandbox.fake_toolbox import script, until

path, box, journal, server = fake_toolbox.path, fake_toolbox.box, fake_toolbox.journal, fake_toolbox.server
ENGINE = Release(
    ("engine", "engine-host"),
    "https://engine.test/v{version}/engine-{os}-{arch}.tar.gz",
    "https://engine.test/v{version}/SHA256SUMS",
    "made for these tests",
    members=("engine/engine*",),
)
ARCHIVE, SUMS = ".tar.gz", "SHA256SUMS"
PAGE = 'answers with a web page with the title "Sign in to the network" instead of the file'
OTHER = r"is not the file that its checksum is for: its \d+ bytes have the sha256 \w{64}, expected is"


@pytest.fixture
def served(server: ReleaseServer, box: Toolbox, tmp_path: Path) -> Toolbox:
    """A toolbox whose engine lies on the server."""
    # More than a chunk, so that a half of it is one.
    text = "#!/bin/sh\necho released\nexit\n" + "".join(f"# {number:09}\n" for number in range(300_000))
    programs = {name: script(tmp_path / "programs" / name, text) for name in ENGINE.programs}
    pack(server.folder, programs, box, (ENGINE,))
    return replace(box, sources=(Releases((ENGINE,), server.mirror, answer_seconds=0.5),))


@pytest.mark.parametrize(
    ("file", "fault", "why"),
    [
        (SUMS, "missing", r"SHA256SUMS answers 404 Not Found$"),
        (ARCHIVE, "missing", r"\.tar\.gz answers 404 Not Found$"),
        (ARCHIVE, "busy", r"\.tar\.gz answers 503 Service Unavailable$"),
        (
            SUMS,
            "page",
            'SHA256SUMS answers with a web page with the title "Sign in to the network" instead of the file',
        ),
        (ARCHIVE, "page", 'gz answers with a web page with the title "Sign in to the network" instead of the file'),
        (SUMS, "loop", r"SHA256SUMS redirects more than 5 times"),
        (ARCHIVE, "loop", r"\.tar\.gz redirects more than 5 times"),
        (SUMS, "silent", r"127\.0\.0\.1:\d+ does not answer within 0\.5 s$"),
        (ARCHIVE, "silent", r"127\.0\.0\.1:\d+ does not answer within 0\.5 s$"),
        (SUMS, "short", r"SHA256SUMS: no sha256 checksum of engine-\S+ in it; it begins with: 0000"),
        (
            ARCHIVE,
            "short",
            OTHER,
        ),
        (
            ARCHIVE,
            "other",
            OTHER,
        ),
        (ARCHIVE, "broken", r"\.tar\.gz breaks off before its end: .*\d+ bytes read, \d+ more expected"),
        (SUMS, "broken", r"SHA256SUMS breaks off before its end: .*\d+ bytes read, \d+ more expected"),
    ],
)
def test_a_release_that_comes_wrong_says_how_and_is_built_instead(server, served, journal, file, fault, why):
    server.faults = {file: fault}

    engine = served.ensure().tools["engine"]

    assert engine.source == "built from Go modules"
    assert re.search(why, engine.note)
    assert engine.note.startswith("no engine on PATH; official release: ")
    assert sorted(Path(built).name for built in journal()) == ["engine", "engine-host"]


def test_a_file_that_breaks_off_is_continued(server, served, journal):
    server.faults = {ARCHIVE: "half"}

    with pytest.raises(AssertionError):  # each attempt brings half of what is left
        assert served.ensure().tools["engine"].source == "official release"
    server.faults, before = {}, len(server.asked)
    (part,) = (served.cache / "downloads").iterdir()
    kept = part.stat().st_size
    again = replace(served, cache=served.cache.parent / "again")
    (again.cache / "downloads").mkdir(parents=True)
    part.rename(again.cache / "downloads" / part.name)

    assert again.ensure().tools["engine"].source == "official release"
    assert [asked for file, asked in server.asked[before:] if file.endswith(ARCHIVE)] == [f"bytes={kept}-"]


@pytest.mark.parametrize("kept", [b"another content", b"x" * 5_000_000])
def test_what_an_earlier_attempt_left_damaged_is_downloaded_again(server, served, kept):
    (sums,) = server.folder.rglob(SUMS)
    expected = digest(sums.read_text(), next(server.folder.rglob("*" + ARCHIVE)).name)
    (served.cache / "downloads").mkdir(parents=True)
    (served.cache / "downloads" / expected).write_bytes(kept)

    assert served.ensure().tools["engine"].source == "official release"


def test_what_broke_off_long_ago_is_removed(served):
    (served.cache / "downloads").mkdir(parents=True)
    for name, age in ("old", 8), ("new", 6):
        (served.cache / "downloads" / name).touch()
        os.utime(served.cache / "downloads" / name, (0, time.time() - age * 86400))

    served.ensure()

    assert [file.name for file in (served.cache / "downloads").iterdir()] == ["new"]


@pytest.fixture
def secure(server: ReleaseServer, served: Toolbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Toolbox:
    """The toolbox, whose server speaks HTTPS with a certificate of an authority of its own."""
    folder = tmp_path / "certificates"
    credentials.make(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.setenv("SSL_CERT_FILE", str(folder / "ca.pem"))
    return replace(served, sources=(Releases((ENGINE,), server.mirror.replace("http:", "https:")),))


def test_a_certificate_of_an_authority_of_ones_own_is_trusted_if_it_is_named(secure):
    assert secure.ensure(["engine"]).tools["engine"].source == "official release"


def test_another_certificate_is_not_trusted(secure, monkeypatch):
    monkeypatch.delenv("SSL_CERT_FILE")

    note = secure.ensure(["engine"]).tools["engine"].note
    assert re.search(r"127\.0\.0\.1:\d+ is not trusted \(.*verify failed.*\): name the file of", note)


def test_a_redirect_to_plain_http_is_refused(secure, server):
    with ReleaseServer(server.folder) as plain:
        (sums,) = server.folder.rglob(SUMS)
        address = f"{plain.mirror}/{sums.relative_to(server.folder)}"
        server.faults = {SUMS: address}

        note = secure.ensure(["engine"]).tools["engine"].note

    assert note.endswith(f"SHA256SUMS redirects to plain HTTP: {address}")


def test_a_server_that_knows_no_ranges_is_asked_for_the_whole_file(server, served):
    server.faults = {ARCHIVE: "broken"}
    served.ensure()
    server.faults = {}
    (part,) = (served.cache / "downloads").iterdir()
    part.write_bytes(b"y" * 10)
    again = replace(served, cache=served.cache.parent / "again")
    (again.cache / "downloads").mkdir(parents=True)
    part.rename(again.cache / "downloads" / part.name)

    assert again.ensure().tools["engine"].source == "official release"


def test_an_archive_without_the_program_is_refused(server, box, tmp_path):
    pack(server.folder, {"engine": script(tmp_path / "programs" / "engine", "#!/bin/sh\n")}, box, (ENGINE,))
    elsewhere = ENGINE._replace(members=("engine/engine", "bin/*"))

    host = replace(box, sources=(Releases((elsewhere,), server.mirror),)).ensure().tools["engine-host"]

    assert host.source == "built from Go modules"
    assert re.search(r"official release: \S+\.tar\.gz holds no engine-host$", host.note)


def test_an_engine_that_is_there_is_not_downloaded_again_for_its_host(box, served, server):
    box.ensure(["engine"])

    assert {found.source for found in served.ensure().tools.values()} == {"built from Go modules"}
    assert server.asked == []


def test_the_bytes_of_a_download_are_told(served, server):
    events: list[Event] = []

    served.ensure(["engine"], events.append)

    size = next(server.folder.rglob("*" + ARCHIVE)).stat().st_size
    told = [event for event in events if event.phase == "downloading"]
    assert told[0] == Event("engine", "downloading", 0, size)
    assert told[-1] == Event("engine", "downloading", size, size)
    assert [event.phase for event in events[-2:]] == ["unpacking", "ready"]


def test_a_mirror_that_is_no_address_is_refused_by_its_setting(box):
    engine = replace(box, sources=(Releases((ENGINE,), "mirror.example.com"),)).ensure().tools["engine"]

    assert 'MLP_RELEASES_MIRROR = "mirror.example.com": allowed is an address such as' in engine.note


def test_a_machine_without_a_network_is_found_out_once_for_all_hosts(box, monkeypatch):
    asked: list[str] = []
    over = threading.Event()

    def connect(address, timeout):
        asked.append(address[0])
        over.wait()
        raise TimeoutError

    monkeypatch.setattr(socket, "create_connection", connect)
    monkeypatch.setattr(tooldownloads, "REACH_SECONDS", 0.2)
    rows = (
        ENGINE._replace(programs=("engine",)),
        ENGINE._replace(programs=("engine-host",), address="http://host.test/"),
    )

    chain = replace(box, sources=(Releases(rows, ""),)).ensure()

    over.set()
    assert sorted(asked) == ["engine.test", "host.test"]
    assert (
        "official release: no connection to any of engine.test, host.test: none within 0.2 s"
        in chain.tools["engine"].note
    )
    assert {found.source for found in chain.tools.values()} == {"built from Go modules"}


def test_a_host_that_refuses_is_named_with_its_reason(box):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    engine = replace(box, sources=(Releases((ENGINE,), f"http://127.0.0.1:{port}"),)).ensure().tools["engine"]

    assert "official release: no connection to 127.0.0.1: Connection refused" in engine.note


def test_the_proxy_of_the_environment_is_what_must_be_reached(served, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://proxy.test:3128")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    tried: list[tuple[str, int]] = []

    def connect(address, timeout):
        tried.append(address)
        raise ConnectionRefusedError(111, "Connection refused")

    assert served.ensure().tools["engine"].source == "official release"
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(tooldownloads.DownloadError, match=r"^no connection to proxy\.test: Connection refused$"):
        tooldownloads.reach(frozenset({"http://engine.test/x", "http://other.test/x"}))
    assert tried == [("proxy.test", 3128)]


def test_ctrl_c_ends_a_download(box, served, server):
    server.rate = 20_000
    source = f"Releases((ENGINE,), {server.mirror!r})"
    body = f"""
from dataclasses import replace
from tests.sandbox.test_release_downloads import ENGINE, Releases
replace(box, sources=({source},)).ensure()
"""
    fetch = fake_toolbox.other_process(box, body)
    until(lambda: fetch.poll() is not None or any(file.endswith(ARCHIVE) for file, _ in server.asked))
    fetch.send_signal(signal.SIGINT)

    assert "KeyboardInterrupt" in fetch.communicate(timeout=10)[1]
