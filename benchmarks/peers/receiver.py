"""A webhook receiver in a process of its own: notes when each alert came in, and writes the notes down when it is ended.

    python -m benchmarks.peers.receiver PORT FILE LABEL

Every label named LABEL in the posted JSON is taken with the monotonic time (which is one clock for the whole machine) of
the last byte of its request. Keep-alive and plain HTTP/1.1 are all it knows.
"""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sys
import time
from pathlib import Path


async def serve(port: int, target: Path, label: str) -> None:
    wanted = re.compile(rf'"{re.escape(label)}"\s*:\s*"([^"]*)"'.encode())
    seen: dict[str, int] = {}

    async def connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)content-length:\s*(\d+)", head)
                body = await reader.readexactly(int(length.group(1)) if length else 0)
                now = time.monotonic_ns()
                for value in wanted.findall(body):
                    seen.setdefault(value.decode(), now)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, stop.set)
    server = await asyncio.start_server(connection, "127.0.0.1", port)
    await stop.wait()
    server.close()
    target.write_text(json.dumps(seen))


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
