"""What is allowed: pure rules over a normalised view, and the points where they are enforced."""
