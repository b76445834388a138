"""Which version of a model may be used for what: gate, promotion and rollback, lineage.

`candidate`, `gate`, `approval` and `verdict` are pure; `registry` and `artifacts` ask MLflow and S3; `actions` joins
them.
"""
