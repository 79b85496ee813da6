"""A JSON document, event by event: memory holds one event, however many there are.

The list of events is cut into its elements without decoding them; the rest of the document, its
skeleton, is kept. What an element holds is checked when it is decoded.

Brackets say where an element ends. To look at each is slow, so that the text between the first two
elements serves as a guess: up to its last place in the buffer, all is read as one list. A wrong
guess leaves a bracket open, which never decodes, so that no wrong cut passes.
"""

from __future__ import annotations

import re
from typing import IO, TYPE_CHECKING, Final

import msgspec

from catenary.exchange.limits import LIMITS, LimitError, Limits, MalformedError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Splitter"]

_CHUNK: Final = 1 << 18
_TOKEN: Final = re.compile(rb'[^"{}\[\]]*+("[^"\\]*+(?:\\.[^"\\]*+)*+"|[{}\[\]])', re.DOTALL)
"""The next string or bracket."""
_BRACKET: Final = re.compile(
    rb'[^"{}\[\]]*+(?:"[^"\\]*+(?:\\.[^"\\]*+)*+"[^"{}\[\]]*+)*+([{}\[\]])', re.DOTALL
)
"""The next bracket outside of strings."""
_BLANK: Final = b" \t\r\n"
_GAP: Final = re.compile(rb"[ \t\r\n]*+")
_COLON: Final = re.compile(rb"[ \t\r\n]*+:")
_SCALAR: Final = re.compile(rb"[^,\]}\s]++")
_FIRST_KEY: Final = re.compile(rb'\}[ \t\r\n]*+,[ \t\r\n]*+\{[ \t\r\n]*+"[^"\\]*+"')
_GUESSES: Final = 8
_WHOLE: Final = msgspec.json.Decoder(list[msgspec.Raw])
_PATHS: Final = (
    (b'"epcisBody"', b'"eventList"'),
    (b'"epcisBody"', b'"queryResults"', b'"resultsBody"', b'"eventList"'),
)


class Splitter:
    """Cuts a stream of JSON into events.

    Parameters
    ----------
    stream
        Bytes of one JSON document.
    limits
        What is read at most.

    Examples
    --------
    >>> from io import BytesIO
    >>> cut = Splitter(BytesIO(b'{"a": 0, "epcisBody": {"eventList": [{}, {"a": 1}]}}'))
    >>> list(cut.events())
    [b'{}', b'{"a": 1}']
    >>> cut.skeleton
    b'{"a": 0, "epcisBody": {"eventList": []}}'
    """

    def __init__(self, stream: IO[bytes], limits: Limits = LIMITS) -> None:
        self._stream = stream
        self._limits = limits
        self._buffer = b""
        self._at = 0
        self._ended = False
        self._kept: list[bytes] = []
        self._kept_size = 0
        self.has_context = False
        """Whether @context was met, so far."""
        self.bytes_read = 0
        """Bytes taken from the stream, so far."""

    @property
    def skeleton(self) -> bytes:
        """The document without its events, as far as it was read."""
        return b"".join(self._kept)

    def events(self) -> Iterator[bytes]:
        """Yield each event as it stands in the document.

        Raises
        ------
        MalformedError
            If the document breaks off, or its brackets do not match.
        LimitError
            If it nests too deep, or a part of it is too large.
        """
        if self._buffer == b"" and self._more():
            self._buffer = self._buffer.removeprefix(b"\xef\xbb\xbf")
        path: list[bytes] = []
        opened: list[bytes] = []
        key = b""
        while True:
            found = _TOKEN.match(self._buffer, self._at)
            if found is None:
                if not self._wait():
                    break
                continue
            if found[1][:1] == b'"':
                is_key = self._is_key(found.end())
                key = found[1] if is_key else key
                self.has_context |= is_key and key == b'"@context"' and len(opened) == 1
                self._keep(found.end())
            elif found[1] in b"{[":
                self._keep(found.end())
                opened.append(found[1])
                path.append(key)
                key = b""
                if len(opened) > self._limits.depth:
                    raise self._too_deep()
                if found[1] == b"[" and tuple(path[1:]) in _PATHS:
                    yield from self._list()
                    opened.pop()
                    path.pop()
            else:
                if not opened or (opened.pop() == b"{") != (found[1] == b"}"):
                    raise MalformedError("brackets of the JSON text do not match")
                path.pop()
                self._keep(found.end())
        self._finish(opened)

    def _finish(self, opened: list[bytes]) -> None:
        if opened:
            raise MalformedError(
                "the JSON text breaks off before its end", hint="send the whole file"
            )
        self._keep(len(self._buffer))

    def _is_key(self, end: int) -> bool:
        while (found := _GAP.match(self._buffer, end)) and found.end() == len(self._buffer):
            if not self._more():
                return False
        return _COLON.match(self._buffer, end) is not None

    def _too_deep(self) -> LimitError:
        return LimitError(
            f"the JSON text nests deeper than {self._limits.depth} levels",
            hint="events of EPCIS need about ten",
        )

    def _keep(self, end: int) -> None:
        part = self._buffer[self._at : end]
        self._kept_size += len(part)
        if self._kept_size > self._limits.header:
            raise LimitError(
                f"the document has more than {self._limits.header:,} bytes beside its events"
            )
        self._kept.append(part)
        self._at = end

    def _more(self, largest: int | None = None) -> bool:
        """Read on; what is before the present place is forgotten."""
        if self._ended:
            return False
        chunk = self._stream.read(_CHUNK)
        if not chunk:
            self._ended = True
            return False
        self.bytes_read += len(chunk)
        if largest is None:
            self._buffer += chunk
        else:
            self._buffer = self._buffer[self._at :] + chunk
            self._at = 0
            if len(self._buffer) > largest + _CHUNK:
                raise LimitError(f"an event has more than {largest:,} bytes")
        return True

    def _wait(self) -> bool:
        """Read on while a token is incomplete."""
        if len(self._buffer) - self._at > self._limits.header:
            raise LimitError(f"a text has more than {self._limits.header:,} bytes")
        self._buffer = self._buffer[self._at :]
        self._at = 0
        return self._more()

    def _list(self) -> Iterator[bytes]:
        """Yield the elements of the list that has just been opened."""
        wanted = False  # whether a comma has said that another element comes
        while True:
            gap = _GAP.match(self._buffer, self._at)
            self._at = gap.end() if gap else self._at
            if self._at == len(self._buffer):
                if not self._more(self._limits.event):
                    raise MalformedError("the JSON text breaks off in the list of events")
                continue
            first = self._buffer[self._at : self._at + 1]
            if first == b"]" and not wanted:
                self._keep(self._at + 1)
                return
            end = self._element_end(first)
            between = _FIRST_KEY.match(self._buffer, end - 1)
            yield self._buffer[self._at : end]
            self._at = end
            wanted = self._after_element()
            if between and wanted:
                yield from self._block(between[0])

    def _block(self, between: bytes) -> Iterator[bytes]:
        """Yield elements up to the last place of a text that parts elements."""
        last = len(self._buffer)
        for _ in range(_GUESSES):
            last = self._buffer.rfind(between, self._at, last)
            if last < 0:
                return
            try:
                several = _WHOLE.decode(b"[%b]" % self._buffer[self._at : last + 1])
            except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
                continue
            self._at = last + 1
            for one in several:
                yield bytes(one)
            self._after_element()
            return

    def _after_element(self) -> bool:
        """Take a comma, if there is one."""
        while True:
            gap = _GAP.match(self._buffer, self._at)
            self._at = gap.end() if gap else self._at
            if self._at < len(self._buffer):
                break
            if not self._more(self._limits.event):
                raise MalformedError("the JSON text breaks off in the list of events")
        first = self._buffer[self._at : self._at + 1]
        if first not in b",]":
            raise MalformedError("two events of the list are not parted by a comma")
        self._at += first == b","
        return first == b","

    def _element_end(self, first: bytes) -> int:
        if first in b"{[":
            return self._bracket_end()
        if first == b'"':
            pattern: re.Pattern[bytes] = _TOKEN
        elif first in b",]}:":
            raise MalformedError("an event is missing in the list of events")
        else:
            pattern = _SCALAR
        while True:
            found = pattern.match(self._buffer, self._at)
            if found and (found.end() < len(self._buffer) or self._ended):
                return found.end()
            if not self._more(self._limits.event) and found is None:
                raise MalformedError("the JSON text breaks off in the list of events")

    def _bracket_end(self) -> int:
        depth, place, most = 0, self._at, self._limits.depth
        while True:
            while found := _BRACKET.match(self._buffer, place):
                place = found.end()
                if found[1] in b"{[":
                    depth += 1
                    if depth > most:
                        raise self._too_deep()
                else:
                    depth -= 1
                    if not depth:
                        return place
            gone = self._at
            if not self._more(self._limits.event):
                raise MalformedError("the JSON text breaks off in the list of events")
            place -= gone
