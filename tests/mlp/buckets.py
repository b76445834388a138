"""What tests of a state in a bucket share: an engine that saves, and looks into the bucket."""

import json
from collections.abc import Callable
from typing import Any

from mlp.state_bucket import STACKS
from mlp.state_copy import StateCopy
from mlp.state_sync import changing

NAME, UNLOCK = "dev.json", "pulumi cancel --yes --stack dev"
PLACE = {"LocationConstraint": "eu-central-1"}


def engine(copy: StateCopy, what: Any, name: str = NAME) -> None:
    """What the engine's file backend does at each save: write a file and rename it."""
    file = copy.root / STACKS / name
    file.parent.mkdir(parents=True, exist_ok=True)
    new = file.with_suffix(".tmp")
    new.write_bytes(what if isinstance(what, bytes) else json.dumps(what).encode())
    new.replace(file)


def there(s3: Any, name: str = NAME, bucket: str = "states") -> Any:
    return json.loads(s3.get_object(Bucket=bucket, Key=f"{STACKS}/{name}")["Body"].read())


def foreign(s3: Any, what: Any) -> None:
    """A write that heeds no lock."""
    s3.put_object(Bucket="states", Key=f"{STACKS}/{NAME}", Body=json.dumps(what).encode())


def change(copy: StateCopy, what: Any, meanwhile: Callable[[], Any] = lambda: None) -> list[str]:
    """Change the state, while something else happens; what the user is told."""
    said: list[str] = []
    with changing(copy, UNLOCK, said.append):
        meanwhile()
        engine(copy, what)
    return said


def locks(s3: Any, bucket: str = "states") -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket=bucket, Prefix=".pulumi/locks").get("Contents", ())]
