"""A client that reads slowly, through a small window: upgrades, reads RATE bytes a second until its input ends, then the
rest at once. Tells, in lines of JSON, how much it has read, and at the end what the stream's frames held."""

import base64
import hashlib
import json
import os
import socket
import struct
import sys
import threading
import time

host, port, rate = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
hurry = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), hurry.set()), daemon=True).start()


def tell(**what):
    print(json.dumps(what), flush=True)


def mask(opcode, payload):
    key = os.urandom(4)
    return bytes([0x80 | opcode, 0x80 | len(payload)]) + key + bytes(b ^ key[i & 3] for i, b in enumerate(payload))


class Stream:
    """Frames out of bytes: messages are hashed, Pings answered, a Close answered and kept."""

    def __init__(self, connection):
        self.connection, self.held = connection, bytearray()
        self.messages = self.size = self.pings = 0
        self.digest, self.close = hashlib.sha256(), None

    def feed(self, data):
        self.held += data
        while (found := self.cut()) is not None:
            self.take(*found)

    def cut(self):
        if len(self.held) < 2:
            return None
        length, at = self.held[1] & 0x7F, 2
        if length >= 126:
            at = 4 if length == 126 else 10
            if len(self.held) < at:
                return None
            length = int.from_bytes(self.held[2:at], "big")
        if len(self.held) < at + length:
            return None
        first, payload = self.held[0], bytes(self.held[at:at + length])
        del self.held[:at + length]
        return first, payload

    def take(self, first, payload):
        opcode = first & 15
        if opcode < 8:
            self.digest.update(payload)
            self.size += len(payload)
            self.messages += first >> 7
        elif opcode == 9:
            self.pings += 1
            self.connection.sendall(mask(10, payload))
        elif opcode == 8:
            self.close = struct.unpack("!H", payload[:2])[0] if payload else 1005
            self.connection.sendall(mask(8, payload))


connection = socket.socket()
connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
connection.connect((host, port))
key = base64.b64encode(os.urandom(16)).decode()
connection.sendall((f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
head = b""
while not head.endswith(b"\r\n\r\n"):
    head += connection.recv(1)
tell(event="open", status=int(head.split()[1]))

stream, step, read = Stream(connection), 0.05, 0
try:
    while data := connection.recv(1 << 16 if hurry.is_set() else max(1, int(rate * step))):
        read += len(data)
        stream.feed(data)
        if not hurry.is_set():
            tell(event="read", bytes=read)
            time.sleep(step)
    ending = "eof"
except ConnectionError:
    ending = "reset"
tell(event="end", ending=ending, code=stream.close or 1006, messages=stream.messages, bytes=stream.size, pings=stream.pings,
     digest=stream.digest.hexdigest())
