"""The routes of an agent with the official A2A SDK: `a2a_server.py PORT [OPTION...]`.

Options: `older` (the card is at the older path), `bearer=TOKEN`, `ill` (the health endpoint answers 503).
"""

import sys

import uvicorn
from a2a.server.routes.agent_card_routes import create_agent_card_routes
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Route

port, *options = sys.argv[1:]
values = dict(option.split("=", 1) for option in options if "=" in option)

card = AgentCard(
    name="Librarian",
    description="Finds books.",
    version="2.1.0",
    supported_interfaces=[
        AgentInterface(url=f"http://127.0.0.1:{port}/", protocol_binding="JSONRPC", protocol_version="1.0")
    ],
    capabilities=AgentCapabilities(streaming=True),
    default_input_modes=["text/plain"],
    default_output_modes=["text/plain"],
    skills=[AgentSkill(id="find", name="Find a book", description="Finds a book.", tags=["books"])],
)


async def health(_request):
    is_ill = "ill" in options
    return JSONResponse({"status": "ill" if is_ill else "well"}, 503 if is_ill else 200)


async def authorize(request, call_next):
    token = values.get("bearer")
    if token and request.headers.get("authorization") != f"Bearer {token}":
        return JSONResponse({"error": "unauthorized"}, 401)
    return await call_next(request)


place = {"card_url": "/.well-known/agent.json"} if "older" in options else {}
routes = [*create_agent_card_routes(card, **place), Route("/health", health)]
app = Starlette(routes=routes, middleware=[Middleware(BaseHTTPMiddleware, dispatch=authorize)])
uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")
