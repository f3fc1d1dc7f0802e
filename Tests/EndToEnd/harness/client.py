"""The command line clients: stock `docker` and `moonpool`, called alike."""

import os

from .processes import Background, Result, Terminal, run

REPOSITORY = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..", ".."))
PEERS = os.path.join(os.environ.get("MOONPOOL_PEERS", os.path.join(REPOSITORY, ".cache", "peers")), "root")
BIN = os.environ.get("MOONPOOL_BIN", os.path.join(REPOSITORY, "bin"))


def docker_program() -> list:
    """The Docker 28 client of the peers' root, run on this machine's own files by that root's loader."""
    libraries = f"{PEERS}/usr/lib/x86_64-linux-gnu"
    return [f"{PEERS}/lib64/ld-linux-x86-64.so.2", "--library-path", libraries, f"{PEERS}/usr/bin/docker"]


PROGRAMS = {"docker": docker_program, "moonpool": lambda: [os.path.join(BIN, "moonpool")]}


class Client:
    def __init__(self, kind: str, socket: str, configuration: str):
        self.kind = kind
        self.program = PROGRAMS[kind]()
        os.makedirs(configuration, exist_ok=True)
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": configuration, "DOCKER_CONFIG": configuration,
            "DOCKER_HOST": f"unix://{socket}", "TERM": "xterm",
        }

    def __repr__(self):
        return self.kind

    def __call__(self, *args, code=0, input=None, timeout=60, **options) -> Result:
        """Runs one command to its end; `code` is the exit status it must have (None: any)."""
        return run(*self.program, *args, code=code, input=input, timeout=timeout, env=self.environment, **options)

    def out(self, *args, **options) -> str:
        return self(*args, **options).out.strip()

    def start(self, *args, stdin=False) -> Background:
        return Background(*self.program, *args, env=self.environment, stdin=stdin)

    def terminal(self, *args, **options) -> Terminal:
        return Terminal(*self.program, *args, env=self.environment, **options)
