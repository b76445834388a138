"""Reads what exists, in a state, an account or a cluster, and has every rule judge it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from rich.console import Console

from mlp.fetch import fetch
from mlp.places import SessionError, place_of, plane_of
from mlp.progress import steps
from policies._rule import Point
from policies._view import Resource, Stack
from policies.exemptions import load as load_exemptions
from policies.exemptions import shipped
from policies.findings import Finding, judge
from policies.output import Audit
from policies.profiles import PROFILES, Profile, ProfileError, Severity, profile_of
from policies.profiles import read as read_profile
from policies.state import StateError
from policies.state import load as load_state
from sandbox.account import Account
from sandbox.place import CREDENTIALS, LOOPBACK
from stacks.explain import nearest
from stacks.settings import Environment, Settings, SettingsError

if TYPE_CHECKING:
    import boto3

    from policies.live.emulation import Emulation

LOCAL = "local"
_OWN = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ROLE_ARN", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
"""Environment variables that select an account."""


class UsageError(Exception):
    """What was asked for cannot be done so; the message says what to change."""


class UnreadableError(Exception):
    """What was to be audited cannot be read at all."""


@dataclass(frozen=True)
class Wanted:
    """What is to be judged, and by what.

    Attributes:
        state: An exported state.
        account: Whether to read an account.
        cluster: Whether to read a cluster.
        environment: The environment, for its profile and its sandbox.
        sandbox: Whether account and cluster are those of the environment's sandbox.
        kubeconfig: Leads to the cluster.
        profile: A profile that is none of the environments'.
        exemptions: Failures that an owner has accepted.
        fail_on: The least severity that is refused, if not what the profile says.
    """

    state: Path | None = None
    account: bool = False
    cluster: bool = False
    environment: str | None = None
    sandbox: bool = False
    kubeconfig: Path | None = None
    profile: Path | None = None
    exemptions: Path | None = None
    fail_on: Severity | None = None


@dataclass(frozen=True)
class _Read:
    """Something that was read: what it is, where its rules are asked, and what is missing from it."""

    source: str
    point: Point
    stack: Stack
    gaps: tuple[str, ...] = ()


def _emulation() -> "Emulation":
    """What the emulated account lacks and forgets, as the sandbox's own tables mark it."""
    from policies.live.emulation import Emulation
    from sandbox.aws.tables import KINDS

    emulated = [kind for kind in KINDS.values() if kind.emulated]
    return Emulation(
        types=frozenset(KINDS) - {kind.token for kind in emulated},
        properties={kind.token: kind.recorded for kind in emulated if kind.recorded},
        services=frozenset(kind.client for kind in KINDS.values()) - {kind.client for kind in emulated},
    )


@dataclass(frozen=True)
class Observed:
    """What was read and judged.

    Attributes:
        audit: The verdicts.
        resources: Everything that was read, judged or not.
        wanted: What was wanted, with the sandbox that was meant.
    """

    audit: Audit
    resources: tuple[Resource, ...]
    wanted: Wanted

    @property
    def session(self) -> "boto3.Session":
        """A session of the account that was meant, read or not."""
        return _session(self.wanted)


def observe(wanted: Wanted, console: Console) -> Observed:
    """Read everything wanted and judge it.

    Raises:
        UsageError: Nothing is wanted, or a file or name is wrong.
        UnreadableError: There is no way to the account or the cluster.
    """
    if not (wanted.state or wanted.account or wanted.cluster):
        raise UsageError("nothing to audit: add --state FILE, --account or --cluster, or several")
    if wanted.environment and wanted.environment not in PROFILES:
        hint = nearest(wanted.environment, PROFILES, 0.4)
        raise UsageError(f"--env {wanted.environment}: there are {', '.join(PROFILES)}{hint}")
    if wanted.exemptions and not wanted.exemptions.is_file():
        raise UsageError(f"--exemptions {wanted.exemptions}: there is no such file")
    wanted = _place(wanted)
    read = list(_read(wanted, console))
    profile = _profile(wanted, read[0].stack)
    exemptions = load_exemptions(wanted.exemptions) if wanted.exemptions else shipped()
    findings: list[Finding] = []
    for one in read:
        # Judged by one profile, whatever each was named.
        findings += judge(replace(one.stack, demands=profile), one.point, exemptions=exemptions)
    found = Audit(
        profile=profile,
        findings=tuple(findings),
        fail_on=wanted.fail_on,
        sources=tuple(one.source for one in read),
        gaps=tuple(gap for one in read for gap in one.gaps),
        types=frozenset(token for one in read for token in one.stack.by_type),
    )
    return Observed(found, tuple(resource for one in read for resource in one.stack.resources), wanted)


def _place(wanted: Wanted) -> Wanted:
    """Which sandbox is meant, if any.

    Without `--env`: the one that the shell's endpoint leads to (`eval "$(mlp env ENV)"`), or the local one where the
    shell has no credentials and it runs.
    """
    if wanted.environment:
        return replace(wanted, sandbox=wanted.sandbox or wanted.environment == LOCAL)
    if wanted.sandbox:
        return replace(wanted, environment=LOCAL)
    if found := _led_to(os.environ.get("AWS_ENDPOINT_URL", "")):
        return replace(wanted, environment=found, sandbox=True)
    led = any(name in os.environ for name in (*_OWN, *(["KUBECONFIG"] if wanted.cluster else [])))
    if led or wanted.state or wanted.kubeconfig or not _endpoint(LOCAL):
        return wanted
    return replace(wanted, environment=LOCAL, sandbox=True)


def _led_to(endpoint: str) -> str:
    """The environment whose sandbox has this address, as in a shell after `mlp env`; empty if none has."""
    if not endpoint or urlparse(endpoint).hostname not in LOOPBACK:
        return ""
    return next((one.value for one in Environment if _endpoint(one) == endpoint), "")


def _endpoint(environment: str) -> str:
    """The address of an environment's sandbox; empty if it does not run."""
    try:
        settings = Settings.from_file(environment)
        account = Account(place_of(settings), settings.account)
        return account.endpoint if account.process else ""
    except (SessionError, SettingsError):
        return ""


def _profile(wanted: Wanted, first: Stack) -> Profile:
    if wanted.profile:
        try:
            return read_profile(wanted.profile)
        except ProfileError as error:
            raise UsageError(str(error)) from None
    return PROFILES[wanted.environment] if wanted.environment else profile_of(first.name)


def _read(wanted: Wanted, console: Console) -> Iterator[_Read]:
    if wanted.state:
        yield _state(wanted.state)
    if wanted.account:
        yield _account(wanted, console)
    if wanted.cluster:
        yield _cluster(wanted, console)


def _state(file: Path) -> _Read:
    try:
        stack = load_state(file)
    except StateError as error:
        raise UsageError(str(error)) from None
    return _Read(f"state of {stack.name}", Point.STATE, stack)


def _account(wanted: Wanted, console: Console) -> _Read:
    from policies.live.account import AccountUnreachableError, read_account

    if wanted.sandbox:
        console.print(f"this is the emulated account of {wanted.environment}")
    try:
        with steps(console, "reading the account") as step:
            found = read_account(
                _session(wanted),
                on_progress=lambda progress: step(progress.done),
                environment=wanted.environment or "prod",
                emulation=_emulation() if wanted.sandbox else None,
            )
    except AccountUnreachableError as error:
        hint = "" if wanted.sandbox else f"; {_way_to_account()}"
        raise UnreadableError(f"{error}{hint}") from None
    gaps = [f"the credentials lack {action}" for action in sorted(found.denied)]
    gaps += [f"{call}: {why}" for call, why in sorted(found.errors.items())]
    kind = "emulated account" if wanted.sandbox else "account"
    return _Read(f"{kind} {found.number} in {found.region}", Point.LIVE, found.stack, tuple(gaps))


def _way_to_account() -> str:
    """What to do where no account can be read."""
    if _endpoint(LOCAL):
        return "sign in, or add --env local for the sandbox"
    return "sign in, or start the sandbox with `mlp up`: it does not run"


def _session(wanted: Wanted) -> "boto3.Session":
    import boto3

    if not wanted.sandbox:
        return boto3.Session()
    settings = Settings.from_file(wanted.environment or LOCAL)
    account = Account(place_of(settings), settings.account)
    # boto3 takes the endpoint of every service from the environment alone.
    os.environ["AWS_ENDPOINT_URL"] = account.endpoint
    return boto3.Session(*CREDENTIALS.values(), region_name=settings.region)


def _cluster(wanted: Wanted, console: Console) -> _Read:
    from policies.cluster import ClusterUnreachableError, kubectl, read_cluster

    if wanted.sandbox and not wanted.kubeconfig:
        console.print(f"this is the cluster of the sandbox of {wanted.environment}")
        # Proxy settings do not apply on the way to this machine.
        os.environ["NO_PROXY"] = "127.0.0.1"
    file = _kubeconfig(wanted, os.environ)
    if not file.is_file():
        if wanted.sandbox and not wanted.kubeconfig:
            up = "mlp up" if wanted.environment == LOCAL else f"mlp up {wanted.environment} --sandbox"
            raise UnreadableError(f"the control plane of {wanted.environment} does not run; start it with `{up}`")
        start = "" if _endpoint(LOCAL) else "; the sandbox does not run, `mlp up` starts it"
        raise UsageError(f"{file}: there is no such kubeconfig; add --kubeconfig FILE{start}")
    try:
        with steps(console, "reading the cluster"):
            run = kubectl(file, str(fetch(["kubectl"], needed_by="mlp audit --cluster").tools["kubectl"].path))
            found = read_cluster(run, environment=wanted.environment or "prod")
    except ClusterUnreachableError as error:
        raise UnreadableError(str(error)) from None
    gaps = [f"the credentials lack {action}" for action in sorted(found.denied)]
    gaps += [f"{call}: {why}" for call, why in sorted(found.errors.items())]
    return _Read("cluster", Point.LIVE, found.stack, tuple(gaps))


def _kubeconfig(wanted: Wanted, variables: Mapping[str, str]) -> Path:
    if wanted.kubeconfig:
        return wanted.kubeconfig
    if wanted.sandbox:
        plane = plane_of(Settings.from_file(wanted.environment or LOCAL))
        plane.require()
        return plane.kubeconfig
    named = variables.get("KUBECONFIG", "").split(os.pathsep)[0]
    return Path(named) if named else Path.home() / ".kube" / "config"
