"""A store of events, in SQLite or PostgreSQL: captured once, durable, and found by any query.

`open_store` opens one; `Store.capture` captures a document, `Store.query` and `Store.page` answer
queries of the standard.
"""

from __future__ import annotations

from catenary.exchange.store.connecting import QueryTooComplexError, StoreError
from catenary.exchange.store.jobs import CaptureJob
from catenary.exchange.store.keeping import AccessToken, ExistsError, NamedQuery, Subscription
from catenary.exchange.store.paging import Page, Stored, TokenError
from catenary.exchange.store.repository import Store, open_store
from catenary.exchange.store.resources import RESOURCES

__all__ = [
    "RESOURCES",
    "AccessToken",
    "CaptureJob",
    "ExistsError",
    "NamedQuery",
    "Page",
    "QueryTooComplexError",
    "Store",
    "StoreError",
    "Stored",
    "Subscription",
    "TokenError",
    "open_store",
]
