"""Scenarios of GPU work, played against the real control plane of a sandbox."""
