"""Migrations: how a store of an older version becomes one of this version.

References
----------
Alembic, Tutorial and Cookbook (sharing a connection).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

__all__ = ["known", "migrate"]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", "catenary.exchange.store:migrations")
    config.set_main_option("path_separator", "os")
    return config


def known() -> list[str]:
    """Return all migrations, the newest first.

    Examples
    --------
    >>> known()[-1]
    '0001'
    """
    return [one.revision for one in ScriptDirectory.from_config(_config()).walk_revisions()]


def migrate(connection: Connection) -> None:
    """Bring the tables behind a connection to this version, within its transaction."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
