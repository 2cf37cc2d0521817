"""moto's server with one request at a time: `python moto_server.py PORT`, at 127.0.0.1.

moto serves requests in threads and does not isolate them from each other, so that two conditional writes
may both find their condition true. DynamoDB serializes them, and the store relies on that.
"""

import sys
import threading

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import WSGIRequestHandler, run_simple


class OneAtATime:
    """An application that handles one request at a time."""

    def __init__(self, application):
        self._application = application
        self._lock = threading.Lock()

    def __call__(self, environ, start_response):
        with self._lock:
            return list(self._application(environ, start_response))


class Quiet(WSGIRequestHandler):
    """A request handler without an access log."""

    def log_request(self, *_args, **_kwargs):
        """Drops the line."""


if __name__ == "__main__":
    application = OneAtATime(DomainDispatcherApplication(create_backend_app))
    run_simple("127.0.0.1", int(sys.argv[1]), application, threaded=True, request_handler=Quiet)
