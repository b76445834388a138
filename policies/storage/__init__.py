"""Rules on buckets and what protects their contents."""
