"""Who knows more about a failure than its event says: each service about its own resources."""
