"""Starts programs from inside a cgroup and says how long each took.

Moving a process into a cgroup may wait for many milliseconds; this one is moved once, and what it starts is born there.
Reads a JSON array [argv, environment] per line, answers [exit status, seconds, end of the error output]."""

import json
import os
import sys
import tempfile
import time

errors = tempfile.TemporaryFile()
null = os.open("/dev/null", os.O_RDWR)
for line in sys.stdin:
    argv, environment = json.loads(line)
    errors.seek(0)
    errors.truncate()
    actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1),
               (os.POSIX_SPAWN_DUP2, errors.fileno(), 2)]
    begun = time.perf_counter()
    pid = os.posix_spawnp(argv[0], argv, environment, file_actions=actions)
    _, status = os.waitpid(pid, 0)
    seconds = time.perf_counter() - begun
    errors.seek(0)
    print(json.dumps([os.waitstatus_to_exitcode(status), seconds, errors.read().decode(errors="replace")[-400:]]),
          flush=True)
