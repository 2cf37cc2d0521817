"""A server of the library `grpcio` with its health service: grpc.py PORT [bare | CERTIFICATE KEY]."""

import concurrent.futures
import pathlib
import sys

# This file has the name of the library, and is its first place to look otherwise.
sys.path.pop(0)

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc


class Health(health.HealthServicer):
    """The service of the library; the name `code/CODE/TEXT` fails so, and `private` needs a key."""

    def Check(self, request, context):
        if request.service.startswith("code/"):
            _, code, text = request.service.split("/")
            codes = {str(one.value[0]): one for one in grpc.StatusCode}
            context.abort(codes[code], text)
        keys = [value for name, value in context.invocation_metadata() if name == "authorization"]
        if request.service == "private" and keys != ["Bearer correct horse"]:
            context.abort(grpc.StatusCode.UNAUTHENTICATED, "who are you?")
        return super().Check(request, context)


def main():
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(4))
    arguments = sys.argv[2:]
    if arguments != ["bare"]:
        states = health_pb2.HealthCheckResponse
        service = Health()
        service.set("", states.SERVING)
        service.set("private", states.SERVING)
        service.set("shop.Orders", states.NOT_SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(service, server)
    address = f"127.0.0.1:{sys.argv[1]}"
    if len(arguments) == 2:
        certificate, key = (pathlib.Path(path).read_bytes() for path in arguments)
        server.add_secure_port(address, grpc.ssl_server_credentials([(key, certificate)]))
    else:
        server.add_insecure_port(address)
    server.start()
    server.wait_for_termination()


main()
