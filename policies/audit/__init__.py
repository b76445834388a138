"""Rules on the record of who did what."""
