"""From files to values: templates read, bound, resolved, nested, ordered and compared."""
