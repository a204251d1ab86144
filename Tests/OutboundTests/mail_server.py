"""A mail server for the tests: aiosmtpd. Its argument is JSON:

{"tls": "none" | "starttls" | "implicit", "name": "DNS:mail.localhost", "login": ["user", "password"]}

It prints its port and the path of its certificate (or "-"), then what it received, as a line of JSON each. It ends with its input.
"""
import asyncio, email, email.policy, json, os, re, shutil, ssl, subprocess, sys, tempfile

from aiosmtpd.smtp import SMTP, AuthResult

settings = json.loads(sys.argv[1])


def certificate(folder, name):
    key, path = os.path.join(folder, "key.pem"), os.path.join(folder, "certificate.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=test", "-addext", "subjectAltName=" + name, "-keyout", key, "-out", path],
        check=True, stderr=subprocess.DEVNULL)
    return key, path


def parsed(content):
    message = email.message_from_bytes(content, policy=email.policy.default)
    lines = content.split(b"\r\n")
    return {
        "headers": [[name, str(value)] for name, value in message.items()],
        "defects": [str(defect) for defect in message.defects],
        "body": message.get_content().replace("\r\n", "\n"),
        "longest": max(map(len, lines)),
        # Bare line ends, or bytes that are not ASCII.
        "stray": bool(re.search("\r(?!\n)|(?<!\r)\n", message.get_content())) or any(b"\r" in line or b"\n" in line or any(byte > 126 for byte in line) for line in lines),
        "raw": content.decode("ascii", "replace"),
    }


class Handler:
    async def handle_DATA(self, server, session, envelope):
        report = parsed(envelope.original_content)
        report |= {"from": envelope.mail_from, "to": envelope.rcpt_tos, "login": bool(session.authenticated),
                   "tls": session.ssl is not None or settings["tls"] == "implicit"}
        print(json.dumps(report), flush=True)
        return "250 2.0.0 queued as 7"


async def serve(folder):
    def authenticate(server, session, envelope, mechanism, data):
        login = [data.login.decode(), data.password.decode()]
        return AuthResult(success=login == settings.get("login"), handled=False)

    context, path = None, "-"
    if settings["tls"] != "none":
        key, path = certificate(folder, settings.get("name", "DNS:mail.localhost"))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path, key)
    options = {"hostname": "mail.localhost", "enable_SMTPUTF8": False}
    if settings["tls"] == "starttls":
        options |= {"tls_context": context, "require_starttls": True}
    if settings.get("login"):
        options |= {"authenticator": authenticate, "auth_required": True, "auth_require_tls": settings["tls"] == "starttls"}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(Handler(), **options), "127.0.0.1", 0, ssl=context if settings["tls"] == "implicit" else None)
    print(server.sockets[0].getsockname()[1], path, flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


folder = tempfile.mkdtemp()
try:
    asyncio.run(serve(folder))
finally:
    shutil.rmtree(folder)
    os._exit(0)
