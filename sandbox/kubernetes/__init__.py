"""A real Kubernetes control plane on this machine, and the provider that applies objects to it."""
