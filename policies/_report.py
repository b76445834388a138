"""Writes findings down for whoever started the engine, which tells of violations only."""

import json
import os

from policies.findings import Finding

VARIABLE = "MLP_POLICY_REPORT"
"""Names the file; without it nothing is written."""


def record(finding: Finding, level: str, preview: bool, message: str, rules: int) -> None:
    """Append a finding as one line of JSON, with a message that holds no secret.

    `rules` is the number of all rules, asked or not.

    The engine may ask for several verdicts at once, from several processes: a line is one write at the end of the
    file. A file that cannot be written never disturbs the engine's operation.
    """
    if not (path := os.environ.get(VARIABLE)):
        return
    rule, exemption = finding.rule, finding.exemption
    entry = {
        "rule": rule.id,
        "name": rule.name,
        "severity": rule.severity.name.lower(),
        "level": level,
        "outcome": finding.outcome,
        "verdict": finding.verdict.outcome,
        "urn": finding.resource.urn,
        "message": message,
        "preview": preview,
        "rules": rules,
    }
    if exemption:
        entry["exemption"] = {
            "id": exemption.id,
            "approver": exemption.approver,
            "ticket": exemption.ticket,
            "expires": exemption.expires.isoformat(),
        }
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, f"{json.dumps(entry)}\n".encode())
        finally:
            os.close(file)
    except OSError:
        pass
