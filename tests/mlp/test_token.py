"""The token of a kubeconfig: a real kubectl asks for it, and it obeys the rules of the API server's authenticator."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import boto3
import pytest
import requests
from typer.testing import CliRunner

from components._kubeconfig import kubeconfig
from mlp.cli import app
from sandbox.toolchain import Toolbox
from tests.mlp.tls import answering

CLUSTER, REGION = "ml-platform-dev-cluster", "eu-central-1"
SECRET = {"aws_secret_access_key": "any"}
ALLOWED = {
    "action",
    "version",
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
    "x-amz-user-agent",
}
"""`parameterWhitelist` of kubernetes-sigs/aws-iam-authenticator, pkg/token/token.go, 81b1daba."""


def verified(token: str) -> str:
    """The request in a token, if it passes what `tokenVerifier.Verify` of that file demands."""
    assert len(token) <= 4 * 1024
    assert token.startswith("k8s-aws-v1.")
    text = token.removeprefix("k8s-aws-v1.")
    assert "=" not in text
    url = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    parts, pairs = urlsplit(url), parse_qsl(urlsplit(url).query)
    values = {key.lower(): value for key, value in pairs}
    assert (parts.scheme, parts.hostname, parts.port, parts.path) == ("https", f"sts.{REGION}.amazonaws.com", None, "/")
    assert len(values) == len(pairs)
    assert values.keys() <= ALLOWED
    assert values["action"] == "GetCallerIdentity"
    assert "x-k8s-aws-id" in values["x-amz-signedheaders"].split(";")
    assert 0 <= int(values["x-amz-expires"]) <= 60  # 0.3.0 and older; 900 today
    signed = datetime.strptime(values["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    assert abs(datetime.now(UTC) - signed) < timedelta(minutes=1)
    return url


def told(*arguments: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["token", "--cluster-name", CLUSTER, "--region", REGION, *arguments])
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def caller(token: str) -> str:
    """Who STS says has signed the request of a token."""
    answer = requests.get(verified(token), headers={"x-k8s-aws-id": CLUSTER, "accept": "application/json"}, timeout=10)
    assert answer.status_code == 200, answer.text
    return answer.text


def test_sts_names_the_caller_of_the_request_in_a_token(account: boto3.Session) -> None:
    found = told()
    assert (found["apiVersion"], found["kind"]) == ("client.authentication.k8s.io/v1", "ExecCredential")
    expires = datetime.fromisoformat(found["status"]["expirationTimestamp"])
    assert timedelta(minutes=13) < expires - datetime.now(UTC) <= timedelta(minutes=14)
    assert account.client("sts").get_caller_identity()["Arn"] in caller(found["status"]["token"])


def test_a_role_is_assumed_first(account: boto3.Session) -> None:
    document = {"Version": "2012-10-17", "Statement": []}
    role = account.client("iam").create_role(RoleName="deployer", AssumeRolePolicyDocument=json.dumps(document))
    token = told("--role-arn", role["Role"]["Arn"])["status"]["token"]
    signed = dict(parse_qsl(urlsplit(verified(token)).query))
    # moto does not look at who signs a presigned request, but it knows whose key this is.
    sts = boto3.client("sts", REGION, aws_access_key_id=signed["X-Amz-Credential"].partition("/")[0], **SECRET)
    assert sts.get_caller_identity()["Arn"].endswith("assumed-role/deployer/mlp-token")
    assert signed["X-Amz-Security-Token"]


def test_missing_credentials_are_an_error_without_a_traceback(
    account: boto3.Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path))
    done = CliRunner().invoke(app, ["token", "--cluster-name", CLUSTER, "--region", REGION])
    assert done.exit_code == 1
    assert f"no token for {CLUSTER}: Unable to locate credentials" in done.output


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, str, list[str | None]]]:
    """Address and authority of an API server, and the Authorization headers that it gets."""
    with answering(tmp_path / "certificates", 200, b"ok") as (address, authority, got):
        yield address, base64.b64encode(authority).decode(), got


def kubectl(config: str, folder: Path, path: Path) -> subprocess.CompletedProcess[str]:
    """Ask with a kubeconfig, where only one folder is on PATH."""
    (folder / "kubeconfig").write_text(config)
    program = Toolbox().ensure(["kubectl"]).tools["kubectl"].path
    keys = {"AWS_ACCESS_KEY_ID": "us", "AWS_SECRET_ACCESS_KEY": "us"}
    variables = {"PATH": str(path), "HOME": str(folder), "NO_PROXY": "127.0.0.1", **keys}
    command = [str(program), f"--kubeconfig={folder / 'kubeconfig'}", "get", "--raw", "/readyz"]
    return subprocess.run(command, env=variables, capture_output=True, text=True)


def test_kubectl_signs_in_without_the_aws_cli(server: tuple[str, str, list[str | None]], tmp_path: Path) -> None:
    address, authority, got = server
    config = kubeconfig(CLUSTER, address, authority, REGION, ["mlp", "token"])
    done = kubectl(config, tmp_path, Path(sys.executable).parent)
    assert done.stdout == "ok", done.stderr
    (header,) = got
    assert header
    verified(header.removeprefix("Bearer "))


def test_kubectl_says_what_to_do_when_the_helper_is_not_on_path(
    server: tuple[str, str, list[str | None]], tmp_path: Path
) -> None:
    address, authority, got = server
    done = kubectl(kubeconfig(CLUSTER, address, authority, REGION, ["mlp", "token"]), tmp_path, Path(os.devnull))
    assert done.returncode != 0
    assert f"`mlp` signs in to {CLUSTER}; put it on PATH" in done.stderr
    assert got == []
