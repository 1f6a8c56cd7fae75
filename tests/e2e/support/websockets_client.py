"""A client made of python's websockets: told when to close, and telling what it saw, in lines of JSON."""

import asyncio
import json
import ssl
import sys

import websockets


def tell(**what):
    print(json.dumps(what), flush=True)


async def main():
    url, authority = sys.argv[1:3]
    context = ssl.create_default_context(cafile=authority) if url.startswith("wss") else None
    loop = asyncio.get_running_loop()
    orders = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
    try:
        client = await websockets.connect(url, ssl=context, ping_interval=None)
    except Exception as error:
        return tell(event="refused", error=str(error))
    tell(event="open")
    closed = asyncio.ensure_future(client.wait_closed())
    ordered = asyncio.ensure_future(orders.readline())
    await asyncio.wait([closed, ordered], return_when=asyncio.FIRST_COMPLETED)
    if not closed.done() and ordered.done():
        order = json.loads(ordered.result())
        await client.close(order["code"], order["reason"])
    await closed
    tell(event="close", code=client.close_code, reason=client.close_reason or "")


asyncio.run(main())
