"""A repository of events over HTTP: all operations of the EPCIS 2.0 binding.

`Running(store, settings).run()` serves a store; `Application(Service(store, settings))` is the same
as an ASGI application, for a server of one's own. Needs the extra `catenary[exchange]`.
"""

from __future__ import annotations

from catenary.exchange.server.application import Application
from catenary.exchange.server.service import Service
from catenary.exchange.server.settings import Settings

__all__ = ["Application", "Service", "Settings"]
