"""The benchmarks: both sides of a ratio run under the same conditions, and what is measured is what is reported."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from tests.bench import meter
from tests.bench.__main__ import PARTS, expected, parser
from tests.bench.life import STEPS, compared, raw
from tests.bench.meter import Took, measure, watching
from tests.bench.place import Place
from tests.bench.proxy import slow
from tests.bench.raw import plan
from tests.bench.remote import RUN, STATE, account, resources
from tests.bench.results import Row, table, write
from tests.bench.sides import NAMED, Seen, Watch, kind_of, merged, unnamed, variables_of
from tests.sandbox.conftest import Checkout, until


def seen(**variables: str) -> Seen:
    """An engine that was seen with these variables."""
    environ = "\0".join(f"{name}={value}" for name, value in {"GOGC": "400", **variables}.items())
    return merged([("engine", variables_of(environ.encode()))])


@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ("/tools/pulumi up --yes", "engine"),
        ("/tools/pulumi version", None),
        ("/tools/pulumi-language-python --root=/x 127.0.0.1:1", "language host"),
        ("/bin/sh /home/plugins/resource-kubernetes-v4.32.0/pulumi-resource-kubernetes 127.0.0.1:1", None),
        ("/venv/bin/python -m sandbox.kubernetes.provider 127.0.0.1:1", "kubernetes provider"),
        (
            "/tools/bin/pulumi-resource-kubernetes 127.0.0.1:1",
            "official kubernetes provider",
        ),
        ("/venv/bin/python -m sandbox.moto_server", None),
    ],
)
def test_the_programs_whose_variables_are_compared_are_known_by_their_command_lines(
    command: str, kind: str | None
) -> None:
    assert kind_of(command.split()) == kind


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PULUMI_SKIP_CHECKPOINTS", "true"),
        ("PULUMI_EXPERIMENTAL", "true"),
        ("GOMEMLIMIT", "1GiB"),
        ("GOGC", "100"),
        ("PYTHONDONTWRITEBYTECODE", "1"),
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1"),
        ("MLP_CACHE", "/var/cache"),
    ],
)
def test_sides_that_differ_in_a_variable_that_programs_read_give_no_ratio(name: str, value: str) -> None:
    one, other = Took(2, 1, seen(**{name: value})), Took(1, 1, seen())
    for ours, theirs in ((one, other), (other, one)):
        with pytest.raises(SystemExit, match=name):
            compared("up", "up", ours, "plain", theirs, "")


def test_a_named_difference_is_printed_with_its_reason() -> None:
    row = compared("up", "up", Took(2, 1, seen(PULUMI_DEBUG_COMMANDS="true")), "plain", Took(1, 1, seen()), "")
    assert row.differs == {"PULUMI_DEBUG_COMMANDS": NAMED["PULUMI_DEBUG_COMMANDS"]}
    assert f"PULUMI_DEBUG_COMMANDS: {NAMED['PULUMI_DEBUG_COMMANDS']}" in table([row])


def test_ports_temporary_folders_and_other_programs_variables_are_no_difference() -> None:
    one = seen(AWS_ENDPOINT_URL="http://127.0.0.1:2001", PULUMI_HOME="/tmp/a/home", HOSTNAME="x")
    other = seen(AWS_ENDPOINT_URL="http://127.0.0.1:2002", PULUMI_HOME="/tmp/b/home", HOSTNAME="y")
    assert unnamed(one, other) == {}


def test_two_engines_are_two_processes() -> None:
    assert unnamed(seen(MLP_ENGINE="417"), seen(MLP_ENGINE="20917")) == {}


def test_a_side_whose_engine_was_not_seen_gives_no_ratio() -> None:
    with pytest.raises(SystemExit, match="not seen on both sides"):
        compared("up", "up", Took(2, 1, seen()), "plain", Took(1, 1, {}), "")


def test_the_variables_of_a_running_engine_are_seen(tmp_path: Path) -> None:
    engine = tmp_path / "pulumi"
    engine.symlink_to(sys.executable)
    (tmp_path / "up").write_text("import time; time.sleep(60)")
    variables, watch = {**os.environ, "PULUMI_SKIP_CHECKPOINTS": "true"}, Watch()
    with subprocess.Popen([engine, "up"], cwd=tmp_path, env=variables) as running:
        try:
            until(lambda: watch.look({running.pid}) or "engine" in watch.seen)
        finally:
            running.kill()
    assert watch.seen["engine"]["PULUMI_SKIP_CHECKPOINTS"] == {"true"}


def test_a_measurement_waits_for_what_it_started_and_not_for_what_ran_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meter, "PATIENCE", 2.0)
    left: list[subprocess.Popen[bytes]] = []
    with subprocess.Popen(["sleep", "60"]) as server:
        try:
            assert measure(lambda: subprocess.run(["sleep", "0.1"], check=True)).clock >= 0.1
            with pytest.raises(TimeoutError):
                measure(lambda: left.append(subprocess.Popen(["sleep", "60"])))
        finally:
            for process in (server, *left):
                process.kill()
                process.wait()


def test_the_table_and_the_file_say_the_same(tmp_path: Path) -> None:
    row = Row("up", "local: mlp up", 30.0, "plain pulumi", 20.0, cpu=40.0, floor_cpu=25.0, note="395 resources")
    write(tmp_path / "out.json", [row])
    (found,) = json.loads((tmp_path / "out.json").read_text())["rows"]
    assert found["ratio"] == 1.5
    assert "30.0 s  40.0 s      20.0 s  25.0 s      1.50   plain pulumi" in table([row])
    assert "local: mlp up: 395 resources" in table([row])


def test_the_help_lists_every_part_and_a_run_says_how_long_it_takes() -> None:
    told = parser().format_help()
    for name in (*STEPS, *PARTS):
        assert name in told
    given = parser().parse_args([])
    assert expected([*STEPS, *PARTS], given) > expected(["preview"], given) > 0


@pytest.fixture
def server() -> Iterator[tuple[str, int]]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield server.get_host_and_port()
    server.stop()


def test_the_proxy_changes_nothing_and_counts(server: tuple[str, int]) -> None:
    with slow(*server, seconds=0) as traffic:
        s3 = boto3.Session("us", "us", region_name="us-east-1").client("s3", endpoint_url=traffic.address)
        s3.create_bucket(Bucket="states")
        s3.put_object(Bucket="states", Key="k", Body=b"x" * 100_000)
        assert s3.get_object(Bucket="states", Key="k")["Body"].read() == b"x" * 100_000
        assert s3.head_object(Bucket="states", Key="k")["ContentLength"] == 100_000
        s3.delete_object(Bucket="states", Key="k")
        assert s3.list_objects_v2(Bucket="states")["KeyCount"] == 0
    assert traffic.requests == 6
    assert 100_000 <= traffic.sent < 101_000


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A checkout whose program makes nothing but starts a provider: what matters is how it is run."""
    made = Checkout(tmp_path_factory.mktemp("bench"))
    made.program("import pulumi_aws\npulumi_aws.get_caller_identity()")
    yield Place(made)
    made.end()


@pytest.mark.sandbox
def test_mlp_and_plain_pulumi_run_under_the_same_variables(where: Place) -> None:
    with watching() as ours:
        where.mlp("up")
    where.enter()
    with watching() as plain:
        where.pulumi("up", "--yes", *where.pack)
    assert unnamed(ours.seen, plain.seen) == {}
    assert {"engine", "aws provider"} <= ours.seen.keys() & plain.seen.keys()


@pytest.mark.sandbox
def test_both_sides_of_a_state_in_s3_run_under_the_same_variables(where: Place) -> None:
    found = {}
    for side, run in RUN.items():
        with account(where) as made, watching() as watch:
            run(made)
            assert resources(made, side) > 0
        found[side] = watch.seen
    for side in ("mlp", "s3"):
        assert unnamed(found[side], found["file"], {**NAMED, **STATE}) == {}


@pytest.mark.sandbox
def test_the_raw_program_makes_in_a_new_account_what_the_state_has(where: Place) -> None:
    where.made.program(
        "import pulumi, pulumi_aws\n"
        "vpc = pulumi_aws.ec2.Vpc('vpc', cidr_block='10.0.0.0/16')\n"
        "pulumi_aws.ec2.Subnet('subnet', vpc_id=vpc.id, cidr_block='10.0.0.0/24')\n"
    )
    where.enter()
    where.pulumi("up", "--yes")
    planned = plan(json.loads(where.pulumi("stack", "export", "--show-secrets")))
    where.mlp("reset")
    raw(where, planned)
    made = json.loads(where.pulumi("stack", "export"))["deployment"]["resources"]
    assert [one["urn"].rpartition("::")[2] for one in made if one["type"].startswith("aws:")] == ["vpc", "subnet"]
