"""`run`: its streams, its exit codes, its flags."""

import os
import time

import pytest

from harness.processes import unique, wait_until


def test_output_and_exit_code(cli, image):
    result = cli("run", "--rm", image, "sh", "-c", "echo out; echo err >&2; exit 7", code=7)
    assert (result.out, result.err) == ("out\n", "err\n")


def test_a_signal_shows_in_the_exit_code(cli, image):
    cli("run", "--rm", image, "sh", "-c", "sh -c 'kill -9 $$'; exit $?", code=137)


def test_missing_program_is_127(cli, image):
    result = cli("run", "--rm", image, "no-such-program", code=127)
    assert "no-such-program" in result.err and "not found" in result.err


def test_program_that_cannot_run_is_126(cli, image):
    result = cli("run", "--rm", image, "/etc/passwd", code=126)
    assert "permission denied" in result.err


def test_bad_flag_is_125(cli, image):
    result = cli("run", "--no-such-flag", image, "true", code=125)
    assert "no-such-flag" in result.err


def test_stdin(cli, image):
    assert cli("run", "--rm", "-i", image, "cat", input="to and fro\n").out == "to and fro\n"


def test_large_stdin_and_stdout(cli, image):
    data = os.urandom(1 << 20)
    assert cli("run", "--rm", "-i", image, "cat", input=data, text=False).out == data


def test_without_i_stdin_is_empty(cli, image):
    assert cli("run", "--rm", image, "cat", input="not for you\n").out == ""


def test_detached(cli, image, name, identifier):
    identifier(cli("run", "-d", "--name", name, image, "sleep", "100").out)
    assert cli.out("inspect", "-f", "{{.State.Status}} {{.State.Running}}", name) == "running true"
    cli("rm", "-f", name)


def test_rm_removes(cli, image, name):
    cli("run", "--rm", "--name", name, image, "true")
    wait_until(lambda: name not in cli("ps", "-a", "--format", "{{.Names}}").out.split(), what="removal by --rm")


def test_detached_rm_removes(cli, image, name):
    cli("run", "-d", "--rm", "--name", name, image, "sleep", "0.2")
    wait_until(lambda: name not in cli("ps", "-a", "--format", "{{.Names}}").out.split(), what="removal by --rm")


def test_terminal(cli, image):
    with cli.terminal("run", "-it", "--rm", image, "sh", rows=30, columns=100) as terminal:
        terminal.expect("# ")
        terminal.send("tty; stty size; echo sum $((6*7))\n")
        terminal.expect("/dev/pts/")
        terminal.expect("30 100")
        terminal.expect("sum 42")
        terminal.resize(40, 120)
        time.sleep(0.3)
        terminal.send("stty size\n")
        terminal.expect("40 120")
        terminal.send("exit 3\n")
        assert terminal.wait() == 3


def test_terminal_interrupt(cli, image):
    with cli.terminal("run", "-it", "--rm", image, "sh") as terminal:
        terminal.expect("# ")
        terminal.send("sleep 100\n")
        time.sleep(0.3)
        terminal.send("\x03")
        terminal.expect("# ")
        terminal.send("exit\n")
        assert terminal.wait() == 130


def test_detach_keys(cli, image, name):
    with cli.terminal("run", "-it", "--name", name, image, "sh") as terminal:
        terminal.expect("# ")
        terminal.send("\x10\x11")
        assert terminal.wait() in (0, 1)
    assert cli.out("inspect", "-f", "{{.State.Running}}", name) == "true"
    cli("rm", "-f", name)


def test_ctrl_c_without_terminal_reaches_the_program(cli, image, name):
    with cli.start("run", "--rm", "--name", name, image, "sh", "-c",
                   "trap 'echo caught; exit 9' INT TERM; echo ready; while :; do sleep 0.1; done") as running:
        running.expect("ready")
        running.process.send_signal(2)
        result = running.wait()
    assert result.code == 9 and "caught" in result.out


def test_environment(cli, image, tmp_path):
    file = tmp_path / "env"
    file.write_text("# comment\nFROM_FILE=file value\n")
    out = cli("run", "--rm", "-e", "ONE=1", "-e", "TWO=a b", "--env-file", file, image, "env").out.splitlines()
    assert {"ONE=1", "TWO=a b", "FROM_FILE=file value"} <= set(out)
    assert any(line.startswith("PATH=") for line in out) and any(line.startswith("HOSTNAME=") for line in out)
    assert "HOME=/root" in out


def test_environment_is_taken_from_the_client(cli, image):
    cli.environment["FROM_CLIENT"] = "passed on"
    assert cli.out("run", "--rm", "-e", "FROM_CLIENT", image, "sh", "-c", "echo $FROM_CLIENT") == "passed on"


def test_working_directory(cli, image):
    assert cli.out("run", "--rm", "-w", "/made/for/it", image, "pwd") == "/made/for/it"


@pytest.mark.parametrize("user,uid,gid,groups", [
    ("alice", "1000(alice)", "1000(alice)", {"1000(alice)", "50(staff)"}),
    ("1000:50", "1000(alice)", "50(staff)", {"50(staff)"}),
    ("4321", "4321", "0(root)", {"0(root)"}),
    ("nobody:staff", "65534(nobody)", "50(staff)", {"50(staff)"}),
])
def test_user(cli, image, user, uid, gid, groups):
    fields = dict(part.split("=") for part in cli.out("run", "--rm", "-u", user, image, "id").split())
    assert (fields["uid"], fields["gid"], set(fields["groups"].split(","))) == (uid, gid, groups)


def test_unknown_user(cli, image):
    result = cli("run", "--rm", "-u", "nobody-like-that", image, "id", code=None)
    assert result.code in (125, 126) and "nobody-like-that" in result.err


def test_group_add(cli, image):
    assert "50(staff)" in cli.out("run", "--rm", "--group-add", "staff", image, "id")


def test_host_name(cli, image):
    out = cli("run", "--rm", "--hostname", "moon", image, "sh", "-c", "hostname; grep moon /etc/hosts").out
    assert out.splitlines()[0] == "moon" and "moon" in out.splitlines()[1]


def test_host_name_is_the_short_id(cli, image, name):
    full = cli.out("run", "-d", "--name", name, image, "sleep", "100")
    assert cli.out("exec", name, "hostname") == full[:12]
    cli("rm", "-f", name)


def test_entrypoint(cli, image):
    assert cli.out("run", "--rm", "--entrypoint", "echo", image, "a", "b") == "a b"


def test_labels(cli, image, name):
    cli("run", "-d", "--name", name, "--label", "site=moon", "--label", "empty", image, "true")
    assert cli.out("inspect", "-f", '{{index .Config.Labels "site"}}|{{index .Config.Labels "empty"}}', name) == "moon|"
    assert cli.out("ps", "-a", "--filter", "label=site=moon", "--format", "{{.Names}}") == name
    cli("rm", name)


def test_a_name_in_use_conflicts(cli, image, name):
    cli("create", "--name", name, image, "true")
    result = cli("create", "--name", name, image, "true", code=1)
    assert "Conflict" in result.err and name in result.err
    result = cli("run", "--name", name, image, "true", code=125)
    assert "Conflict" in result.err
    cli("rm", name)


def test_read_only_root(cli, image):
    result = cli("run", "--rm", "--read-only", image, "touch", "/x", code=1)
    assert "Read-only file system" in result.err
    cli("run", "--rm", "--read-only", "--tmpfs", "/scratch:size=1m,mode=1777", image, "touch", "/scratch/x")


def test_tmpfs_options(cli, image):
    out = cli.out("run", "--rm", "--tmpfs", "/scratch:size=1m", image, "sh", "-c", "grep ' /scratch ' /proc/mounts")
    assert out.startswith("tmpfs /scratch tmpfs ") and "size=1024k" in out
    assert {"nosuid", "nodev", "noexec"} <= set(out.split()[3].split(","))


def test_ulimit(cli, image):
    assert cli.out("run", "--rm", "--ulimit", "nofile=123:456", image, "sh", "-c",
                   "ulimit -Sn; ulimit -Hn").split() == ["123", "456"]


def test_init_reaps_and_forwards(cli, image, name):
    cli("run", "-d", "--init", "--name", name, image, "sleep", "100")
    assert "sleep" not in cli.out("exec", name, "cat", "/proc/1/cmdline").split("\0")[0]
    started = time.monotonic()
    cli("stop", name)
    assert time.monotonic() - started < 5, "SIGTERM did not reach the program through init"
    assert cli.out("inspect", "-f", "{{.State.ExitCode}}", name) == "143"
    cli("rm", name)


def test_cid_file_and_pull_policy(cli, image, tmp_path, identifier):
    cli("run", "--rm", "--cidfile", tmp_path / "cid", image, "true")
    identifier((tmp_path / "cid").read_text())
    result = cli("run", "--rm", "--pull", "never", unique("absent"), "true", code=125)
    assert "No such image" in result.err


def test_shm_size(cli, image):
    assert "size=1024k" in cli.out("run", "--rm", "--shm-size", "1m", image, "grep", " /dev/shm ", "/proc/mounts")


def test_sysctl(cli, image):
    assert cli.out("run", "--rm", "--sysctl", "net.ipv4.ip_forward=0", image, "cat",
                   "/proc/sys/net/ipv4/ip_forward") == "0"


def test_many_at_once(cli, image):
    running = [cli.start("run", "--rm", image, "sh", "-c", f"echo {n}; exit {n}") for n in range(10)]
    for n, one in enumerate(running):
        with one:
            result = one.wait(60)
            assert (result.code, result.out.strip()) == (n, str(n)), result
