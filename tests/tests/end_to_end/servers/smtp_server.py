"""A mail server that requires STARTTLS and a login.

Writes each mail, as Python's parser reads it, as one line of JSON to a file. Arguments: the certificate, its key, and
the file. The port is free; it is printed.
"""

import email
import email.policy
import json
import socket
import ssl
import sys
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

certificate, key, mails = sys.argv[1:]


def authenticate(server, session, envelope, mechanism, login):
    good = LoginPassword(login=b"alerts", password=b"correct-horse-battery")
    return AuthResult(success=login == good, handled=False)


class Mails:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        parts = {part.get_content_type(): part.get_content() for part in mail.iter_parts()}
        headers = {name: str(value) for name, value in mail.items()}
        with open(mails, "a") as file:
            print(
                json.dumps({
                    "from": envelope.mail_from,
                    "to": envelope.rcpt_tos,
                    "type": mail.get_content_type(),
                    "headers": headers,
                    "parts": parts,
                    "defects": [str(defect) for defect in mail.defects],
                }),
                file=file,
            )
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("gone@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"


context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(certificate, key)
# The controller connects to its port to wait for the server, so that it must know a free one.
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
controller = Controller(
    Mails(),
    hostname="127.0.0.1",
    port=port,
    ready_timeout=60,
    tls_context=context,
    require_starttls=True,
    auth_required=True,
    authenticator=authenticate,
)
controller.start()
print(f"listening on port {port}", file=sys.stderr, flush=True)
threading.Event().wait()
