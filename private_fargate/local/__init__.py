"""The embedded AWS, and the demonstration that runs on it."""
