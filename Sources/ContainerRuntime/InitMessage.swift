import LinuxSystem

// Between the creating process and the new one, over a SOCK_SEQPACKET pair; every message is one packet.
//
//   creator                                    new process (init or exec)
//   ─────────────────────────────────────────────────────────────────────────────────────────────
//   clone3 …                                   enters given namespaces
//   puts it into its cgroups (v1) ┐    ◀───  network [netlink socket, network namespace, DNS UDP, DNS TCP]
//                                 │ at the     mounts root and everything in it but the cgroups
//   proceed                       │ same ───▶  (waits for it) unshares the cgroup namespace, mounts cgroups, masks,
//   wires the network             │ time       pivot_root
//   networkReady                  ┘      ───▶  (if it was told to wait) sysctls, host name
//                                        ◀───  terminal [master]
//                                        ◀───  created
//   start                                ───▶  drops privileges, executes
//                                        ◀───  end of the stream: executed (the socket is close-on-exec)
//                                              or `failed` (step, errno, kind, text) at any point
//
// Attaching to a v1 hierarchy can sleep for milliseconds: nothing of the container runs before `start`, so the mounts
// need not wait for it. An exec has no network and no waiting for it: terminal, proceed, created, start, end.

/// What the creator tells the new process.
enum InitRequest: UInt8, Sendable {
  case proceed = 1
  case networkReady = 2
  case start = 3
}

/// What the new process reports.
enum InitReport: Sendable, Hashable {
  case network
  case terminal
  case created
  case failed(RuntimeError)

  static let limit = 16 << 10

  var bytes: [UInt8] {
    switch self {
    case .network: return [1]
    case .terminal: return [2]
    case .created: return [3]
    case .failed(let error):
      // kind, errno (4, little-endian), length of the step, step, message
      let number = UInt32(bitPattern: error.errno?.rawValue ?? 0)
      let step = Array(error.step.utf8.prefix(255))
      let head: [UInt8] = [4, error.kind.rawValue] + (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
      return head + [UInt8(step.count)] + step + Array(error.message.utf8.prefix(Self.limit - 512))
    }
  }

  init?(_ bytes: [UInt8]) {
    switch bytes.first {
    case 1 where bytes.count == 1: self = .network
    case 2 where bytes.count == 1: self = .terminal
    case 3 where bytes.count == 1: self = .created
    case 4:
      guard bytes.count >= 7, let kind = RuntimeError.Kind(rawValue: bytes[1]), bytes.count >= 7 + Int(bytes[6]) else {
        return nil
      }
      let number = (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[2 + $1]) << ($1 * 8) }
      let end = 7 + Int(bytes[6])
      self = .failed(
        RuntimeError(
          kind, step: String(decoding: bytes[7..<end], as: UTF8.self),
          errno: number == 0 ? nil : Errno(Int32(bitPattern: number)),
          String(decoding: bytes[end...], as: UTF8.self)))
    default: return nil
    }
  }
}

/// The order of reports that the creator accepts: anything else is refused, since the sender shares a kernel with
/// the container's contents.
struct InitReportSequence: Sendable {
  enum Position: Int, Sendable { case cloned, network, created, starting, ended }
  private(set) var position = Position.cloned
  private var hasTerminal = false
  let expectsNetwork: Bool
  let expectsTerminal: Bool

  init(expectsNetwork: Bool, expectsTerminal: Bool) {
    self.expectsNetwork = expectsNetwork
    self.expectsTerminal = expectsTerminal
  }

  /// Accepts the report, or says why not.
  mutating func accept(_ report: InitReport) throws(RuntimeError) {
    switch (report, position) {
    case (.network, .cloned) where expectsNetwork: position = .network
    case (.terminal, .cloned) where expectsTerminal && !hasTerminal && !expectsNetwork: hasTerminal = true
    case (.terminal, .network) where expectsTerminal && !hasTerminal: hasTerminal = true
    case (.created, .cloned) where !expectsNetwork && hasTerminal == expectsTerminal: position = .created
    case (.created, .network) where hasTerminal == expectsTerminal: position = .created
    case (.failed, .cloned), (.failed, .network), (.failed, .created), (.failed, .starting): position = .ended
    default: throw RuntimeError(.died, step: "init", "the new process sent \(report) out of order")
    }
  }

  /// `start` has been sent; allowed only once everything is created.
  mutating func start() throws(RuntimeError) {
    guard position == .created else {
      throw RuntimeError(.invalidConfiguration, step: "start", "the process is not created yet, or was started already")
    }
    position = .starting
  }

  /// The stream has ended: executed, if `start` was sent.
  mutating func end() throws(RuntimeError) {
    let wasStarting = position == .starting
    position = .ended
    if !wasStarting { throw RuntimeError(.died, step: "init", "the new process ended before it was started") }
  }
}
