"""What a container costs: wall and CPU time of Moonpool, Docker and Podman, the same work, in turn.

Rules: the same machine and the same run, subjects interleaved, one warm-up each; wall median and minimum and the CPU
time of everything involved (client, daemon, helpers, container) from one cgroup a subject; load written beside the
table; each daemon in a network namespace of its own with its data on a journalled file system; by API as well as by
command line, so that the client's start does not hide the engine."""

import argparse
import concurrent.futures
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time

from harness import images
from harness.client import BIN, PEERS, REPOSITORY
from harness.processes import unique

from subjects import Subject

IMAGE = "127.0.0.1:5000/bench:1"
LARGE = "127.0.0.1:5000/large:1"
MANY = "127.0.0.1:5000/many:1"


class Failure(Exception):
    pass


def client(subject, *args):
    """Runs the subject's command line client and returns the seconds from its start to its end."""
    command, environment = subject.command_line(*args)
    code, seconds, error = subject.launch(command, environment)
    if code != 0:
        raise Failure(f"{subject.kind}: {' '.join(map(str, args))}: {code} {error}")
    return seconds


def api(subject, method, path, body=None, good=(200, 201, 204)):
    status, _, answer = subject.engine.request(method, path, body, timeout=300)
    if status not in good:
        raise Failure(f"{subject.kind}: {method} {path}: {status} {answer}")
    return answer


def create(subject, network, name=None):
    name = name or unique("b")
    api(subject, "POST", f"/v1.44/containers/create?name={name}", {
        "Image": IMAGE, "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": network}})
    return name


def remove(subject, name):
    api(subject, "DELETE", f"/v1.44/containers/{name}?force=1&v=1")


class Operation:
    """`prepare` → state (not measured), `act(state)` (measured), `undo(state)` (not measured)."""

    def __init__(self, name, act, prepare=None, undo=None, rounds=1.0, each=1):
        self.name, self.act, self.prepare, self.undo = name, act, prepare, undo
        self.rounds, self.each = rounds, each

    def once(self, subject):
        state = self.prepare(subject) if self.prepare else None
        time.sleep(0.05)  # what the last operation left running is not this one's
        cpu = subject.accounting.seconds()
        begun = time.perf_counter()
        result = self.act(subject, state)
        # A client is timed where it is started; everything else here.
        wall = result if isinstance(result, float) else time.perf_counter() - begun
        time.sleep(0.15)  # what this one left running is
        cpu = subject.accounting.seconds() - cpu
        if self.undo:
            self.undo(subject, result if state is None else state)
        return wall / self.each, cpu / self.each


def started(network):
    def prepare(subject):
        name = create(subject, network)
        api(subject, "POST", f"/v1.44/containers/{name}/start")
        return name

    return prepare


def exec_by_api(subject, name):
    identifier = api(subject, "POST", f"/v1.44/containers/{name}/exec", {
        "Cmd": ["true"], "AttachStdout": True, "AttachStderr": True})["Id"]
    api(subject, "POST", f"/v1.44/exec/{identifier}/start", {"Detach": False, "Tty": False})


def fifty(subject, _):
    def one(_):
        name = create(subject, "bridge")
        api(subject, "POST", f"/v1.44/containers/{name}/start")
        return name

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        return list(pool.map(one, range(50)))


def remove_all(subject, names):
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: remove(subject, name), names))


def forget(reference):
    def prepare(subject):
        subject.engine.request("DELETE", f"/v1.44/images/{reference}?force=1", timeout=300)
        os.sync()
        return reference

    return prepare


def pull(subject, reference):
    return client(subject, "pull", "-q", reference)


OPERATIONS = [
    Operation("client start (`--version`)", lambda s, _: client(s, "--version")),
    Operation("`run --rm … true`, bridge", lambda s, _: client(s, "run", "--rm", IMAGE, "true")),
    Operation("`run --rm … true`, none", lambda s, _: client(s, "run", "--rm", "--network", "none", IMAGE, "true")),
    Operation("`run --rm … true`, host", lambda s, _: client(s, "run", "--rm", "--network", "host", IMAGE, "true")),
    Operation("`exec … true`", lambda s, n: client(s, "exec", n, "true"), started("none"), remove),
    Operation("exec, by API", exec_by_api, started("none"), remove),
    Operation("create, by API", lambda s, _: create(s, "bridge"), undo=remove),
    Operation("start on none, by API", lambda s, n: api(s, "POST", f"/v1.44/containers/{n}/start"),
              lambda s: create(s, "none"), remove),
    Operation("start on the bridge, by API", lambda s, n: api(s, "POST", f"/v1.44/containers/{n}/start"),
              lambda s: create(s, "bridge"), remove),
    Operation("stop on the bridge, by API", lambda s, n: api(s, "POST", f"/v1.44/containers/{n}/stop?t=0"),
              started("bridge"), remove),
    Operation("rm, by API", lambda s, n: api(s, "DELETE", f"/v1.44/containers/{n}"), lambda s: create(s, "bridge")),
    Operation("50 containers, 8 at a time, each", fifty, undo=remove_all, rounds=0.2, each=50),
    Operation("pull, 1 large layer and 3 small", pull, forget(LARGE), rounds=0.2),
    Operation("pull, many small files", pull, forget(MANY), rounds=0.2),
]


def make_images(registry, large_mebibytes: int, files: int):
    base = images.busybox_layer().bytes()
    images.push_image(registry, "bench", "1", [base])
    source = random.Random(7)
    text = b"".join(source.randbytes(600) + bytes(424) for _ in range(1024))  # a megabyte that halves
    large = images.Layer()
    for number in range(large_mebibytes // 8):
        large.file(f"large/{number}", b"".join(bytes([(number + n) % 256]) + text for n in range(8)))
    small = [images.Layer().file(f"small{n}", source.randbytes(1 << 20)).bytes() for n in range(3)]
    images.push_image(registry, "large", "1", [base, large.bytes(), *small])
    many = images.Layer()
    for directory in range(files // 100):
        many.directory(f"many/{directory}")
        for number in range(100):
            many.file(f"many/{directory}/{number}", source.randbytes(200 + number * 20))
    images.push_image(registry, "many", "1", [base, many.bytes()])


def attach_time() -> float:
    """Milliseconds to move a process into a fresh cgroup of the memory controller: the guard of PERFORMANCE."""
    from harness.sandbox import cgroup_roots

    roots = [r for r in cgroup_roots() if r.endswith("/memory") or os.path.exists(os.path.join(r, "cgroup.controllers"))]
    path = os.path.join(roots[0], unique("moonpool-bench-attach"))
    os.mkdir(path)
    times = []
    try:
        for _ in range(5):
            child = subprocess.Popen(["sleep", "10"])
            time.sleep(0.1)
            begun = time.perf_counter()
            with open(os.path.join(path, "cgroup.procs"), "w") as file:
                file.write(str(child.pid))
            times.append((time.perf_counter() - begun) * 1000)
            child.kill()
            child.wait()
    finally:
        os.rmdir(path)
    return statistics.median(times)


def versions(subjects) -> str:
    found = []
    for subject in subjects:
        version = api(subject, "GET", "/version")
        name = {"docker": "Docker", "podman": "Podman", "moonpool": "Moonpool"}[subject.kind]
        found.append(f"{name} {version['Version']}")
    return ", ".join(found)


def cell(samples) -> str:
    walls, cpus = [w * 1000 for w, _ in samples], [c * 1000 for _, c in samples]

    def show(value):
        return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"

    return f"{show(statistics.median(walls))} / {show(min(walls))} / {show(statistics.median(cpus))}"


def ratio(mine, others) -> str:
    def medians(samples):
        return statistics.median(w for w, _ in samples), statistics.median(c for _, c in samples)

    (wall, cpu), (other_wall, other_cpu) = medians(mine), medians(others)
    return f"1/{other_wall / wall:.1f}, CPU 1/{other_cpu / max(cpu, 1e-6):.1f}"


def table(results: dict, memory: dict, kinds: list, facts: list) -> str:
    names = {"docker": "Docker", "podman": "Podman", "moonpool": "Moonpool"}
    peers = [kind for kind in kinds if kind != "moonpool"]
    mine = "moonpool" in kinds
    head = ["operation (wall median / minimum / CPU, ms)", *[names[k] for k in kinds],
            *([f"Moonpool to {names[k]}" for k in peers] if mine else [])]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for operation, samples in results.items():
        row = [operation, *[cell(samples[k]) if samples.get(k) else "–" for k in kinds]]
        if mine:
            row += [ratio(samples["moonpool"], samples[k]) if samples.get(k) and samples.get("moonpool") else "–"
                    for k in peers]
        lines.append("| " + " | ".join(row) + " |")
    for what, values in memory.items():
        row = [what, *[f"{values[k] / 2**20:.2f}" if k in values else "–" for k in kinds]]
        if mine:
            row += [f"1/{values[k] / values['moonpool']:.1f}" if k in values and values.get("moonpool") else "–"
                    for k in peers]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines) + "\n\n" + "\n".join(facts) + "\n"


def write(text: str):
    path = os.path.join(REPOSITORY, "docs", "performance.md")
    begin, end = "<!-- bench: begin -->", "<!-- bench: end -->"
    with open(path) as file:
        document = file.read()
    before, _, rest = document.partition(begin)
    _, _, after = rest.partition(end)
    with open(path, "w") as file:
        file.write(f"{before}{begin}\n{text}{end}{after}")
    print(f"bench: written to {path}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--subjects", default="docker,podman,moonpool")
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--only", nargs="*", help="operations whose name contains one of these")
    parser.add_argument("--large", type=int, default=192, help="MiB of the large image, unpacked")
    parser.add_argument("--files", type=int, default=20_000, help="files of the image with many")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    kinds = options.subjects.split(",")
    operations = [o for o in OPERATIONS if not options.only or any(part in o.name for part in options.only)]
    load_before = os.getloadavg()[0]
    results, memory, subjects = {o.name: {} for o in operations}, {}, []
    storage = tempfile.mkdtemp(prefix="moonpool-bench-registry-", dir="/tmp")
    try:
        for kind in kinds:
            print(f"bench: starting {kind}", file=sys.stderr)
            subject = Subject(kind, storage)
            subjects.append(subject)
            subject.start()
            if len(subjects) == 1:
                make_images(subject.registry, options.large, options.files)
            client(subject, "pull", "-q", IMAGE)
            memory.setdefault("memory at rest (PSS, MiB)", {})[kind] = subject.memory()
        for operation in operations:
            rounds = max(3, round(options.rounds * operation.rounds))
            for number in range(rounds + 1):
                for subject in random.sample(subjects, len(subjects)):
                    try:
                        sample = operation.once(subject)
                    except Failure as failure:
                        print(f"bench: {failure}", file=sys.stderr)
                        if subject.kind == "moonpool":
                            raise
                        continue
                    if number > 0:  # the first is the warm-up
                        results[operation.name].setdefault(subject.kind, []).append(sample)
            print(f"bench: {operation.name}: " + "; ".join(
                f"{kind} {cell(samples)}" for kind, samples in results[operation.name].items()), file=sys.stderr)
        if not options.only:
            for subject in subjects:
                rest = subject.memory()
                names = fifty(subject, None)
                time.sleep(1)
                running = subject.memory()
                memory.setdefault("memory with 50 running (PSS, MiB)", {})[subject.kind] = running
                memory.setdefault("each of them (PSS, MiB)", {})[subject.kind] = (running - rest) / 50
                remove_all(subject, names)
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), "unknown")
        facts = [
            f"Measured {time.strftime('%Y-%m-%d', time.gmtime())} on {os.cpu_count()} cores ({model}), Linux "
            f"{os.uname().release}: {versions(subjects)}; {options.rounds} rounds in turn after a warm-up; load "
            f"{load_before:.2f} before, {os.getloadavg()[0]:.2f} after; moving a process into a fresh cgroup took "
            f"{attach_time():.2f} ms. Podman's client enters its sandbox through `nsenter` (about 1 ms)."]
        text = table(results, memory, kinds, facts)
        print(text)
        if options.write:
            write(text)
    finally:
        for subject in reversed(subjects):
            try:
                subject.close()
            except Exception as error:
                print(f"bench: {subject.kind} did not end cleanly: {error}", file=sys.stderr)
        subprocess.run(["rm", "-rf", storage])


if __name__ == "__main__":
    main()
