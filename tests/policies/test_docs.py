from pathlib import Path

from policies.docs import reference
from policies.registry import RULES

ROOT = Path(__file__).parents[2]


def test_the_reference_is_current() -> None:
    written = (ROOT / "docs" / "policies.md").read_text()
    assert written == reference(), "run: python -m policies.docs > docs/policies.md"


def test_the_readme_names_the_number_of_rules() -> None:
    assert f"One set of {len(RULES)} rules, " in (ROOT / "README.md").read_text()
