"""The only place that changes anything in AWS: packaging, change sets, events, and what they led to."""
