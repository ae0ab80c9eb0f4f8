"""Services that the embedded AWS lacks, as far as tests need them; they are loaded into its own process."""

ALL = ("tests.fakes.service_catalog", "tests.fakes.stack_sets", "tests.fakes.ipam")
