"""What exists: one Pulumi component a file, with its pure document builders."""
