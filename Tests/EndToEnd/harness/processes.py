"""Running programs: to the end, in the background, and on a terminal."""

import ctypes
import fcntl
import os
import pty
import secrets
import select
import signal
import struct
import subprocess
import termios
import time
from dataclasses import dataclass

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def unique(prefix: str) -> str:
    """A name that nothing else on the machine has: `mpt-1f9a3c`."""
    return f"{prefix}-{secrets.token_hex(3)}"


def wait_until(condition, timeout: float = 10, what: str = "the condition"):
    """Returns the first true value of `condition()`; fails when there is none within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {timeout} s")
        time.sleep(0.02)


def die_with_parent():
    """For `preexec_fn`: whatever ends the tests ends this child too."""
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


@dataclass
class Result:
    argv: list
    code: int
    out: str
    err: str

    def __str__(self):
        return f"$ {' '.join(map(str, self.argv))}\nexit {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def run(*argv, code=0, input=None, timeout=60, env=None, text=True) -> Result:
    """Runs a program to its end. `code` is the exit status it must have (None: any)."""
    if isinstance(input, str):
        input = input.encode()
    try:
        done = subprocess.run(
            [str(a) for a in argv], input=input if input is not None else b"", capture_output=True, timeout=timeout,
            env=env)
    except subprocess.TimeoutExpired as expired:
        raise AssertionError(
            f"$ {' '.join(map(str, argv))}\nstill running after {timeout} s\n--- stdout\n"
            f"{(expired.stdout or b'').decode(errors='replace')}\n--- stderr\n"
            f"{(expired.stderr or b'').decode(errors='replace')}") from None
    decode = (lambda b: b.decode(errors="replace")) if text else (lambda b: b)
    result = Result(list(argv), done.returncode, decode(done.stdout), done.stderr.decode(errors="replace"))
    assert code is None or result.code == code, f"expected exit {code}\n{result}"
    return result


class Background:
    """A program that runs beside the test, its output collected; ended with the `with` block."""

    def __init__(self, *argv, env=None, stdin=False):
        self.argv = [str(a) for a in argv]
        self.process = subprocess.Popen(
            self.argv, stdin=subprocess.PIPE if stdin else subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env=env)
        self.out = b""
        self.err = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass

    def _pump(self, timeout: float) -> bool:
        streams = [s for s in (self.process.stdout, self.process.stderr) if s and not s.closed]
        ready, _, _ = select.select(streams, [], [], timeout)
        alive = False
        for stream in ready:
            data = os.read(stream.fileno(), 65536)
            if stream is self.process.stdout:
                self.out += data
            else:
                self.err += data
            if data:
                alive = True
            else:
                stream.close()
        return alive

    def send(self, data: bytes):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def close_stdin(self):
        self.process.stdin.close()
        self.process.stdin = None

    def expect(self, text: str, timeout: float = 20):
        """Waits until `text` stands in the standard output."""
        deadline = time.monotonic() + timeout
        while text.encode() not in self.out:
            left = deadline - time.monotonic()
            if left <= 0 or (self.process.stdout.closed and self.process.stderr.closed):
                raise AssertionError(f"{self.argv}: no {text!r} in {self.out!r}; stderr {self.err!r}")
            self._pump(min(left, 0.2))
        return self.out.decode(errors="replace")

    def wait(self, timeout: float = 30) -> Result:
        deadline = time.monotonic() + timeout
        while not (self.process.stdout.closed and self.process.stderr.closed):
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.argv}: still running after {timeout} s; {self.out!r} {self.err!r}")
            self._pump(0.2)
        code = self.process.wait(max(0.1, deadline - time.monotonic()))
        return Result(self.argv, code, self.out.decode(errors="replace"), self.err.decode(errors="replace"))


class Terminal:
    """A program on a pseudo terminal of its own, as a person's shell would start it."""

    def __init__(self, *argv, env=None, rows=24, columns=80):
        self.argv = [str(a) for a in argv]
        self.master, slave = pty.openpty()
        self.resize(rows, columns)

        def prepare():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            self.argv, stdin=slave, stdout=slave, stderr=slave, env=env, preexec_fn=prepare, close_fds=True)
        os.close(slave)
        self.output = ""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self.master)

    def resize(self, rows: int, columns: int):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        if hasattr(self, "process"):
            self.process.send_signal(signal.SIGWINCH)

    def send(self, text: str):
        os.write(self.master, text.encode())

    def _read(self, timeout: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], timeout)
        if not ready:
            return True
        try:
            data = os.read(self.master, 65536)
        except OSError:
            return False
        self.output += data.decode(errors="replace")
        return bool(data)

    def expect(self, text: str, timeout: float = 20) -> str:
        """Waits for `text`; returns and forgets the output up to and with it."""
        deadline = time.monotonic() + timeout
        open_ = True
        while text not in self.output:
            left = deadline - time.monotonic()
            if left <= 0 or not open_:
                raise AssertionError(f"{self.argv}: no {text!r} in {self.output!r}")
            open_ = self._read(min(left, 0.2))
        at = self.output.index(text) + len(text)
        seen, self.output = self.output[:at], self.output[at:]
        return seen

    def wait(self, timeout: float = 30) -> int:
        deadline = time.monotonic() + timeout
        while self.process.poll() is None:
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.argv}: still running after {timeout} s; {self.output!r}")
            self._read(0.1)
        while self._read(0) and select.select([self.master], [], [], 0)[0]:
            pass
        return self.process.returncode
