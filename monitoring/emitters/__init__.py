"""Who emits what: one emitter a file, `METRICS` its part of the contract."""
