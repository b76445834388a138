"""Rules on knowing what there is."""
