"""What AWS would refuse, or leave without effect, looked for before anything is changed: `mlp doctor ENVIRONMENT`.

Every check is a function over `Account` that yields findings, and is listed in `CHECKS` of `mlp.preflight.run`. Checks
only read. What they call is listed in `mlp.preflight.role`.
"""
