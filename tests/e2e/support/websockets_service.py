"""A service made of python's websockets: told what to do, and telling what it saw, in lines of JSON."""

import asyncio
import hashlib
import json
import socket
import struct
import sys

import websockets
from websockets.frames import Close

connections = {}


def tell(**what):
    print(json.dumps(what), flush=True)


async def serve(connection, mode):
    number = len(connections)
    connections[number] = connection
    tell(event="open", connection=number, subprotocol=connection.subprotocol)
    digest = hashlib.sha256()
    messages = size = 0
    try:
        async for message in connection:
            messages += 1
            data = message.encode() if isinstance(message, str) else message
            size += len(data)
            digest.update(data)
            if mode == "echo":
                await connection.send(message)
            elif message == "digest":
                await connection.send(json.dumps({"messages": messages - 1, "bytes": size - 6}))
    except websockets.ConnectionClosed:
        pass
    await connection.wait_closed()
    tell(event="close", connection=number, code=connection.close_code, reason=connection.close_reason or "",
         messages=messages, bytes=size, digest=digest.hexdigest())


async def ping_forever(number, every):
    """Pings with bytes of its own; every answer is told."""
    connection = connections[number]
    sent = answered = 0
    while connection.open:
        waiter = await connection.ping(struct.pack("!I", sent))
        sent += 1
        try:
            await asyncio.wait_for(waiter, 10)
            answered += 1
        except (asyncio.TimeoutError, websockets.ConnectionClosed):
            pass
        tell(event="pings", connection=number, sent=sent, answered=answered)
        await asyncio.sleep(every)


async def send_repeatedly(connection, data, times):
    for _ in range(times):
        await connection.send(data)


def obey(order):
    connection = connections[order["connection"]]
    transport = connection.transport
    what = order["do"]
    if what == "close":
        if "code" in order:
            asyncio.ensure_future(connection.close(order["code"], order.get("reason", "")))
        else:  # close() always sends a code
            asyncio.ensure_future(connection.write_close_frame(Close(1005, ""), b""))
    elif what == "send":
        data = order["text"] if "text" in order else bytes(order["size"])
        asyncio.ensure_future(send_repeatedly(connection, data, order.get("times", 1)))
    elif what == "write":
        transport.write(bytes.fromhex(order["hex"]))
    elif what == "eof":
        transport.close()
    elif what == "reset":
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
    elif what == "pause":
        transport.pause_reading()
    elif what == "resume":
        transport.resume_reading()
    elif what == "pings":
        asyncio.ensure_future(ping_forever(order["connection"], order["every"]))


async def main():
    mode, compression = sys.argv[1], "deflate" if sys.argv[2] == "deflate" else None
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 24)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    server = await websockets.serve(lambda connection, *_: serve(connection, mode), "127.0.0.1", 0, max_size=None,
                                    compression=compression,
                                    ping_interval=None, close_timeout=10, subprotocols=["chat.v1", "chat.v2"])
    tell(event="listening", port=server.sockets[0].getsockname()[1])
    while line := await reader.readline():
        obey(json.loads(line))


asyncio.run(main())
