"""A real Kubernetes control plane on this machine, whose nodes and containers alone are played."""
