"""A server of the library `websockets`: websocket.py PORT [CERTIFICATE KEY]."""

import asyncio
import http
import json
import ssl
import sys

from websockets.asyncio.server import serve


def permit(connection, request):
    if request.path == "/private" and request.headers.get("Authorization") != "Bearer correct horse":
        return connection.respond(http.HTTPStatus.UNAUTHORIZED, "who are you?\n")
    if request.path == "/absent":
        return connection.respond(http.HTTPStatus.NOT_FOUND, "nothing here\n")


async def handle(socket):
    path = socket.request.path
    if path == "/prices":
        for price in (80, 95, 101):
            await socket.send(json.dumps({"price": price}))
    elif path.startswith("/close/"):
        await socket.close(int(path.removeprefix("/close/")), "as asked")
    elif path == "/large":
        await socket.send("x" * 1_000_000)
    elif path == "/binary":
        await socket.send(b'{"price": 7}')
    elif path == "/flood":
        while True:
            await socket.send("x" * 1_000)
    elif path == "/quiet":
        pass
    else:
        async for message in socket:
            await socket.send(message)
        return
    await socket.wait_closed()


async def main():
    context = None
    if len(sys.argv) > 2:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[2], sys.argv[3])
    protocols = ["chat"]

    def choose(connection, offered):
        return next((name for name in offered if name in protocols), None)

    async with serve(
        handle,
        "127.0.0.1",
        int(sys.argv[1]),
        ssl=context,
        process_request=permit,
        select_subprotocol=choose,
    ) as server:
        await server.serve_forever()


asyncio.run(main())
