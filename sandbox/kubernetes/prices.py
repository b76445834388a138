"""Writes `prices.json` out of the pinned Karpenter: `python -m sandbox.kubernetes.prices` when its version changes."""

import json
import re
from pathlib import Path
from typing import Any

from sandbox.kubernetes import crds
from sandbox.toolchain import Toolbox

FILE = Path(__file__).with_name("prices.json")
SOURCE = "pkg/providers/pricing/zz_generated.pricing_aws.go"
REGION = "us-east-1"  # the one that the source has
FAMILIES = re.compile(r"(g\w+|gr6|p3|p3dn|p4\w+|p5\w*|p6-\w+|trn\d\w*|inf2|[cmr][67][ig]|[cm]7i-flex|t3)\.\w+")
SPOT = {
    "assumption": (
        "Share of the on-demand price, the same in every zone. Nobody measured these figures: no history of spot prices"
        " could be had where this file was made. AWS promises up to 90 % off; scarce accelerators shall save less."
    ),
    "date": "2026-11-21",
    "default": 0.4,
    "category": {"g": 0.5, "p": 0.5, "trn": 0.5, "inf": 0.5},
}


def prices(go: str) -> dict[str, Any]:
    """The document: on-demand prices in USD per hour as a Go file of Karpenter has them, and the assumption on spot."""
    date = re.findall(r"generated at (\d{4}-\d\d-\d\d)T\S* for " + REGION, go)[0]
    listed = {name: float(price) for name, price in re.findall(r'"([\w.-]+)": (\d+\.\d+)', go)}
    wanted = {name: price for name, price in sorted(listed.items()) if FAMILIES.fullmatch(name) and "metal" not in name}
    source = f"{crds.KARPENTER}, {SOURCE}"
    return {"on_demand": {"source": source, "date": date, "region": REGION, "usd_per_hour": wanted}, "spot": SPOT}


def main() -> None:
    """Write the file."""
    go = (Toolbox().modules(crds.PINS)[crds.KARPENTER] / SOURCE).read_text()
    FILE.write_text(json.dumps(prices(go), indent=1) + "\n")


if __name__ == "__main__":
    main()
