"""Reachability: whether every workload of a plan reaches every resource that its role may use."""

from access.reach.edges import Edge, edges
from access.reach.hops import Hop, Passage, blocker, passage, reach
from access.reach.plan import Plan, Resource

__all__ = ["Edge", "Hop", "Passage", "Plan", "Resource", "blocker", "edges", "passage", "reach"]
