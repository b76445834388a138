"""What `mlp doctor dev` finds in an account."""

import json
from typing import Any

from typer.testing import CliRunner

from mlp.cli import app
from tests.accounts.world import NUMBER

Found = dict[str, list[dict[str, Any]]]
ADA = f"arn:aws:iam::{NUMBER}:user/ada"
SINGLETONS = {
    "guardduty",
    "config",
    "config-role",
    "security-hub",
    "spot-role",
    "analyzer",
    "github-provider",
    "anomaly-monitor",
}


def role(name: str) -> str:
    return f"arn:aws:iam::{NUMBER}:role/{name}"


OPERATOR = role("ml-operator")


def setting(path: str) -> str:
    return f"ml-platform:{path} in stacks/Pulumi.dev.yaml"


def foreign(what: str) -> str:
    return f"the account has the {what}, which no stack of dev made"


def blocking(found: Found) -> dict[str, list[str]]:
    """Check to what blocks."""
    chosen = {name: [one["what"] for one in ones if one["blocks"]] for name, ones in found.items()}
    return {name: ones for name, ones in chosen.items() if ones}


def warning(found: Found) -> dict[str, list[str]]:
    """Check to what does not block."""
    chosen = {name: [one["what"] for one in ones if not one["blocks"]] for name, ones in found.items()}
    return {name: ones for name, ones in chosen.items() if ones}


def examined(code: int = 1) -> Found:
    """Check to its findings, as `mlp doctor dev` has them for a program."""
    done = CliRunner().invoke(app, ["doctor", "dev", "--json"])
    assert done.exit_code == code, done.output
    found: Found = {}
    for one in json.loads(done.stdout)["findings"]:
        found.setdefault(one.pop("check"), []).append(one)
    return found
