"""Prints the schema of the JSON form: `python -m policies.output > docs/audit.schema.json`."""

from policies.output.document import schema

print(schema(), end="")
