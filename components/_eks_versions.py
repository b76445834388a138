"""Until when Amazon EKS supports each Kubernetes version at its ordinary price."""

from datetime import date

AS_OF = date(2026, 4, 24)
"""When the table below was last compared with its source."""
STANDARD_SUPPORT_ENDS = {
    "1.31": date(2025, 11, 26),
    "1.32": date(2026, 3, 23),
    "1.33": date(2026, 7, 29),
    "1.34": date(2026, 12, 2),
    "1.35": date(2027, 3, 27),
}
"""Kubernetes version to the last day of standard support. Source: Amazon EKS user guide, release calendar."""
WARNING_DAYS = 60


def judge(version: str, today: date) -> str:
    """A warning if the end of standard support is near, else nothing.

    After it a cluster costs six times as much an hour, or with `supportType` STANDARD is upgraded without being asked.

    Raises:
        ValueError: The version is not in the table, or its standard support has ended.

    """
    supported = ", ".join(known for known, end in STANDARD_SUPPORT_ENDS.items() if end >= today)
    allowed = f"allowed: {supported or 'none of the table'} (table of {AS_OF})"
    if version not in STANDARD_SUPPORT_ENDS:
        raise ValueError(f"version = {version!r} is not in the table of supported versions; {allowed}")
    end = STANDARD_SUPPORT_ENDS[version]
    if end < today:
        raise ValueError(f"version = {version!r}: its standard support ended on {end}; {allowed}")
    days = (end - today).days
    return f"standard support of Kubernetes {version} ends in {days} days, on {end}" if days <= WARNING_DAYS else ""
