"""The rules of a version's launch form, asked before anything is: which values go together.

Service Catalog keeps them too, but only once it has begun, and leaves something behind that has to be
terminated.  Whoever may not read the templates learns it from there.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from private_fargate.catalog.parameters import OPTION, ParameterError
from private_fargate.catalog.versions import template_url
from private_fargate.deploy.references import place_of
from private_fargate.deploy.session import AccessError, DeployError, explained
from private_fargate.verify.templates.assertions import assertions, plainly

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from private_fargate.catalog.offers import Offer
    from private_fargate.catalog.parameters import Form, Given
    from private_fargate.deploy.session import Session


def keep(
    session: Session,
    offer: Offer,
    form: Form,
    given: Mapping[str, Given],
    *,
    had: Mapping[str, str] | None = None,
) -> None:
    """Make sure that values keep the rules of a version, as far as its template can be read.

    Args:
        session: where, and as whom.
        offer: the version.
        form: its launch form; its defaults hold for what is not said.
        given: what was said.
        had: values that stay if nothing is said.

    Raises:
        ParameterError: they do not; one line for each rule.
    """
    defaults = {key: field.default for key, field in form.fields.items() if field.default is not None}
    values = {**defaults, **(had or {}), **{key: each.value for key, each in given.items()}}
    problems = list(_broken(_root_of(session, offer), values, given))
    if problems:
        raise ParameterError("\n".join(problems))


def _broken(root: Mapping[str, Any], values: Mapping[str, str], given: Mapping[str, Given]) -> Iterator[str]:
    for assertion in assertions(root):
        if plainly(assertion, values) is not False:
            continue
        places = [given[name].place for name in assertion.parameters if name in given]
        said = ", ".join(f"{name}={values[name]}" for name in assertion.parameters if name in values)
        yield f"{places[0] if places else OPTION}: {said}: {assertion.description or assertion.rule}"


def _root_of(session: Session, offer: Offer) -> dict[str, Any]:
    """Return the root template of a version; an empty one if it may not be read."""
    try:
        with explained():
            url = template_url(session, offer.product, offer.version.id)
            if not url:
                return {}
            bucket, key = place_of(url)
            body: Any = session.client("s3").get_object(Bucket=bucket, Key=key)["Body"]
            return cast("dict[str, Any]", json.loads(body.read()))
    except AccessError:
        raise
    except (DeployError, ValueError):
        return {}
