"""The HTTP API of a Pusher-compatible server: `pusher_server.py PORT [OPTION...]`.

The signatures are verified with the functions of Pusher's own library, in the way of its servers. Options:
`late` (its clock is an hour ahead), `quota` (the quota is used up), `uncounted` (subscriptions are not counted).
"""

import hashlib
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from pusher.http import make_query_string
from pusher.signature import verify

port, *options = sys.argv[1:]
APPS = {"3": ("278d425bdf160c739803", "correct horse")}
CHANNELS = {"presence-room": {"user_count": 2}, "news": {}}
events = []


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, document):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def refused(self, app, path, query, body):
        if app not in APPS:
            return 404, b"Unknown app_id\n"
        key, secret = APPS[app]
        if query.get("auth_key") != key:
            return 401, b"Unknown auth_key\n"
        now = time.time() + (3600 if "late" in options else 0)
        if abs(now - int(query["auth_timestamp"])) > 600:
            return 401, b"Timestamp expired: Given timestamp not within 600s of server time\n"
        if body and query.get("body_md5") != hashlib.md5(body).hexdigest():
            return 401, b"Invalid body_md5\n"
        signature = query.pop("auth_signature")
        text = "\n".join([self.command, path, make_query_string(query)])
        if not verify(secret, text, signature):
            return 401, b"Invalid signature: you should have sent HmacSHA256Hex of another text\n"
        if "quota" in options:
            return 403, b"Over quota\n"
        return None

    def handle_request(self):
        parts = urlsplit(self.path)
        query = dict(parse_qsl(parts.query))
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        _, _, app, *rest = parts.path.split("/")
        refused = self.refused(app, parts.path, dict(query), body)
        if refused:
            return self.answer(*refused)
        info = query.get("info", "").split(",")
        match self.command, rest:
            case "GET", ["channels"]:
                return self.answer(200, {"channels": {name: {} for name in CHANNELS}})
            case "GET", ["channels", name]:
                if "subscription_count" in info and "uncounted" in options:
                    return self.answer(400, b"subscription_count is not enabled for this app\n")
                state = {"occupied": name in CHANNELS}
                if "user_count" in info:
                    state |= CHANNELS.get(name, {})
                if "subscription_count" in info:
                    state["subscription_count"] = 5
                return self.answer(200, state)
            case "POST", ["events"]:
                event = json.loads(body)
                CHANNELS[f"seen-{event['channels'][0]}"] = {}
                return self.answer(200, {})
        return self.answer(404, b"not found\n")

    do_GET = do_POST = handle_request


ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
