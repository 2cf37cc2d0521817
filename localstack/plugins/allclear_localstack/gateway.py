"""The gateway `loopback`: LocalStack's own server at the addresses of GATEWAY_LISTEN only.

LocalStack's server `twisted` takes the ports of GATEWAY_LISTEN and listens at all addresses of the machine.
`GATEWAY_SERVER=loopback` chooses this one.
"""

from localstack.runtime.server.core import RuntimeServerPlugin


class LoopbackServerPlugin(RuntimeServerPlugin):
    """The entry in LocalStack's list of servers."""

    name = "loopback"

    def load(self, *_args, **_kwargs):
        from localstack.runtime.server.twisted import TwistedRuntimeServer
        from rolo.serving.twisted import TwistedGateway
        from twisted.internet import reactor

        class LoopbackServer(TwistedRuntimeServer):
            def register(self, gateway, listen, ssl_creds=None):
                site = TwistedGateway(gateway)
                for address in listen:
                    reactor.listenTCP(address.port, site, interface=address.host)

        return LoopbackServer()
