"""Fixtures. Names are random, cleanup runs last-in-first-out on every exit, every test ends with a leak check."""

import contextlib
import os
import re
import signal
import sys

import pytest

from harness import images, leaks
from harness.client import BIN, PEERS
from harness.engines import ENGINES
from harness.processes import unique
from harness.registry import Registry
from harness.sandbox import Sandbox

IMAGE = "busybox:test"


def pytest_addoption(parser):
    parser.addoption("--engine", choices=sorted(ENGINES), default="moonpool", help="the daemon under test")
    parser.addoption(
        "--client", choices=("docker", "moonpool", "both"),
        help="the command lines to test it with: both for Moonpool, Docker's own for Docker")


def pytest_configure(config):
    # A run that is told to end cleans up behind itself.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for path in (os.path.join(PEERS, "usr/bin/docker"), *([os.path.join(BIN, "moonpoold")] if config.getoption(
            "--engine") == "moonpool" else [])):
        if not os.path.exists(path):
            raise pytest.UsageError(f"{path} is missing: run `make build peers` first")


def pytest_collection_modifyitems(config, items):
    other = {"moonpool": "docker", "docker": "moonpool"}[config.getoption("--engine")]
    dropped = [item for item in items if item.get_closest_marker(other)]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if not item.get_closest_marker(other)]


def pytest_generate_tests(metafunc):
    if "cli" in metafunc.fixturenames:
        own = {"docker": "docker", "moonpool": "both"}[metafunc.config.getoption("--engine")]
        chosen = metafunc.config.getoption("--client") or own
        clients = ["docker", "moonpool"] if chosen == "both" else [chosen]
        metafunc.parametrize("cli", clients, indirect=True, scope="function")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    if report.failed:
        for engine in getattr(item, "engines_in_use", []):
            report.sections.append((f"log of {engine.name}", engine.log(40)))


@pytest.fixture(scope="session")
def sandbox():
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


@pytest.fixture(scope="session")
def engine_type(request):
    return ENGINES[request.config.getoption("--engine")]


def prepare(engine):
    """Gives a running engine its base image and lets it make what it makes once."""
    status, _, answer = engine.request(
        "POST", f"/images/create?fromSrc=-&repo=busybox&tag=test&changes=CMD%20%5B%22sh%22%5D",
        images.busybox_layer().bytes(), {"Content-Type": "application/x-tar"})
    assert status == 200, answer
    engine.client()("run", "--rm", IMAGE, "true")
    return engine


@pytest.fixture(scope="session")
def shared_engine(sandbox, engine_type):
    engine = engine_type(sandbox)
    try:
        engine.start()
        prepare(engine)
        yield engine
        engine.stop()
    finally:
        engine.close()


@pytest.fixture
def engine(request, shared_engine):
    """The engine that tests share, started once; whatever a test leaves in it is removed, and leaks fail it."""
    request.node.engines_in_use = [shared_engine]
    before = leaks.snapshot(shared_engine)
    yield shared_engine
    try:
        shared_engine.remove_everything()
        leaks.check(shared_engine, before)
    except BaseException:
        # One failure is not the next test's: it gets an engine that is as new.
        shared_engine.begin_anew()
        prepare(shared_engine)
        raise


@pytest.fixture
def new_engine(request, engine_type):
    """Makes engines of a test's own: `new_engine(arguments=["--debug"])`, each in a sandbox that vanishes with it."""
    request.node.engines_in_use = []
    with contextlib.ExitStack() as stack:

        def make(sandbox=None, start=True, image=True, **options):
            if sandbox is None:
                sandbox = Sandbox()
                stack.callback(sandbox.close)
            engine = engine_type(sandbox, **options)
            stack.callback(engine.close)
            request.node.engines_in_use.append(engine)
            if start:
                engine.start()
                if image:
                    prepare(engine)
            return engine

        yield make


@pytest.fixture
def new_sandbox():
    with contextlib.ExitStack() as stack:

        def make():
            sandbox = Sandbox()
            stack.callback(sandbox.close)
            return sandbox

        yield make


@pytest.fixture
def cli(request, engine):
    """A command line client of the shared engine; on Moonpool every test runs with `docker` and with `moonpool`."""
    return engine.client(request.param)


@pytest.fixture
def docker(engine):
    """The stock Docker client, where one client is enough."""
    return engine.client("docker")


@pytest.fixture
def image(engine):
    return IMAGE


@pytest.fixture
def name():
    return unique("c")


@pytest.fixture(scope="session")
def registry(sandbox):
    registry = Registry(sandbox).start()
    yield registry
    registry.stop()


@pytest.fixture
def repository(registry):
    """A repository name that no other test uses."""
    return unique("repo")


@pytest.fixture
def identifier():
    """Checks that a text is a full container, network or image id."""

    def check(text: str) -> str:
        assert re.fullmatch(r"(sha256:)?[0-9a-f]{64}", text.strip()), text
        return text.strip()

    return check
