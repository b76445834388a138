"""What runs beside the MLflow server: its password that changes, and its database's schema."""
