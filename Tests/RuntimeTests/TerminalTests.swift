import CLinux
import JSON
import LinuxSystem
import OCI
import Testing

@Suite("Terminals and the init")
struct TerminalTests {
  @Test("a terminal of the container's own, with its size, controlling and at /dev/console")
  func terminal() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.process?.terminal = true
      fixture.spec.process?.consoleSize = RuntimeConsoleSize(height: 33, width: 101)
      let outcome = try fixture.container("tty", "--", "stat", "/dev/console", "--", "say", "end")
      #expect(outcome.status == 0)
      #expect(outcome.lines.first == "111 /dev/pts/0 101x33", "\(outcome)")
      #expect(outcome.lines.dropFirst().first == "controlling ok")
      #expect(outcome.lines.dropFirst(2).first?.hasSuffix(" 136:0") ?? false)
    }
  }

  @Test("input goes through the terminal")
  func input() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.process?.terminal = true
      let outcome = try fixture.container("echo", input: "abc\n\u{4}")
      #expect(outcome.output.contains("abc"))
    }
  }

  @Test("the master is handed over a console socket", arguments: RuntimeUnderTest.allCases)
  func consoleSocket(_ runtime: RuntimeUnderTest) throws {
    try Fixture.with(runtime) { (fixture) throws in
      let path = fixture.directory + "/console.sock"
      let listener = OwnedDescriptor(owning: try check(cl_unix_socket(Int32(CL_SOCK_STREAM)), "socket"))
      try check(cl_unix_bind(listener.rawValue, path), "bind")
      try check(cl_listen(listener.rawValue, 1), "listen")
      fixture.spec.process?.terminal = true
      fixture.spec.process?.args = ["/bin/helper", "tty"]
      let id = fixture.newID()
      try fixture.writeConfiguration()
      #expect(
        try fixture.run("create", ["--bundle", fixture.directory, "--console-socket", path, id]).status == 0)
      let connection = OwnedDescriptor(owning: try check(cl_accept(listener.rawValue, 0), "accept"))
      var message = try DescriptorPassing.receive(from: connection)
      let master = message.popFirstDescriptor()?.release() ?? -1
      let owned = OwnedDescriptor(owning: master)
      #expect(master >= 0)
      #expect(try fixture.run("start", [id]).status == 0)
      var text = ""
      while !text.contains("controlling"), let part = try? owned.read(upTo: 1000), !part.isEmpty {
        text += String(decoding: part, as: UTF8.self)
      }
      #expect(text.hasPrefix("111 /dev/pts/0"), "\(text)")
    }
  }

  @Test("--init: the program below an init that reaps and hands on its code")
  func initProcess() throws {
    try Fixture.with { (fixture) throws in
      var outcome = try fixture.container("pid", "--", "orphan", "--", "exit", "5", options: ["--init"])
      #expect(outcome.status == 5)
      #expect(outcome.lines == ["2 1", "zombies 0"], "\(outcome)")
      outcome = try fixture.container("abort", "9", options: ["--init"])
      #expect(outcome.status == 137)
      fixture.spec.process?.args = ["nope"]
      outcome = try fixture.container(options: ["--init"])
      #expect(outcome.status == 127)
    }
  }

  @Test("--init hands signals on")
  func initSignals() throws {
    try Fixture.with { (fixture) throws in
      fixture.spec.process?.args = ["/bin/helper", "signal"]
      let id = fixture.newID()
      try fixture.writeConfiguration()
      let created = try Command.start(
        fixture.runtime.command(["create", "--bundle", fixture.directory, "--init", id], root: fixture.stateRoot),
        directory: fixture.directory)
      #expect(try created.wait().status == 0)
      #expect(try fixture.run("start", [id]).status == 0)
      try created.waitForOutput("ready")
      #expect(try fixture.run("kill", [id, "USR2"]).status == 0)
      try created.waitForOutput("got 12")
      try fixture.waitUntil(id, .stopped)
    }
  }
}
