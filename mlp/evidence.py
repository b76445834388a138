"""The verb `mlp evidence`: what was observed, sealed for auditors."""

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from mlp import audit
from mlp.options import Json

if TYPE_CHECKING:
    import boto3

    from mlp.observe import Wanted
    from policies.evidence.record import Change
    from policies.evidence.signing import Signer

CHANGED = 4
GOVERNED = ("stacks", "policies/environments", "policies/exemptions.yaml", "policies", "components")
"""What decides how the platform is; who let its last change in is evidence."""
OWN_KEY = Path.home() / ".config" / "ml-platform" / "evidence.pem"
HELP = """Seal what is observed, control by control, for auditors; or check what was sealed.

It audits like `mlp audit`, by default the account, and writes DIR/ENVIRONMENT-INSTANT: a page that prints, findings,
controls of eight frameworks, exemptions and approvals. Each bundle names the digest of the one before and is signed.

\b
Examples:
  mlp evidence --out evidence          the local sandbox, after `mlp up`
  mlp evidence --out evidence --account --cluster --env prod \\
      --kms-key alias/evidence --put s3://AUDIT-BUCKET/evidence
  mlp evidence --verify evidence       every bundle and their chain
  mlp evidence --verify evidence --public-key published.pem

Without --kms-key a key of this machine signs, ~/.config/ml-platform/evidence.pem, made at first use: it shows that
nothing was changed, not who made it.

\b
Exit codes:
  0    written, whatever was found; or verified
  2    wrong usage: an option, a file or a setting
  3    what was to be observed, the key or the store cannot be used
  4    what is verified was changed, or is not signed by that key
  130  interrupted
"""


def evidence(
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder of the bundles, one below it each time.")
    ] = None,
    verify: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Check a bundle, or a folder of bundles and their chain.")
    ] = None,
    state: audit.State = None,
    account: audit.OfAccount = False,
    cluster: audit.OfCluster = False,
    env: audit.Env = None,
    sandbox: audit.Sandbox = False,
    kubeconfig: audit.Kubeconfig = None,
    exemptions: audit.Exemptions = None,
    profile: audit.Profile = None,
    kms_key: Annotated[
        str | None, typer.Option(metavar="ID", help="Sign with this key of AWS KMS: SIGN_VERIFY, ECC_NIST_P256.")
    ] = None,
    key: Annotated[
        Path, typer.Option(metavar="FILE", help="Sign with the key in this file.", show_default="one of this machine")
    ] = OWN_KEY,
    public_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --verify: the key that must have signed.")
    ] = None,
    put: Annotated[
        str | None, typer.Option(metavar="s3://BUCKET/PREFIX", help="Also put it into a bucket with object lock.")
    ] = None,
    json: Json = False,
) -> None:
    """Seal what is observed, or check what was; `HELP` says the rest."""
    from botocore.exceptions import BotoCoreError, ClientError

    from mlp.observe import UnreadableError, UsageError, Wanted
    from policies.evidence.signing import SigningError
    from policies.evidence.store import StoreError

    console = Console(stderr=True, highlight=False)
    with audit.ending(console, json):
        if verify:
            if not verify.is_dir():
                raise UsageError(f"--verify {verify}: there is no such folder")
            _verify(verify, public_key, json)
        elif out:
            account = account or not (state or cluster or kubeconfig)
            cluster = cluster or bool(kubeconfig)
            audit.writable(out, out)
            wanted = Wanted(state, account, cluster, env, sandbox, kubeconfig, profile, exemptions)
            try:
                _seal(wanted, out, kms_key, key, put, console, json)
            except (BotoCoreError, ClientError, SigningError, StoreError) as error:
                raise UnreadableError(str(error)) from None
        else:
            raise UsageError("nothing to do: add --out DIR, or --verify DIR")


def _seal(
    wanted: "Wanted", out: Path, kms_key: str | None, key: Path, put: str | None, console: Console, as_json: bool
) -> None:
    from mlp.observe import observe
    from policies.evidence import bundle
    from policies.evidence.contents import about, contents
    from policies.evidence.record import Record, approvals
    from policies.evidence.store import Store

    found = observe(wanted, console)
    signer = _signer(found.session, kms_key, key)
    store = Store(found.session.client("s3"), put) if put else None
    previous = bundle.last(out) or (store.last() if store else None)
    record = Record(
        audit=found.audit,
        made=datetime.now(UTC),
        changes=tuple(_changes()),
        approvals=approvals(found.resources),
        previous=previous.name if previous else "",
    )
    folder = out / record.name
    bundle.write(folder, bundle.sealed(contents(record), about(record), previous, signer))
    page = folder / "index.html"
    files = store.put(folder) if store else 0
    kept = store.retention if store else {}
    if as_json:
        typer.echo(dumps({"ok": True, "page": str(page), "summary": found.audit.summary, "put": files, "kept": kept}))
        return
    typer.echo(f"{page}: {found.audit.summary}")
    if store:
        typer.echo(f"{files} files are in {put}: {', '.join(f'{name} {value}' for name, value in kept.items())}")


def _signer(session: "boto3.Session", kms_key: str | None, key: Path) -> "Signer":
    from policies.evidence.signing import KeyFile, KmsKey

    return KmsKey(session.client("kms"), kms_key) if kms_key else KeyFile(key)


def _verify(folder: Path, public_key: Path | None, as_json: bool) -> None:
    from policies.evidence import bundle

    found = list(bundle.problems(folder, public_key.read_bytes() if public_key else None))
    if as_json:
        typer.echo(dumps({"ok": not found, "errors": found}))
    else:
        typer.echo("\n".join(found) or f"{folder}: nothing was changed")
    if found:
        raise typer.Exit(CHANGED)


def _changes() -> "Iterator[Change]":
    """Who let in the last change of each thing that governs; nothing outside a checkout of git."""
    from policies.evidence.record import Change

    form = "%H%x00%an <%ae>%x00%cn <%ce>%x00%cI%x00%s"
    for what in ("", *GOVERNED):
        command = ["git", "log", "-1", f"--format={form}", *(["--", what] if what else [])]
        try:
            told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            return
        if told:
            yield Change(what or "the whole checkout", *told.split("\0"))
