"""Brings a sandbox up with a policy that lacks something, and sees that the provider refuses it.

`make soak-policies` draws 20 mutants under prod, of those that the contract refuses when a resource is made; about
20 minutes. The program of the checkout takes the part out of the policy, so that the components stay as they are.
"""

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from typing import Any

import tests.conftest  # noqa: F401 - puts the engine on PATH
from sandbox.aws.contract.enforce import ENFORCED, counts
from tests.sandbox.conftest import ROOT, Checkout
from tests.sandbox.policy_mutants import Court, Mutant, mutants
from tests.sandbox.rendered import DOCUMENTS, rendered

DRAWN = 20
LIMIT_SECONDS = 1800
CONTRACT = ("https://docs.aws.amazon.com/", "MalformedPolicyDocument")
"""What the contract's refusals say."""
MAIN = "async def main() -> None:"
TRANSFORMED = """
import sys
sys.path.append({root!r})
from tests.sandbox.policy_parts import Part


def _lacking(args):
    if (args.type_, args.name) != ({type!r}, {name!r}):
        return None
    changed = pulumi.Output.from_input(args.props[{prop!r}]).apply(Part(*{part!r}).out_of)
    return pulumi.ResourceTransformationResult({{**args.props, {prop!r}: changed}}, args.opts)


async def main() -> None:
    pulumi.runtime.register_stack_transformation(_lacking)
    await _main()


async def _main() -> None:"""


def drawn(environment: str, number: int, seed: int) -> list[Mutant]:
    """Mutants that the provider refuses, in an order that the seed decides."""
    court, found = Court(rendered(environment)), list(mutants(rendered(environment)))
    random.Random(seed).shuffle(found)
    refused = (one for one in found if court.refusal(one, lambda each: each.row in ENFORCED and counts(each)))
    return [one for one, _ in zip(refused, range(number), strict=False)]


def refusal(checkout: Checkout, mutant: Mutant, program: str) -> dict[str, Any]:
    """The report of an `up` with a mutant, which should fail."""
    resource = mutant.resource
    prop = {"assumeRolePolicy": "assume_role_policy"}.get(DOCUMENTS[resource.type], DOCUMENTS[resource.type])
    text = TRANSFORMED.format(
        root=str(ROOT), type=resource.type, name=resource.name, prop=prop, part=tuple(mutant.part)
    )
    checkout.program(program.replace(MAIN, text))
    stack = (checkout.environment, *(["--sandbox"] if checkout.environment != "local" else []))
    done = checkout.run("up", *stack, "--json")
    checkout.run("reset", checkout.environment, "--json")
    return json.loads(done.stdout)


def reason(report: dict[str, Any], mutant: Mutant) -> str:
    """Why an `up` failed because of a mutant; empty if it did not, or for another reason.

    The policies judge the plan first, so that a mutant that they refuse does not reach the contract.
    """
    refused = (
        f"{one['rule']}: {one['message']}"
        for one in report.get("policy", {}).get("findings", ())
        if (one["outcome"], one["level"]) == ("FAIL", "mandatory") and one["urn"].endswith(f"::{mutant.resource.name}")
    )
    told = (one for one in report["errors"] if any(text in one for text in CONTRACT))
    return next(iter((*told, *refused)), "") if not report["ok"] else ""


def main() -> int:
    """Try the mutants; 1 if one came up, or failed for another reason."""
    parser = argparse.ArgumentParser(prog="tests.soak.policies", description=__doc__)
    parser.add_argument("--env", default="prod", help="environment; default: prod")
    parser.add_argument("--number", type=int, default=DRAWN, help=f"how many mutants; default: {DRAWN}")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32), help="default: another one each time")
    given = parser.parse_args()
    failed, program = 0, (ROOT / "__main__.py").read_text()
    assert MAIN in program
    print(f"seed {given.seed}")
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout(Path(folder, "checkout"), given.env, cluster=True)
        checkout.timeout = LIMIT_SECONDS
        try:
            for mutant in drawn(given.env, given.number, given.seed):
                report = refusal(checkout, mutant, program)
                why = reason(report, mutant)
                failed += not why
                print(f"{'ok' if why else 'FAILED'}: {mutant}", why or report["errors"], sep="\n", flush=True)
        finally:
            checkout.end()
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
