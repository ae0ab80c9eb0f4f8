"""What is deployed: one module, one template; yours to change."""
