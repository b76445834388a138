"""The frameworks that rules refer to, each in one version: control numbers move between versions.

A technical rule supports a control; it never satisfies one by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial


@dataclass(frozen=True)
class Control:
    """A control of a framework and what a rule does for it."""

    framework: str
    version: str
    control: str
    relation: str = "supports"


def _controls(framework: str, version: str, *controls: str) -> tuple[Control, ...]:
    return tuple(Control(framework, version, control) for control in controls)


_Framework = Callable[..., tuple[Control, ...]]

nist: _Framework = partial(_controls, "NIST SP 800-53", "Rev. 5")
"""Control ids such as `SC-28(1)`."""
cis_4: _Framework = partial(_controls, "CIS AWS Foundations Benchmark", "4.0.1")
"""Recommendation numbers of version 4.0.1."""
cis_7: _Framework = partial(_controls, "CIS AWS Foundations Benchmark", "7.0")
"""Recommendation numbers of version 7.0, which renumbers most of them."""
cis_eks: _Framework = partial(_controls, "CIS EKS Benchmark", "1.4")
"""Recommendation numbers of version 1.4."""
soc_2: _Framework = partial(_controls, "SOC 2 Trust Services Criteria", "2017")
"""Criteria such as `CC6.1`."""
ai_act: _Framework = partial(_controls, "EU AI Act", "Regulation (EU) 2024/1689")
"""Articles."""
ai_rmf: _Framework = partial(_controls, "NIST AI RMF", "1.0")
"""Subcategories such as `MEASURE 2.7`."""
iso_42001: _Framework = partial(_controls, "ISO/IEC 42001", "2023")
"""Annex A controls such as `A.6.2.8`."""
