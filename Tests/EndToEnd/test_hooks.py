"""Site policy in Lua: what a stock client sees of a deny, a change, a warning; reload; the shipped hooks."""

import json
import os
import shutil
import time

import pytest

from conftest import IMAGE
from harness import leaks
from harness.engines import SHIPPED_HOOKS
from harness.processes import unique, wait_until

pytestmark = pytest.mark.moonpool


class Site:
    """A hooks directory, written as a site would write it."""

    def __init__(self, directory: str):
        self.directory = directory
        os.makedirs(directory, mode=0o755)

    def add(self, name: str, body: str):
        """A hook whose statements are `body`; it stands in place when complete, by one rename."""
        text = (f'local hook = engine.hook {{ api = 1, name = "{name}", version = "1.0.0" }}\n{body}\nreturn hook\n')
        self.write(f"{name}/init.lua", text)

    def write(self, path: str, text: str):
        path = os.path.join(self.directory, path)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path + ".new", "w") as file:
            file.write(text)
        os.rename(path + ".new", path)

    def ship(self, name: str):
        shutil.copytree(os.path.join(SHIPPED_HOOKS, name), os.path.join(self.directory, name))

    def configure(self, configuration: dict):
        self.write("hooks.json", json.dumps({"api": 1, **configuration}))

    def remove(self, name: str):
        shutil.rmtree(os.path.join(self.directory, name))


@pytest.fixture
def site(new_sandbox):
    sandbox = new_sandbox()
    site = Site(sandbox.path("hooks"))
    site.sandbox = sandbox
    return site


@pytest.fixture
def begin(site, new_engine):
    """Starts the daemon on the site's hooks; at the end nothing may be left."""
    engines = []

    def start(**options):
        engine = new_engine(sandbox=site.sandbox, hooks=site.directory, **options)
        engines.append((engine, leaks.snapshot(engine)))
        return engine.client()

    start.engines = engines
    yield start
    for engine, before in engines:
        engine.remove_everything()
        leaks.check(engine, before)


def test_the_shipped_no_privileged(site, begin):
    site.ship("no-privileged")
    docker = begin()
    result = docker("run", "--rm", "--privileged", IMAGE, "true", code=125)
    first = result.err.splitlines()[0]
    assert "no-privileged" in first and "privileged" in first and "403" not in first
    assert docker("ps", "-aq").out == ""
    docker("run", "--rm", IMAGE, "true")
    docker("run", "-d", "--name", "quiet", IMAGE, "sleep", "100")
    result = docker("exec", "--privileged", "quiet", "true", code=1)
    assert "no-privileged" in result.err
    assert docker.out("exec", "quiet", "echo", "fine") == "fine"


def test_a_deny_is_403(site, begin):
    site.ship("no-privileged")
    begin()
    (engine, _), = begin.engines
    status, _, answer = engine.request(
        "POST", "/containers/create", {"Image": IMAGE, "Cmd": ["true"], "HostConfig": {"Privileged": True}})
    assert status == 403 and "no-privileged" in answer["message"]


def test_the_shipped_default_limits(site, begin):
    site.ship("default-limits")
    docker = begin()
    docker("run", "-d", "--name", "plain", IMAGE, "sleep", "100")
    limit = int(docker.out("inspect", "-f", "{{.HostConfig.PidsLimit}}", "plain"))
    assert limit > 0
    assert docker.out("exec", "plain", "sh", "-c", "cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; true"
                      ) == str(limit)
    docker("run", "-d", "--name", "own", "--pids-limit", "33", IMAGE, "sleep", "100")
    assert docker.out("inspect", "-f", "{{.HostConfig.PidsLimit}}", "own") == "33"


def test_the_shipped_exit_log(site, begin):
    site.ship("exit-log")
    docker = begin()
    docker("run", "--name", "ended", IMAGE, "sh", "-c", "exit 23", code=23)
    (engine, _), = begin.engines
    line = wait_until(lambda: next((l for l in engine.log(500).splitlines() if "exit-log" in l and '"code":23' in l), None))
    assert "ended" in line or docker.out("inspect", "-f", "{{.Id}}", "ended")[:12] in line


def test_exit_is_observed_although_the_daemon_died(site, begin):
    site.ship("exit-log")
    docker = begin()
    docker("run", "-d", "--name", "ended", IMAGE, "sh", "-c", "sleep 0.5; exit 29")
    (engine, _), = begin.engines
    engine.kill()
    time.sleep(0.8)
    engine.start()
    wait_until(lambda: [l for l in engine.log(500).splitlines() if "exit-log" in l and '"code":29' in l])


def test_all_gates_run_and_all_reasons_are_told(site, begin):
    site.add("one", 'hook:gate("create", { id = "first" }, function(e) return engine.deny("reason one", { code = "ONE" }) end)')
    site.add("two", 'hook:gate("create", { id = "second" }, function(e) return engine.deny("reason two") end)')
    docker = begin_without_image(site, begin)
    result = docker("create", IMAGE, "true", code=1)
    assert all(word in result.err for word in ("one/first", "reason one", "ONE", "two/second", "reason two"))


def begin_without_image(site, begin):
    """The hooks under test deny even the container that warms the engine up."""
    (name_bodies) = [(d, open(os.path.join(site.directory, d, "init.lua")).read()) for d in os.listdir(site.directory)]
    for name, _ in name_bodies:
        site.remove(name)
    docker = begin()
    for name, body in name_bodies:
        site.write(f"{name}/init.lua", body)
    wait_until(lambda: docker("create", IMAGE, "true", code=None).code != 0 or _clean(docker), what="the hooks' load")
    return docker


def _clean(docker):
    for one in docker("ps", "-aq").out.split():
        docker("rm", "-f", one)
    return False


def test_a_warning_is_printed(site, begin):
    site.add("careful", 'hook:gate("create", function(e) return engine.warn("mind the gap") end)')
    docker = begin()
    result = docker("create", "--name", "warned", IMAGE, "true")
    assert "mind the gap" in result.err
    docker("rm", "warned")


def test_a_change_is_what_runs_and_what_is_shown(site, begin):
    site.add("change", '''
hook:mutate("create", { id = "change" }, function(event)
  local c = event.container
  c.Config.Labels["by"] = "hook"
  table.insert(c.Config.Env, "FROM_HOOK=1")
  c.HostConfig.Memory = 48 * 1024 * 1024
  c.HostConfig.ReadonlyRootfs = true
end)
hook:gate("create", { id = "sees" }, function(event)
  for _, change in ipairs(event.changes) do
    if change.field == "HostConfig.Memory" and change.hook == "change" then return nil end
  end
  return engine.deny("no change seen")
end)''')
    docker = begin()
    docker("run", "-d", "--name", "changed", IMAGE, "sleep", "100")
    (found,) = json.loads(docker("inspect", "changed").out)
    assert found["Config"]["Labels"]["by"] == "hook" and found["HostConfig"]["Memory"] == 48 << 20
    assert docker.out("exec", "changed", "sh", "-c", "echo $FROM_HOOK") == "1"
    docker("exec", "changed", "touch", "/x", code=1)


def test_a_wrong_change_names_the_hook(site, begin):
    site.add("clumsy", 'hook:mutate("create", function(event) if event.container.Name == "/bad" then '
             'event.container.HostConfig.Memory = "much" end end)')
    docker = begin()
    result = docker("create", "--name", "bad", IMAGE, "true", code=1)
    assert "clumsy" in result.err and "Memory" in result.err


def test_a_hook_that_raises_denies(site, begin):
    site.add("broken", 'hook:gate("create", function(event) if event.container.Name == "/bad" then error("oops") end end)')
    docker = begin()
    result = docker("create", "--name", "bad", IMAGE, "true", code=1)
    assert "broken" in result.err
    docker("create", "--name", "good", IMAGE, "true")


@pytest.mark.parametrize("body", [
    "while true do end",
    'string.rep("x", 1 << 40)',
    "local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end",
    "pcall(function() while true do end end)",
    "local ok = pcall(function() local t = setmetatable({}, { __close = function() while true do end end }) "
    "local x <close> = t while true do end end)",
    '("a"):rep(30):find(("a?"):rep(30) .. ("a"):rep(30))  while true do end',
], ids=["loop", "rep", "memory", "pcall", "close", "pattern"])
def test_a_hostile_hook_is_stopped(site, begin, body):
    site.add("hostile", f'hook:gate("create", function(event) if event.container.Name == "/bad" then {body} end end)')
    docker = begin()
    started = time.monotonic()
    result = docker("create", "--name", "bad", IMAGE, "true", code=1)
    assert time.monotonic() - started < 5 and "hostile" in result.err
    for _ in range(3):
        docker("run", "--rm", IMAGE, "true")
    assert "hostile" in docker("create", "--name", "bad", IMAGE, "true", code=1).err


def test_pull_start_and_exec_gates(site, begin):
    site.add("gates", '''
hook:gate("pull", function(event)
  if event.image.reference:find("forbidden", 1, true) then return engine.deny("not from there") end
end)
hook:gate("start", function(event)
  if event.container.Config.Labels["start"] == "no" then return engine.deny("not to be started") end
end)
hook:gate("exec", function(event)
  if event.exec.Cmd[1] == "sh" then return engine.deny("no shell") end
end)''')
    docker = begin()
    assert "not from there" in docker("pull", "127.0.0.1:5000/forbidden:1", code=1).err
    docker("create", "--name", "stay", "--label", "start=no", IMAGE, "true")
    assert "not to be started" in docker("start", "stay", code=1).err
    assert docker.out("inspect", "-f", "{{.State.Status}}", "stay") == "created"
    docker("run", "-d", "--name", "shell", IMAGE, "sleep", "100")
    assert "no shell" in docker("exec", "shell", "sh", "-c", "true", code=1).err
    docker("exec", "shell", "true")


def test_a_mutate_of_stop(site, begin):
    site.add("patient", 'hook:mutate("stop", function(event) event.stop.Timeout = 0 end)')
    docker = begin()
    docker("run", "-d", "--name", "slow", IMAGE, "sleep", "100")
    started = time.monotonic()
    docker("stop", "-t", "30", "slow")
    assert time.monotonic() - started < 5


def test_reload(site, begin):
    site.add("policy", 'hook:gate("create", function(e) if e.container.Name == "/aa" then return engine.deny("first version") end end)')
    docker = begin()
    assert "first version" in docker("create", "--name", "aa", IMAGE, code=1).err
    site.add("policy", 'hook:gate("create", function(e) if e.container.Name == "/aa" then return engine.deny("second version") end end)')
    wait_until(lambda: "second version" in docker("create", "--name", "aa", IMAGE, code=1).err, what="the reload")
    # A version that does not load never replaces one that runs.
    site.add("policy", "this is not Lua")
    time.sleep(1)
    assert "second version" in docker("create", "--name", "aa", IMAGE, code=1).err
    engine = begin.engines[0][0]
    engine.kill()
    engine.start()
    assert "second version" in docker("create", "--name", "aa", IMAGE, code=1).err, "the kept version serves after a restart"
    site.remove("policy")
    wait_until(lambda: docker("create", "--name", "aa", IMAGE, code=None).code == 0, what="the hook's removal")


def test_a_failing_test_keeps_the_old_version(site, begin):
    site.add("policy", 'hook:gate("create", function(e) if e.container.Name == "/aa" then return engine.deny("old") end end)')
    docker = begin()
    site.write("policy/policy_test.lua", 'engine.test("never", function(t) engine.check.equal(1, 2) end)\n')
    site.add("policy", 'hook:gate("create", function(e) if e.container.Name == "/aa" then return engine.deny("new") end end)')
    time.sleep(1.2)
    assert "old" in docker("create", "--name", "aa", IMAGE, code=1).err


def test_modes(site, begin):
    site.add("policy", 'hook:gate("create", { id = "rule" }, function(e) if e.container.Name == "/aa" then '
             'return engine.deny("denied") end end)')
    site.configure({"hooks": {"policy": {"mode": "audit"}}})
    docker = begin()
    docker("create", "--name", "aa", IMAGE)
    docker("rm", "aa")
    site.configure({"hooks": {"policy": {"mode": {"*": "audit", "rule": "warn"}}}})
    wait_until(lambda: _warned(docker), what="the mode warn")
    site.configure({"hooks": {"policy": {"mode": "enforce"}}})
    wait_until(lambda: docker("create", "--name", "aa", IMAGE, code=None).code != 0 or _clean(docker), what="enforce")


def _warned(docker):
    result = docker("create", "--name", "aa", IMAGE)
    docker("rm", "aa")
    return "denied" in result.err


def test_a_named_hook_that_never_loaded_fails_closed(site, begin):
    docker = begin()
    site.write("absent/init.lua", "syntax error here")
    site.configure({"hooks": {"absent": {}}})
    wait_until(lambda: docker("create", IMAGE, code=None).code != 0 or _clean(docker), what="closed")
    assert "absent" in docker("create", IMAGE, code=1).err
    site.remove("absent")
    os.unlink(os.path.join(site.directory, "hooks.json"))
    wait_until(lambda: docker("create", "--name", "open", IMAGE, code=None).code == 0, what="open again")


def test_a_writable_hook_is_refused(site, begin):
    docker = begin()
    site.write("loose/init.lua", 'local hook = engine.hook { api = 1, name = "loose", version = "1" }\n'
               'hook:gate("create", function() return engine.deny("must not run") end)\nreturn hook\n')
    os.chmod(os.path.join(site.directory, "loose", "init.lua"), 0o666)
    time.sleep(1)
    docker("run", "--rm", IMAGE, "true")
    engine = begin.engines[0][0]
    assert "loose" in engine.log(300) and "chmod go-w" in engine.log(300)


def test_store_survives_a_restart(site, begin):
    site.add("counter", '''
hook:observe("start", function(event)
  engine.store.update("starts", function(n) return (n or 0) + 1 end)
end)
hook:gate("create", function(event)
  if event.container.Name == "/ask" then return engine.deny("starts: " .. tostring(engine.store.get("starts"))) end
end)''')
    docker = begin()
    for _ in range(2):
        docker("run", "--rm", IMAGE, "true")
    wait_until(lambda: "starts: 3" in docker("create", "--name", "ask", IMAGE, code=1).err)
    engine = begin.engines[0][0]
    engine.kill()
    engine.start()
    assert "starts: 3" in docker("create", "--name", "ask", IMAGE, code=1).err
