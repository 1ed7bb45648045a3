"""What no other program here does: aiosmtpd as a second mail server, and listeners that do too little. Its argument is a JSON file with a list of servers."""
import asyncio
import json
import socket
import ssl
import sys

from aiosmtpd.smtp import SMTP


class Nobody:
    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        return "550 nobody here"


def aiosmtpd(chain):
    context = None
    if chain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
    return lambda: SMTP(Nobody(), hostname="aiosmtpd.test", tls_context=context, loop=asyncio.get_running_loop())


async def trickle(reader, writer):
    try:
        for letter in "220 trickle.test ESMTP, one letter at a time, and never the end of the line. ":
            writer.write(letter.encode())
            await writer.drain()
            await asyncio.sleep(1)
    except ConnectionError:
        pass
    finally:
        writer.close()


async def webpage(reader, writer):
    writer.write(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
    writer.close()


async def late(reader, writer):
    """What stands behind a web server and takes three seconds."""
    try:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(3)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nversion: STSv1\nmode: enforce\nmx: good.mx.test\nmax_age: 1209600\n")
        await writer.drain()
    except (ConnectionError, asyncio.IncompleteReadError):
        pass
    finally:
        writer.close()


def silent(family, address, port):
    """A queue of one that is full: what else comes is dropped by the kernel, as by a firewall."""
    listener = socket.socket(family)
    listener.bind((address, port))
    listener.listen(0)
    visitor = socket.socket(family)
    visitor.connect((address, port))
    return listener, visitor


async def main():
    kept = []
    with open(sys.argv[1], encoding="utf-8") as file:
        servers = json.load(file)
    for server in servers:
        address, port, program = server["address"], server["port"], server["program"]
        if program == "silent":
            kept.append(silent(socket.AF_INET6 if ":" in address else socket.AF_INET, address, port))
        elif program == "aiosmtpd":
            kept.append(await asyncio.get_running_loop().create_server(aiosmtpd(server["chain"]), address, port))
        else:
            kept.append(await asyncio.start_server({"trickle": trickle, "webpage": webpage, "late": late}[program], address, port))
    print("servers are running", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
