"""Evidence for auditors: what was observed, control by control, in a bundle that shows every later change."""
