"""What an environment is: settings, versions and the wiring of components."""
