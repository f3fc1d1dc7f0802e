"""attach and exec: streams, terminals, exit codes."""

import json
import time

from harness.processes import wait_until


def test_exec_output_and_code(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    result = cli("exec", name, "sh", "-c", "echo out; echo err >&2; exit 5", code=5)
    assert (result.out, result.err) == ("out\n", "err\n")
    cli("rm", "-f", name)


def test_exec_stdin(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    assert cli("exec", "-i", name, "cat", input="into exec\n").out == "into exec\n"
    data = bytes(range(256)) * 4096
    assert cli("exec", "-i", name, "cat", input=data, text=False).out == data
    cli("rm", "-f", name)


def test_exec_terminal(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    with cli.terminal("exec", "-it", name, "sh", rows=33, columns=99) as terminal:
        terminal.expect("# ")
        terminal.send("stty size\n")
        terminal.expect("33 99")
        terminal.resize(20, 60)
        time.sleep(0.3)
        terminal.send("stty size\n")
        terminal.expect("20 60")
        terminal.send("exit 6\n")
        assert terminal.wait() == 6
    cli("rm", "-f", name)


def test_exec_options(cli, image, name):
    cli("run", "-d", "--name", name, "-e", "OUTER=1", image, "sleep", "100")
    assert cli.out("exec", "-u", "alice", name, "id", "-un") == "alice"
    assert cli.out("exec", "-w", "/srv", name, "pwd") == "/srv"
    assert cli.out("exec", "-e", "INNER=2", name, "sh", "-c", "echo $OUTER$INNER") == "12"
    assert cli.out("exec", name, "grep", "CapEff", "/proc/self/status").split()[1] == "00000000a80425fb"
    assert "Seccomp:\t2" in cli.out("exec", name, "cat", "/proc/self/status")
    privileged = int(cli.out("exec", "--privileged", name, "grep", "CapEff", "/proc/self/status").split()[1], 16)
    with open("/proc/self/status") as file:
        own = next(line for line in file if line.startswith("CapEff"))
    assert privileged == int(own.split()[1], 16)
    cli("rm", "-f", name)


def test_exec_detached(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    cli("exec", "-d", name, "sh", "-c", "echo done > /tmp/mark")
    wait_until(lambda: cli("exec", name, "cat", "/tmp/mark", code=None).out == "done\n")
    cli("rm", "-f", name)


def test_exec_of_a_missing_program(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    # Docker says it on the stream the program would have used; which one, nobody relies on.
    result = cli("exec", name, "absent", code=127)
    assert '"absent": executable file not found in $PATH' in result.out + result.err
    result = cli("exec", name, "/etc/passwd", code=126)
    assert "permission denied" in result.out + result.err
    cli("rm", "-f", name)


def test_exec_needs_a_running_container(cli, image, name):
    cli("create", "--name", name, image, "true")
    assert "is not running" in cli("exec", name, "true", code=1).err
    cli("rm", name)


def test_exec_shares_the_namespaces(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    for kind in ("pid", "net", "mnt", "uts", "ipc", "cgroup"):
        assert (cli.out("exec", name, "readlink", f"/proc/1/ns/{kind}")
                == cli.out("exec", name, "readlink", f"/proc/self/ns/{kind}")), kind
    cli("rm", "-f", name)


def test_exec_is_counted_against_the_limits(cli, image, name):
    cli("run", "-d", "--name", name, "--pids-limit", "5", image, "sleep", "100")
    result = cli("exec", name, "sh", "-c", "for i in 1 2 3 4 5 6 7; do sleep 1 & done; wait", code=None)
    assert "fork" in result.err, result
    cli("rm", "-f", name)


def test_exec_ends_with_its_container(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    with cli.start("exec", name, "sh", "-c", "echo ready; sleep 100") as running:
        running.expect("ready")
        cli("kill", name)
        assert running.wait(10).code == 137
    cli("rm", name)


def test_many_execs_at_once(cli, image, name):
    cli("run", "-d", "--name", name, image, "sleep", "100")
    running = [cli.start("exec", name, "sh", "-c", f"echo {n}; exit {n}") for n in range(12)]
    for n, one in enumerate(running):
        with one:
            result = one.wait(60)
            assert (result.code, result.out.strip()) == (n, str(n))
    cli("rm", "-f", name)


def test_attach(cli, image, name):
    cli("run", "-di", "--name", name, image, "sh", "-c", "read line; echo got $line; sleep 0.5; exit 4")
    with cli.start("attach", name, stdin=True) as attached:
        time.sleep(0.3)
        attached.send(b"a word\n")
        attached.expect("got a word")
        assert attached.wait().code == 4
    cli("rm", name)


def test_attach_without_stdin(cli, image, name):
    cli("run", "-d", "--name", name, image, "sh", "-c", "for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.2; done; exit 2")
    result = cli("attach", "--no-stdin", name, code=2)
    assert result.out.split()[-1] == "8"
    cli("rm", name)


def test_two_attached_clients_see_the_same(cli, image, name):
    cli("run", "-di", "--name", name, image, "cat")
    with cli.start("attach", "--no-stdin", name) as one, cli.start("attach", name, stdin=True) as two:
        time.sleep(0.5)
        two.send(b"for both\n")
        one.expect("for both")
        two.expect("for both")
    cli("rm", "-f", name)


def test_attach_to_a_stopped_container(cli, image, name):
    cli("create", "--name", name, image, "true")
    assert "cannot attach to a stopped container" in cli("attach", name, code=1).err
    cli("rm", name)


def test_half_close(engine, image, name):
    """The client closes its sending half; what the program then still says arrives (docker-py, raw sockets)."""
    container = engine.api.containers.create(image, ["sh", "-c", "wc -c; sleep 0.3; echo after"], stdin_open=True, name=name)
    container.start()
    import socket

    connection = socket.socket(socket.AF_UNIX)
    connection.connect(engine.socket)
    connection.sendall(
        f"POST /v1.44/containers/{name}/attach?stdin=1&stdout=1&stream=1 HTTP/1.1\r\nHost: x\r\n"
        "Connection: Upgrade\r\nUpgrade: tcp\r\nContent-Length: 0\r\n\r\n".encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += connection.recv(4096)
    assert head.startswith(b"HTTP/1.1 101 UPGRADED") and b"Upgrade: tcp" in head
    connection.sendall(b"12345")
    connection.shutdown(socket.SHUT_WR)
    rest = head.split(b"\r\n\r\n", 1)[1]
    connection.settimeout(10)
    while chunk := connection.recv(4096):
        rest += chunk
    connection.close()
    frames = []
    while rest:
        length = int.from_bytes(rest[4:8], "big")
        frames.append((rest[0], rest[8:8 + length]))
        rest = rest[8 + length:]
    assert b"".join(data for kind, data in frames if kind == 1).split() == [b"5", b"after"]
    container.remove(force=True)


def test_docker_py_exec_and_attach(engine, image, name):
    container = engine.api.containers.run(image, ["sleep", "100"], detach=True, name=name)
    code, (out, err) = container.exec_run(["sh", "-c", "echo out; echo err >&2; exit 3"], demux=True)
    assert (code, out, err) == (3, b"out\n", b"err\n")
    for _ in range(5):  # on pooled connections
        assert container.exec_run(["echo", "again"]).output == b"again\n"
    identifier = engine.api.api.exec_create(container.id, ["cat"], stdin=True)["Id"]
    assert engine.api.api.exec_inspect(identifier)["Running"] is False
    container.remove(force=True)


def test_exec_inspect(engine, image, name):
    container = engine.api.containers.run(image, ["sleep", "100"], detach=True, name=name)
    api = engine.api.api
    identifier = api.exec_create(container.id, ["sh", "-c", "exit 11"], environment=["A=b"], user="alice")["Id"]
    api.exec_start(identifier)
    found = api.exec_inspect(identifier)
    assert found["ExitCode"] == 11 and not found["Running"] and found["ContainerID"] == container.id
    assert found["ProcessConfig"]["entrypoint"] == "sh" and found["ProcessConfig"]["arguments"] == ["-c", "exit 11"]
    container.remove(force=True)
