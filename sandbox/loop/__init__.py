"""Plays the way from predictions that drift to a request for retraining, with the platform's own programs."""
