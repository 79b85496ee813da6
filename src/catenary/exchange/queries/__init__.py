"""Queries of EPCIS 2.0: what their parameters ask, apart from any database."""

from __future__ import annotations

from catenary.exchange.queries.families import FAMILIES, PARAMETERS
from catenary.exchange.queries.parameters import Query, QueryTooLargeError
from catenary.exchange.queries.values import QueryError

__all__ = ["FAMILIES", "PARAMETERS", "Query", "QueryError", "QueryTooLargeError"]
