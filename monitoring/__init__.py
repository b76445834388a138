"""What is measured: the contract of metrics, and the rules and dashboards that are built from it."""
