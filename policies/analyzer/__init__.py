"""The pack as an analyzer of its own: decodes every resource once, knows what is secret, survives what is malformed."""
