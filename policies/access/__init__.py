"""Rules on who may reach what."""
