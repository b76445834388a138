"""What can be done with a version: judge, promote, roll back, trace, approve."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from workloads.promotion import approval, artifacts
from workloads.promotion.artifacts import ArtifactError, Files
from workloads.promotion.candidate import EVALUATION, Approval, Candidate, Lineage
from workloads.promotion.gate import Alias, Check, Policy
from workloads.promotion.registry import Registry, RegistryError, tags
from workloads.promotion.verdict import Case, Verdict, consents, judge

SLICE, APPROVAL = "slice.", "approval."
REPLACED, PROMOTED_DIGEST = "promotion.replaced", "promotion.digest"
"""Tags of a promoted version: the champion before it, and the content that was promoted."""
MAX_EVALUATION_BYTES = 64 * 2**20
"""Largest evaluation that is read: about a million rows."""
COMMIT_TAGS = ("code_commit", "mlflow.source.git.commit")
MAX_DAYS = 365


@dataclass(frozen=True)
class Done:
    """What became of a request.

    Attributes:
        ok: Whether it was granted.
        text: For people.
        data: For programs.
    """

    ok: bool
    text: str
    data: dict[str, Any] = field(default_factory=dict)


class Promotion:
    """The verbs, on one registry."""

    def __init__(self, mlflow: Registry, now: Callable[[], datetime], published: str | None = None) -> None:
        """Take a registry, a clock with a time zone, and where files are served from, below it `<model>/<version>`."""
        self.mlflow, self.now, self.published = mlflow, now, published

    def candidate(self, model: str, version: str) -> Candidate:
        """Everything that the registry knows of a version, and what its files are."""
        return self._candidate(model, version, *self._files(model, version))

    def _candidate(self, model: str, version: str, files: Files | None, unread: str) -> Candidate:
        found = self.mlflow.version(model, version)
        run_id = found.get("run_id")
        data = self.mlflow.run(run_id) if run_id else {}
        # A tag of the version is written later than one of its run, and says what it was registered as.
        told = {**tags(data), **tags(found)}
        metrics = {one["key"]: float(one["value"]) for one in data.get("metrics", [])}
        return Candidate(
            model=model,
            version=version,
            run_id=run_id or None,
            metrics=metrics,
            slices=_slices(metrics),
            size_bytes=files and files.size_bytes,
            digest=files and files.digest,
            unread=unread,
            lineage=Lineage(
                data_version=told.get("data_version"),
                code_commit=next((told[key] for key in COMMIT_TAGS if key in told), None),
                image_digest=told.get("image_digest"),
            ),
            risk=tags(self.mlflow.model(model)).get("risk"),
            author=told.get("mlflow.user"),
            approvals=tuple(_approvals(tags(found))),
        )

    def promote(self, model: str, version: str, alias: Alias, policy: Policy, dry_run: bool = False) -> Done:
        """Judge a version, and let the alias point at it if everything passed."""
        old = self.mlflow.aliased(model, Alias.CHAMPION)
        pointed = old if alias is Alias.CHAMPION else self.mlflow.aliased(model, alias)
        files, unread = self._files(model, version)
        found = self._candidate(model, version, files, unread)
        # Of the champion only the metrics count, and its files may be gigabytes.
        champion = self._candidate(model, old, None, "not read") if old not in (None, version) else None
        if champion and Check.CHAMPION in policy.aliases.get(alias, ()):
            found, champion = self._evaluated(found), self._evaluated(champion)
        verdict = judge(found, champion, policy, alias, self.now())
        data = {**verdict.data, "champion": old, "digest": found.digest, "promoted": False}
        if not verdict.passed:
            return _refused(verdict, data)
        if dry_run:
            return Done(True, f"{model} {version} may become {alias}; nothing was changed", data)
        if self.published:
            try:
                data["published"] = self._publish(model, version, files, unread)
            except ArtifactError as error:
                return Done(False, f"{model} {version} cannot be published: {error}", data)
        self.mlflow.tag(model, version, self._marks(verdict, found, pointed))
        # Copying takes minutes, in which another promotion may have ended.
        self._same_champion(model, old)
        self.mlflow.point(model, alias, version)
        before = f", before it {pointed}" if pointed not in (None, version) else ""
        data |= {"promoted": True, **_origin(found)}
        return Done(True, f"{model} {version} is {alias}{before}", data)

    def back(self, model: str) -> Done:
        """Let champion point at the version before it, if that is still what was promoted then."""
        current = self.mlflow.aliased(model, Alias.CHAMPION)
        if current is None:
            return Done(False, f"{model} has no champion")
        previous = tags(self.mlflow.version(model, current)).get(REPLACED)
        if not previous:
            return Done(False, f"{model} {current} is the first champion: there is none to go back to")
        promoted = tags(self.mlflow.version(model, previous)).get(PROMOTED_DIGEST)
        files, unread = self._files(model, previous)
        if not promoted or not files or files.digest != promoted:
            what = f"was promoted with {promoted}, and now has {files.digest if files else f'no files: {unread}'}"
            return Done(False, f"{model} {previous} {what}: register it anew and promote that")
        found = self._candidate(model, previous, files, unread)
        self._same_champion(model, current)
        self.mlflow.point(model, Alias.CHAMPION, previous)
        data = {"model": model, "champion": previous, "replaced": current, "digest": files.digest, **_origin(found)}
        return Done(True, f"{model} {previous} is champion again, instead of {current}", data)

    def lineage(self, model: str, version: str) -> Done:
        """Trace a version back to data, code and image."""
        found = self.candidate(model, version)
        data = {
            "model": model,
            "version": version,
            "run_id": found.run_id,
            "source": self.mlflow.source(model, version),
            "digest": found.digest,
            "author": found.author,
            **found.lineage.model_dump(),
        }
        missing = [key for key in ("data_version", "code_commit", "image_digest") if not data[key]]
        return Done(not missing, "\n".join(f"{key:13}{value or 'unknown'}" for key, value in data.items()), data)

    def approve(self, model: str, version: str, approver: str, private_key: bytes, days: int) -> Done:
        """Sign a version's content as an approver, and keep the consent as its tag.

        Raises:
            ValueError: The key is none, or the time too long.
        """
        if not 1 <= days <= MAX_DAYS:
            raise ValueError(f"--days {days}: allowed: 1 to {MAX_DAYS}")
        files, unread = self._files(model, version)
        if not files:
            return Done(False, f"{model} {version}: nobody can approve files that cannot be read: {unread}")
        expires = (self.now() + timedelta(days=days)).replace(microsecond=0)
        signed = approval.approve(model, version, files.digest, approver, expires, private_key)
        text = json.dumps(signed.model_dump(mode="json", exclude={"approver"}))
        self.mlflow.tag(model, version, {f"{APPROVAL}{approver}": text})
        until = f"{files.digest} until {expires.isoformat()}"
        data = {"model": model, "version": version, "approver": approver, "digest": files.digest}
        return Done(True, f"{approver} approves {model} {version}, {until}", {**data, "expires": expires.isoformat()})

    def record(self, model: str, version: str, policy: Policy, name: str) -> Done:
        """What the settings of the environment have to say, so that the cluster knows of an approval."""
        found, gate = self.candidate(model, version), policy.models.get(model)
        if gate is None:
            return Done(False, f"{model} is no model of the gate")
        valid, refused = consents(Case(found, None, gate, policy.approvers, self.now()))
        if not found.digest or not found.author or len(valid) < gate.approvals:
            lacks = found.unread or ("nobody knows who trained it" if not found.author else "; ".join(refused))
            text = f"{len(valid)} valid approvals, {gate.approvals} needed"
            return Done(False, f"{model} {version}: {text}{f' ({lacks})' if lacks else ''}")
        record = {
            "model": model,
            "version": version,
            "digest": found.digest,
            "author": found.author,
            "consents": {
                one.approver: {"expires": one.expires.isoformat(), "signature": one.signature} for one in valid
            },
        }
        # JSON is YAML, and as such a value of the settings.
        return Done(True, f"{name}: {json.dumps(record)}", {"id": name, "record": record})

    def _evaluated(self, found: Candidate) -> Candidate:
        """A version with the evaluation of its run, or why there is none."""
        if not found.run_id:
            return found.model_copy(update={"unevaluated": "it has no run"})
        try:
            text = artifacts.text(f"{self.mlflow.artifacts(found.run_id)}/{EVALUATION}", MAX_EVALUATION_BYTES)
        except ArtifactError as error:
            return found.model_copy(update={"unevaluated": f"no evaluation: {error}"})
        return found.model_copy(update={"evaluation": text})

    def _files(self, model: str, version: str) -> tuple[Files | None, str]:
        """The files, or why they cannot be read."""
        try:
            return artifacts.read(self.mlflow.source(model, version)), ""
        except ArtifactError as error:
            return None, str(error)

    def _same_champion(self, model: str, judged: str | None) -> None:
        """See that the champion is still the one that a version was compared with.

        Raises:
            RegistryError: It is another.
        """
        if (found := self.mlflow.aliased(model, Alias.CHAMPION)) != judged:
            raise RegistryError(f"the champion of {model} was {judged} and is {found} now: run the command again")

    def _publish(self, model: str, version: str, files: Files | None, unread: str) -> str:
        if not files:
            raise ArtifactError(f"its files could not be read: {unread}")
        target = f"{str(self.published).rstrip('/')}/{model}/{version}"
        artifacts.publish(self.mlflow.source(model, version), target, files)
        return target

    def _marks(self, verdict: Verdict, found: Candidate, pointed: str | None) -> dict[str, str]:
        """Tags that are written before the alias moves: on a version that it does not reach they say nothing."""
        marks = {f"promotion.{verdict.alias}": self.now().isoformat(timespec="seconds")}
        if found.digest:
            marks[PROMOTED_DIGEST] = found.digest
        if verdict.alias == Alias.CHAMPION and pointed not in (None, found.version):
            marks[REPLACED] = str(pointed)
        return marks


def _refused(verdict: Verdict, data: dict[str, Any]) -> Done:
    return Done(False, f"{verdict.model} {verdict.version} does not become {verdict.alias}", data)


def _origin(found: Candidate) -> dict[str, str | None]:
    """A version that serves from now on, with the run and the data that it comes from."""
    return {"serves": found.version, "run": found.run_id, "dataset": found.lineage.data_version}


def _slices(metrics: dict[str, float]) -> dict[str, dict[str, float]]:
    """Metric to slice to value, from names such as `slice.auc.under-30`; a slice's name has no dot."""
    found: dict[str, dict[str, float]] = {}
    for key, value in metrics.items():
        metric, dot, name = key.removeprefix(SLICE).rpartition(".")
        if key.startswith(SLICE) and dot and metric:
            found.setdefault(metric, {})[name] = value
    return found


def _approvals(told: dict[str, str]) -> list[Approval]:
    """What the tags hold of approvals; what is none is left out, and so does not count."""
    found = []
    for key, text in told.items():
        if key.startswith(APPROVAL):
            try:
                found.append(Approval.model_validate({**json.loads(text), "approver": key.removeprefix(APPROVAL)}))
            except (ValueError, TypeError, ValidationError):
                continue
    return found
