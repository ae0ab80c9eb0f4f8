"""What the verifier says, for a terminal, for programs, and as a page: reports in, documents out."""
