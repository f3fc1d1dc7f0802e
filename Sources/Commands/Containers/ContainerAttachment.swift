internal import EngineClient
internal import Glibc
internal import JSON
internal import LinuxSystem

/// The user's terminal or pipes coupled with a container's program.
struct ContainerAttachment {
  var id: String
  var hasTerminal: Bool
  var attachesInput: Bool
  var attachesOutput: Bool
  var attachesErrors: Bool
  var detachKeys: String?
  var forwardsSignals: Bool
  var logs = false

  func request() -> Request {
    func flag(_ isSet: Bool) -> String? { isSet ? "1" : nil }
    return Request(
      .post, "/containers/\(Request.segment(id))/attach",
      query: [
        "stream": "1", "stdin": flag(attachesInput), "stdout": flag(attachesOutput), "stderr": flag(attachesErrors),
        "logs": flag(logs), "detachKeys": detachKeys,
      ])
  }

  /// Couples until the program ends or the user detaches.
  func run(_ response: EngineClient.Response, session: Session, signals: SignalReceiver?) throws
    -> AttachedStream.Ending
  {
    let client = try session.client()
    let path = "/containers/\(Request.segment(id))"
    var stream = AttachedStream(connection: response.connection, isTerminal: hasTerminal)
    stream.input = attachesInput ? STDIN_FILENO : nil
    stream.output = attachesOutput || hasTerminal ? session.output : nil
    stream.errors = attachesErrors ? session.errors : nil
    if let detachKeys { stream.detachKeys = try DetachKeys(detachKeys) }
    stream.signals = signals
    stream.forward = { signal in
      // The program may have ended meanwhile: its status comes all the same.
      _ = try? client.bytes(Request(.post, "\(path)/kill", query: ["signal": signal.name], bytes: nil))
    }
    stream.resized = { Self.resize(path, $0, client) }
    let isRaw = hasTerminal && attachesInput && Terminal.isTerminal(STDIN_FILENO)
    return try Self.withRawTerminal(isRaw) { try stream.run() }
  }

  static func resize(_ path: String, _ size: Terminal.Size, _ client: EngineClient) {
    _ = try? client.bytes(
      Request(.post, "\(path)/resize", query: ["h": "\(size.rows)", "w": "\(size.columns)"], bytes: nil))
  }

  static func withRawTerminal<Result>(_ isRaw: Bool, _ body: () throws -> Result) throws -> Result {
    guard isRaw, let mode = Terminal.RawMode(STDIN_FILENO) else { return try body() }
    let outcome = Swift.Result { try body() }
    _ = consume mode
    return try outcome.get()
  }

  /// The signals to receive while attached: window changes where there is a terminal, the rest to be handed on.
  static func signals(hasTerminal: Bool, forwards: Bool) -> SignalReceiver? {
    var numbers = forwards ? SignalReceiver.forwarded : []
    if hasTerminal { numbers.append(SignalReceiver.windowChange) }
    return numbers.isEmpty ? nil : SignalReceiver(numbers)
  }

  /// Docker's check: a terminal in the container needs one here.
  static func checkTerminal(_ attachesInput: Bool, _ hasTerminal: Bool) throws {
    if attachesInput, hasTerminal, !Terminal.isTerminal(STDIN_FILENO) {
      throw CommandFailure("the input device is not a TTY")
    }
  }
}
