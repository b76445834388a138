"""Programs that run on the platform."""
