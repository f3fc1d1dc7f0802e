"""logs: following, since, tail, timestamps, large output."""

import datetime
import re
import time

from harness.processes import wait_until


def test_streams_are_kept_apart(cli, image, name):
    cli("run", "--name", name, image, "sh", "-c", "echo out; echo err >&2")
    result = cli("logs", name)
    assert (result.out, result.err) == ("out\n", "err\n")
    cli("rm", name)


def test_follow_ends_with_the_container(cli, image, name):
    cli("run", "-d", "--name", name, image, "sh", "-c", "for i in 1 2 3 4 5; do echo line $i; sleep 0.2; done")
    started = time.monotonic()
    assert cli("logs", "-f", name).out.splitlines() == [f"line {i}" for i in range(1, 6)]
    assert time.monotonic() - started < 10
    cli("rm", name)


def test_follow_is_live(cli, image, name):
    cli("run", "-d", "--name", name, image, "sh", "-c", "echo first; sleep 1; echo second; sleep 100")
    with cli.start("logs", "-f", name) as logs:
        logs.expect("first")
        logs.expect("second", timeout=5)
    cli("rm", "-f", name)


def test_tail(cli, image, name):
    cli("run", "--name", name, image, "seq", "100")
    assert cli.out("logs", "--tail", "3", name).split() == ["98", "99", "100"]
    assert cli.out("logs", "--tail", "0", name) == ""
    assert len(cli.out("logs", "--tail", "all", name).split()) == 100
    cli("rm", name)


def test_timestamps_since_until(cli, image, name):
    cli("run", "--name", name, image, "sh", "-c", "echo early; sleep 1.2; echo late")
    lines = cli("logs", "-t", name).out.splitlines()
    stamp = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z"
    assert all(re.fullmatch(f"{stamp} (early|late)", line) for line in lines), lines
    middle = datetime.datetime.fromisoformat(lines[0].split()[0][:26]).replace(tzinfo=datetime.timezone.utc)
    middle = (middle + datetime.timedelta(seconds=0.6)).isoformat().replace("+00:00", "Z")
    assert cli.out("logs", "--since", middle, name) == "late"
    assert cli.out("logs", "--until", middle, name) == "early"
    assert cli.out("logs", "--since", "10m", name).split() == ["early", "late"]
    cli("rm", name)


def test_terminal_output_is_unframed(cli, image, name):
    cli("run", "-dt", "--name", name, image, "sh", "-c", "echo out; echo err >&2")
    cli("wait", name)
    assert cli.out("logs", name).replace("\r", "").split() == ["out", "err"]
    cli("rm", name)


def test_no_final_newline_and_long_lines(cli, image, name):
    cli("run", "--name", name, image, "sh", "-c", "head -c 70000 /dev/zero | tr '\\0' x; printf end")
    assert cli("logs", name).out == "x" * 70000 + "end"
    cli("rm", name)


def test_binary_output(cli, image, name):
    cli("run", "--name", name, image, "printf", "a\\000b\\377c\\n")
    assert len(cli("logs", name, text=False).out) >= 6
    cli("rm", name)


def test_two_megabytes(cli, image, name):
    cli("run", "-d", "--name", name, image, "sh", "-c", "seq 1 300000")
    cli("wait", name)
    out = cli("logs", name).out
    assert out == "".join(f"{i}\n" for i in range(1, 300001))
    cli("rm", name)


def test_logs_of_a_container_that_never_ran(cli, image, name):
    cli("create", "--name", name, image, "true")
    assert cli.out("logs", name) == ""
    cli("rm", name)


def test_an_open_log_reader_does_not_hinder_removal(cli, image, name):
    cli("run", "-d", "--name", name, image, "sh", "-c", "echo ready; sleep 100")
    with cli.start("logs", "-f", name) as logs:
        logs.expect("ready")
        cli("rm", "-f", name)
        logs.wait(10)
    wait_until(lambda: name not in cli("ps", "-a").out)
