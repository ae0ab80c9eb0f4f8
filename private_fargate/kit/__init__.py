"""The vocabulary in which stack modules are written."""
