"""What an engine may have left behind: compared before and after every test."""

import json
import os
import re

from .processes import run, wait_until
from .sandbox import cgroups


def _mounts(sandbox) -> set:
    with open(f"/proc/{sandbox.holder.pid}/mountinfo") as file:
        inside = {" ".join(line.split()[3:6]) for line in file}
    # Nothing of the sandbox ever shows in the machine's own mount table.
    with open("/proc/self/mountinfo") as file:
        outside = {"machine: " + line.strip() for line in file if sandbox.directory in line}
    return inside | outside


def _interfaces(sandbox) -> set:
    links = json.loads(run(*sandbox.command("ip", "-j", "link", "show")).out or "[]")
    return {link["ifname"] for link in links}


def _rules(sandbox) -> set:
    """Every table, chain, rule and element, without the counters."""
    text = run(*sandbox.command("nft", "list", "ruleset"), code=None).out
    text = re.sub(r"counter packets \d+ bytes \d+", "counter", text)
    found, place = set(), []
    for line in text.splitlines():
        line = line.strip()
        if line.endswith("{"):
            place.append(line[:-1].strip())
            found.add(" / ".join(place))
        elif line == "}":
            place.pop()
        elif line:
            found.add(" / ".join(place) + " / " + line)
    return found


def _files(engine) -> set:
    """What lies in the run root: nothing there survives its container."""
    found = set()
    if engine.kind == "moonpool":
        for directory, directories, files in os.walk(engine.exec_root):
            found.update(os.path.join(directory, name) for name in directories + files)
    return found


def snapshot(engine) -> dict:
    sandbox = engine.sandbox
    # A daemon that was started again has another pid; it is no leak.
    processes = {f"{pid} {text}" for pid, text in sandbox.processes().items() if "moonpoold --data-root" not in text}
    if engine.kind == "docker":  # containerd comes and goes as it likes
        processes = {text for text in processes if "containerd-shim" in text or " runc " in text}
    return {
        "mounts": _mounts(sandbox), "cgroups": cgroups(sandbox.name), "interfaces": _interfaces(sandbox),
        "nft": _rules(sandbox), "processes": processes, "files": _files(engine),
    }


def difference(before: dict, after: dict) -> list:
    lines = []
    for kind, was in before.items():
        lines += [f"{kind}: left behind: {item}" for item in sorted(after[kind] - was)]
        if kind == "nft":  # elsewhere, what is gone now was on its way out before
            lines += [f"{kind}: lost: {item}" for item in sorted(was - after[kind])]
    return lines


def check(engine, before: dict, timeout: float = 5):
    """Fails when something is there now that was not there before. The kernel takes a few milliseconds to
    remove a veth after its namespace, so the difference may vanish within `timeout` seconds."""
    last = []

    def clean():
        last[:] = difference(before, snapshot(engine))
        return not last

    try:
        wait_until(clean, timeout)
    except AssertionError:
        raise AssertionError("the engine left something behind:\n  " + "\n  ".join(last)) from None
