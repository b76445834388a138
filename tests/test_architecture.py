"""The house as docs/architecture.md draws it."""

import ast
import io
import tokenize
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).parents[1]
ROOMS = ("access", "components", "monitoring", "policies", "stacks")
SILENT = (tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER)


def files(*rooms: str) -> list[Path]:
    return [file for room in rooms for file in (ROOT / room).rglob("*.py")]


def product() -> list[Path]:
    return [*files(*ROOMS), ROOT / "__main__.py"]


def code_lines(text: str) -> int:
    """Lines that are neither blank, comment nor docstring."""
    nodes = (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Expr))
    texts = (node for node in nodes if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str))
    documentation = {line for node in texts for line in range(node.lineno, (node.end_lineno or 0) + 1)}
    tokens = (token for token in tokenize.generate_tokens(io.StringIO(text).readline) if token.type not in SILENT)
    return len({line for token in tokens for line in range(token.start[0], token.end[0] + 1)} - documentation)


def test_code_lines_are_counted_without_words() -> None:
    assert code_lines('"""Module.\n\nMore.\n"""\n\n# Comment.\n') == 0
    assert code_lines('X = [  # counts\n    1,\n\n]\n"""Of X."""\n') == 3
    assert code_lines('def f():\n    """Of f."""\n    return """a\nb"""\n') == 3


def test_the_sandbox_is_smaller_than_the_product_it_proves() -> None:
    sandbox, product_ = (sum(code_lines(file.read_text()) for file in part) for part in (files("sandbox"), product()))
    assert sandbox < product_, f"the sandbox has {sandbox} code lines, the product {product_}"


@pytest.mark.parametrize("room", [*ROOMS, "mlp", "sandbox", "tests", "workloads"])
def test_no_file_is_long(room: str) -> None:
    found = files(room)
    assert found
    assert [str(file) for file in found if len(file.read_text().splitlines()) > 300] == []


def test_the_import_contracts_hold(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)
    assert status == 0, capsys.readouterr().out


def test_components_keep_their_annotations_for_run_time() -> None:
    postponed = [
        str(file)
        for file in files("components")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert postponed == []
