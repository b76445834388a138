"""What an audit found, in the forms that people and programs read; every form is a pure function."""

from collections.abc import Callable, Mapping

from policies.output import console, document, junit, markdown, sarif
from policies.output._audit import Audit

FORMATS: Mapping[str, Callable[[Audit, bool], str]] = {
    "console": console.report,
    "json": document.report,
    "sarif": sarif.report,
    "junit": junit.report,
    "markdown": markdown.report,
}
"""Name to a function of the audit, and of whether to say all there is."""

__all__ = ["FORMATS", "Audit"]
