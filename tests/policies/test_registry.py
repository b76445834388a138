import ast
import importlib
import inspect
import re
import warnings
from functools import cache
from pathlib import Path
from typing import Any

import pulumi_kubernetes as k8s
import pytest

from policies import _buckets, _keys
from policies._rule import Point, Rule
from policies.inventory._taggable import TAGGABLE
from policies.inventory._tags import TAGS
from policies.profiles import Profile, Severity
from policies.registry import ROOMS, RULES

ROOT = Path(__file__).parents[2]
FRAMEWORKS = {
    ("CIS AWS Foundations Benchmark", "4.0.1"): r"\d+\.\d+(\.\d+)?",
    ("CIS AWS Foundations Benchmark", "7.0"): r"\d+\.\d+(\.\d+)?",
    ("CIS EKS Benchmark", "1.4"): r"\d+\.\d+(\.\d+)?",
    ("EU AI Act", "Regulation (EU) 2024/1689"): r"Article \d+(\(\d+\))?|Annex [IV]+",
    ("ISO/IEC 42001", "2023"): r"A\.\d+(\.\d+)+",
    ("NIST AI RMF", "1.0"): r"(GOVERN|MAP|MEASURE|MANAGE) \d\.\d+",
    ("NIST SP 800-53", "Rev. 5"): r"[A-Z]{2}-\d+(\(\d+\))?",
    ("SOC 2 Trust Services Criteria", "2017"): r"(CC|A|C|PI)\d\.\d",
}
CUSTOM = {
    "kubernetes:argoproj.io/v1alpha1:Rollout",
    "kubernetes:gateway.networking.k8s.io/v1:Gateway",
    "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass",
    "kubernetes:karpenter.sh/v1:NodePool",
}
"""Kinds of controllers; that the API server of the sandbox knows them is seen in tests/sandbox/test_admission.py."""
each_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


def imported(name: str) -> Any:
    """A module; importing one of the AWS SDK warns of the deprecated classes in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        module = importlib.import_module(name)
        hasattr(module, "Bucket")  # the SDK loads its modules at the first use of any name
        return module


@cache
def sdk_types() -> dict[str, type]:
    """Type token to class, of every resource in the AWS modules that rules speak of."""
    modules = {token.split(":")[1].split("/")[0] for token in TAGGABLE | set(tokens())}
    types: dict[str, type] = {"pulumi:providers:aws": imported("pulumi_aws").Provider}
    for module in modules:
        package = imported(f"pulumi_aws.{'lambda_' if module == 'lambda' else module}")
        for _, found in inspect.getmembers(package, inspect.isclass):
            if token := getattr(found, "pulumi_type", None):
                types[token] = found
    return types


@cache
def kubernetes_types() -> set[str]:
    """Tokens of the SDK's own kinds, and of those whose definitions the platform's charts bring."""
    sources = Path(k8s.__file__).parent.glob("**/*.py")
    found = (re.findall(r'"(kubernetes:[\w.]+/\w+:\w+)"', file.read_text()) for file in sources)
    return CUSTOM.union(*found)


def tokens() -> list[str]:
    """Every type token in the sources of the rules, taken from their string literals."""
    found = set()
    for file in (ROOT / "policies").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"^aws:\w+/\w+:\w+$", node.value))
    helpers = (value for name, value in (*vars(_buckets).items(), *vars(_keys).items()) if name.isupper())
    texts = {one for value in helpers if isinstance(value, tuple) for one in value}
    return sorted(found | {text for text in texts if text.startswith("aws:")})


def test_every_rule_has_an_id_and_a_name_of_its_own() -> None:
    assert len({rule.id for rule in RULES}) == len({rule.name for rule in RULES}) == len(RULES)


def test_every_rule_file_is_in_the_pack() -> None:
    rooms = [Path(room.__path__[0]) for room in ROOMS]
    files = {path for room in rooms for path in room.glob("*.py") if not path.name.startswith("_")}
    assert {path.stem for path in files} == {rule.name.replace("-", "_") for rule in RULES}
    assert [path for path in files if len(path.read_text().splitlines()) > 110] == []


@each_rule
def test_a_rule_lies_where_its_name_says(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)+", rule.name)
    assert re.fullmatch(r"[A-Z0-9]+-\d\d", rule.id)
    [file] = (ROOT / "policies").glob(f"*/{rule.name.replace('-', '_')}.py")
    docstring = ast.get_docstring(ast.parse(file.read_text()))
    assert docstring
    assert docstring.startswith(f"{rule.id}: ")


@each_rule
def test_a_rule_says_where_it_cannot_be_asked_and_why(rule: Rule) -> None:
    assert {*rule.points, *rule.missing} == set(Point)
    assert all(len(reason.split()) >= 5 for reason in rule.missing.values())
    assert (rule.admission is None) == (Point.ADMISSION in rule.missing)


@each_rule
def test_a_rules_parameters_are_fields_of_the_profile(rule: Rule) -> None:
    assert set(rule.parameters) <= Profile.model_fields.keys()


@each_rule
def test_a_rule_explains_itself(rule: Rule) -> None:
    for text in (rule.title, rule.why, rule.instead):
        assert len(text.split()) >= 5
        assert text.endswith(".")
    assert rule.severity in Severity


@each_rule
def test_a_rule_supports_controls_of_known_frameworks(rule: Rule) -> None:
    assert rule.controls
    assert len(set(rule.controls)) == len(rule.controls)
    for control in rule.controls:
        assert re.fullmatch(FRAMEWORKS[control.framework, control.version], control.control)
        assert control.relation == "supports"


@pytest.mark.parametrize("token", tokens())
def test_a_type_token_exists_in_the_sdk(token: str) -> None:
    assert token in sdk_types()


@each_rule
def test_a_rule_judges_types_and_their_renamed_twins(rule: Rule) -> None:
    assert rule.types
    for token in rule.types:
        assert token in ("aws:*", "kubernetes:*") or token in (
            kubernetes_types() if token.startswith("kubernetes:") else sdk_types()
        )
        kind, _, name = token.rpartition(":")
        twin = f"{kind}V2:{name}V2"
        assert twin not in sdk_types() or twin in rule.types


@pytest.mark.parametrize("token", sorted(TAGGABLE))
def test_what_is_listed_as_taggable_is(token: str) -> None:
    assert hasattr(sdk_types()[token], "tags")


def test_what_the_components_make_and_can_be_tagged_is_listed() -> None:
    used = set()
    for file in (ROOT / "components").glob("*.py"):
        for module, name in re.findall(r"\baws\.(\w+)\.([A-Z]\w+)\(", file.read_text()):
            used.add(getattr(imported(f"pulumi_aws.{module}"), name))
    taggable = {kind.pulumi_type for kind in used if hasattr(kind, "pulumi_type") and hasattr(kind, "tags")}
    assert taggable
    assert taggable <= TAGGABLE


def test_the_components_set_the_tags_that_are_demanded() -> None:
    assert {*imported("components._component").MANDATORY_TAGS, "managed-by"} == set(TAGS)
