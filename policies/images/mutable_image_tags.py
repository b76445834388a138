"""ECR-01: a tag means one image for ever."""

from policies._controls import ai_act, ai_rmf, iso_42001, nist
from policies._rule import Rule
from policies._verdict import Verdict, require
from policies._view import Resource, Stack
from policies.images._repositories import REPOSITORY, TEMPLATE
from policies.profiles import Severity

_ACCEPTED = ("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION")


def _check(repository: Resource, stack: Stack) -> Verdict:
    return require(repository, "imageTagMutability", lambda setting: setting in _ACCEPTED, " or ".join(_ACCEPTED))


RULE = Rule(
    id="ECR-01",
    name="mutable-image-tags",
    title="The tags of a repository's images cannot be moved.",
    why="Whoever may push could give the tag of an approved image to another one, and every node that starts would "
    "run it; nobody could tell afterwards which image had served.",
    instead="Set `imageTagMutability` to `IMMUTABLE`, or `IMMUTABLE_WITH_EXCLUSION` for tags that no release uses.",
    severity=Severity.HIGH,
    types=(*REPOSITORY, *TEMPLATE),
    controls=(
        *nist("SI-7", "CM-5"),
        *ai_act("Article 12", "Article 15"),
        *iso_42001("A.6.2.5"),
        *ai_rmf("MAP 4.2"),
    ),
    check=_check,
    good="""
aws.ecr.Repository("serving", image_tag_mutability="IMMUTABLE")
""",
    bad="""
aws.ecr.Repository("serving")
""",
)
