"""Our analyzer without a rule: what the engine takes to start one, and to ask it of every resource."""

from typing import Any

from pulumi.runtime import proto

from policies.analyzer import server
from policies.analyzer.servicer import Servicer


class Idle(Servicer):
    """Answers without looking."""

    def Analyze(self, request: Any, context: Any) -> proto.AnalyzeResponse:
        """Nothing."""
        return proto.AnalyzeResponse()

    def AnalyzeStack(self, request: Any, context: Any) -> proto.AnalyzeResponse:
        """Nothing."""
        return proto.AnalyzeResponse()


server.Servicer = Idle
server.serve()
