"""Writes verdicts down for whoever started the engine, which tells of violations only."""

import json
import os

from policies._rule import Rule
from policies._verdict import Verdict

VARIABLE = "MLP_POLICY_REPORT"
"""Names the file; without it nothing is written."""


def record(rule: Rule, urn: str, verdict: Verdict, level: str, preview: bool) -> None:
    """Append a verdict as one line of JSON.

    The engine may ask for several verdicts at once, from several processes: a line is one write at the end of the
    file. A file that cannot be written never disturbs the engine's operation.
    """
    if not (path := os.environ.get(VARIABLE)):
        return
    entry = {
        "rule": rule.id,
        "name": rule.name,
        "severity": rule.severity.name.lower(),
        "level": level,
        "outcome": verdict.outcome,
        "urn": urn,
        "message": verdict.message,
        "preview": preview,
    }
    try:
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(file, f"{json.dumps(entry)}\n".encode())
        finally:
            os.close(file)
    except OSError:
        pass
