"""Runs the checks side by side, and reports what they find."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any, NamedTuple

from rich.console import Console

from mlp.plan import Line
from mlp.preflight import capacity, contents, domains, identity, leftovers, pipeline, place, releases, singletons
from mlp.preflight.account import Account, Finding, Unseen
from mlp.progress import steps
from mlp.report import Report
from stacks.settings import Settings
from stacks.stages import Stage, stages

AT_ONCE = 8
"""Checks under way; how many requests are is bounded by `Clients`."""


class Check(NamedTuple):
    """A check, and the stage whose `mlp up` needs it; none: every stack's."""

    look: Callable[[Account], Iterator[Finding]]
    stage: Stage | None = None

    @property
    def name(self) -> str:
        """What reports call it."""
        return self.look.__name__.replace("_", "-")


CHECKS = (
    Check(place.state_bucket),
    Check(place.state_key),
    Check(identity.caller),
    Check(leftovers.log_groups),
    Check(leftovers.leftovers),
    Check(identity.secret_administrators, Stage.FOUNDATION),
    Check(singletons.guardduty, Stage.FOUNDATION),
    Check(singletons.config, Stage.FOUNDATION),
    Check(singletons.config_role, Stage.FOUNDATION),
    Check(singletons.security_hub, Stage.FOUNDATION),
    Check(singletons.analyzer, Stage.FOUNDATION),
    Check(singletons.github_provider, Stage.FOUNDATION),
    Check(contents.subscriptions, Stage.FOUNDATION),
    Check(singletons.anomaly_monitor, Stage.FOUNDATION),
    Check(singletons.cost_tags, Stage.FOUNDATION),
    Check(releases.database, Stage.STORES),
    Check(releases.cache, Stage.STORES),
    Check(singletons.spot_role, Stage.CLUSTER),
    Check(pipeline.connection, Stage.CLUSTER),
    Check(pipeline.builds, Stage.CLUSTER),
    Check(capacity.instance_types, Stage.CLUSTER),
    Check(capacity.quotas, Stage.CLUSTER),
    Check(releases.addons, Stage.CLUSTER),
    Check(identity.principals, Stage.CLUSTER),
    Check(identity.cluster_rights, Stage.PLATFORM),
    Check(place.api_server, Stage.PLATFORM),
    Check(releases.node_images, Stage.PLATFORM),
    Check(contents.secrets, Stage.PLATFORM),
    Check(contents.platform_images, Stage.PLATFORM),
    Check(contents.model_images, Stage.MODELS),
    Check(domains.certificate, Stage.MODELS),
    Check(domains.edge_certificate, Stage.MODELS),
    Check(domains.hosted_zone, Stage.MODELS),
)
"""Every check of an account, in the order of the report."""
EXAMPLE_VALUES = Check(place.example_values)
"""The check of the settings alone, which `mlp up` does stage by stage."""
Found = list[tuple[Check, Finding]]
"""Findings, each with its check."""


def checks_of(settings: Settings, until: Stage | None = None, alone: bool = False) -> list[Check]:
    """The checks that a stack needs.

    Args:
        settings: Its settings.
        until: The last stage that `mlp up` brings up. Default: the stack's last.
        alone: Whether the stages before that one were examined already.
    """
    own = stages(settings)
    wanted = own if until is None else [until] if alone else own[: own.index(until) + 1]
    return [one for one in CHECKS if one.stage in wanted or (one.stage is None and not alone)]


def examine(account: Account, console: Console, checks: Sequence[Check]) -> Found:
    """Run checks.

    Args:
        account: The account.
        console: Where progress is shown.
        checks: The checks.

    Returns:
        The findings, in the order of the checks. A check that could not look has a finding that says what it lacks.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool, steps(console, "examining the account", len(checks), "checks") as step:
        jobs = {pool.submit(_look, one, account): one for one in checks}
        for done, _ in enumerate(as_completed(jobs), 1):
            step(done)
    return [(check, finding) for job, check in jobs.items() for finding in job.result()]


def report(account: Account, found: Found) -> Report:
    """The report of an examination; it succeeds if nothing blocks."""
    stack, number = account.settings.stack, account.settings.account
    blocking = [one for one in found if one[1].blocks]
    counts = f"{len(blocking)} stop `mlp up`, {len(found) - len(blocking)} do not" if found else "nothing to mend"
    lines = [Line(f"{stack}: account {number}, {account.caller}: {counts}", "bold red" if blocking else "bold")]
    for check, finding in [*blocking, *(one for one in found if not one[1].blocks)]:
        stops = f"stops the stage {check.stage}" if check.stage else "stops every stage"
        word, style = (stops, "red") if finding.blocks else ("warns", "yellow")
        lines += [
            Line(""),
            Line(f"{word}: {check.name}: {finding.what}", style, 2),
            Line(f"  why: {finding.why}", "", 4),
            Line(f"  do:  {finding.mend}", "", 4),
        ]
    data: dict[str, Any] = {
        "ok": not blocking,
        "stack": stack,
        "account": number,
        "caller": account.caller,
        "findings": [{"check": check.name, "stage": check.stage, **finding._asdict()} for check, finding in found],
    }
    return Report(not blocking, "\n".join(line.text for line in lines), data, lines)


def _look(check: Check, account: Account) -> list[Finding]:
    found: list[Finding] = []
    try:
        found.extend(check.look(account))
    except Unseen as unseen:
        answer = f"; AWS answered: {unseen.answer}" if unseen.answer else ""
        unknown = f"whether AWS would refuse something here is not known{answer}"
        found.append(Finding(f"could not look: {unseen}", unknown, unseen.mend, blocks=False))
    return found
