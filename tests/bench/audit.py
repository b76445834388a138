"""A live audit of 5,000 emulated resources, against the same requests by bare boto3."""

import json
import os
import pickle
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError

from policies._rule import Point
from policies.findings import judge
from policies.live.account import read_account
from policies.live.reader import WORKERS
from sandbox.processes import free_port
from tests.bench.results import Row

SECONDS, MEGABYTES = 60, 400
"""What an audit may take."""
Request = tuple[str, str, dict[str, Any]]
"""Service, operation and parameters."""
TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
GRANT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::models/*"}
COUNTS = {
    "access point": 250,
    "bucket": 700,
    "database": 400,
    "file system": 250,
    "policy": 400,
    "queue": 600,
    "role": 800,
    "secret": 900,
    "topic": 600,
    "user": 100,
}


def audit() -> Row:
    """Fill an account and audit it in a process of its own, beside the same requests by bare boto3."""
    with account() as endpoint:
        command = [sys.executable, "-m", "tests.bench.audit"]
        variables = account_variables(endpoint)
        done = subprocess.run(command, env=variables, stdout=subprocess.PIPE, text=True, check=True)
    took = json.loads(done.stdout)
    note = (
        f"{took['resources']} seen, {took['findings']} verdicts, {took['errors']} calls that the emulation lacks, "
        f"{took['megabytes']:.0f} MB (at most {MEGABYTES}), at most {SECONDS} s"
    )
    what = f"live audit of {sum(COUNTS.values())} resources"
    floor = f"the same {took['requests']} requests by bare boto3"
    return Row("live-audit", what, took["seconds"], floor, took["floor"], cpu=took["processor"], note=note)


def account_variables(endpoint: str) -> dict[str, str]:
    """The environment of a process that reads an emulated account."""
    keys = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}
    return os.environ | keys | {"AWS_ENDPOINT_URL": endpoint, "AWS_DEFAULT_REGION": "eu-central-1"}


def measured() -> dict[str, Any]:
    """What an audit of the account of this environment takes, and then the requests alone."""
    session, requests = noting()
    started, used = time.perf_counter(), time.process_time()
    found = read_account(session)
    findings = sum(1 for _ in judge(found.stack, Point.LIVE))
    seconds, processor = time.perf_counter() - started, time.process_time() - used
    return {
        "resources": len(found.stack.resources),
        "findings": findings,
        "errors": len(found.errors),
        "seconds": seconds,
        "processor": processor,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "requests": len(requests),
        "floor": seconds_of(requests),
    }


def noting() -> tuple[boto3.Session, list[Request]]:
    """A session, and the list in which it notes its requests."""
    session, requests = boto3.Session(), []

    def note(params: dict[str, Any], model: Any, **_: Any) -> None:
        requests.append((model.service_model.service_name, model.name, dict(params)))

    session.events.register("provide-client-params.*.*", note)
    return session, requests


def seconds_of(requests: list[Request]) -> float:
    """What requests take that are made by bare clients, as many at once as an audit makes."""
    started, session = time.perf_counter(), boto3.Session()
    config = Config(max_pool_connections=WORKERS)
    clients = {service: session.client(service, config=config) for service in {service for service, *_ in requests}}

    def ask(one: Request) -> None:
        with suppress(ClientError, BotoCoreError):  # that nothing is set is an answer too
            clients[one[0]]._make_api_call(*one[1:])

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(ask, requests))
    return time.perf_counter() - started


@contextmanager
def account() -> Iterator[str]:
    """The endpoint of an emulated account with 5,000 resources."""
    port = free_port(0)
    command = [sys.executable, "-m", "sandbox.moto_server", "-H", "127.0.0.1", "-p", str(port)]
    quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
    # A database without a subnet group lies in the default VPC.
    server = subprocess.Popen(command, env={**os.environ, "MLP_SANDBOX_DEFAULT_VPC": "keep"}, **quiet)
    try:
        fill(f"http://127.0.0.1:{port}")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait()


def fill(endpoint: str) -> None:
    """Make the resources."""

    def client(service: str) -> Any:
        session = boto3.Session("id", "secret", region_name="eu-central-1")
        return session.client(service, endpoint_url=endpoint)

    until_up(client("sts"))
    efs, iam, rds, s3 = client("efs"), client("iam"), client("rds"), client("s3")
    secrets, sns, sqs = client("secretsmanager"), client("sns"), client("sqs")
    trust, grant = document(TRUST), document(GRANT)
    database = {"Engine": "postgres", "DBInstanceClass": "db.t4g.medium", "AllocatedStorage": 20}
    user = {"MasterUsername": "platform", "MasterUserPassword": "correct horse"}
    place = {"CreateBucketConfiguration": {"LocationConstraint": "eu-central-1"}}
    files = efs.create_file_system(CreationToken="first")["FileSystemId"]
    make: dict[str, Callable[[str], Any]] = {
        "access point": lambda name: efs.create_access_point(ClientToken=name, FileSystemId=files),
        "bucket": lambda name: s3.create_bucket(Bucket=name, **place),
        "database": lambda name: rds.create_db_instance(DBInstanceIdentifier=name, **database, **user),
        "file system": lambda name: efs.create_file_system(CreationToken=name),
        "policy": lambda name: iam.create_policy(PolicyName=name, PolicyDocument=grant),
        "queue": lambda name: sqs.create_queue(QueueName=name),
        "role": lambda name: iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust),
        "secret": lambda name: secrets.create_secret(Name=name, SecretString="correct horse"),
        "topic": lambda name: sns.create_topic(Name=name),
        "user": lambda name: iam.create_user(UserName=name),
    }
    for kind, count in COUNTS.items():
        for number in range(count):
            make[kind](f"{kind.replace(' ', '-')}-{number}")


def document(statement: dict[str, Any]) -> str:
    """A policy document of one statement."""
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def until_up(sts: Any) -> None:
    """Wait until the emulation answers."""
    for _ in range(300):
        try:
            return sts.get_caller_identity()
        except EndpointConnectionError:
            time.sleep(0.1)
    raise SystemExit("the emulated account does not start")


def main(what: str = "", file: str = "") -> None:
    """Measure an audit; or note its requests in a file; or make those of a file."""
    if what == "note":
        session, requests = noting()
        read_account(session)
        Path(file).write_bytes(pickle.dumps(requests))
    elif what == "ask":
        seconds_of(pickle.loads(Path(file).read_bytes()))
    else:
        print(json.dumps(measured()))


if __name__ == "__main__":
    main(*sys.argv[1:])
