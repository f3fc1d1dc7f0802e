local test, check = engine.test, engine.check

test("an exit is logged as one JSON line", function(t)
  local d = t.send(t.event("exit", { exit = { code = 3 } }))
  check.equal(#d.log, 1)
  check.equal(d.log[1].level, "warn")
  check.equal(d.log[1].fields.code, 3)
  check.equal(d.log[1].fields.seconds, 60)
  local line = engine.json.decode(d.log[1].message:match("^container exited (.*)$"))
  check.equal(line.code, 3)
  check.equal(line.image, "alpine")
end)

test("a good end is no warning", function(t)
  check.equal(t.send(t.event("exit")).log[1].level, "info")
end)

test("out of memory is said", function(t)
  local d = t.send(t.event("exit", { exit = { code = 137, oom = true, signal = 9 } }))
  check.equal(d.log[1].fields.oom, true)
  check.equal(d.log[1].fields.signal, 9)
end)

test("only failures, when so configured", function(t)
  t.config { only_failures = true }
  local d = t.send(t.event("exit"))
  check.equal(d.log, {})
  check.equal(d.observed[1].outcome, "dropped")
  check.equal(#t.send(t.event("exit", { exit = { code = 1 } })).log, 1)
  check.equal(#t.send(t.event("exit", { exit = { code = 143, requested = true } })).log, 0)
end)

test("labels are put into the line", function(t)
  t.config { labels = { "team", "tier" } }
  local d = t.send(t.event("exit", { container = { Config = { Labels = { team = "blue", other = "x" } } } }))
  check.equal(d.log[1].fields.labels, { team = "blue" })
end)
