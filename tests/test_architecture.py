"""The house as docs/architecture.md draws it."""

import ast
import io
import tokenize
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PRODUCT = ("components", "stacks", "policies")
SILENT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def files(*rooms: str) -> list[Path]:
    return [file for room in rooms for file in (ROOT / room).rglob("*.py")]


def code_lines(file: Path) -> int:
    """Lines that are neither blank, comment nor docstring."""
    text = file.read_text()
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr))
    texts = (node for node in nodes if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str))
    documentation = {line for node in texts for line in range(node.lineno, (node.end_lineno or 0) + 1)}
    tokens = (token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type not in SILENT)
    return len({line for token in tokens for line in range(token.start[0], token.end[0] + 1)} - documentation)


def test_the_sandbox_is_smaller_than_the_product_it_proves() -> None:
    sandbox, product = (sum(map(code_lines, files(*rooms))) for rooms in (("sandbox",), PRODUCT))
    assert sandbox < product


@pytest.mark.parametrize("room", [*PRODUCT, "mlp", "sandbox", "tests"])
def test_no_file_is_long(room: str) -> None:
    assert [str(file) for file in files(room) if len(file.read_text().splitlines()) > 300] == []
