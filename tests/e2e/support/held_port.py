"""A port of 127.0.0.1 that refuses connections and is nobody else's, printed on a line. Ends with standard input."""

import socket
import sys

held = socket.socket()
held.bind(("127.0.0.1", 0))
print(held.getsockname()[1], flush=True)
sys.stdin.read()
