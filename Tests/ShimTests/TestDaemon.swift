import CLinux
import Glibc
import LinuxSystem
import OCI
import ShimProtocol
import Testing

/// The daemon's side of a shim, one blocking call after another.
final class TestDaemon {
  private let socket: OwnedDescriptor
  private var nextID: UInt64 = 1
  private var events: [(event: ShimEvent, descriptors: ReceivedDescriptors)] = []
  private var responses: [UInt64: (ShimResponse, ReceivedDescriptors)] = [:]

  init(_ socket: consuming OwnedDescriptor) { self.socket = socket }

  /// Connects as a daemon that was started later.
  convenience init(path: String) throws {
    let descriptor = try check(cl_unix_socket(seqpacket), "socket")
    self.init(OwnedDescriptor(owning: descriptor))
    try check(cl_unix_connect(descriptor, path), "connect", path)
  }

  /// For bytes that are no message.
  func sendRaw(_ bytes: [UInt8]) throws { try DescriptorPassing.send(bytes, overRaw: socket.rawValue) }

  @discardableResult
  func ask(
    _ request: ShimRequest, descriptors: [Int32] = [], timeout: Duration = .seconds(20)
  ) throws -> (response: ShimResponse, descriptors: ReceivedDescriptors) {
    let id = try send(request, descriptors: descriptors)
    return try answer(to: id, timeout: timeout)
  }

  func send(_ request: ShimRequest, descriptors: [Int32] = []) throws -> UInt64 {
    let id = nextID
    nextID += 1
    _ = try ShimSocket.send(.request(id: id, request), descriptors: descriptors, on: socket.rawValue)
    return id
  }

  func answer(
    to id: UInt64, timeout: Duration = .seconds(20)
  ) throws -> (response: ShimResponse, descriptors: ReceivedDescriptors) {
    let deadline = ContinuousClock.now + timeout
    while true {
      if let found = responses.removeValue(forKey: id) { return (found.0, found.1) }
      try receive(until: deadline)
    }
  }

  /// The response must be `.done`.
  func done(_ request: ShimRequest, descriptors: [Int32] = []) throws {
    let response = try ask(request, descriptors: descriptors).response
    guard case .done = response else { throw TestFailure("\(request.name): \(response)") }
  }

  /// The response must be `.failed`.
  func failure(_ request: ShimRequest, descriptors: [Int32] = []) throws -> ShimProtocolError {
    let response = try ask(request, descriptors: descriptors).response
    guard case .failed(let error) = response else { throw TestFailure("\(request.name): \(response)") }
    return error
  }

  func state() throws -> ShimState {
    guard case .state(let state) = try ask(.state).response else { throw TestFailure("no state") }
    return state
  }

  /// Waits for the first event that `pick` takes; others stay.
  func event<T>(
    timeout: Duration = .seconds(20), _ pick: (ShimEvent, ReceivedDescriptors) throws -> T?
  ) throws -> T {
    let deadline = ContinuousClock.now + timeout
    while true {
      for (index, entry) in events.enumerated() {
        if let found = try pick(entry.event, entry.descriptors) {
          events.remove(at: index)
          return found
        }
      }
      try receive(until: deadline)
    }
  }

  func created() throws -> (ContainerCreated, ReceivedDescriptors) {
    try event { event, descriptors -> (ContainerCreated, ReceivedDescriptors)? in
      if case .created(let created) = event { (created, descriptors) } else { nil }
    }
  }

  func exited(timeout: Duration = .seconds(20)) throws -> ShimProtocol.ExitStatus {
    try event(timeout: timeout) { event, _ in if case .exited(let status) = event { status } else { nil } }
  }

  func execExited(_ id: String) throws -> ShimProtocol.ExitStatus {
    try event { event, _ in
      if case .execExited(let exited) = event, exited.id == id { exited.status } else { nil }
    }
  }

  /// Waits until the shim closes the connection, which it does when it ends.
  func waitForEnd() throws {
    let deadline = ContinuousClock.now + .seconds(20)
    do {
      while true { try receive(until: deadline) }
    } catch let error as ShimProtocolError where error.code == .disconnected {}
  }

  private func receive(until deadline: ContinuousClock.Instant) throws {
    let left = deadline - ContinuousClock.now
    let milliseconds = Int32(left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000)
    guard milliseconds > 0, cl_poll_one(socket.rawValue, 1, milliseconds) > 0 else {
      throw TestFailure("the shim said nothing in time; events so far: \(events.map(\.event.name))")
    }
    guard let received = try ShimSocket.receive(on: socket.rawValue) else { return }
    switch received.message {
    case .event(let event): events.append((event, received.descriptors))
    case .response(let id, let response): responses[id] = (response, received.descriptors)
    case .request, .unsupported: throw TestFailure("the shim sent a request")
    }
  }
}

struct TestFailure: Error, CustomStringConvertible {
  var description: String
  init(_ description: String) { self.description = description }
}

let seqpacket = Int32(CL_SOCK_SEQPACKET)

/// A stream socket pair: one end for the shim, one to talk to the container through.
struct AttachedStream: ~Copyable {
  let near: OwnedDescriptor
  private var far: OwnedDescriptor?

  init() throws {
    var ends: [Int32] = [-1, -1]
    try check(cl_socketpair(Int32(CL_SOCK_STREAM), &ends), "socketpair")
    near = OwnedDescriptor(owning: ends[0])
    far = OwnedDescriptor(owning: ends[1])
  }

  var farNumber: Int32 {
    switch far {
    case .some(let far): far.rawValue
    case .none: -1
    }
  }

  /// After the shim has its end, this one's copy would hide its closing.
  mutating func given() { far = nil }

  func write(_ text: String) throws { try near.writeAll(Array(text.utf8)) }

  func endInput() { _ = cl_shutdown(near.rawValue, 1) }

  /// Reads until the shim closes.
  func readToEnd(timeout: Duration = .seconds(20)) throws -> [UInt8] {
    try read(timeout: timeout) { _ in false }
  }

  func read(timeout: Duration = .seconds(20), until enough: ([UInt8]) -> Bool) throws -> [UInt8] {
    let deadline = ContinuousClock.now + timeout
    var all: [UInt8] = []
    while !enough(all) {
      let left = (deadline - ContinuousClock.now).components
      let milliseconds = Int32(left.seconds * 1000 + left.attoseconds / 1_000_000_000_000_000)
      guard milliseconds > 0, cl_poll_one(near.rawValue, 1, milliseconds) > 0 else {
        throw TestFailure("nothing more after \(String(decoding: all.suffix(500), as: UTF8.self))")
      }
      let piece = try near.read(upTo: 64 << 10)
      if piece.isEmpty { break }
      all += piece
    }
    return all
  }

  /// Docker's frames taken apart: what came on stdout and on stderr.
  static func demultiplex(_ bytes: [UInt8]) throws -> (stdout: String, stderr: String) {
    var streams: [[UInt8]] = [[], [], []]
    var rest = bytes[...]
    while !rest.isEmpty {
      guard rest.count >= 8, let stream = rest.first, stream == 1 || stream == 2 else {
        throw TestFailure("no frame: \(rest.prefix(16))")
      }
      let length = rest.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | Int($1) }
      rest = rest.dropFirst(8)
      streams[Int(stream)] += rest.prefix(length)
      rest = rest.dropFirst(length)
    }
    return (String(decoding: streams[1], as: UTF8.self), String(decoding: streams[2], as: UTF8.self))
  }
}
