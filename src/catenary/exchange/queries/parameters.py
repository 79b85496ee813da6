"""Parameters of a query, and the conditions that they stand for.

All named parameters of the standard and all families of names are known, in the spellings of the
query schema and of the OpenAPI document. Parameters are joined by *and*, values of one parameter
by *or*; each is asked of an event by itself.

References
----------
GS1, EPCIS Standard 2.0, section 8.2.7.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from catenary.errors import OptionError, did_you_mean
from catenary.exchange.contexts import prefixes_of
from catenary.exchange.queries.conditions import Condition, Order
from catenary.exchange.queries.families import PARAMETERS, condition_of
from catenary.exchange.queries.values import Asked, QueryError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["PARAMETERS", "Query", "QueryError", "QueryTooLargeError"]

_ORDERED = {"eventTime": "event_time", "recordTime": "record_time"}
_MOST = 200
_LARGEST = 10**15
_CONTROLS = ("orderBy", "orderDirection", "eventCountLimit", "maxEventCount")


class QueryTooLargeError(OptionError):
    """A query has more results than `maxEventCount`, or than a server gives."""

    http_status = 413


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of a store; `Query.of` makes it of the parameters of the standard.

    Parameters
    ----------
    conditions
        All have to hold.
    order
        What comes first.
    limit
        How many of the first are wanted (`eventCountLimit`); None = all.
    most
        More than these are an error (`maxEventCount`).
    parameters
        What it was made of.
    prefixes
        What prefixes in the names of parameters stand for.
    """

    conditions: tuple[Condition, ...] = ()
    order: Order = field(default_factory=Order)
    limit: int | None = None
    most: int | None = None
    parameters: dict[str, Any] = field(default_factory=dict, compare=False)
    prefixes: dict[str, str] = field(default_factory=dict, compare=False)

    @classmethod
    def of(
        cls,
        parameters: Mapping[str, Any],
        prefixes: Mapping[str, str] | None = None,
        *,
        learned: Mapping[str, Sequence[str]] | None = None,
    ) -> Self:
        """Return the query that parameters describe.

        Parameters
        ----------
        parameters
            Names as in the standard, each with a value or a list of values; texts are taken for
            numbers and times where such are needed.
        prefixes
            What prefixes in names stand for, beside those of the standard and of an `@context`
            among the parameters.
        learned
            What other prefixes stood for in captured documents, each one or more namespaces.

        Raises
        ------
        QueryError
            If a parameter is unknown, or its value does not fit.

        Examples
        --------
        >>> Query.of({"EQ_bizStep": ["shipping"]}).conditions
        (OnColumn(column='biz_step', comparison='EQ', values=('shipping',)),)
        >>> Query.of({"EQ_bizStap": ["shipping"]})
        Traceback (most recent call last):
        ...
        catenary.exchange.queries.values.QueryError: EQ_bizStap is no parameter of a query
        Hint: did you mean 'EQ_bizStep' or 'EQ_bizRules'?
        """
        known = {**prefixes_of(parameters.get("@context")), **(prefixes or {})}
        if len(parameters) > _MOST:
            raise QueryError(f"a query has {len(parameters):,} parameters", hint=f"at most {_MOST}")
        asked = Asked(known, dict(learned or {}))
        found = []
        for name, value in parameters.items():
            if name != "@context" and name not in _CONTROLS:
                made = condition_of(name, value, asked)
                if made is not None:
                    found.append(made)
        limit, most = _count(parameters, "eventCountLimit"), _count(parameters, "maxEventCount")
        if limit is not None and most is not None:
            raise QueryError(
                "eventCountLimit and maxEventCount exclude each other", hint="give one of them"
            )
        if limit is not None and "orderBy" not in parameters:
            raise QueryError(
                "eventCountLimit says how many of the first events are wanted, but not by what",
                hint="give orderBy too, as in orderBy=eventTime",
            )
        order = _order(parameters, asked)
        return cls(tuple(found), order, limit, most, dict(parameters), known)


def _single(name: str, value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        if len(value) != 1:
            raise QueryError(f"{name} has {len(value)} values", hint="it takes one")
        return value[0]
    return value


def _count(parameters: Mapping[str, Any], name: str) -> int | None:
    value = _single(name, parameters.get(name))
    if value is None:
        return None
    try:
        if isinstance(value, bool) or int(value) != float(value):
            raise ValueError  # noqa: TRY301  one answer for all
        if not 1 <= int(value) <= _LARGEST:
            raise ValueError  # noqa: TRY301  one answer for all
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise QueryError(
            f"{name} is {str(value)[:40]!r}", hint="it is a whole number, 1 or more"
        ) from None


def _order(parameters: Mapping[str, Any], asked: Asked) -> Order:
    by = _single("orderBy", parameters.get("orderBy"))
    direction = _single("orderDirection", parameters.get("orderDirection"))
    if direction not in (None, "ASC", "DESC"):
        raise QueryError(f"orderDirection is {str(direction)[:40]!r}", hint="it is ASC or DESC")
    if by is None:
        return Order(descending=direction == "DESC")
    descending = direction != "ASC"
    if isinstance(by, str) and by in _ORDERED:
        return Order(_ORDERED[by], descending=descending)
    if not isinstance(by, str) or ":" not in by:
        hint = did_you_mean(by, _ORDERED)
        raise QueryError(
            f"orderBy is {str(by)[:80]!r}", hint=f"{hint}, or give a member as in example:field"
        )
    return Order("", asked.names("", by), descending)
