"""Services that the embedded AWS lacks, as far as tests need them; they are loaded into its own process."""
