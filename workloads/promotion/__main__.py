"""The command line: `python -m workloads.promotion`; `mlp promote` does the same."""

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from workloads.promotion.actions import Done, Promotion
from workloads.promotion.gate import Alias, Policy
from workloads.promotion.registry import Registry, RegistryError
from workloads.promotion.verdict import Line, Outcome, Verdict, table

HELP = """\
Let an alias of the MLflow registry point at a version of a model, if it passes every check of the gate.

A check passes, fails, or is unknown; what is unknown is not promoted. The gate is JSON, as the platform puts it into
the ConfigMap `promotion-gate`.

  python -m workloads.promotion fraud 7 --to champion --gate /etc/promotion/gate.json --dry-run
  python -m workloads.promotion fraud 7 --to champion --gate /etc/promotion/gate.json
  python -m workloads.promotion fraud --back                   champion points at the version before it again
  python -m workloads.promotion fraud 7 --lineage              data version, code commit and image digest
  python -m workloads.promotion fraud 7 --approve-as ana --key ana.pem --days 90
  python -m workloads.promotion fraud 7 --record fraud-7 --gate /etc/promotion/gate.json
"""
END = """\
The run logs metrics, those of slices as slice.<metric>.<slice> with their rows as slice.rows.<slice>; its file
evaluation.csv has the columns id, label and prediction, and the same rows as the champion's. The run or the version has
the tags data_version, code_commit (or mlflow.source.git.commit) and image_digest. The registered model has the tag risk
(minimal, limited or high).
Credentials: MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN; of S3 as everywhere.

exit codes: 0 done, or allowed with --dry-run; 1 refused; 2 wrong usage or gate; 3 the registry could not be asked
"""
NO_REGISTRY = (
    "no MLflow registry is named: add --tracking URI, or set MLFLOW_TRACKING_URI; docs/promotion.md shows how to reach "
    "the one in a cluster (the sandbox runs none)"
)
ALIASES = ", ".join(Alias)
Gates = Callable[[str], Policy]
Write = Callable[[str, Done], Done]


class GateError(Exception):
    """The gate cannot be used; the text has a line for each problem."""


def read_gate(file: str) -> Policy:
    """The gate of a file.

    Raises:
        GateError: It is not there, or wrong.
    """
    try:
        return Policy.model_validate_json(Path(file).read_bytes())
    except OSError as error:
        raise GateError(f"{file}: {error.strerror or error}") from None
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        raise GateError("\n".join(f"{file}: {'.'.join(map(str, one['loc']))}: {one['msg']}" for one in found)) from None


class UsageError(ValueError):
    """Arguments that do not go together; the message says which."""


def parser() -> argparse.ArgumentParser:
    """The command line."""
    found = argparse.ArgumentParser(
        prog="python -m workloads.promotion",
        description=HELP,
        epilog=END,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    found.add_argument("model", metavar="MODEL", help="registered model")
    found.add_argument("version", metavar="VERSION", nargs="?", help="its version; not with --back")
    verb = found.add_mutually_exclusive_group()
    verb.add_argument("--to", metavar="ALIAS", help=f"judge the version, and let this alias point at it: {ALIASES}")
    verb.add_argument("--back", action="store_true", help="roll champion back to the version before it")
    verb.add_argument("--lineage", action="store_true", help="trace the version back")
    verb.add_argument("--record", metavar="ID", help="print the version's approval for the settings, once it is valid")
    verb.add_argument("--approve-as", metavar="NAME", help="sign the version's content as this approver")
    found.add_argument(
        "--gate", metavar="FILE", default=os.environ.get("PROMOTION_GATE"), help="default: $PROMOTION_GATE"
    )
    tracking = os.environ.get("MLFLOW_TRACKING_URI")
    found.add_argument("--tracking", metavar="URI", default=tracking, help="default: $MLFLOW_TRACKING_URI")
    found.add_argument(
        "--publish",
        metavar="URI",
        default=os.environ.get("PROMOTION_PUBLISH"),
        help="s3://...: copy what is promoted below it to MODEL/VERSION, where it is served from; default: "
        "$PROMOTION_PUBLISH, or no copy",
    )
    found.add_argument("--key", metavar="FILE", help="private key of --approve-as: P-256, PEM")
    found.add_argument("--days", type=int, default=90, help="days that an approval holds, 1 to 365; default 90")
    found.add_argument("--dry-run", action="store_true", help="judge only")
    found.add_argument("--json", action="store_true", help="one JSON object on standard output, and nothing else")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say, and return the exit code.

    Args:
        arguments: Without the name of the command; none: those of the process.
    """
    return run(parser().parse_args(arguments))


def run(args: argparse.Namespace, gate_of: Gates | None = None, write: Write | None = None) -> int:
    """Do what was asked for, and return the exit code.

    Args:
        args: What `parser` gives, and `env` and `write` where there is a `gate_of`.
        gate_of: From an environment to its gate; raises GateError.
        write: With `--write`: writes the new champion into the settings of an environment.
    """

    def stop(code: int, message: str) -> int:
        print(
            json.dumps({"ok": False, "errors": message.splitlines()}) if args.json else message,
            file=sys.stdout if args.json else sys.stderr,
        )
        return code

    try:
        _demand(args, gate_of is not None)
        if not args.json and sys.stderr.isatty():
            print("asking the registry and reading the model's files ...", file=sys.stderr)
        done = _act(args, gate_of)
        if write and args.write and done.ok:
            done = write(args.env, done)
    except (GateError, ValueError) as error:
        return stop(2, str(error))
    except RegistryError as error:
        return stop(3, str(error))
    print(json.dumps({"ok": done.ok, "message": done.text, **done.data}) if args.json else _text(done))
    return 0 if done.ok else 1


def _demand(args: argparse.Namespace, environments: bool) -> None:
    """What goes with what.

    Raises:
        UsageError: It does not go together; the message says what to change.
    """
    verbs = ("to", "back", "lineage", "record", "approve_as")
    chosen = [f"--{verb.replace('_', '-')}" for verb in verbs if getattr(args, verb)]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} do not go together: one of them at a time")
    if not chosen:
        raise UsageError("nothing to do: add --to ALIAS, --back, --lineage, --approve-as NAME or --record ID")
    if args.to and args.to not in list(Alias):
        raise UsageError(f"--to {args.to}: allowed: {ALIASES}")
    if bool(args.version) == args.back:
        raise UsageError("--back takes no VERSION" if args.back else f"{chosen[0]} needs VERSION, after MODEL")
    if (args.to or args.record) and not (args.gate or getattr(args, "env", None)):
        raise UsageError(f"{chosen[0]} needs a gate: add {'--env ENVIRONMENT or ' if environments else ''}--gate FILE")
    if getattr(args, "write", False) and not (args.env and not args.dry_run and (args.back or args.to == "champion")):
        raise UsageError("--write goes with --env ENVIRONMENT and with --to champion or --back, without --dry-run")
    if args.approve_as and not args.key:
        raise UsageError("--approve-as needs --key FILE, the approver's private key")
    if not args.tracking:
        raise UsageError(NO_REGISTRY)


def _act(args: argparse.Namespace, gate_of: Gates | None) -> Done:
    environment = getattr(args, "env", None)
    policy = None
    if args.to or args.record:
        policy = gate_of(environment) if gate_of and environment else read_gate(args.gate)
    promotion = Promotion(Registry(args.tracking), lambda: datetime.now(UTC), args.publish)
    if args.back:
        return promotion.back(args.model)
    if args.lineage:
        return promotion.lineage(args.model, args.version)
    if policy and args.record:
        return promotion.record(args.model, args.version, policy, args.record)
    if policy:
        return promotion.promote(args.model, args.version, Alias(args.to), policy, args.dry_run)
    try:
        key = Path(args.key).read_bytes()
    except OSError as error:
        raise ValueError(f"--key {args.key}: {error.strerror or error}") from None
    return promotion.approve(args.model, args.version, args.approve_as, key, args.days)


def _text(done: Done) -> str:
    lines = tuple(Line(**{**one, "outcome": Outcome(one["outcome"])}) for one in done.data.get("lines", ()))
    return "\n".join([*table(Verdict("", "", "", lines)), done.text])


if __name__ == "__main__":
    sys.exit(main())
