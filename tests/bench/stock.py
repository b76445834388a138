"""A pack of Pulumi's own SDK: as many policies as asked for, each of which looks at the type and no further."""

import os

from pulumi_policy import (
    EnforcementLevel,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)


def judge(args: ResourceValidationArgs, report: ReportViolation) -> None:
    if args.resource_type == "none:such/type:Type":
        report("never", None)


PolicyPack(
    name="stock",
    policies=[
        ResourceValidationPolicy(name=f"policy-{number}", description="x", validate=judge)
        for number in range(int(os.environ["STOCK_POLICIES"]))
    ],
    enforcement_level=EnforcementLevel.ADVISORY,
)
