"""Lets `python -m mlp` run the command line."""

from mlp.cli import app

if __name__ == "__main__":
    app()
