import EngineAPI
import Glibc
import Scripting
import ShimProtocol
import Synchronization

public struct AttachOptions: Sendable {
  public var stdin: Bool
  public var stdout: Bool
  public var stderr: Bool
  /// What is printed from now on.
  public var stream: Bool
  /// What was printed so far.
  public var logs: Bool

  public init(
    stdin: Bool = false, stdout: Bool = false, stderr: Bool = false, stream: Bool = false, logs: Bool = false
  ) {
    self.stdin = stdin
    self.stdout = stdout
    self.stderr = stderr
    self.stream = stream
    self.logs = logs
  }
}

extension ContainerService {
  /// Connects to a container's streams; one that is not started yet is connected when it is.
  public func attach(_ reference: String, options: AttachOptions, caller: Caller) async throws -> AttachedStream {
    let container = try registry.find(reference)
    let record = await container.record
    try await gate.pass(.attach, caller: caller, container: record)
    if record.state.running?.paused == true {
      throw EngineError(.conflict, "container \(reference) is paused, unpause the container before attach")
    }
    if record.state.status == "restarting" {
      throw EngineError(.conflict, "container \(reference) is restarting, wait until the container is running")
    }
    let (client, engine) = try StreamPair.make()
    if options.logs { try await replay(record, options, into: engine) }
    if options.stream {
      let flags = AttachFlags(
        stdin: options.stdin && record.config.openStdin, stdout: options.stdout, stderr: options.stderr,
        raw: record.config.tty)
      try await container.attach(flags, descriptor: engine)
      context.publisher.announce("attach", container: record)
    }
    return AttachedStream(descriptor: client, terminal: record.config.tty)
  }

  private func replay(_ record: ContainerRecord, _ options: AttachOptions, into stream: StreamDescriptor) async throws {
    let descriptor = stream.take()
    defer { stream.putBack(descriptor) }
    let log = LogsOptions(stdout: options.stdout, stderr: options.stderr)
    for try await piece in try await logs(record.id, options: log) {
      try await context.pool.run { StreamPair.write(piece, to: descriptor) }
    }
  }

  public func logs(_ reference: String, options: LogsOptions) async throws -> LogStream {
    let container = try registry.find(reference)
    let record = await container.record
    guard options.stdout || options.stderr else {
      throw EngineError(.invalidArgument, "Bad parameters: you must choose at least one stream")
    }
    guard record.hostConfig.logConfig?.type != "none" else {
      throw EngineError(.notImplemented, "configured logging driver does not support reading")
    }
    let directory = context.directory(of: record.id)
    let reader = LogReader(path: context.launches.logPath(record.id), options: options, framed: !record.config.tty)
    let follow = options.follow ? await self.follow(container, directory: directory, until: options.until) : nil
    try await context.pool.run { try reader.open() }
    return LogStream(terminal: record.config.tty, reader: reader, pool: context.pool, follow: follow)
  }

  /// Wakes the reader when the directory changes and when the container has ended.
  private func follow(_ container: Container, directory: String, until: Timestamp?) async -> LogStream.Follow {
    let ended = Ended()
    let (changes, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    let files = context.watcher.changes(in: directory)
    let end = await container.wait(for: .notRunning)
    let watching = Task {
      for await _ in files { continuation.yield() }
    }
    let waiting = Task {
      for await _ in end { break }
      ended.set()
      continuation.yield()
    }
    let deadline = until.map { until in
      Task {
        try? await Task.sleep(
          for: .nanoseconds(max(0, until.nanosecondsSince1970 - Timestamp.now().nanosecondsSince1970)))
        ended.set()
        continuation.yield()
      }
    }
    continuation.onTermination = { _ in
      watching.cancel()
      waiting.cancel()
      deadline?.cancel()
    }
    return LogStream.Follow(changes: changes, ended: { ended.isSet })
  }

  private final class Ended: Sendable {
    private let flag = Mutex(false)
    func set() { flag.withLock { $0 = true } }
    var isSet: Bool { flag.withLock { $0 } }
  }
}

/// A pair of connected stream sockets: one end for the client's connection, one for the shim.
enum StreamPair {
  static func make() throws(EngineError) -> (client: StreamDescriptor, engine: StreamDescriptor) {
    var ends: [Int32] = [-1, -1]
    let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    guard socketpair(AF_UNIX, type, 0, &ends) == 0 else {
      throw EngineError(.internalError, "socketpair: \(String(cString: strerror(errno)))")
    }
    return (StreamDescriptor(ends[0]), StreamDescriptor(ends[1]))
  }

  /// Writes everything, waiting for a slow reader; gives up when it has gone. Blocking.
  static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var offset = 0
    while offset < bytes.count {
      let written = bytes.withUnsafeBytes { buffer in
        send(descriptor, buffer.baseAddress?.advanced(by: offset), buffer.count - offset, Int32(MSG_NOSIGNAL))
      }
      if written > 0 {
        offset += written
      } else if errno == EAGAIN {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&waiting, 1, 30_000) > 0 else { return }
      } else if errno != EINTR {
        return
      }
    }
  }
}
