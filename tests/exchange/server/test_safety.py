"""Safe by default: who is answered, what is refused, and that the server stays alive."""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest
from served import CONTEXT, Server, document, event, serving, until
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from catenary.cli.main import main
from catenary.errors import OptionError
from catenary.exchange.reading import Read
from catenary.exchange.server.access import made_key, scopes_from
from catenary.exchange.server.documents import _xml
from catenary.exchange.server.gates import Rate
from catenary.exchange.server.serving import check_public
from catenary.exchange.server.settings import Settings
from catenary.exchange.store import AccessToken, open_store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(
        tmp_path_factory.mktemp("store") / "events.db",
        body=400_000, events=200, stall_seconds=0.5, waiting=64,
    ) as made:  # fmt: skip
        yield made


def _alive(server: Server, number: int) -> None:
    """Check that an event can still be captured and found."""
    assert server.capture(event(number)).json["success"]
    found = server.get("/events", MATCH_anyEPC=f"urn:epc:id:sgtin:4012345.011111.{number}")
    assert len(found.events) == 1


# --- tokens ---------------------------------------------------------------------------------------


@pytest.mark.part("9.7")
@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7"])  # noqa: S104  refused
def test_a_public_server_without_tokens_does_not_start(tmp_path: Path, host: str) -> None:
    with open_store(tmp_path / "events.db") as store:
        with pytest.raises(OptionError, match="other machines"):
            check_public(Settings(host=host), store)
        with pytest.raises(OptionError, match="no access token"):
            check_public(Settings(host=host, needs_token=True), store)
        _, key = made_key("plant", scopes_from("capture"))
        store.add_access_token(AccessToken(key.hash, "plant", ("capture",), 1))
        check_public(Settings(host=host, needs_token=True), store)
        with pytest.raises(OptionError, match="other machines"):  # through a proxy
            check_public(Settings(url="https://events.example.com"), store)


@pytest.mark.part("9.7")
def test_a_token_allows_what_its_scopes_say_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    place = tmp_path / "events.db"
    tokens: dict[str, str] = {}
    with open_store(place) as store:
        for name in ("capture", "query", "subscribe", "ended"):
            tokens[name], key = made_key(name, scopes_from("query" if name == "ended" else name))
            expires = 1 if name == "ended" else None
            store.add_access_token(AccessToken(key.hash, name, tuple(key.scopes), 1, expires))
    allowed = {
        ("POST", "/capture"): "capture",
        ("GET", "/capture"): "capture",
        ("GET", "/"): "query",
        ("GET", "/events"): "query",
        ("GET", "/epcs"): "query",
        ("GET", "/queries"): "query",
        ("GET", "/queries/none/subscriptions"): "subscribe",
        ("OPTIONS", "/capture"): "capture",
    }
    with serving(place, needs_token=True) as server:
        for (method, path), scope in allowed.items():
            body = document() if method == "POST" else None
            assert server.ask(method, path, body).status == 401
            for name, token in [*tokens.items(), ("none", "ctn_guess")]:
                got = server.ask(method, path, body, {"Authorization": f"Bearer {token}"})
                if name in {"none", "ended"}:
                    assert got.status == 401
                    assert got.headers["www-authenticate"].startswith("Bearer")
                elif name == scope:
                    assert got.status in {200, 202, 204, 404}, (method, path, got.body)
                else:
                    assert got.status == 403
                    assert token not in got.body.decode()
        assert server.get("/events", {"Authorization": "Basic dXNlcjp3b3Jk"}).status == 401
        assert server.get("/openapi.json").status == 200
        for (
            name,
            token,
        ) in tokens.items():  # a websocket gets as far as the query, which is not there
            status = {"subscribe": 404, "ended": 401}.get(name, 403)
            with (
                pytest.raises(InvalidStatus) as refused,
                connect(
                    f"ws://127.0.0.1:{server.port}/queries/none/events?stream=true",
                    additional_headers={"Authorization": f"Bearer {token}"},
                ),
            ):
                pass
            assert refused.value.response.status_code == status
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(token.encode() in written for token in tokens.values())


@pytest.mark.part("9.7")
def test_a_removed_token_is_refused_within_seconds(tmp_path: Path) -> None:
    place = tmp_path / "events.db"
    token, key = made_key("plant", scopes_from("query"))
    with open_store(place) as store:  # without one a server for others does not start
        store.add_access_token(
            AccessToken(made_key("other", scopes_from("query"))[1].hash, "o", ("query",), 1)
        )
    with open_store(place) as store, serving(place, needs_token=True) as server:
        store.add_access_token(AccessToken(key.hash, "plant", ("query",), 1))
        headers = {"Authorization": f"Bearer {token}"}
        until(lambda: server.get("/", headers).status == 200, "the token is known")
        store.remove_access_token(key.hash)
        until(lambda: server.get("/", headers).status == 401, "the token is refused")


@pytest.mark.part("9.7")
def test_a_server_for_others_needs_a_token_on_any_address(tmp_path: Path) -> None:
    with (
        pytest.raises(OptionError, match="there is no access token"),
        serving(tmp_path / "events.db", needs_token=True),
    ):
        pass


@pytest.mark.part("9.7")
def test_who_may_only_ask_removes_no_named_query(tmp_path: Path) -> None:
    place = tmp_path / "events.db"
    token, key = made_key("reader", scopes_from("query"))
    with open_store(place) as store:
        store.add_access_token(AccessToken(key.hash, "reader", ("query",), 1))
        store.add_query("mine", {}, {})
    with serving(place, needs_token=True) as server:
        headers = {"Authorization": f"Bearer {token}"}
        assert server.ask("DELETE", "/queries/mine", None, headers).status == 403
        assert server.ask("POST", "/queries", {"name": "x", "query": {}}, headers).status == 403
        assert server.get("/queries/mine", headers).status == 200


@pytest.mark.part("9.4")
def test_a_named_query_is_not_called_like_a_place_in_a_path(server: Server) -> None:
    for name in (".", ".."):
        assert server.ask("POST", "/queries", {"name": name, "query": {}}).status == 400


@pytest.mark.part("9.7")
def test_pages_of_other_sites_and_names_that_lead_here_are_refused(server: Server) -> None:
    """A browser that is told that evil.example is 127.0.0.1 sends that name as Host."""
    assert server.get("/events", {"Host": "evil.example"}).status == 403
    assert server.get("/events", {"Host": f"evil.example:{server.port}"}).status == 403
    assert server.get("/events", {"Origin": "https://evil.example"}).status == 403
    for host in (f"localhost:{server.port}", "127.0.0.1", "[::1]:80"):
        assert server.get("/events", {"Host": host}).status == 200
    plain = server.ask("POST", "/capture", b"{}", {"Content-Type": "text/plain"})
    assert plain.status == 415  # the only kinds of body that a page may send unasked
    assert "access-control-allow-origin" not in plain.headers


@pytest.mark.part("9.7")
def test_webhooks_inside_are_refused_unless_allowed(server: Server) -> None:
    server.ask("POST", "/queries", {"name": "all", "query": {}})
    for inside in ("http://127.0.0.1/", "http://localhost:1/", "http://[::1]/", "http://10.1.2.3/",
                   "http://169.254.169.254/latest/meta-data"):  # fmt: skip
        body = {"dest": inside, "stream": True}
        got = server.ask("POST", "/queries/all/subscriptions", body)
        assert got.status == 400
        assert got.json["type"] == "epcisException:InvalidURIException"
        assert "--allow-private-webhooks" in got.json["hint"]


# --- limits ---------------------------------------------------------------------------------------


def _hostile() -> dict[str, tuple[bytes, str]]:
    """Return bodies that have brought servers down, by name."""
    entities = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE d [<!ENTITY a0 "ha">{entities}]>'
    xml = (
        '<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" '
        'creationDate="2026-01-01T00:00:00Z"><EPCISBody><EventList>{}</EventList></EPCISBody>'
        "</epcis:EPCISDocument>"
    )
    head = json.dumps(document(event(1)))
    deep = f'{{"type":"ObjectEvent","example:deep":{"[" * 20_000}{"]" * 20_000}}}'
    attributes = " ".join(f'b{n}=""' for n in range(30_000))

    def with_number(text: str) -> bytes:
        return head.replace('"action"', f'"example:n": {text}, "action"').encode()

    outside = '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    return {
        "billion laughs": ((bomb + xml.format("&a9;")).encode(), "xml"),
        "outside entity": ((outside + xml.format("&x;")).encode(), "xml"),
        "outside document type": (
            ('<!DOCTYPE d SYSTEM "http://127.0.0.1:9/d.dtd">' + xml.format("")).encode(), "xml",
        ),
        "deep elements": ((xml.format("<a>" * 50_000)).encode(), "xml"),
        "many attributes": (xml.format(f"<a {attributes}/>").encode(), "xml"),
        "deep lists": (head.replace('[{"type"', f'[{deep},{{"type"').encode(), "json"),
        "deep from the start": (b'{"a":' * 60_000, "json"),
        "huge number": (with_number(f"1e{'9' * 400}"), "json"),
        "long number": (with_number("9" * 90_000), "json"),
        "broken UTF-8": (head.encode().replace(b"shipping", b"ship\xff\xfeping"), "json"),
        "half a pair": (head.replace("shipping", "\\ud800").encode(), "json"),
        "NUL": (head.replace("shipping", "a\\u0000:b").encode(), "json"),
        "cut off": (head[: len(head) // 2].encode(), "json"),
        "not a number": (head.replace('"OBSERVE"', "NaN").encode(), "json"),
        "UTF-16": (head.encode("utf-16"), "json"),
        "a list": (b"[]", "json"),
        "null": (b"null", "json"),
        "nothing": (b"", "json"),
        "two documents": (head.encode() * 2, "json"),
        "too many events": (json.dumps(document(*map(event, range(201)))).encode(), "json"),
        "too large": (b" " * 400_001, "json"),
        "members twice": (head.replace('"action"', '"type": "Other", "action"').encode(), "json"),
    }  # fmt: skip


@pytest.mark.part("9.4")
@pytest.mark.parametrize("behaviour", ["rollback", "proceed"])
def test_hostile_bodies_are_refused_within_limits_and_the_server_lives(
    server: Server, behaviour: str
) -> None:
    for name, (body, form) in _hostile().items():
        for path in ("/capture", "/events"):
            start = time.monotonic()
            headers = {
                "Content-Type": f"application/{form}", "GS1-Capture-Error-Behaviour": behaviour,
            }  # fmt: skip
            got = server.ask("POST", path, body, headers)
            assert got.status in {202, 400, 413}, (name, path, got.status, got.body)
            assert time.monotonic() - start < 10, name
            if got.status == 202:
                job = server.get(
                    got.headers["location"].partition("/capture")[2].join(["/capture", ""])
                )
                assert job.json["success"] is False, name
                assert job.json["catenary:events"]["stored"] <= 1, name
    too_many = server.ask("POST", "/capture", _hostile()["too many events"][0])
    assert too_many.status == 413
    assert too_many.headers["gs1-epcis-capture-limit"] == "200"
    _alive(server, 10_001 if behaviour == "rollback" else 10_002)


@pytest.mark.part("9.4")
def test_mutated_documents_never_bring_a_fault(server: Server) -> None:
    """Documents with bytes changed, cut and doubled are answered, and never by 5xx."""
    drawn = random.Random(9)  # noqa: S311  the same documents each time
    json_body = json.dumps({**event(3), "@context": CONTEXT, "ilmd": {"a:b": [1, {"c:d": None}]}})
    xml_body = _xml("event", {}, iter([Read(1, {**event(3), "@context": CONTEXT}, {})]))
    for number in range(120):
        form, body = ("json", json_body.encode()) if number % 2 else ("xml", xml_body)
        made = bytearray(body)
        for _ in range(drawn.randint(1, 4)):
            at = drawn.randrange(len(made))
            match drawn.randrange(4):
                case 0:
                    made[at] = drawn.randrange(256)
                case 1:
                    del made[at : at + drawn.randint(1, 30)]
                case 2:
                    made[at:at] = made[at : at + drawn.randint(1, 40)]
                case _:
                    made[at:at] = drawn.choice(
                        [b"[", b"{", b"<", b"&x;", b"\\u0000", b"1e999", b'"']
                    )
        got = server.ask("POST", "/events", bytes(made), {"Content-Type": f"application/{form}"})
        assert got.status in {201, 400, 409, 413}, (got.status, bytes(made), got.body)
    _alive(server, 10_003)


def strange_addresses() -> list[str]:
    """Return addresses that are no fault of the server."""
    return [
        "/events/%00", "/queries/%00", "/queries/a%00b/events", "/epcs/%00/events", "/capture/%00",
        "/events/%ff", "/bizSteps/%ED%A0%80", "/events?" + "&" * 20_000, "/events?=", "/events?a",
        "/events?EQ_bizStep=%00", "/events?MATCH_anyEPC=%00", "/events?EQ_eventID=a%00b",
        "/events?EQ_bizLocation=%ff%fe", "/events?EQ_%00:a=1", "/events?EQ_quantity=1e999",
        "/events?EQ_quantity=NaN", "/events?GE_eventTime=99999-01-01T00:00:00Z",
        "/events?GE_eventTime=0001-01-01T00:00:00%2B14:00", "/events?eventCountLimit=" + "9" * 400,
        "/events?perPage=%D9%A3", "/events?nextPageToken=" + "A" * 5_000, "//", "/events//events",
        "/epcs?nextPageToken=%00", "/events?orderBy=%00", "/events?EQ_INNER_a:b=%F0%9F%92%A9",
        "/events?MATCH_epc=urn:epc:idpat:sgtin:*.*.*", "/events?WD_readPoint=%00,%00",
    ]  # fmt: skip


@pytest.mark.part("9.4")
def test_strange_addresses_are_no_fault(server: Server) -> None:
    for path in strange_addresses():
        got = server.get(path)
        assert got.status in {200, 400, 404}, (path[:60], got.status, got.body)
    _alive(server, 10_005)


@pytest.mark.part("9.4")
def test_clients_that_come_too_slowly_are_cut_off_and_others_answered(server: Server) -> None:
    """Half a request line, half the headers, half a body: each ends, and nobody waits for them."""
    start = b"POST /capture HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    body = b"Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
    halves = [b"", b"POST /cap", start + b"X-Slow: ", start + body]
    waiting = []
    for half in halves * 5:
        made = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        made.sendall(half)
        waiting.append(made)
    _alive(server, 10_004)
    ends = [made.recv(4096) for made in waiting]
    assert sum(one.startswith(b"HTTP/1.1 408") for one in ends) == 5
    assert sum(one == b"" for one in ends) == 15
    for made in waiting:
        made.close()


@pytest.mark.part("9.4")
def test_a_body_that_trickles_is_refused(tmp_path: Path) -> None:
    with serving(tmp_path / "e.db", stall_seconds=0.3, body_rate=10_000_000) as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as made:
            made.sendall(
                b"POST /capture HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
                b"Content-Length: 100000\r\n\r\n"
            )
            start, answer = time.monotonic(), b""
            made.setblocking(False)  # noqa: FBT003  its way
            while time.monotonic() - start < 8 and not answer:
                try:
                    answer = made.recv(100)
                except BlockingIOError:
                    made.send(b" ")
                    time.sleep(0.05)
        assert answer.startswith(b"HTTP/1.1 408")


@pytest.mark.part("9.4")
def test_a_client_that_asks_too_often_waits_and_others_do_not(tmp_path: Path) -> None:
    with serving(tmp_path / "e.db", queries_a_minute=60) as server:
        statuses = [server.get("/events").status for _ in range(12)]
        assert statuses[:10] == [200] * 10
        assert 429 in statuses
        assert int(server.get("/events").headers["retry-after"]) >= 1
        assert server.capture(event(1)).json["success"]
    rate = Rate(60, clock=iter([0.0] * 12 + [60.0]).__next__)
    assert [rate.wait("a") > 0 for _ in range(11)] == [False] * 10 + [True]
    assert rate.wait("b") == 0
    assert rate.wait("a") == 0


@pytest.mark.part("9.4")
def test_a_query_that_takes_too_long_is_broken_off(tmp_path: Path) -> None:
    with serving(tmp_path / "e.db", query_seconds=0.0) as server:
        server.capture(*(event(n, **{"@context": CONTEXT}) for n in range(2_000)))
        got = server.get(
            "/events", LT_eventTime="2999-01-01T00:00:00Z", orderBy="recordTime", EQ_action="DELETE"
        )
        assert got.status == 413
        assert got.json["type"] == "epcisException:QueryTooComplexException"
        assert server.get("/").status == 200


@pytest.mark.part("9.4")
def test_requests_at_once_are_all_answered(server: Server) -> None:
    statuses: list[int] = []

    def ask(number: int) -> None:
        statuses.append(server.capture(event(20_000 + number)).status)
        statuses.append(server.get("/events", perPage=1).status)

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(24)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    assert statuses == [200] * 48
    found = server.get(
        "/events",
        perPage=200,
        MATCH_anyEPC=[f"urn:epc:id:sgtin:4012345.011111.{20_000 + n}" for n in range(24)],
    )
    assert len(found.events) == 24


# --- the command ----------------------------------------------------------------------------------


COMMAND: Final = (sys.executable, "-m", "catenary", "exchange")


@contextmanager
def _started(*words: str) -> Iterator[subprocess.Popen[str]]:
    pipe = subprocess.PIPE
    with subprocess.Popen([*COMMAND, *words], stdout=pipe, stderr=pipe, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.part("9.4", "9.7")
@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_the_command_serves_and_ends_with_everything_acknowledged_kept(
    tmp_path: Path, end: signal.Signals
) -> None:
    place = tmp_path / "events.db"
    processes = ["--processes", "1" if end == signal.SIGKILL else "0"]
    with _started("serve", "--store", str(place), "--port", "0", *processes) as process:
        acknowledged = _captured_until(process, end)
        out, err = process.communicate(timeout=40)
    if end != signal.SIGKILL:
        assert process.returncode == 0, err
        assert "Ended; everything that was acknowledged is kept." in out
    assert "Traceback" not in err
    with open_store(place) as store:
        found = [one.event["epcList"][0] for one in store.query({})]
    assert len(found) == len(set(found))
    assert set(found) >= {f"urn:epc:id:sgtin:4012345.011111.{number}" for number in acknowledged}


def _captured_until(process: subprocess.Popen[str], end: signal.Signals) -> list[int]:
    """Capture from several threads until the server is told to end; return what was kept."""
    assert process.stdout is not None
    lines = [process.stdout.readline()]
    while not lines[-1].startswith("Ctrl-C"):
        lines.append(process.stdout.readline())
        assert lines[-1], process.stderr.read() if process.stderr else ""
    shown = "".join(lines)
    assert "this machine only" in shown
    assert "public addresses only" in shown
    server = Server(int(lines[0].rstrip().rpartition(":")[2]))
    until(server.reachable, "the server answers")
    acknowledged: list[int] = []
    stop = threading.Event()

    def capture(start: int) -> None:
        for number in range(start, start + 10_000):
            if stop.is_set():
                return
            try:
                got = server.ask("POST", "/capture", document(event(number)))
            except OSError:
                return
            if got.status == 202:
                acknowledged.append(number)

    threads = [threading.Thread(target=capture, args=(n * 10_000,)) for n in range(3)]
    for one in threads:
        one.start()
    until(lambda: len(acknowledged) > 20, "events are captured")
    process.send_signal(end)
    for one in threads:
        one.join(40)
    stop.set()
    return acknowledged


@pytest.mark.part("9.7")
def test_the_command_makes_tokens_shows_them_once_and_refuses_to_serve_all_without(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def command(*words: str) -> tuple[int, str, str]:
        code = main(["exchange", *words])
        return code, *capsys.readouterr()

    store = ["--store", str(tmp_path / "events.db")]
    serve = ("serve", *store, "--host", "0.0.0.0", "--port", "0")  # noqa: S104  refused
    code, _, said = command(*serve)
    assert code == 2
    assert "--public" in said
    code, _, said = command(*serve, "--public")
    assert code == 2
    assert "catenary exchange token add" in said
    code, _, said = command("serve", *store, "--certificate", __file__)
    assert code == 2
    assert "PEM" in said
    add = ("token", "add", "plant", *store, "--scopes", "capture,query", "--days", "30")
    token = command(*add)[1].strip()
    assert token.startswith("ctn_")
    listed = command("token", "list", *store)[1]
    assert json.loads(listed)[0]["scopes"] == ["capture", "query"]
    assert token not in listed
    assert command(*add)[0] == 2
    assert command("token", "add", "other", *store, "--scopes", "all")[0] == 2
    assert command("token", "remove", "plant", *store)[0] == 0
    assert command("token", "remove", "plant", *store)[0] == 3
