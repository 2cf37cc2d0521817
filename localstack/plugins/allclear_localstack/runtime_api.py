"""Lambda's runtime API for one process: the next event, its answer, its error."""

import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Event:
    """One invocation in the form that the process gets."""

    request: str
    payload: bytes
    deadline_ms: int
    function: str
    trace: str


@dataclass(frozen=True)
class Answer:
    """The result of one invocation that the process reports."""

    body: bytes
    is_error: bool


class RuntimeApi:
    """A server on a free port that handles one event at a time."""

    def __init__(self, host):
        self.is_ready = threading.Event()
        self.init_error = None
        self._events = queue.Queue()
        self._answers = {}
        self._server = ThreadingHTTPServer((host, 0), _handler_of(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def hand_over(self, event):
        """Passes an event to the process. Returns the queue that gets the response."""
        answers = queue.Queue()
        self._answers[event.request] = answers
        self._events.put(event)
        return answers

    def close(self):
        """Ends the server. A process that waits for an event is refused."""
        self._events.put(None)
        self._server.shutdown()
        self._server.server_close()

    def next_event(self):
        """Waits for an event; None after `close`."""
        self.is_ready.set()
        return self._events.get()

    def fail_init(self, body):
        """Records that the initialization of the process failed."""
        self.init_error = body
        self.is_ready.set()

    def finish(self, request, answer):
        """Passes on a response. A response to an unknown or finished request is dropped."""
        answers = self._answers.pop(request, None)
        if answers is not None:
            answers.put(answer)


def _handler_of(api):
    class Handler(_Handler):
        runtime_api = api

    return Handler


class _Handler(BaseHTTPRequestHandler):
    """The paths of version 2018-06-01."""

    protocol_version = "HTTP/1.1"
    runtime_api = None

    def do_GET(self):
        event = self.runtime_api.next_event()
        if event is None:
            self._reply(410, {}, b"")
            return
        headers = {
            "Content-Type": "application/json",
            "Lambda-Runtime-Aws-Request-Id": event.request,
            "Lambda-Runtime-Deadline-Ms": str(event.deadline_ms),
            "Lambda-Runtime-Invoked-Function-Arn": event.function,
            "Lambda-Runtime-Trace-Id": event.trace,
        }
        self._reply(200, headers, event.payload)

    def do_POST(self):
        body = self._body()
        # `/2018-06-01/runtime/init/error`, `…/invocation/ID/response`, `…/invocation/ID/error`
        request, ending = self.path.split("/")[-2:]
        if request == "init":
            self.runtime_api.fail_init(body)
        else:
            self.runtime_api.finish(request, Answer(body, ending == "error"))
        self._reply(202, {}, b"")

    def log_message(self, *_):
        """Logs nothing, because the output of the functions is the log."""

    def _body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        chunks = []
        while n_bytes := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(n_bytes))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _reply(self, status, headers, body):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
