"""The rules at the door of a cluster: as ValidatingAdmissionPolicies, which the API server itself evaluates."""

from policies.admission.manifests import objects
from policies.admission.parameters import LABEL

__all__ = ["LABEL", "objects"]
