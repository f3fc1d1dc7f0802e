import Glibc

struct ProgramError: Error, CustomStringConvertible {
  let description: String
  init(_ what: String, _ errno: CInt) { description = "\(what): \(String(cString: strerror(errno)))" }
}

/// A program run to its end.
struct ProgramOutcome {
  var status: Int32
  var output: String
  var errors: String
}

enum Programs {
  /// The client under test, built beside the tests.
  static let moonpool: String = {
    var buffer = [CChar](repeating: 0, count: 4096)
    let count = readlink("/proc/self/exe", &buffer, buffer.count)
    let own = String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    return "\(own[..<(own.lastIndex(of: "/") ?? own.startIndex)])/moonpool"
  }()

  static let docker = "/usr/local/bin/docker"

  /// Starts a program; its descriptors are the caller's, who keeps them.
  static func start(
    _ arguments: [String], environment: [String: String], input: CInt, output: CInt, errors: CInt,
    newSession: Bool = false
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, errors, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    if newSession { posix_spawnattr_setflags(&attributes, 0x80) }
    var process: pid_t = 0
    let vector = arguments.map { strdup($0) } + [nil]
    let variables =
      (["PATH": "/usr/bin:/bin", "HOME": "/nonexistent"].merging(environment) { $1 })
      .map { strdup("\($0)=\($1)") } + [nil]
    defer { (vector + variables).forEach { free($0) } }
    let status = posix_spawn(&process, arguments[0], &actions, &attributes, vector, variables)
    guard status == 0 else { throw ProgramError(arguments[0], status) }
    return process
  }

  static func wait(_ process: pid_t) -> Int32 {
    var status: CInt = 0
    waitpid(process, &status, 0)
    return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
  }

  /// Runs a program with `input` on its standard input.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], input: String = ""
  ) throws -> ProgramOutcome {
    let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue)
    var (inputs, outputs, errors): ([CInt], [CInt], [CInt]) = ([0, 0], [0, 0], [0, 0])
    guard socketpair(AF_UNIX, kind, 0, &inputs) == 0, socketpair(AF_UNIX, kind, 0, &outputs) == 0,
      socketpair(AF_UNIX, kind, 0, &errors) == 0
    else { throw ProgramError("socketpair", errno) }
    let process = try start(
      arguments, environment: environment, input: inputs[0], output: outputs[0], errors: errors[0])
    for descriptor in [inputs[0], outputs[0], errors[0]] { close(descriptor) }
    send(inputs[1], input, input.utf8.count, CInt(MSG_NOSIGNAL))
    shutdown(inputs[1], CInt(SHUT_WR))
    var texts: [[UInt8]] = [[], []]
    var waits = [
      pollfd(fd: outputs[1], events: Int16(POLLIN), revents: 0),
      pollfd(fd: errors[1], events: Int16(POLLIN), revents: 0),
    ]
    while waits.contains(where: { $0.fd >= 0 }) {
      guard poll(&waits, 2, 20_000) > 0 else {
        kill(process, SIGKILL)
        break
      }
      for index in 0..<2 where waits[index].revents != 0 {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        let count = read(waits[index].fd, &buffer, buffer.count)
        if count > 0 { texts[index] += buffer[..<count] } else { waits[index].fd = -1 }
      }
    }
    for descriptor in [inputs[1], outputs[1], errors[1]] { close(descriptor) }
    return ProgramOutcome(
      status: wait(process), output: String(decoding: texts[0], as: UTF8.self),
      errors: String(decoding: texts[1], as: UTF8.self))
  }

  static func moonpool(_ arguments: [String], _ daemon: FakeDaemon, input: String = "") throws -> ProgramOutcome {
    try run([moonpool] + arguments, environment: ["DOCKER_HOST": daemon.address], input: input)
  }
}
