"""The daemon dies (kill -9) and starts again: what runs goes on, what was said is kept, what ended is known."""

import json
import os
import signal
import time

import pytest

from conftest import IMAGE, prepare
from harness import leaks
from harness.engines import MoonpoolEngine
from harness.processes import wait_until
from harness.sandbox import ADDRESS
from harness.traffic import fetch

pytestmark = pytest.mark.moonpool

# 400 numbered lines, one each 5 ms: about two seconds of output.
COUNT = "i=0; while [ $i -lt 400 ]; do i=$((i+1)); echo line $i; usleep 5000; done; exit 7"


def state(cli, name) -> dict:
    return json.loads(cli.out("inspect", "-f", "{{json .State}}", name))


@pytest.fixture
def engine(new_engine):
    engine = new_engine()
    before = leaks.snapshot(engine)
    yield engine
    if engine.process is None:
        engine.start()
    engine.remove_everything()
    leaks.check(engine, before)


def crash(engine, down: float = 0.0):
    engine.kill()
    time.sleep(down)
    engine.start()


def test_a_running_container_goes_on(engine, docker, name):
    docker("run", "-d", "--name", name, IMAGE, "sleep", "1000")
    before = state(docker, name)
    crash(engine)
    after = state(docker, name)
    assert after["Running"] and (after["Pid"], after["StartedAt"]) == (before["Pid"], before["StartedAt"])
    assert f"Up " in docker("ps", "--filter", f"name={name}").out
    docker("stop", "-t", "0", name)
    assert state(docker, name)["ExitCode"] == 137


def test_logs_are_complete(engine, docker, name):
    docker("run", "-d", "--name", name, IMAGE, "sh", "-c", COUNT)
    for _ in range(3):
        time.sleep(0.3)
        crash(engine, 0.1)
    assert docker.out("wait", name) == "7"
    assert docker("logs", name).out.splitlines() == [f"line {i}" for i in range(1, 401)]


def test_an_exit_while_the_daemon_is_away(engine, docker, name):
    docker("run", "-d", "--name", name, IMAGE, "sh", "-c", "sleep 0.5; echo last words; exit 42")
    engine.kill()
    time.sleep(1.0)
    engine.start()
    found = state(docker, name)
    assert (found["Status"], found["ExitCode"], found["OOMKilled"]) == ("exited", 42, False)
    assert docker.out("logs", name) == "last words" and docker.out("wait", name) == "42"


def test_an_out_of_memory_kill_while_the_daemon_is_away(engine, docker, name):
    docker("run", "-d", "--name", name, "--memory", "16m", "--memory-swap", "16m", IMAGE, "sh", "-c",
           "sleep 0.5; x=1234567890123456; while :; do x=$x$x; done")
    engine.kill()
    time.sleep(1.5)
    engine.start()
    found = state(docker, name)
    assert found["ExitCode"] == 137 and found["OOMKilled"]


def test_autoremove_while_the_daemon_is_away(engine, docker, name):
    docker("run", "-d", "--rm", "--name", name, "-v", "/data", IMAGE, "sleep", "0.5")
    engine.kill()
    time.sleep(0.8)
    engine.start()
    wait_until(lambda: name not in docker("ps", "-a", "--format", "{{.Names}}").out.split())
    assert docker("volume", "ls", "-q").out == ""


def test_the_restart_policy_holds_over_a_crash(engine, docker, name):
    docker("run", "-d", "--restart", "always", "--name", name, IMAGE, "sh", "-c", "echo run; sleep 0.4; exit 1")
    engine.kill()
    time.sleep(1.0)
    engine.start()
    wait_until(lambda: docker.out("logs", name).split().count("run") >= 2, timeout=15)


def test_exec_and_attach_work_afterwards(engine, docker, name):
    docker("run", "-di", "--name", name, IMAGE, "cat")
    crash(engine)
    assert docker.out("exec", name, "echo", "exec works") == "exec works"
    with docker.start("attach", name, stdin=True) as attached:
        time.sleep(0.3)
        attached.send(b"attach works\n")
        attached.expect("attach works")
    # Output from before the crash and after it is one log.
    assert "attach works" in docker.out("logs", name)


def test_a_terminal_survives(engine, docker, name):
    docker("run", "-dit", "--name", name, IMAGE, "sh")
    crash(engine)
    with docker.terminal("attach", name, rows=44, columns=111) as terminal:
        terminal.send("echo $((40+2)); stty size\n")
        terminal.expect("42")
        terminal.expect("44 111")
        terminal.send("exit 5\n")
        assert terminal.wait() == 5


def test_an_exec_that_outlives_the_daemon(engine, docker, name):
    docker("run", "-d", "--name", name, IMAGE, "sleep", "1000")
    api = engine.api.api
    identifier = api.exec_create(name, ["sh", "-c", "sleep 0.7; echo x > /tmp/done; exit 9"])["Id"]
    api.exec_start(identifier, detach=True)
    engine.kill()
    time.sleep(1.0)
    engine.start()
    assert docker.out("exec", name, "cat", "/tmp/done") == "x"
    found = api.exec_inspect(identifier)
    assert (found["Running"], found["ExitCode"]) == (False, 9)


def test_a_published_port_needs_no_daemon(engine, docker, name):
    sandbox = engine.sandbox
    docker("run", "-d", "--name", name, "-p", "18080:80", IMAGE, "httpd", "-f", "-p", "80", "-h", "/srv")

    def page(address):
        try:
            return sandbox.inside(lambda: fetch(address, 18080, timeout=1))
        except OSError:
            return None

    for address in ("127.0.0.1", ADDRESS):
        wait_until(lambda: page(address))
    engine.kill()
    for address in ("127.0.0.1", ADDRESS):
        assert page(address) == "a page from the moon pool\n"
    assert sandbox.from_outside(lambda: fetch(ADDRESS, 18080)) == "a page from the moon pool\n"
    engine.start()
    assert page("127.0.0.1") and "18080->80/tcp" in docker("ps").out
    result = docker("run", "--rm", "-p", "18080:80", IMAGE, "true", code=125)
    assert "18080" in result.err


def test_networks_and_volumes_are_still_there(engine, docker, name):
    docker("network", "create", "--subnet", "10.79.0.0/24", "net")
    docker("volume", "create", "--label", "a=b", "vol")
    docker("run", "-d", "--name", name, "--network", "net", "-v", "vol:/v", IMAGE, "httpd", "-f", "-p", "80", "-h", "/srv")
    address = docker.out("inspect", "-f", "{{.NetworkSettings.Networks.net.IPAddress}}", name)
    crash(engine)
    assert json.loads(docker("volume", "inspect", "vol").out)[0]["Labels"] == {"a": "b"}
    assert docker("run", "--rm", "--network", "net", IMAGE, "wget", "-qO-", f"http://{address}/").out.startswith("a page")
    other = docker.out("run", "--rm", "--network", "net", IMAGE, "hostname", "-i")
    assert other != address


def test_names_and_ids_are_kept(engine, docker, name):
    full = docker.out("create", "--name", name, "--label", "a=b", IMAGE, "sh", "-c", "echo later")
    crash(engine)
    assert docker.out("inspect", "-f", "{{.Id}}", name) == full
    assert "already in use" in docker("create", "--name", name, IMAGE, code=1).err
    assert docker("start", "-a", name).out == "later\n"


def test_a_waiting_client_sees_the_crash_and_can_wait_again(engine, docker, name):
    docker("run", "-d", "--name", name, IMAGE, "sh", "-c", "sleep 1.5; exit 3")
    with docker.start("wait", name) as waiting:
        time.sleep(0.3)
        engine.kill()
        assert waiting.wait(10).code != 0
    engine.start()
    assert docker.out("wait", name) == "3"


def shim_of(engine, pid: int) -> int:
    with open(f"/proc/{pid}/status") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("PPid:"))


def test_the_death_of_a_shim(engine, docker, name):
    """Seen at once: the container's processes are killed, the exit is 137 and says why."""
    docker("run", "-d", "--name", name, IMAGE, "sh", "-c", "sleep 1000 & sleep 1000")
    shim = shim_of(engine, state(docker, name)["Pid"])
    with open(f"/proc/{shim}/cmdline") as file:
        assert "moonpool-shim" in file.read()
    os.kill(shim, signal.SIGKILL)
    wait_until(lambda: state(docker, name)["Status"] == "exited", timeout=5)
    found = state(docker, name)
    assert found["ExitCode"] == 137 and "shim" in found["Error"]
    docker("start", name)
    assert docker.out("exec", name, "echo", "again") == "again"


def test_the_death_of_a_shim_while_the_daemon_is_away(engine, docker, name):
    docker("run", "-d", "--name", name, IMAGE, "sh", "-c", "sleep 1000 & sleep 1000")
    shim = shim_of(engine, state(docker, name)["Pid"])
    engine.kill()
    os.kill(shim, signal.SIGKILL)
    engine.start()
    wait_until(lambda: state(docker, name)["Status"] == "exited", timeout=5)
    assert state(docker, name)["ExitCode"] == 137


def test_an_orderly_end(engine, docker, name):
    docker("run", "-d", "--name", name, IMAGE, "sleep", "1000")
    pid = state(docker, name)["Pid"]
    engine.stop()
    assert os.path.exists(f"/proc/{pid}"), "containers go on without the daemon"
    assert not os.path.exists(engine.pidfile)
    engine.start()
    assert state(docker, name)["Pid"] == pid and state(docker, name)["Running"]


def records(engine, kind: str) -> str:
    return os.path.join(engine.data_root, "records", kind)


def test_an_unreadable_record_is_set_aside(engine, docker, name):
    one = docker.out("create", "--name", name, IMAGE, "true")
    two = docker.out("create", "--name", name + "-two", IMAGE, "true")
    path = os.path.join(records(engine, "containers"), one + ".json")
    assert os.path.exists(path)
    engine.kill()
    with open(path, "r+b") as file:
        file.truncate(40)
        content = file.read()
    engine.start()
    assert docker.out("ps", "-aq", "--no-trunc") == two
    aside = os.listdir(os.path.join(records(engine, "containers"), "quarantine"))
    assert [name for name in aside if one in name], "an unreadable record was deleted"
    with open(os.path.join(records(engine, "containers"), "quarantine", aside[0]), "rb") as file:
        assert file.read() == content or len(content) == 0


def test_a_second_daemon_on_the_same_data_root_is_refused(engine, new_engine):
    second = MoonpoolEngine(engine.sandbox, data_root=engine.data_root)
    with pytest.raises(AssertionError) as refused:
        second.start(timeout=10)
    second.close()
    assert engine.data_root in str(refused.value)


def test_two_daemons_side_by_side(new_engine, name):
    """Reconciling removes only what is the daemon's own."""
    engine = new_engine()
    docker = engine.client()
    other = MoonpoolEngine(engine.sandbox, arguments=["--bip", "172.31.250.1/24"])
    try:
        other.start()
        prepare(other)
        client = other.client()
        docker("run", "-d", "--name", name, "-p", "18090:80", IMAGE, "httpd", "-f", "-p", "80", "-h", "/srv")
        client("run", "-d", "--name", name, "-p", "18091:80", IMAGE, "httpd", "-f", "-p", "80", "-h", "/srv")
        crash(engine)
        crash(other)
        for port in (18090, 18091):
            wait_until(lambda: _page(engine.sandbox, port), what=f"port {port}")
        assert docker.out("ps", "-q") != client.out("ps", "-q")
        other.remove_everything()
        other.stop()
        assert _page(engine.sandbox, 18090)
    finally:
        other.close()


def _page(sandbox, port):
    try:
        return sandbox.inside(lambda: fetch("127.0.0.1", port, timeout=1))
    except OSError:
        return None
