"""An MCP server with the official SDK: `mcp_server.py PORT TRANSPORT [OPTION...]`.

Transports: `http`, `sse`. Options: `json` (answers without streams), `stateless` (no sessions),
`one-session` (no second one at a time), `paged` (three tools on three pages), `modern` (no handshake),
`forgetful` (the session of a request is unknown), `bearer=TOKEN`, `tls=FOLDER`.
"""

import json
import sys

import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.mcpserver import MCPServer
from mcp.types import ListToolsResult, Tool

port, transport, *options = sys.argv[1:]
values = dict(option.split("=", 1) for option in options if "=" in option)


def tools_server():
    server = MCPServer("weather", version="1.2.3")

    @server.tool()
    def add(a: int, b: int) -> int:
        return a + b

    @server.tool()
    def fail() -> str:
        raise ValueError("the disk is on fire")

    @server.tool()
    def forecast(city: str) -> dict[str, str]:
        return {"city": city, "sky": "clear"}

    return server


async def page(_context, params):
    at = int(params.cursor) if params and params.cursor else 0
    tool = Tool(name=f"tool-{at}", input_schema={"type": "object"})
    following = str(at + 1) if at < 2 else None
    return ListToolsResult(tools=[tool], next_cursor=following)


async def answer(send, status, document):
    headers = [(b"content-type", b"application/json")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(document).encode()})


async def read(receive):
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


def changed(app):
    """Changes requests as the options say, before the SDK sees them."""

    async def wrapped(scope, receive, send):
        if scope["type"] != "http":
            return await app(scope, receive, send)
        headers = dict(scope["headers"])
        if "bearer" in values and headers.get(b"authorization") != f"Bearer {values['bearer']}".encode():
            return await answer(send, 401, {"error": "invalid_token"})
        if "forgetful" in options and b"mcp-session-id" in headers:
            kept = [one for one in scope["headers"] if one[0] != b"mcp-session-id"]
            scope = {**scope, "headers": [*kept, (b"mcp-session-id", b"0" * 32)]}
        if "modern" in options and scope["method"] == "POST":
            body = await read(receive)
            message = json.loads(body)
            if message["method"] == "initialize":
                error = {"code": -32022, "message": "Unsupported protocol version", "data": {"supported": ["2026-07-28"]}}
                return await answer(send, 400, {"jsonrpc": "2.0", "id": message["id"], "error": error})
            sent = iter([{"type": "http.request", "body": body}])

            async def receive_again():
                return next(sent, None) or await receive()

            return await app(scope, receive_again, send)
        return await app(scope, receive, send)

    return wrapped


server = Server("pages", on_list_tools=page) if "paged" in options else tools_server()
if transport == "sse":
    app = server.sse_app()
else:
    app = server.streamable_http_app(
        json_response="json" in options,
        stateless_http="stateless" in options,
        max_sessions=1 if "one-session" in options else None,
    )
tls = {}
if "tls" in values:
    tls = {"ssl_certfile": f"{values['tls']}/server.crt", "ssl_keyfile": f"{values['tls']}/server.key"}
uvicorn.run(changed(app), host="127.0.0.1", port=int(port), log_level="warning", **tls)
