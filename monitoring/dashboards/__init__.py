"""Dashboards: one kind of reader a file."""

from monitoring.dashboards import compliance, cost, models, platform, service
from monitoring.dashboards.board import rendered

BOARDS = (service.BOARD, models.BOARD, platform.BOARD, cost.BOARD, compliance.BOARD)


def documents() -> dict[str, str]:
    """Name to the JSON text that Grafana reads."""
    return {board.name: rendered(board) for board in BOARDS}
