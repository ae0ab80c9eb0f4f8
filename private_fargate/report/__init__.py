"""Facts in, text out: the tables and sums that people read."""
