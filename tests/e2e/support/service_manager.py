"""What a service manager does for a service, without one: holds its listening socket, starts it with that, and hears its notifications.

    service_manager.py PROGRAM

Prints {"port": N}. Each line of input is a configuration file to start PROGRAM with; its output is passed on, and between its lines
stand {"started": PID}, {"notified": "READY=1\\n…"} and {"ended": PID, "code": N}. Ends, with all it started, when its input ends.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading

lock = threading.Lock()


def say(**what):
    with lock:
        os.write(1, (json.dumps(what) + "\n").encode())


def hear(notifications):
    while True:
        say(notified=notifications.recv(4096).decode())


def await_end(child):
    say(ended=child.pid, code=child.wait())


def main():
    held = socket.create_server(("127.0.0.1", 0), backlog=4096)
    if held.fileno() != 3:
        os.dup2(held.fileno(), 3)
    children = []
    with tempfile.TemporaryDirectory(prefix="lastframe-e2e-") as directory:
        notifications = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notifications.bind(directory + "/notify")
        threading.Thread(target=hear, args=(notifications,), daemon=True).start()
        environment = {**os.environ, "NOTIFY_SOCKET": directory + "/notify", "LISTEN_FDS": "1"}
        say(port=held.getsockname()[1])
        for line in sys.stdin:
            # The process' own number is known only once there is one.
            command = ["sh", "-c", 'LISTEN_PID=$$ exec "$@"', "sh", sys.argv[1], "--config", line.strip()]
            child = subprocess.Popen(command, env=environment, pass_fds=(3,), stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
            children.append(child)
            say(started=child.pid)
            threading.Thread(target=await_end, args=(child,), daemon=True).start()
        for child in children:
            child.kill()


main()
