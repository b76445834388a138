"""From Alertmanager to the RetrainingBus: `python -m workloads.alerts` takes its webhooks and publishes events.

It reads from its environment:

    WEBHOOK_BUS        name of the bus
    WEBHOOK_SOURCE     `source` of the events, ml-platform.<service account>: what its role may publish
    WEBHOOK_ALERTS     JSON, name of an alert to the kind of trigger it is, drift or performance; others are ignored
    WEBHOOK_ADDRESS    host:port; default 0.0.0.0:8080

Who may call it is up to a network policy: it asks for no secret.
"""
