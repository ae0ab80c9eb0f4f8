"""How the stacks get there: the engine."""
