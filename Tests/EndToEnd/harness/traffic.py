"""Small network clients, for use inside `sandbox.inside(…)` and `sandbox.from_outside(…)`."""

import socket
import urllib.request


def fetch(address: str, port: int, path: str = "/", timeout: float = 5) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://{address}:{port}{path}", timeout=timeout) as answer:
        return answer.read().decode()


def connects(address: str, port: int, timeout: float = 2) -> bool:
    try:
        with socket.create_connection((address, port), timeout=timeout):
            return True
    except OSError:
        return False


def ask_udp(address: str, port: int, data: bytes, timeout: float = 2) -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(timeout)
        client.sendto(data, (address, port))
        return client.recvfrom(65536)[0]


def listen(address: str = "0.0.0.0", port: int = 0) -> socket.socket:
    server = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, port))
    server.listen(16)
    return server
