from pathlib import Path

from policies.docs import reference

ROOT = Path(__file__).parents[2]


def test_the_reference_is_current() -> None:
    written = (ROOT / "docs" / "policies.md").read_text()
    assert written == reference(), "run: python -m policies.docs > docs/policies.md"
