"""Two doors in front of a sandbox: one that speaks TLS, and a proxy that knows CONNECT and nothing else.

Small servers on loopback, each with an event loop in a thread of its own. Bytes pass through untouched, so that what is
signed (the Host header, too) arrives as it was sent.
"""

import asyncio
import ssl
import threading
from collections.abc import Awaitable

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


class Door:
    """A server that ends with its `with` block."""

    def __init__(self, tls: ssl.SSLContext | None = None):
        self._loop = asyncio.new_event_loop()
        # A client that turns the certificate down is what some tests want; it is no event worth a traceback.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        server = asyncio.start_server(self._greet, "127.0.0.1", 0, ssl=tls)
        self._server = asyncio.run_coroutine_threadsafe(server, self._loop).result(10)
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def serve(self, reader: Reader, writer: Writer) -> None:
        raise NotImplementedError

    async def _greet(self, reader: Reader, writer: Writer) -> None:
        try:
            await self.serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        async def end() -> None:
            self._server.close()
            tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class TlsDoor(Door):
    """Takes TLS off and passes on to a port; `opened` counts the clients that took the certificate."""

    def __init__(self, tls: ssl.SSLContext, to: int):
        self.opened = 0
        self._to = to
        super().__init__(tls)

    async def serve(self, reader: Reader, writer: Writer) -> None:
        self.opened += 1
        await pass_on(reader, writer, self._to)


class ConnectProxy(Door):
    """Notes whom it is asked to connect to, and connects to its one port, whatever the name."""

    def __init__(self, to: int):
        self.asked: list[str] = []
        self._to = to
        super().__init__()

    async def serve(self, reader: Reader, writer: Writer) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        method, target, _ = head.split(" ", 2)
        self.asked.append(f"{method} {target}")
        if method != "CONNECT":
            writer.write(b"HTTP/1.1 501 Not Implemented\r\nContent-Length: 0\r\n\r\n")
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await pass_on(reader, writer, self._to)


async def pass_on(reader: Reader, writer: Writer, to: int) -> None:
    """Carries bytes both ways until either side has had enough."""
    far_reader, far_writer = await asyncio.open_connection("127.0.0.1", to)

    async def carry(source: Reader, sink: Writer) -> None:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()

    ways: list[Awaitable[None]] = [carry(reader, far_writer), carry(far_reader, writer)]
    tasks = [asyncio.ensure_future(way) for way in ways]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        far_writer.close()
