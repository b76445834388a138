"""The runtimes that models are served with, a module for each format; each has the class `Runtime`."""
