public import OCI

/// What a daemon asks of a shim. Each request has an id, and exactly one response carries that id back.
public enum ShimRequest: Sendable {
  /// First on every connection; events are sent to a connection from then on. → `.hello`
  case hello(ShimHello)
  /// → `.state`
  case state
  /// Descriptors of the container, duplicated. → `.lent`, the descriptors beside it in the order named there.
  case lend([LentDescriptor])
  /// The host's part of the network stands: the child may go on. → `.done`
  case networkReady
  /// Runs the container's program. → `.done`, or `.failed` with the step of the runtime that failed
  case start
  /// → `.done`
  case signal(SignalRequest)
  /// → `.done`
  case resize(ResizeRequest)
  /// With one descriptor: the shim's end of a SOCK_STREAM socket pair. → `.done`. The shim closes its end when
  /// the streams have ended and everything was written.
  case attach(AttachRequest)
  /// → `.exec` with the pid, or `.failed`; then `execExited` as an event
  case exec(ExecSpec)
  /// → `.done` when every process is frozen
  case pause
  /// → `.done`
  case resume
  /// New limits for the container's cgroup. → `.done`
  case update(RuntimeResources)
  /// With as many descriptors as labels: the shim keeps them open while the container lives. → `.done`
  case keep([String])
  /// Closes kept descriptors. → `.done`
  case release([String])
  /// The exit of the container (nil) or of an exec is recorded: the shim may forget it. Acknowledging the
  /// container's ends the shim, after its response. → `.done`
  case acknowledge(exec: String?)
  /// Closes the log file and opens its path anew (a reader has moved or truncated it). → `.done`
  case reopenLog

  /// The name in the envelope.
  public var name: String {
    switch self {
    case .hello: "hello"
    case .state: "state"
    case .lend: "lend"
    case .networkReady: "networkReady"
    case .start: "start"
    case .signal: "signal"
    case .resize: "resize"
    case .attach: "attach"
    case .exec: "exec"
    case .pause: "pause"
    case .resume: "resume"
    case .update: "update"
    case .keep: "keep"
    case .release: "release"
    case .acknowledge: "acknowledge"
    case .reopenLog: "reopenLog"
    }
  }
}

public struct ShimHello: Codable, Sendable, Hashable {
  public static let protocolVersion = 1

  /// The newest version that the sender speaks; both sides then speak the lower of the two.
  public var version: Int
  /// Who speaks: the daemon's mark, or the shim's container id.
  public var sender: String
  /// The sender's pid in its own namespace.
  public var pid: Int32

  public init(version: Int = ShimHello.protocolVersion, sender: String, pid: Int32) {
    self.version = version
    self.sender = sender
    self.pid = pid
  }
}

/// Kinds of descriptors that a shim lends. Open set.
public struct LentDescriptor: RawRepresentable, Codable, Sendable, Hashable {
  public var rawValue: String
  public init(rawValue: String) { self.rawValue = rawValue }

  /// The container's network namespace (for setns, IFLA_NET_NS_FD).
  public static let networkNamespace = LentDescriptor(rawValue: "netns")
  /// A NETLINK_ROUTE socket opened inside it.
  public static let netlink = LentDescriptor(rawValue: "netlink")
  /// UDP socket bound to 127.0.0.11:53 inside it.
  public static let dnsUDP = LentDescriptor(rawValue: "dns-udp")
  /// Listening TCP socket on 127.0.0.11:53 inside it.
  public static let dnsTCP = LentDescriptor(rawValue: "dns-tcp")
  /// The container's init process.
  public static let pid = LentDescriptor(rawValue: "pidfd")
  /// The container's root directory, as its init sees it.
  public static let root = LentDescriptor(rawValue: "root")
  /// What was given to keep under this label (a reserved port).
  public static func kept(_ label: String) -> LentDescriptor { LentDescriptor(rawValue: "keep:" + label) }
}

public struct SignalRequest: Codable, Sendable, Hashable {
  public var number: Int32
  /// Every process of the container instead of its init; only with SIGKILL.
  public var all: Bool
  /// An exec's program instead of the container's.
  public var exec: String?

  public init(number: Int32, all: Bool = false, exec: String? = nil) {
    self.number = number
    self.all = all
    self.exec = exec
  }
}

public struct ResizeRequest: Codable, Sendable, Hashable {
  public var exec: String?
  public var width: UInt16
  public var height: UInt16

  public init(exec: String? = nil, width: UInt16, height: UInt16) {
    self.exec = exec
    self.width = width
    self.height = height
  }
}

public struct AttachRequest: Codable, Sendable, Hashable {
  public var exec: String?
  public var flags: AttachFlags

  public init(exec: String? = nil, flags: AttachFlags) {
    self.exec = exec
    self.flags = flags
  }
}
