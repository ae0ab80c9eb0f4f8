"""What a deployed environment is like, as values that one part reads and another shows."""
