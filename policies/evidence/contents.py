"""The files of a bundle, but for its seal."""

import json
from dataclasses import asdict
from typing import Any

from policies._verdict import Outcome
from policies.evidence.bundle import digest
from policies.evidence.controls import Assessment
from policies.evidence.page import page
from policies.evidence.record import Record
from policies.output import document


def contents(record: Record) -> dict[str, bytes]:
    """Name to content; the page names the digests of the others."""
    files = {
        "findings.json": document.report(record.audit).encode(),
        "controls.json": _json(_controls(record)),
        "approvals.json": _json(_approvals(record)),
    }
    return {**files, "index.html": page(record, {name: digest(made) for name, made in files.items()}).encode()}


def about(record: Record) -> dict[str, Any]:
    """What the manifest says of the bundle."""
    return {
        "environment": record.audit.profile.environment,
        "made": f"{record.made:%Y-%m-%dT%H:%M:%SZ}",
        "sources": list(record.audit.sources),
        "commit": record.changes[0].commit if record.changes else None,
    }


def _controls(record: Record) -> dict[str, Any]:
    frameworks = [
        {
            "framework": framework.framework,
            "version": framework.version,
            "source": framework.source,
            "dated": f"{framework.dated}",
            "scope": framework.scope,
            "dates": {f"{when}": what for when, what in framework.dates.items()},
            "controls": [_control(one) for one in assessments],
        }
        for framework, assessments in record.assessments
    ]
    return {"notEstablished": record.open_points, "frameworks": frameworks}


def _control(one: Assessment) -> dict[str, Any]:
    rules = [
        {"rule": result.rule.id, "holds": result.holds, "counts": {str(key): n for key, n in result.counts.items()}}
        for result in one.results
    ]
    dated = {"applies": f"{one.applies}"} if one.applies else {}
    return {"control": one.control, "title": one.title, "observation": one.support, **dated, "rules": rules}


def _approvals(record: Record) -> dict[str, Any]:
    exempt = [
        {"resource": one.resource.urn, "judged": one.verdict.outcome, **one.exemption.model_dump(mode="json")}
        for one in record.audit.of(Outcome.EXEMPT)
        if one.exemption
    ]
    return {
        "models": [{"id": one.id, **one.facts} for one in record.approvals],
        "exemptions": exempt,
        "changes": [asdict(change) for change in record.changes],
    }


def _json(found: Any) -> bytes:
    return json.dumps(found, indent=1).encode()
