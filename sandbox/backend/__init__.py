"""The sandbox's state backend: a service on loopback that keeps the states of an environment's stacks."""
