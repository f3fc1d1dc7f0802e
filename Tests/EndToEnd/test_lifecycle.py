"""create, start, stop, kill, wait, restart policies, ps, inspect, rm, events."""

import json
import time

import pytest

from harness.processes import unique, wait_until


def state(cli, name) -> dict:
    return json.loads(cli.out("inspect", "-f", "{{json .State}}", name))


def test_create_then_start(cli, image, name, identifier):
    identifier(cli("create", "--name", name, image, "sh", "-c", "echo begun; sleep 100").out)
    assert state(cli, name)["Status"] == "created"
    assert cli.out("start", name) == name
    wait_until(lambda: cli.out("logs", name) == "begun", what="the log")
    assert state(cli, name)["Status"] == "running"
    cli("rm", "-f", name)


def test_start_again(cli, image, name):
    cli("create", "--name", name, image, "sh", "-c", "echo x >> /count; wc -l < /count")
    for _ in range(3):
        cli("start", "-a", name)
    assert cli.out("logs", name).split() == ["1", "2", "3"]
    cli("rm", name)


def test_start_attached_returns_the_exit_code(cli, image, name):
    cli("create", "-i", "--name", name, image, "sh", "-c", "cat; exit 4")
    result = cli("start", "-ai", name, input="through start\n", code=4)
    assert result.out == "through start\n"
    cli("rm", name)


def test_starting_a_running_container_changes_nothing(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    before = state(cli, name)["StartedAt"]
    cli("start", name)
    assert state(cli, name)["StartedAt"] == before
    cli("rm", "-f", name)


def test_stop_sends_sigterm_then_sigkill(cli, image, name):
    cli("run", "-d", "--name", name, image, "sh", "-c", "trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.1; done")
    wait_until(lambda: "ready" in cli.out("logs", name))
    assert cli.out("stop", name) == name
    assert state(cli, name)["ExitCode"] == 3 and "bye" in cli.out("logs", name)
    cli("rm", name)

    cli("run", "-d", "--name", name, image, "sleep", "100")  # pid 1 ignores SIGTERM
    started = time.monotonic()
    cli("stop", "-t", "1", name)
    assert 0.9 < time.monotonic() - started < 6
    assert state(cli, name)["ExitCode"] == 137
    cli("rm", name)


def test_stop_signal(cli, image, name):
    cli("run", "-d", "--stop-signal", "USR1", "--name", name, image, "sh", "-c",
        "trap 'exit 5' USR1; echo ready; while :; do sleep 0.1; done")
    wait_until(lambda: "ready" in cli.out("logs", name))
    cli("stop", name)
    assert state(cli, name)["ExitCode"] == 5
    cli("rm", name)


def test_kill(cli, image, name):
    cli("run", "-d", "--name", name, image, "sh", "-c", "trap 'exit 6' HUP; echo ready; while :; do sleep 0.1; done")
    wait_until(lambda: "ready" in cli.out("logs", name))
    cli("kill", "-s", "HUP", name)
    wait_until(lambda: state(cli, name)["Status"] == "exited")
    assert state(cli, name)["ExitCode"] == 6
    assert "is not running" in cli("kill", name, code=1).err
    cli("rm", name)


def test_wait(cli, image, name):
    cli("run", "-d", "--name", name, image, "sh", "-c", "sleep 0.5; exit 8")
    assert cli.out("wait", name) == "8"
    assert cli.out("wait", name) == "8"
    cli("rm", name)


def test_restart(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    before = state(cli, name)
    cli("restart", "-t", "0", name)
    after = state(cli, name)
    assert after["Running"] and after["StartedAt"] != before["StartedAt"] and after["Pid"] != before["Pid"]
    cli("rm", "-f", name)


def test_restart_on_failure(cli, image, name):
    cli("run", "-d", "--restart", "on-failure:2", "--name", name, image, "sh", "-c", "echo run; exit 9")
    wait_until(lambda: state(cli, name)["Status"] == "exited" and
               cli.out("inspect", "-f", "{{.RestartCount}}", name) == "2", timeout=20)
    assert cli.out("logs", name).split() == ["run"] * 3
    cli("rm", name)


def test_restart_always_until_stopped(cli, image, name):
    cli("run", "-d", "--restart", "always", "--name", name, image, "sh", "-c", "echo run; sleep 0.3")
    wait_until(lambda: cli.out("logs", name).split().count("run") >= 3, timeout=20)
    cli("stop", "-t", "1", name)
    count = cli.out("logs", name).split().count("run")
    time.sleep(1.5)
    assert cli.out("logs", name).split().count("run") == count
    assert state(cli, name)["Status"] == "exited"
    cli("rm", name)


def test_ps(cli, image, name):
    full = cli.out("run", "-d", "--name", name, image, "sleep", "100")
    table = cli("ps").out
    assert table.splitlines()[0].split() == ["CONTAINER", "ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"]
    line = next(line for line in table.splitlines() if name in line)
    assert full[:12] in line and '"sleep 100"' in line and "Up " in line and image in line
    assert cli.out("ps", "-q", "--no-trunc", "--filter", f"name={name}") == full
    cli("stop", "-t", "0", name)
    assert name not in cli("ps").out
    assert "Exited (137)" in cli("ps", "-a", "--filter", f"name={name}").out
    assert cli.out("ps", "-a", "--filter", "status=exited", "--filter", f"id={full}", "--format", "{{.ID}}") == full[:12]
    cli("rm", name)


def test_inspect(cli, image, name):
    full = cli.out("run", "-d", "--name", name, "--memory", "64m", "--label", "a=b", "-e", "X=y", "--restart",
                   "unless-stopped", image, "sleep", "100")
    for reference in (name, full, full[:12], full[:6]):
        (found,) = json.loads(cli("inspect", reference).out)
        assert found["Id"] == full
    assert found["Name"] == "/" + name and found["Path"] == "sleep" and found["Args"] == ["100"]
    assert found["Config"]["Image"] == image and found["Image"].startswith("sha256:")
    assert "X=y" in found["Config"]["Env"] and found["Config"]["Labels"]["a"] == "b"
    assert found["HostConfig"]["Memory"] == 64 << 20
    assert found["HostConfig"]["RestartPolicy"] == {"Name": "unless-stopped", "MaximumRetryCount": 0}
    assert found["State"]["Pid"] > 0 and found["State"]["Running"] and not found["State"]["OOMKilled"]
    address = found["NetworkSettings"]["Networks"]["bridge"]
    assert address["IPAddress"] and address["Gateway"] and address["MacAddress"] and address["NetworkID"]
    cli("rm", "-f", name)


def test_no_such_container(cli):
    for command in (["start"], ["stop"], ["kill"], ["rm"], ["logs"], ["wait"], ["restart"]):
        assert "No such container: absent" in cli(*command, "absent", code=1).err
    assert "No such container: absent" in cli("exec", "absent", "true", code=1).err
    assert "no such object: absent" in cli("inspect", "absent", code=1).err.lower()


def test_rm(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    result = cli("rm", name, code=1)
    assert "container is running" in result.err
    assert cli.out("rm", "-f", name) == name
    assert "No such container" in cli("rm", name, code=1).err
    cli("rm", "-f", name, code=None)


def test_rm_several(cli, image):
    names = [unique("many") for _ in range(3)]
    for one in names:
        cli("create", "--name", one, image, "true")
    assert cli.out("rm", *names).split() == names


def test_events(cli, image, name):
    since = time.time()
    cli("run", "--name", name, image, "sh", "-c", "exit 3", code=3)
    cli("rm", name)
    out = cli("events", "--since", f"{since:.9f}", "--until", f"{time.time():.9f}", "--filter", f"container={name}",
              "--format", "{{json .}}").out
    events = [json.loads(line) for line in out.splitlines()]
    actions = [event["Action"] for event in events if event["Type"] == "container"]
    assert [a for a in actions if a in ("create", "start", "die", "destroy")] == ["create", "start", "die", "destroy"]
    died = next(event for event in events if event["Action"] == "die")
    assert died["Actor"]["Attributes"]["exitCode"] == "3" and died["Actor"]["Attributes"]["name"] == name
    assert died["timeNano"] // 10**9 == died["time"]


def test_events_live(cli, image, name):
    with cli.start("events", "--filter", f"container={name}", "--format", "{{.Action}}") as events:
        time.sleep(0.3)
        cli("run", "--rm", "--name", name, image, "true")
        events.expect("create")
        events.expect("die")
        events.expect("destroy")


def test_a_program_that_cannot_be_started_leaves_a_created_container(cli, image, name):
    cli("run", "--name", name, image, "absent-program", code=127)
    found = state(cli, name)
    assert found["Status"] == "created" and found["ExitCode"] == 127 and "absent-program" in found["Error"]
    cli("rm", name)


def test_version_and_info(cli, engine):
    out = cli("version", "--format", "{{.Client.Version}} {{.Server.Version}} {{.Server.APIVersion}} {{.Server.Os}}").out
    client, server, api, system = out.split()
    assert server and client and float(api) >= 1.44 and system == "linux"
    info = json.loads(cli("info", "--format", "{{json .}}").out)
    assert info["NCPU"] > 0 and info["MemTotal"] > 0 and info["DockerRootDir"] == engine.data_root
    assert info["Containers"] == info["ContainersRunning"] + info["ContainersPaused"] + info["ContainersStopped"]
    assert "Server Version" in cli("info").out
