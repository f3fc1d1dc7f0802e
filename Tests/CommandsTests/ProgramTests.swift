import Glibc
import Testing

/// The built program against a daemon that is a script: what is sent in which order, what is printed, how it ends.
@Suite struct ProgramTests {
  private static let created = #"{"Id":"c1","Warnings":["careful"]}"#

  /// A daemon in which a container prints, is fed and ends with `status`.
  private func daemon(
    status: Int = 0, startFailure: String? = nil, missesImage: Bool = false, isTerminal: Bool = false
  ) throws -> FakeDaemon {
    let started = Gate()
    let pulled = Gate()
    let creates = Counter()
    return try FakeDaemon { request, connection in
      switch request.line {
      case "POST /containers/create":
        if missesImage, creates.next() == 1 {
          return connection.json(#"{"message":"No such image: busybox:latest"}"#, status: "404 Not Found")
        }
        return connection.json(Self.created, status: "201 Created")
      case "POST /images/create":
        pulled.open()
        connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        for line in [#"{"status":"Pulling from library/busybox","id":"latest"}"#, #"{"status":"Status: done"}"#] {
          let text = line + "\r\n"
          connection.write("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n")
        }
        connection.write("0\r\n\r\n")
        return true
      case "POST /containers/c1/attach":
        connection.upgrade(
          isTerminal ? "application/vnd.docker.raw-stream" : "application/vnd.docker.multiplexed-stream")
        started.wait()
        guard startFailure == nil else { return false }
        if isTerminal {
          connection.write("prompt> ")
          _ = connection.read()
          return false
        }
        connection.frame(1, "to output\n")
        connection.frame(2, "to errors\n")
        if request.query.contains("stdin=1") {
          var input: [UInt8] = []
          while case let bytes = connection.read(), !bytes.isEmpty { input += bytes }
          connection.frame(1, String(decoding: input, as: UTF8.self))
        }
        return false
      case "POST /containers/c1/wait":
        connection.write("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
        started.wait()
        let text = #"{"StatusCode":\#(status)}"#
        connection.write("\(String(text.utf8.count, radix: 16))\r\n\(text)\r\n0\r\n\r\n")
        return true
      case "POST /containers/c1/start":
        defer { started.open() }
        if let startFailure { return connection.json(#"{"message":"\#(startFailure)"}"#, status: "400 Bad Request") }
        return connection.empty()
      default: return connection.json(#"{"message":"page not found"}"#, status: "404 Not Found")
      }
    }
  }

  @Test func runAttachesAndWaitsBeforeItStarts() throws {
    let daemon = try daemon(status: 7)
    defer { daemon.close() }
    let outcome = try Programs.moonpool(["run", "--rm", "busybox", "true"], daemon)
    #expect(outcome.status == 7)
    #expect(outcome.output == "to output\n")
    #expect(outcome.errors == "WARNING: careful\nto errors\n")
    let lines = daemon.requests.map(\.line)
    #expect(lines.count == 4 && lines.first == "POST /containers/create" && lines.last == "POST /containers/c1/start")
    #expect(Set(lines[1...2]) == ["POST /containers/c1/attach", "POST /containers/c1/wait"])
    #expect(daemon.requests.first { $0.path.hasSuffix("/wait") }?.query == "condition=removed")
  }

  @Test func standardInputIsPassedToItsEnd() throws {
    let daemon = try daemon()
    defer { daemon.close() }
    let outcome = try Programs.moonpool(["run", "-i", "busybox", "cat"], daemon, input: "hello, container")
    #expect(outcome.output == "to output\nhello, container")
    #expect(outcome.status == 0)
  }

  @Test func aMissingImageIsPulledWithItsProgressOnStandardError() throws {
    let daemon = try daemon(missesImage: true)
    defer { daemon.close() }
    let outcome = try Programs.moonpool(["run", "busybox"], daemon)
    #expect(
      outcome.errors
        == "Unable to find image 'busybox:latest' locally\nlatest: Pulling from library/busybox\nStatus: done\n"
        + "WARNING: careful\nto errors\n")
    #expect(outcome.output == "to output\n")
    #expect(daemon.requests.first { $0.path == "/images/create" }?.query == "fromImage=busybox&tag=latest")
  }

  @Test(
    arguments: [
      ("exec: \\\"nope\\\": executable file not found in $PATH", 127), ("exec /etc: permission denied", 126),
      ("driver failed programming external connectivity", 125),
    ] as [(String, Int32)]) func aFailedStartHasDockersStatus(message: String, status: Int32) throws
  {
    let daemon = try daemon(startFailure: message)
    defer { daemon.close() }
    let outcome = try Programs.moonpool(["run", "busybox", "nope"], daemon)
    #expect(outcome.status == status)
    #expect(outcome.errors.contains("moonpool: Error response from daemon: \(message.replacing("\\\"", with: "\""))"))
  }

  @Test func aDetachedContainerPrintsItsIdAndNothingIsAttached() throws {
    let daemon = try daemon()
    defer { daemon.close() }
    let outcome = try Programs.moonpool(["run", "-d", "busybox"], daemon)
    #expect(outcome.output == "c1\n" && outcome.status == 0)
    #expect(daemon.requests.map(\.line) == ["POST /containers/create", "POST /containers/c1/start"])
    #expect(daemon.requests[0].body.contains(#""AttachStdout":false"#))
  }

  @Test func detachKeysLeaveTheContainerRunning() throws {
    let daemon = try daemon(isTerminal: true)
    defer { daemon.close() }
    let terminal = try PseudoTerminal()
    let process = try Programs.start(
      [Programs.moonpool, "run", "-it", "busybox", "sh"], environment: ["DOCKER_HOST": daemon.address],
      input: terminal.slave, output: terminal.slave, errors: terminal.slave, newSession: true)
    terminal.closeSlave()
    #expect(try terminal.read(until: "prompt> ").contains("prompt> "))
    #expect(daemon.requests[0].body.contains(#""ConsoleSize":[24,80]"#))
    terminal.write([16, 17])
    #expect(try terminal.read(until: "read escape sequence").contains("read escape sequence"))
    #expect(Programs.wait(process) == 0)
  }

  @Test func execGivesTheProgramsStatus() throws {
    let daemon = try FakeDaemon { request, connection in
      switch request.line {
      case "POST /containers/web/exec": return connection.json(#"{"Id":"e1"}"#, status: "201 Created")
      case "POST /exec/e1/start":
        connection.upgrade()
        connection.frame(1, "inside\n")
        return false
      case "GET /exec/e1/json": return connection.json(#"{"ExitCode":3,"Running":false}"#)
      default: return connection.json(#"{"message":"page not found"}"#, status: "404 Not Found")
      }
    }
    defer { daemon.close() }
    let outcome = try Programs.moonpool(["exec", "-e", "A=b", "web", "ls", "-l"], daemon)
    #expect(outcome.output == "inside\n" && outcome.status == 3)
    #expect(daemon.requests[0].body.contains(#""Cmd":["ls","-l"]"#))
  }

  @Test func logsAreTakenApart() throws {
    let daemon = try FakeDaemon { request, connection in
      connection.write(
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.multiplexed-stream\r\nConnection: close\r\n\r\n")
      connection.frame(1, "one\n")
      connection.frame(2, "two\n")
      return false
    }
    defer { daemon.close() }
    let outcome = try Programs.moonpool(["logs", "-f", "--tail", "5", "web"], daemon)
    #expect(outcome.output == "one\n" && outcome.errors == "two\n" && outcome.status == 0)
    #expect(daemon.requests[0].query == "stdout=1&stderr=1&follow=1&tail=5")
  }

  @Test func anOlderDaemonCostsOneMoreExchange() throws {
    let daemon = try FakeDaemon { request, connection in
      guard request.headers.contains("/v1.41/") else {
        return connection.json(
          #"{"message":"client version 1.51 is too new. Maximum supported API version is 1.41"}"#,
          status: "400 Bad Request")
      }
      return connection.json("[]")
    }
    defer { daemon.close() }
    let outcome = try Programs.moonpool(["ps", "-q"], daemon)
    #expect(outcome.status == 0 && outcome.output.isEmpty)
    #expect(daemon.requests.count == 2)
  }

  @Test func inspectSaysWhatIsMissingAndShowsWhatIsThere() throws {
    let daemon = try FakeDaemon { request, connection in
      request.path == "/containers/web/json"
        ? connection.json(#"{"Id":"c1","State":{"Running":true}}"#)
        : connection.json(#"{"message":"No such container: x"}"#, status: "404 Not Found")
    }
    defer { daemon.close() }
    let outcome = try Programs.moonpool(["inspect", "-f", "{{.State.Running}}", "web", "x"], daemon)
    #expect(outcome.output == "true\n" && outcome.errors == "Error: No such object: x\n" && outcome.status == 1)
  }

  @Test func aDaemonThatIsNotThereIsSaid() throws {
    let outcome = try Programs.run([Programs.moonpool, "-H", "unix:///nonexistent/x.sock", "ps"])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("Cannot connect to the moonpool daemon at unix:///nonexistent/x.sock"))
  }

  @Test func contextsAreKept() throws {
    var template = Array("/tmp/moonpool-test-context-XXXXXX".utf8CString)
    #expect(mkdtemp(&template) != nil)
    let directory = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { _ = try? Programs.run(["/bin/rm", "-rf", directory]) }
    func moonpool(_ arguments: String...) throws -> ProgramOutcome {
      try Programs.run([Programs.moonpool] + arguments, environment: ["MOONPOOL_CONFIG": directory])
    }
    #expect(try moonpool("context", "create", "far", "--docker", "host=tcp://10.9.9.9:1").status == 0)
    #expect(try moonpool("context", "use", "far").output == "far\n")
    #expect(try moonpool("context", "show").output == "far\n")
    #expect(try moonpool("context", "ls", "-q").output == "default\nfar\n")
    #expect(try moonpool("context", "rm", "far").status == 1)
    #expect(try moonpool("context", "rm", "-f", "far").status == 0)
    #expect(try moonpool("context", "show").output == "default\n")
  }
}
