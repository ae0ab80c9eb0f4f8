"""What runs, what it asks for, and the way to it, step by step."""
