local test, check = engine.test, engine.check

test("a privileged container is denied and told why", function(t)
  local d = t.send(t.docker "run --privileged alpine")
  check.equal(d.verdict, "deny")
  check.equal(d.rules[1].hook, "no-privileged")
  check.equal(d.rules[1].code, "PRIVILEGED")
  check.equal(d.rules[1].field, "HostConfig.Privileged")
  check.matches(d.text, "^denied by hook no%-privileged/create: privileged containers are not allowed")
end)

test("a plain container is allowed", function(t)
  check.equal(t.send(t.docker "run -v /srv/a:/a --cap-add NET_ADMIN alpine").verdict, "allow")
end)

test("a privileged exec is denied", function(t)
  local d = t.send(t.event("exec", { exec = { Privileged = true } }))
  check.equal(d.verdict, "deny")
  check.equal(d.rules[1].field, "exec.Privileged")
end)

test("a plain exec is allowed", function(t)
  check.equal(t.send(t.event("exec")).verdict, "allow")
end)

test("a user may be exempt", function(t)
  t.config { users = { "admin" } }
  local line = "run --privileged alpine"
  check.equal(t.send(t.docker(line)).verdict, "deny")
  local event = t.docker(line)
  event.actor.user = "admin"
  check.equal(t.send(event).verdict, "allow")
end)
