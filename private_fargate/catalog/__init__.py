"""The product in Service Catalog: its versions, with whom it is shared, and what a new version changes."""
