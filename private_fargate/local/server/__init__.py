"""The embedded AWS: a process of its own, in a virtual environment of its own.

Nothing of ours outside this package is imported here.  It is run, and spoken to over HTTP; only `created`,
which is plain data, is read from outside.
"""
