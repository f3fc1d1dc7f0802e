import CLinux
import JSON
import LinuxSystem
import OCI
import Testing

@Suite("Life of a container")
struct LifecycleTests {
  @Test("run hands on output and exit code", arguments: RuntimeUnderTest.allCases)
  func runs(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let outcome = try fixture.container("say", "hello", "--", "complain", "oh", "--", "exit", "7")
      #expect(outcome.status == 7)
      #expect(outcome.output == "hello\n")
      #expect(outcome.errors.contains("oh\n"))
    }
  }

  @Test("a signal's exit code is 128 and its number", arguments: RuntimeUnderTest.allCases)
  func signalled(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      // pid 1 ignores what it has no handler for: the program runs below an init of its own here.
      let (id, program) = try fixture.start("say", "up", "--", "sleep", "60000")
      try program.waitForOutput("up")
      #expect(try fixture.run("kill", [id, "KILL"]).status == 0)
      try fixture.waitUntil(id, .stopped)
    }
  }

  @Test("standard input reaches the program", arguments: RuntimeUnderTest.allCases)
  func input(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let text = String(repeating: "0123456789\n", count: 50_000)
      #expect(try fixture.container("echo", input: text).output == text)
    }
  }

  @Test("create, start, state, kill, delete", arguments: RuntimeUnderTest.allCases)
  func states(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.process?.args = ["/bin/helper", "say", "up", "--", "signal"]
      fixture.spec.annotations = ["a": "b"]
      let id = fixture.newID()
      try fixture.writeConfiguration()
      let created = try Command.run(
        runtime.command(
          ["create", "--bundle", fixture.directory, "--pid-file", fixture.directory + "/pid", id],
          root: fixture.stateRoot),
        directory: fixture.directory)
      #expect(created.status == 0, "\(created)")
      #expect(created.output == "")
      var state = try fixture.state(id)
      #expect(state.status == .created)
      #expect(state.id == id)
      #expect(state.annotations["a"] == "b")
      let pid = try File.readText(fixture.directory + "/pid")
      #expect(state.pid.map(String.init) == pid)

      #expect(try fixture.run("start", [id]).status == 0)
      #expect(try fixture.run("start", [id]).status != 0)
      state = try fixture.state(id)
      #expect(state.status == .running)
      #expect(try fixture.run("delete", [id]).status != 0)
      #expect(try fixture.run("kill", [id, "KILL"]).status == 0)
      try fixture.waitUntil(id, .stopped)
      #expect(try fixture.run("delete", [id]).status == 0)
      #expect(try fixture.run("state", [id]).status != 0)
    }
  }

  @Test("a created container has not run its program", arguments: RuntimeUnderTest.allCases)
  func createdWaits(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.process?.args = ["/bin/helper", "write", "/tmp/ran", "x"]
      let id = fixture.newID()
      try fixture.writeConfiguration()
      #expect(try fixture.run("create", ["--bundle", fixture.directory, id]).status == 0)
      #expect(!FileStatus.exists(fixture.rootfs + "/tmp/ran"))
      #expect(try fixture.run("start", [id]).status == 0)
      try fixture.waitUntil(id, .stopped)
      #expect(FileStatus.exists(fixture.rootfs + "/tmp/ran"))
    }
  }

  @Test("an id that is in use is refused, and the container stays", arguments: RuntimeUnderTest.allCases)
  func duplicate(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let (id, _) = try fixture.start("sleep", "60000")
      #expect(try fixture.run("create", ["--bundle", fixture.directory, id]).status != 0)
      #expect(try fixture.state(id).status == .running)
    }
  }

  @Test("delete --force ends a running container and all its processes", arguments: RuntimeUnderTest.allCases)
  func forced(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let (id, _) = try fixture.start("sleep", "60000")
      let pid = try #require(try fixture.state(id).pid)
      #expect(try fixture.run("delete", ["--force", id]).status == 0)
      #expect(
        !FileStatus.exists("/proc/\(pid)/ns/pid") || (try? File.readText("/proc/\(pid)/stat"))?.contains(") Z") == true)
      #expect(!FileStatus.exists("/sys/fs/cgroup/pids/" + id))
    }
  }

  @Test(
    "signals by name and number reach the program", arguments: RuntimeUnderTest.allCases, ["TERM", "SIGUSR1", "10"])
  func kills(_ runtime: RuntimeUnderTest, _ signal: String) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let (id, program) = try fixture.start("signal")
      try program.waitForOutput("ready")
      #expect(try fixture.run("kill", [id, signal]).status == 0)
      try program.waitForOutput(signal == "TERM" ? "got 15" : "got 10")
    }
  }

  @Test("missing configuration, wrong types and duplicate keys are refused with the place")
  func badConfiguration() throws {
    try Fixture.with { (fixture) throws in
      let id = fixture.newID()
      #expect(try fixture.run("create", ["--bundle", fixture.directory, id]).errors.contains("config.json"))
      try File.replace(fixture.directory + "/config.json", with: #"{"ociVersion":"1.0.2","root":{"path":7}}"#.utf8)
      let wrong = try fixture.run("create", ["--bundle", fixture.directory, id])
      #expect(wrong.status == 1)
      #expect(wrong.errors.contains("root.path"), "\(wrong)")
      #expect(
        try fixture.run("create", ["--bundle", fixture.directory, "../x"]).errors.contains("invalid container id"))
      #expect(!FileStatus.exists(fixture.stateRoot + "/" + id))
    }
  }

  @Test("a failed create leaves neither cgroup nor record")
  func failedCreate() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.mounts.append(
        RuntimeMount(destination: "/x", type: "bind", source: "/does/not/exist", options: ["bind"]))
      let outcome = try fixture.container("say", "never")
      #expect(outcome.status == 1)
      #expect(outcome.errors.contains("/does/not/exist: No such file or directory"), "\(outcome)")
      #expect(try Directory.names(fixture.stateRoot).isEmpty)
      let path = try #require(fixture.spec.linux?.cgroupsPath)
      for controller in try Directory.names("/sys/fs/cgroup") {
        #expect(!FileStatus.exists("/sys/fs/cgroup/" + controller + path))
      }
    }
  }

  @Test("hooks run at their points, in their namespaces, with the state", arguments: RuntimeUnderTest.allCases)
  func hooks(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let log = fixture.directory + "/hooks"
      func hook(_ name: String) -> RuntimeHook {
        RuntimeHook(
          path: "/bin/sh", args: ["sh", "-c", "echo \(name) $(hostname) $(cat | grep -c '\"id\"') >> \(log)"],
          env: ["PATH=/usr/bin:/bin"], timeout: 10)
      }
      // In the container's root: the helper says it there.
      let inside = RuntimeHook(path: "/bin/helper", args: ["helper", "write", "/tmp/startContainer", "yes"])
      fixture.spec.hooks = RuntimeHooks(
        prestart: [hook("prestart")], createRuntime: [hook("createRuntime")],
        createContainer: [hook("createContainer")],
        startContainer: [inside], poststart: [hook("poststart")], poststop: [hook("poststop")])
      let outcome = try fixture.container("sleep", "200")
      #expect(outcome.status == 0, "\(outcome)")
      let lines = try File.readText(log).split(separator: "\n").map(String.init)
      #expect(
        lines.map { String($0.prefix { $0 != " " }) } == [
          "prestart", "createRuntime", "createContainer", "poststart", "poststop",
        ])
      #expect(lines.allSatisfy { $0.hasSuffix(" 1") })
      #expect(try File.readText(fixture.rootfs + "/tmp/startContainer") == "yes")
    }
  }

  @Test("a failing createRuntime hook fails the create", arguments: RuntimeUnderTest.allCases)
  func failingHook(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      fixture.spec.hooks = RuntimeHooks(createRuntime: [RuntimeHook(path: "/bin/false", args: ["false"])])
      let outcome = try fixture.container("say", "never")
      #expect(outcome.status != 0)
      #expect(!outcome.output.contains("never"))
    }
  }

  @Test("list, features and spec are JSON")
  func listing() throws {
    try Fixture.with { (fixture) throws in
      let (id, _) = try fixture.start("sleep", "60000")
      let list = try JSON.parse(Array(try fixture.run("list", ["--format", "json"]).output.utf8))
      #expect(list[0]?["id"]?.stringValue == id)
      let features = try JSON.parse(Array(try fixture.run("features").output.utf8))
      #expect(features["ociVersionMax"]?.stringValue == "1.2.0")
      #expect(try fixture.run("spec", ["--bundle", fixture.directory + "/rootfs/tmp"]).status == 0)
      let written = try JSON.decode(RuntimeSpec.self, from: try File.read(fixture.rootfs + "/tmp/config.json"))
      #expect(written.process?.args == ["sh"])
    }
  }
}
