"""What AWS answers to a request under its policies: one evaluator of policy documents for every room.

It is pure: documents and requests in, a decision out. It imports nothing of the other rooms, no Pulumi and no boto3.
"""

from access.decision import Decision, Outcome, Policies, decide
from access.document import MalformedPolicy, Policy, read
from access.principals import ANONYMOUS, Principal
from access.request import Request
from access.truth import UNKNOWN, Unknown

__all__ = [
    "ANONYMOUS",
    "UNKNOWN",
    "Decision",
    "MalformedPolicy",
    "Outcome",
    "Policies",
    "Policy",
    "Principal",
    "Request",
    "Unknown",
    "decide",
    "read",
]
