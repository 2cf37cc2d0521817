"""The provider `dynamodb:moto`: LocalStack's DynamoDB with moto's server as the engine.

LocalStack's own provider keeps streams, tags and global tables, and sends each call on items to a server
beside it, which is DynamoDB Local. Only that server is replaced.

`PROVIDER_OVERRIDE_DYNAMODB=moto` chooses the provider. `ALLCLEAR_MOTO_PYTHON` names a Python that has moto.
"""

import os
import subprocess
from pathlib import Path

from localstack.services.dynamodb.provider import DynamoDBProvider
from localstack.services.dynamodb.server import DynamodbServer
from localstack.services.plugins import Service, aws_provider
from localstack.utils.serving import Server

PROGRAM = Path(__file__).with_name("moto_server.py")


class MotoServer(DynamodbServer):
    """moto's server in a process, at a free port of this machine."""

    def __init__(self):
        super().__init__(host="127.0.0.1")
        # moto keeps tables in memory only.
        self.db_path = None
        self._process = None

    def do_start_thread(self):
        return Server.do_start_thread(self)

    def do_run(self):
        command = [os.environ["ALLCLEAR_MOTO_PYTHON"], str(PROGRAM), str(self.port)]
        self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)
        self._process.wait()

    def do_shutdown(self):
        self._process.kill()


class MotoDynamoDBProvider(DynamoDBProvider):
    """LocalStack's DynamoDB over moto's server."""

    _moto = None

    @staticmethod
    def _new_dynamodb_server():
        if MotoDynamoDBProvider._moto is None:
            MotoDynamoDBProvider._moto = MotoServer()
        return MotoDynamoDBProvider._moto


@aws_provider(api="dynamodb", name="moto")
def dynamodb_on_moto():
    """Returns the service for LocalStack's list of providers."""
    from localstack.aws.forwarder import HttpFallbackDispatcher

    return Service.for_provider(
        MotoDynamoDBProvider(),
        dispatch_table_factory=lambda provider: HttpFallbackDispatcher(provider, provider.get_forward_url),
    )
