"""An account in moto, with answers of AWS for what moto does not have; each is checked against the service's model."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
import yaml
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.loaders import Loader
from botocore.validate import validate_parameters

from mlp import state
from mlp.state_bucket import STACKS
from stacks import settings
from stacks.settings import Settings
from tests.mlp.conftest import own

NUMBER, REGION = "111111111111", "eu-central-1"
DEV = Settings.from_file("dev")
LOADER = Loader()
"""Knows all services; what it has read once is not read again for the next session."""
Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]


class World:
    """An account, and the settings of dev, which have no example values."""

    def __init__(self, session: boto3.Session, patch: pytest.MonkeyPatch, folder: Path) -> None:
        """Have every session answer as this account does, and the settings come from a folder of the test's own."""
        self.session = session
        self._answers: dict[tuple[str, str], Answer] = {}
        self._patch = patch
        self._file = folder / "Pulumi.dev.yaml"
        self._file.write_text(own(settings.DIRECTORY / "Pulumi.dev.yaml"))
        patch.setattr(settings, "DIRECTORY", folder)
        self.asked: set[tuple[str, str]] = set()
        """Service and operation of each request."""
        made = boto3.Session.__init__

        def make(one: boto3.Session, *arguments: Any, **options: Any) -> None:
            made(one, *arguments, **options)
            one._session.register_component("data_loader", LOADER)
            one.events.register("provide-client-params", self._note)
            one.events.register("before-call", self._answer)

        patch.setattr(boto3.Session, "__init__", make)

    def client(self, service: str, region: str = REGION) -> Any:
        """A client of a service, to change the account."""
        return self.session.client(service, region_name=region)

    def answer(self, service: str, operation: str, answer: Answer) -> None:
        """Have an operation answer this, or what a function of its parameters returns."""
        self._answers[service, operation] = answer

    def refuse(self, service: str, operation: str, code: str, message: str = "") -> None:
        """Have an operation fail."""

        def fail(_: dict[str, Any]) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": code, "Message": message}}, operation)

        self._answers[service, operation] = fail

    def set(self, path: str, value: Any) -> None:
        """Change a setting of dev."""
        first, *inner = path.split(".")
        document = yaml.safe_load(self._file.read_text())
        target, last = document["config"], f"ml-platform:{first}"
        for part in inner:
            target, last = target[last], part
        target[last] = value
        self._file.write_text(yaml.safe_dump(document, sort_keys=False))

    def replace(self, pattern: str, text: str) -> None:
        """Change every place in the settings of dev that a pattern matches."""
        self._file.write_text(re.sub(pattern, text, self._file.read_text()))

    def role(self, name: str, path: str = "/") -> str:
        """Make a role; its ARN."""
        trust = json.dumps({"Version": "2012-10-17", "Statement": []})
        made = self.client("iam").create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=trust)
        return made["Role"]["Arn"]

    def assume(self, arn: str) -> None:
        """Act as a role from here on."""
        self.sign_in(self.client("sts").assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"])

    def sign_in(self, keys: dict[str, str]) -> None:
        """Act with these credentials from here on."""
        self._patch.setenv("AWS_ACCESS_KEY_ID", keys["AccessKeyId"])
        self._patch.setenv("AWS_SECRET_ACCESS_KEY", keys["SecretAccessKey"])
        if token := keys.get("SessionToken"):
            self._patch.setenv("AWS_SESSION_TOKEN", token)

    def certificate(self, domain: str, region: str = REGION, issued: bool = True) -> str:
        """Request a certificate of ACM, which is issued at once or waits for its DNS record; its ARN."""
        self._patch.setattr("moto.settings.ACM_VALIDATION_WAIT", -1 if issued else 1000)
        acm = self.client("acm", region)
        arn = acm.request_certificate(DomainName=domain, ValidationMethod="DNS")["CertificateArn"]
        acm.describe_certificate(CertificateArn=arn)  # when moto decides whether it is issued
        return arn

    def bootstrap(self) -> None:
        """Make bucket and key of the state, and name the key in the settings."""
        state.bootstrap(self.session, DEV)
        self.client("s3").delete_bucket_policy(Bucket=DEV.state_bucket)  # moto refuses everything that it names
        self.set("ci.stateKeyArn", self.key())

    def key(self) -> str:
        """ARN of the key of the state."""
        return self.client("kms").describe_key(KeyId=state.key_alias(DEV))["KeyMetadata"]["Arn"]

    def add_state(self, *resources: tuple[str, str, str]) -> None:
        """Add resources to the state of the stack dev."""
        self.write_state(*self._written, *resources)

    def write_state(self, *resources: tuple[str, str, str]) -> None:
        """Write the state of the stack dev: type, logical name and id of each resource."""
        self._written = resources
        found = [
            {"urn": f"urn:pulumi:dev::ml-platform::{type_}::{name}", "type": type_, "id": id_, "custom": True}
            for type_, name, id_ in resources
        ]
        body = json.dumps({"version": 3, "checkpoint": {"stack": "dev", "latest": {"resources": found}}})
        self.client("s3").put_object(Bucket=DEV.state_bucket, Key=f"{STACKS}/dev.json", Body=body.encode())

    def _note(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        self.asked.add((model.service_model.service_name, model.name))
        context["asked"] = params

    def _answer(self, model: Any, context: dict[str, Any], **_: Any) -> tuple[AWSResponse, dict[str, Any]] | None:
        answer = self._answers.get((model.service_model.service_name, model.name))
        if answer is None:
            return None
        found = answer(context["asked"]) if callable(answer) else answer
        validate_parameters(found, model.output_shape)
        return AWSResponse("", 200, {}, None), found
