local test, check = engine.test, engine.check

local function host(t, line) return t.send(t.docker(line)).event.container.HostConfig end

test("a container without limits gets a pids limit", function(t)
  local d = t.send(t.docker "run alpine")
  check.equal(d.verdict, "allow")
  check.equal(d.event.container.HostConfig.PidsLimit, 512)
  check.equal(d.changes, { { field = "HostConfig.PidsLimit", to = 512, hook = "default-limits", rule = "limits" } })
end)

test("a limit that was asked for stays", function(t)
  check.equal(host(t, "run --pids-limit 10 alpine").PidsLimit, 10)
end)

test("unlimited is not a limit", function(t)
  check.equal(host(t, "run --pids-limit -1 alpine").PidsLimit, 512)
end)

test("memory, CPUs and open files come from the configuration", function(t)
  t.config { pids = 64, memory = "256MiB", cpus = 1.5, nofile = 1024 }
  local h = host(t, "run alpine")
  check.equal(h.PidsLimit, 64)
  check.equal(h.Memory, 268435456)
  check.equal(h.NanoCpus, 1500000000)
  check.equal(h.Ulimits, { { Name = "nofile", Soft = 1024, Hard = 1024 } })
end)

test("what was asked for wins over the configuration", function(t)
  t.config { memory = "256MiB", cpus = 1, nofile = 1024 }
  local h = host(t, "run -m 1g --cpus 2 --ulimit nofile=99:100 alpine")
  check.equal(h.Memory, 1073741824)
  check.equal(h.NanoCpus, 2000000000)
  check.equal(h.Ulimits, { { Name = "nofile", Soft = 99, Hard = 100 } })
end)

test("images can be excepted", function(t)
  t.config { except = { "docker.io/library/*" } }
  check.equal(host(t, "run alpine").PidsLimit, nil)
  check.equal(host(t, "run example.org/app").PidsLimit, 512)
end)
