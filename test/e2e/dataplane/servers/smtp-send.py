"""Sends the message on standard input: HOST PORT RECIPIENT plain|starttls. Prints the client's dialogue on failure."""

import smtplib
import ssl
import sys

host, port, recipient, mode = sys.argv[1:]
with smtplib.SMTP(host, int(port), local_hostname="client.test", timeout=30) as client:
    client.set_debuglevel(1)
    if mode == "starttls":
        context = ssl.create_default_context()
        context.check_hostname = False  # the server's certificate is made on the spot
        context.verify_mode = ssl.CERT_NONE
        client.starttls(context=context)
    client.sendmail("sender@client.test", [recipient], sys.stdin.buffer.read())
