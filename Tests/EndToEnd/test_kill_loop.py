"""Many deaths: fifty kill -9 at random moments of a create/start/stop loop, and one at every point where the daemon
writes a record or applies a plan step. No leak, no lost container."""

import glob
import json
import os
import random
import signal
import threading
import time

import pytest

from conftest import IMAGE
from harness import leaks
from harness.processes import unique, wait_until

pytestmark = pytest.mark.moonpool

KILLS = int(os.environ.get("MOONPOOL_TEST_KILLS", "50"))


def applying(engine) -> list:
    """Records that hold an intent which is not yet done."""
    found = []
    for path in glob.glob(os.path.join(engine.data_root, "records", "*", "*.json")):
        try:
            with open(path) as file:
                if '"applying"' in file.read():
                    found.append(path)
        except OSError:
            continue
    return found


class Loop(threading.Thread):
    """Creates, starts, stops and removes containers until told to end; remembers what it was promised."""

    def __init__(self, engine, random_):
        super().__init__(daemon=True)
        self.engine, self.random = engine, random_
        self.promised = {}  # name → "created" | "started" | "stopped" | "removed" | None while a request is open
        self.open = None
        self.ended = threading.Event()
        self.failure = None

    def call(self, method, path, body=None):
        self.open = (method, path)
        status, _, answer = self.engine.request(method, path, body, timeout=20)
        self.open = None
        return status, answer

    def run(self):
        try:
            while not self.ended.is_set():
                self.once()
        except (OSError, EOFError, Exception) as error:  # the daemon is gone
            self.failure = error

    def once(self):
        name = unique("loop")
        self.promised[name] = None
        status, answer = self.call("POST", f"/containers/create?name={name}", {
            "Image": IMAGE, "Cmd": ["sleep", "1000"],
            "HostConfig": {"Binds": [f"{name}:/volume"] if self.random.random() < 0.3 else [], "PidsLimit": 20,
                           "NetworkMode": self.random.choice(["bridge", "bridge", "none", "host"])}})
        assert status == 201, answer
        self.promised[name] = "created"
        self.promised[name], before = None, self.promised[name]
        status, answer = self.call("POST", f"/containers/{name}/start")
        assert status == 204, answer
        self.promised[name] = "started"
        if self.random.random() < 0.7:
            self.promised[name] = None
            status, answer = self.call("POST", f"/containers/{name}/stop?t=0")
            assert status == 204, answer
            self.promised[name] = "stopped"
            if self.random.random() < 0.7:
                self.promised[name] = None
                status, answer = self.call("DELETE", f"/containers/{name}?v=1")
                assert status == 204, answer
                self.promised[name] = "removed"


def check_promises(engine, promised: dict):
    found = {c["Names"][0][1:]: c for c in engine.request("GET", "/containers/json?all=1")[2]}
    for name, promise in promised.items():
        if promise == "removed":
            assert name not in found, f"{name} was removed and is back"
        elif promise is not None:
            assert name in found, f"{name} was {promise} and is lost"
            status = found[name]["State"]
            wanted = {"created": "created", "started": "running", "stopped": "exited"}[promise]
            assert status == wanted, f"{name} was {promise} and is {status}"
    for name in found:
        assert name in promised, f"{name} came from nowhere"


def test_fifty_deaths(new_engine):
    seed = int(os.environ.get("MOONPOOL_TEST_SEED", time.time_ns() % 1_000_000))
    print(f"\nseed {seed} (MOONPOOL_TEST_SEED={seed} repeats this run)")
    random_ = random.Random(seed)
    engine = new_engine()
    before = leaks.snapshot(engine)
    kills, with_intent, with_request = 0, 0, 0
    while kills < KILLS:
        loop = Loop(engine, random.Random(random_.random()))
        loop.start()
        time.sleep(random_.uniform(0.0, 0.12))
        # Die in the middle of something, not between two requests.
        deadline = time.monotonic() + 5
        while not (loop.open or applying(engine)):
            assert time.monotonic() < deadline and loop.is_alive(), loop.failure
        request = loop.open
        engine.kill()
        intents = applying(engine)
        loop.ended.set()
        loop.join(30)
        assert not loop.is_alive()
        assert not isinstance(loop.failure, AssertionError), loop.failure
        if not (intents or (request and loop.open)):
            engine.start()  # the request was answered in the last microsecond: this death does not count
            check_promises(engine, loop.promised)
            engine.remove_everything()
            continue
        kills += 1
        with_intent += bool(intents)
        with_request += bool(loop.open)
        engine.start()
        wait_until(lambda: not applying(engine), what="every intent completed or undone")
        check_promises(engine, loop.promised)
        assert engine.client()("run", "--rm", IMAGE, "echo", "alive").out == "alive\n"
        engine.remove_everything()
        if kills % 10 == 0:
            leaks.check(engine, before)
    print(f"{kills} deaths, {with_intent} with an intent recorded, {with_request} with a request open")
    leaks.check(engine, before)


def scenario(engine, name: str, promised: dict):
    """Everything that writes records and applies plans, once. Raises when the daemon dies in the middle."""
    def call(method, path, body=None, good=(200, 201, 204), promise=None):
        promised[name] = None
        status, _, answer = engine.request(method, path, body, timeout=20)
        assert status in good, (path, status, answer)
        promised[name] = promise
        return answer

    call("POST", "/networks/create", {"Name": "faults", "IPAM": {"Config": [{"Subnet": "10.80.0.0/24"}]}})
    call("POST", "/volumes/create", {"Name": "faults"})
    call("POST", f"/containers/create?name={name}", {
        "Image": IMAGE, "Cmd": ["sleep", "1000"], "ExposedPorts": {"80/tcp": {}},
        "HostConfig": {"NetworkMode": "faults", "Binds": ["faults:/v"], "PortBindings": {"80/tcp": [{"HostPort": "18099"}]}}},
        promise="created")
    call("POST", f"/containers/{name}/start", promise="started")
    call("POST", f"/containers/{name}/stop?t=0", promise="stopped")
    call("DELETE", f"/containers/{name}?v=1", promise="removed")
    call("DELETE", "/networks/faults", promise="removed")
    call("DELETE", "/volumes/faults", promise="removed")


def test_a_death_at_every_record_and_step(new_engine):
    engine = new_engine()
    before = leaks.snapshot(engine)
    engine.stop()
    passage, deaths = 0, 0
    while True:
        passage += 1
        assert passage < 400, "the scenario has no end"
        engine.environment = {"MOONPOOL_FAULT": f"*:{passage}"}
        name, promised, died = unique("fault"), {}, False
        try:
            engine.start()
        except AssertionError:
            died = engine.process is not None and engine.process.poll() is not None
            assert died, "the daemon hangs"
        if not died:
            try:
                scenario(engine, name, promised)
            except (OSError, EOFError, Exception) as error:
                assert not isinstance(error, AssertionError), f"passage {passage}: {error}"
                died = True
        if not died and engine.process.poll() is None:
            # The last passages are those of an orderly end.
            engine.signal(signal.SIGTERM)
            if engine.process.wait(30) == 0:
                engine.process = None
                break
        deaths += 1
        assert engine.process.wait(30) == -signal.SIGKILL, f"passage {passage}: {engine.log()}"
        engine.process = None
        engine.environment = {}
        engine.start()
        wait_until(lambda: not applying(engine), what=f"passage {passage}: every intent completed or undone")
        check_promises(engine, promised)
        assert engine.client()("run", "--rm", IMAGE, "echo", "alive").out == "alive\n"
        engine.remove_everything()
        try:
            leaks.check(engine, before)
        except AssertionError as leak:
            raise AssertionError(f"after a death at passage {passage}: {leak}") from None
        engine.stop()
    print(f"\n{deaths} deaths, one at each of {passage - 1} records and steps")
    assert deaths >= 20, "there are fewer places to die at than there are records and steps"
