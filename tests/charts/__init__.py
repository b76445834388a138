"""What the charts really make of the platform's values: rendered, kept as facts, and judged."""
