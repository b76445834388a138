"""Text of others, made safe to show: names in an account or a cluster are whatever somebody chose."""

import re
import unicodedata

from policies._rule import Rule
from policies.findings import Finding

_ARN = re.compile(r"arn:[\w-]+:([\w-]+):[^:\s]*:[^:\s]*:([^\s;,`]+)")
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp", "Cn", "Co"}


def printable(text: str) -> str:
    """The text in one line, with control, direction and unassigned characters spelt out."""
    return "".join(_spelt(one) if unicodedata.category(one) in _UNSEEN else one for one in text)


def _spelt(one: str) -> str:
    return f"\\u{ord(one):04x}" if ord(one) < 0x10000 else f"\\U{ord(one):08x}"


def name(finding: Finding) -> str:
    """What the resource is called: of an ARN the service and what follows the account."""
    return _short(printable(finding.resource.name))


def _short(text: str) -> str:
    return _ARN.sub(r"\1:\2", text).replace("//", "/")


def place(finding: Finding) -> tuple[str, int] | None:
    """File and line of the resource, relative to the repository."""
    if not finding.resource.source:
        return None
    file, line = finding.resource.source
    # A project in a folder of its own leads out of that folder, as the sandbox's does.
    while file.startswith("../"):
        file = file.removeprefix("../")
    return printable(file), line


def message(finding: Finding) -> str:
    """The reason of a verdict without the resource's own name, or what holds where it is a pass."""
    own = re.escape(printable(finding.resource.name))
    said = printable(finding.verdict.message)
    said = re.sub(rf" of {own}(?![\w/:.-])|(?<![\w/:.-]){own} (?=has |lack)", "", said)
    return _short(said) or finding.rule.title.rstrip(".")


def severity(rule: Rule) -> str:
    """The severity in lower case."""
    return rule.severity.name.lower()


def answered(finding: Finding) -> str:
    """Who answers for an exempt failure, until when and why; empty if nobody does."""
    if not (exemption := finding.exemption):
        return ""
    text = f"{exemption.id} ({exemption.ticket}): {exemption.reason}; {exemption.approver} until {exemption.expires}"
    return printable(text)
