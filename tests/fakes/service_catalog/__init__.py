"""A fake of AWS Service Catalog, which runs inside the embedded AWS and answers over HTTP as AWS does.

It is for tests.  Portfolios, products, constraints, shares, launches and plans behave as AWS documents them;
a launch makes a real stack `SC-ACCOUNT-pp-ID` in the embedded CloudFormation, with everything in it.

What is asynchronous on AWS is so here, after a moment: CREATING becomes AVAILABLE or FAILED, a record goes
through CREATED and IN_PROGRESS, a share through IN_PROGRESS.  State is kept by account and Region; an account
is the twelve digits that a client uses as its access key, as everywhere in the embedded AWS.

It refuses what AWS documents to refuse: input that the service model does not know; deletions of what is in
use, or of the last version; a version beyond the hundredth; two launch constraints, or one beside a StackSet
constraint; constraints on what is not associated; launches by somebody without access, without a path,
with several paths and none named, of inactive or (for new launches) deprecated versions; tag options without
a choice; sharing with an organization that did not switch it on.  The root template is copied when a version
is made.  Its children are read at each launch from absolute URLs with the rights of the launch role, and so
are made the stack's resources: see `rights.py` for what of a role is judged exactly and what roughly.

What it does not know: service actions, budgets, CodeStar sources, StackSet and Terraform products, copying
of products, access levels of users among each other.  No resource of a stack carries the tags
`aws:servicecatalog:*`.  Words of refusals are AWS's where they are published; elsewhere only the code is.
"""

from __future__ import annotations


def extend() -> None:
    """Add the API and the resource types to the embedded AWS; to be called in its own process."""
    # Not before: ministack is in the environment of the embedded AWS alone, but tests import this package.
    from tests.fakes.service_catalog import door, resource_types, rights  # noqa: PLC0415

    door.open_up()
    resource_types.register_all()
    rights.guard_resources()
