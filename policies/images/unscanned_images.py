"""ECR-02: images are scanned."""

from fnmatch import fnmatchcase

from policies._controls import cis_eks, nist, soc_2
from policies._logic import either
from policies._rule import Rule
from policies._verdict import PASS, Verdict, at, fail, unknown
from policies._view import UNKNOWN, Resource, Stack
from policies.images._repositories import REPOSITORY, SCANNING
from policies.profiles import Severity

_ON_PUSH = "imageScanningConfiguration.scanOnPush"


def _check(repository: Resource, stack: Stack) -> Verdict:
    answers = [repository.get(_ON_PUSH), *(_scans(one, repository) for one in stack.of_types(SCANNING))]
    if True in answers:
        return PASS
    if UNKNOWN in answers:
        return unknown(f"whether the images of {repository.name} are scanned")
    return fail(f"{at(repository, _ON_PUSH)} is off, and no scanning configuration of the registry covers it", _ON_PUSH)


def _scans(registry: Resource, repository: Resource) -> object:
    """Whether the registry's own configuration scans the repository: true, false or `UNKNOWN`."""
    rules, name = registry.get("rules"), repository.get("name")
    if rules is UNKNOWN:
        return UNKNOWN
    answers = []
    for path in (f"rules[{index}]" for index in range(len(rules) if isinstance(rules, list) else 0)):
        filters, frequency = registry.get(f"{path}.repositoryFilters"), registry.get(f"{path}.scanFrequency")
        patterns = [registry.get(f"{path}.repositoryFilters[{n}].filter") for n in range(_length(filters))]
        if frequency in ("SCAN_ON_PUSH", "CONTINUOUS_SCAN"):
            answers.append(any(isinstance(one, str) and fnmatchcase(str(name), one) for one in patterns))
        if UNKNOWN in (frequency, filters, name, *patterns):
            answers.append(UNKNOWN)
    return either(answers)


def _length(value: object) -> int:
    return len(value) if isinstance(value, list) else 0


RULE = Rule(
    id="ECR-02",
    name="unscanned-images",
    title="Images are scanned for known vulnerabilities when they are pushed, or all the time.",
    why="Base images age: a hole that everybody knows stays open in every pod until somebody looks.",
    instead="Set `scanOnPush`, or add a `RegistryScanningConfiguration` whose filters cover the repository.",
    severity=Severity.HIGH,
    types=REPOSITORY,
    controls=(*cis_eks("5.1.1"), *nist("RA-5", "SI-2"), *soc_2("CC7.1")),
    check=_check,
    good="""
aws.ecr.Repository("serving", image_scanning_configuration={"scan_on_push": True})
""",
    bad="""
aws.ecr.Repository("serving", image_scanning_configuration={"scan_on_push": False})
""",
    joins=True,
)
