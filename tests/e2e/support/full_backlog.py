"""An address that lets nobody in: a listener whose backlog is full, so that the kernel drops every further SYN."""

import socket
import sys

listener = socket.socket()
listener.bind(("127.0.0.1", 0))
listener.listen(0)
held = []
while len(held) < 16:  # until one does not get through; the kernel lets in one more than the backlog
    one = socket.socket()
    one.settimeout(0.3)
    held.append(one)
    try:
        one.connect(listener.getsockname())
    except TimeoutError:
        break
print(listener.getsockname()[1], flush=True)
sys.stdin.read()
