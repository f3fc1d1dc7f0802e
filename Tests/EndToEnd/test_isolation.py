"""What a container may and may not do: namespaces, capabilities, devices, limits."""

import os

import pytest

from harness.sandbox import cgroups

DEFAULT_CAPABILITIES = 0x00000000A80425FB


def effective(text: str) -> int:
    return int(next(line for line in text.splitlines() if line.startswith("CapEff")).split()[1], 16)


def test_default_capabilities(cli, image):
    assert effective(cli("run", "--rm", image, "cat", "/proc/self/status").out) == DEFAULT_CAPABILITIES


def test_cap_drop_all(cli, image):
    assert effective(cli("run", "--rm", "--cap-drop", "ALL", image, "cat", "/proc/self/status").out) == 0


def test_cap_add(cli, image):
    out = cli("run", "--rm", "--cap-drop", "ALL", "--cap-add", "NET_ADMIN", image, "cat", "/proc/self/status").out
    assert effective(out) == 1 << 12
    cli("run", "--rm", "--cap-add", "NET_ADMIN", image, "ip", "link", "set", "lo", "mtu", "1400")
    cli("run", "--rm", image, "ip", "link", "set", "lo", "mtu", "1400", code=2)


def test_an_unprivileged_user_has_no_capability(cli, image):
    assert effective(cli("run", "--rm", "-u", "1000", image, "cat", "/proc/self/status").out) == 0


def test_seccomp_is_on(cli, image):
    out = cli("run", "--rm", image, "cat", "/proc/self/status").out
    assert "Seccomp:\t2" in out
    assert "Seccomp:\t0" in cli("run", "--rm", "--privileged", image, "cat", "/proc/self/status").out


def test_seccomp_refuses_what_docker_refuses(cli, image):
    result = cli("run", "--rm", image, "unshare", "-m", "true", code=1)
    assert "Operation not permitted" in result.err


def test_privileged(cli, image):
    out = cli("run", "--rm", "--privileged", image, "sh", "-c",
              "cat /proc/self/status; mount -t tmpfs none /tmp && echo mounted; test -e /dev/loop-control && echo loop").out
    # Every capability this kernel gives the daemon.
    with open("/proc/self/status") as file:
        assert effective(out) == effective(file.read())
    assert "mounted" in out and "loop" in out


def test_not_privileged(cli, image):
    cli("run", "--rm", image, "mount", "-t", "tmpfs", "none", "/tmp", code=1)
    cli("run", "--rm", image, "test", "-e", "/dev/loop-control", code=1)


def test_no_new_privileges(cli, image):
    out = cli("run", "--rm", "--security-opt", "no-new-privileges", image, "grep", "NoNewPrivs", "/proc/self/status").out
    assert out.split()[1] == "1"


def test_namespaces_of_its_own(cli, image):
    out = cli("run", "--rm", image, "sh", "-c", "for n in pid net mnt uts ipc; do readlink /proc/self/ns/$n; done").out
    for line in out.split():
        assert line != os.readlink(f"/proc/self/ns/{line.split(':')[0]}")
    assert cli.out("run", "--rm", image, "sh", "-c", "echo $$") == "1"


def test_masked_and_read_only_paths(cli, image):
    assert cli.out("run", "--rm", image, "sh", "-c", "cat /proc/kcore | wc -c; ls /sys/firmware | wc -l").split() == ["0", "0"]
    cli("run", "--rm", image, "sh", "-c", "echo 1 > /proc/sys/kernel/panic", code=1)
    cli("run", "--rm", image, "sh", "-c", "mkdir /sys/fs/cgroup/pids/x || mkdir /sys/fs/cgroup/x/y", code=1)


def test_devices(cli, image):
    out = cli.out("run", "--rm", image, "ls", "/dev").split()
    assert {"null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm", "mqueue", "fd", "stdin"} <= set(out)
    result = cli("run", "--rm", image, "sh", "-c", "mknod /tmp/loop b 7 0 && cat /tmp/loop", code=1)
    assert "Operation not permitted" in result.err


def test_a_device_that_is_given(cli, image):
    cli("run", "--rm", "--device", "/dev/loop-control:/dev/loops:rwm", image, "sh", "-c", "test -c /dev/loops && : < /dev/loops")


def test_nothing_inherited(cli, image):
    assert cli.out("run", "--rm", image, "sh", "-c", "ls /proc/self/fd | wc -l") == "4"  # 0 1 2 and ls's own


def test_memory_limit_kills(cli, image, name):
    # The last 96 MiB of a growing string cannot be had.
    grow = "x=1234567890123456; while :; do x=$x$x; done"
    cli("run", "--name", name, "--memory", "32m", "--memory-swap", "32m", image, "sh", "-c", grow, code=137)
    assert cli.out("inspect", "-f", "{{.State.OOMKilled}} {{.State.ExitCode}}", name) == "true 137"
    assert cli.out("inspect", "-f", "{{.HostConfig.Memory}}", name) == str(32 << 20)
    cli("rm", name)


def test_pids_limit(cli, image):
    result = cli("run", "--rm", "--pids-limit", "10", image, "sh", "-c",
                 "for i in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 2 & done; wait", code=None)
    assert "fork" in result.err, result


def test_cpus(cli, image, name, engine):
    cli("run", "-d", "--name", name, "--cpus", "0.5", image, "sleep", "100")
    assert cli.out("inspect", "-f", "{{.HostConfig.NanoCpus}}", name) == "500000000"
    container = cli.out("inspect", "-f", "{{.Id}}", name)
    groups = [path for path in cgroups(engine.sandbox.name) if container in os.path.basename(path)]
    assert groups and all(engine.cgroup_parent in path for path in groups)
    quotas = []
    for group in groups:
        for files in (["cpu.cfs_quota_us", "cpu.cfs_period_us"], ["cpu.max"]):
            if os.path.exists(os.path.join(group, files[0])):
                quotas.append(" ".join(open(os.path.join(group, file)).read() for file in files).split())
    assert [int(quota) * 2 for quota, _ in quotas] == [int(period) for _, period in quotas] != []
    cli("rm", "-f", name)


@pytest.mark.parametrize("arguments,where", [
    (["--memory", "1k"], "memory"),
    (["--cpus", "1000"], "CPU"),
    (["--pids-limit", "nonsense"], "pids-limit"),
    (["--cap-add", "NO_SUCH_CAP"], "NO_SUCH_CAP"),
    (["--network", "no-such-network"], "no-such-network"),
    (["-v", "relative/path:/x:nosuchmode"], "nosuchmode"),
    (["--restart", "sometimes"], "restart"),
    (["-p", "70000:80"], "70000"),
])
def test_bad_values_are_125_and_say_where(cli, image, arguments, where):
    result = cli("run", "--rm", *arguments, image, "true", code=125)
    assert where.lower() in result.err.lower()
