"""`catenary exchange serve` and `token`: events over HTTP, and who may use them."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from catenary.cli.showing import columns_of, eyes, print_json
from catenary.errors import OptionError, UnknownLabelError
from catenary.languages import in_language, language, say

if TYPE_CHECKING:
    from catenary.exchange.server.serving import Running
    from catenary.exchange.server.settings import Settings
    from catenary.exchange.store import Store

__all__ = ["serve", "token"]

_STORE = click.option(
    "--store",
    "place",
    required=True,
    metavar="STORE",
    help="A file of SQLite, made if it is not there, or postgresql://USER@HOST/NAME.",
)


def _opened(place: str, *, create: bool = True) -> Store:
    try:
        from catenary.exchange.store import open_store  # noqa: PLC0415  quick start
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    return open_store(place, create=create)


def _missing(error: ModuleNotFoundError) -> OptionError:
    return OptionError(
        f"the module {error.name!r} is not installed", hint="pip install 'catenary[exchange]'"
    )


def _told(text: str) -> None:
    print(in_language(text, language()))


@click.command()
@_STORE
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8080,
    show_default=True,
    help="Port; 0 = any that is free.",
)
@click.option(
    "--public",
    "needs_token",
    is_flag=True,
    help="Ask everybody for an access token, so that others may use it.",
)
@click.option(
    "--allow-private-webhooks",
    "allow_private_webhooks",
    is_flag=True,
    help="Let subscriptions send to this machine and to private networks.",
)
@click.option(
    "--company-prefix",
    "company_prefixes",
    multiple=True,
    metavar="DIGITS",
    help="A GS1 company prefix, so that links can be told as EPC URNs; may be repeated.",
)
@click.option(
    "--most-events",
    "events",
    type=click.IntRange(1),
    default=100_000,
    show_default=True,
    help="Events that one document may have.",
)
@click.option(
    "--most-bytes",
    "body",
    type=click.IntRange(1_000),
    default=64 * 1024 * 1024,
    show_default=True,
    help="Bytes that one document may have.",
)
@click.option(
    "--query-seconds",
    type=click.FloatRange(0.1),
    default=30.0,
    show_default=True,
    help="How long a query may run.",
)
@click.option(
    "--queries-a-minute",
    type=click.IntRange(0),
    default=0,
    show_default=True,
    help="Queries that one client may ask; 0 = any number.",
)
@click.option(
    "--processes",
    type=click.IntRange(0),
    default=2,
    show_default=True,
    help="Processes that capture documents, beside the server's own.",
)
@click.option(
    "--url",
    default="",
    help="How clients reach it, if through a proxy, as in https://events.example.com",
)
@click.option("--certificate", default="", help="Certificate for https, a file.")
@click.option("--key", default="", help="Its key, a file.")
def serve(place: str, certificate: str, key: str, **said: Any) -> int:
    """Serve a store of events over HTTP, as EPCIS 2.0 says; Ctrl-C ends it.

    Only this machine is answered, without a token. For others: make access tokens
    (catenary exchange token add), then give --host and --public.
    """
    try:
        from catenary.exchange.server.serving import Running  # noqa: PLC0415  quick start
        from catenary.exchange.server.settings import Settings  # noqa: PLC0415  likewise
    except ModuleNotFoundError as error:
        raise _missing(error) from error
    for option, file in (("--certificate", certificate), ("--key", key)):
        if file and not Path(file).is_file():
            raise OptionError(f"{option} {file!r} is no file", hint="give the path of a PEM file")
    said["url"] = said["url"].rstrip("/")
    settings = Settings(**said)
    store = _opened(place)
    try:
        running = Running(store, settings, place=place, certificate=certificate, key=key)
    except BaseException:
        store.close()
        raise
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(message)s")
    _tell(running, settings, place)
    with suppress(KeyboardInterrupt):  # told to end, and it has
        running.run()
    _told(say("Ended; everything that was acknowledged is kept."))
    return 0


def _tell(running: Running, settings: Settings, place: str) -> None:
    """Say on one screen what is served."""
    at = running.address
    _told(say("Serving the events of {place} at {at}", place=place, at=at))
    rows = [
        (
            say("capture"),
            say(
                "POST {at}/capture; JSON-LD or XML, up to {events} events and {size} MiB",
                at=at,
                events=f"{settings.events:,}",
                size=f"{settings.body / 2**20:,.0f}",
            ),
        ),
        (say("ask"), f"GET {at}/events?EQ_bizStep=shipping"),
        (say("follow"), say("POST {at}/queries/NAME/subscriptions, or a websocket", at=at)),
        (say("all of it"), f"GET {at}/openapi.json"),
        (
            say("who"),
            say("everybody with an access token")
            if settings.needs_token
            else say("this machine only, without a token"),
        ),
        (
            say("webhooks"),
            say("to any address, also private ones")
            if settings.allow_private_webhooks
            else say("to public addresses only"),
        ),
    ]
    spoken = language()
    words = [(in_language(a, spoken), in_language(b, spoken)) for a, b in rows]
    width = max(columns_of(a) for a, _ in words)
    for name, text in words:
        print(f"  {name}{' ' * (width - columns_of(name))}  {text}")
    if settings.needs_token and at.startswith("http:"):
        _told(
            say(
                "Tokens travel as they are: give --certificate and --key, or put a proxy with "
                "https before it."
            )
        )
    _told(say("Ctrl-C ends it."))
    sys.stdout.flush()


@click.group()
def token() -> None:
    """Make, list and remove access tokens of a store that is served."""


@token.command("add")
@click.argument("name")
@_STORE
@click.option(
    "--scopes",
    default="query",
    show_default=True,
    help="What it allows: some of capture, query, subscribe, with commas.",
)
@click.option("--days", type=click.FloatRange(0, min_open=True), help="Days until it ends.")
def add(name: str, place: str, scopes: str, days: float | None) -> int:
    """Make an access token and print it, once; only its hash is kept."""
    from catenary.exchange.server.access import made_key, scopes_from  # noqa: PLC0415  quick start

    allowed = scopes_from(scopes)
    opened = _opened(place)
    from catenary.exchange.store import AccessToken  # noqa: PLC0415  once it is known to be there

    ends = None if days is None else datetime.now(UTC) + timedelta(days=days)
    with opened as store:
        if any(one.label == name for one in store.access_tokens()):
            raise OptionError(
                f"there is a token {name!r} already",
                hint="choose another name, or remove that one: catenary exchange token remove",
            )
        made, key = made_key(name, allowed, expires=ends)
        expires = None if ends is None else int(ends.timestamp() * 1e6)
        created = int(key.created.timestamp() * 1e6)
        store.add_access_token(
            AccessToken(key.hash, name, tuple(sorted(allowed)), created, expires)
        )
    print(made)
    note = say("Keep it: it is shown only now. Send it as Authorization: Bearer …")
    print(in_language(note, language()), file=sys.stderr)
    return 0


@token.command("list")
@_STORE
@click.option("--as", "choice", type=click.Choice(["auto", "table", "json"]), default="auto")
def list_(place: str, choice: str) -> int:
    """List the access tokens: their names, never the tokens themselves."""
    from catenary.exchange.server.service import keys_of  # noqa: PLC0415  quick start

    with _opened(place, create=False) as store:
        keys = keys_of(store)
    if not eyes(choice):
        print_json(
            [
                {
                    "name": one.name,
                    "scopes": sorted(one.scopes),
                    "created": one.created.isoformat(),
                    "expires": one.expires.isoformat() if one.expires else None,
                }
                for one in keys
            ]
        )
        return 0
    for one in keys:
        ends = f", until {one.expires:%Y-%m-%d}" if one.expires else ""
        print(f"{one.name}  {', '.join(sorted(one.scopes))}{ends}")
    return 0


@token.command("remove")
@click.argument("name")
@_STORE
def remove(name: str, place: str) -> int:
    """Remove an access token; a server that runs refuses it within seconds."""
    from catenary.exchange.server.service import keys_of  # noqa: PLC0415  quick start

    with _opened(place, create=False) as store:
        keys = {one.name: one for one in keys_of(store)}
        if name not in keys:
            raise UnknownLabelError.among(name, keys, kind="token")
        store.remove_access_token(keys[name].hash)
    return 0
