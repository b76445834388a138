"""A resource that the account does not hold, asked of every emulated type: it is gone, and deleting it is no error."""

from collections.abc import Iterator

import pytest
from moto.server import ThreadedMotoServer

from sandbox.aws.engine import Resource
from sandbox.aws.kind import Kind
from sandbox.aws.model import fill, template_keys
from sandbox.aws.tables import KINDS
from sandbox.place import CREDENTIALS

EMULATED = sorted(token for token, kind in KINDS.items() if kind.emulated)
ALWAYS = {
    "aws:ebs/encryptionByDefault:EncryptionByDefault",
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings",
}
"""Settings that every account has."""
ABSENT = {"id": "", "vpcId": "vpc-1", "role": "absent", "resourceId": "vpc-1", "targetKeyId": "absent"}
"""Values that have a form of their own."""


@pytest.fixture(scope="module", autouse=True)
def _account() -> Iterator[None]:
    """An account that holds nothing."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        host, port = server.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name, value in CREDENTIALS.items():
            patch.setenv(name, value)
        yield
    server.stop()


def absent(kind: Kind) -> Resource:
    """A resource of a kind with all that its entry's calls need, which was never made."""
    bound = [one for call in (*kind.read, *kind.delete) for one in call.bind.values()]
    bound += [one for get in kind.read for one in get.match.values()]
    keys = {key for one in (kind.id, *bound) if isinstance(one, str) for key in template_keys(one)}
    values = {key: _value(kind, key) for key in keys - {"account", "id", "region"}} | ABSENT
    return Resource(kind, "thing", "eu-central-1", values, fill(kind.id, values))


def _value(kind: Kind, key: str) -> str:
    if kind.token == "aws:kms/alias:Alias":
        return "alias/absent"
    return f"arn:aws:{kind.client}:eu-central-1:111111111111:absent" if key.lower().endswith("arn") else "absent"


@pytest.mark.parametrize("token", sorted({*EMULATED} - ALWAYS))
def test_it_is_gone(token: str) -> None:
    assert absent(KINDS[token]).read() is None


@pytest.mark.parametrize("token", EMULATED)
def test_deleting_it_is_no_error(token: str) -> None:
    absent(KINDS[token]).delete()


@pytest.mark.parametrize("token", sorted(ALWAYS))
def test_settings_of_the_account_are_always_there(token: str) -> None:
    assert absent(KINDS[token]).read()
