"""docs/first-deploy.md names every stage, and nothing that does not exist."""

import re
from pathlib import Path

from stacks.stages import Stage

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "first-deploy.md").read_text()


def test_both_tables_have_every_stage_in_order() -> None:
    rows = re.findall(r"^\| (\w+) \| .* \| .* \|$", PAGE, re.M)
    assert [row for row in rows if row in set(Stage)] == [*Stage, *Stage]


def test_every_link_leads_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", PAGE)
    assert links
    assert [link for link in links if not (ROOT / "docs" / link).exists()] == []
