"""Until when Amazon EKS supports each Kubernetes version at its ordinary price.

The components refuse by a table of the same contents: a pack judges stacks of other projects too and knows no
components. A test compares the two.
"""

from datetime import date

AS_OF = date(2026, 4, 24)
"""When the table was last compared with its source."""
STANDARD_SUPPORT_ENDS = {
    "1.31": date(2025, 11, 26),
    "1.32": date(2026, 3, 23),
    "1.33": date(2026, 7, 29),
    "1.34": date(2026, 12, 2),
    "1.35": date(2027, 3, 27),
}
"""Kubernetes version to the last day of standard support. Source: Amazon EKS user guide, release calendar."""
NEWEST = max(STANDARD_SUPPORT_ENDS, key=lambda version: STANDARD_SUPPORT_ENDS[version])
