"""Answers by path: `routes_server.py PORT HEADER VALUE ROUTES`.

Requests whose header has another value get 401. ROUTES is a document: `{"/path": [status, document], …}`; other paths
get 404.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

port, header, value, routes = sys.argv[1:]
ROUTES = json.loads(routes)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        if self.headers.get(header) != value:
            status, document = 401, {"message": "Invalid authentication credentials"}
        else:
            status, document = ROUTES.get(self.path, [404, {"message": "no route"}])
        body = json.dumps(document).encode()
        self.send_response(status, "Answer")
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        if status == 429:
            self.send_header("retry-after", "10")
        self.end_headers()
        self.wfile.write(body)


ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
