/// Published ports by `port/protocol`. A port that is exposed and not published has no list.
public typealias PortMap = [String: [PortBinding]?]

/// A port of a container: `80/tcp`, `53/udp`; `80` is `80/tcp`.
public struct Port: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var number: UInt16
  public var transport: Transport

  public enum Transport: String, Sendable, Hashable, CaseIterable {
    case tcp, udp, sctp
  }

  public init(_ number: UInt16, _ transport: Transport = .tcp) {
    self.number = number
    self.transport = transport
  }

  /// Reads one port. Docker's error: `invalid port specification: "80/foo"`.
  public init(_ text: String) throws(InvalidValue) {
    let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
    guard let first = parts.first, first.utf8.allSatisfy({ 48...57 ~= $0 }), let number = UInt16(first), number > 0,
      let transport = parts.count == 1 || parts[1].isEmpty ? .tcp : Transport(rawValue: parts[1].lowercased())
    else { throw InvalidValue("invalid port specification: \"\(text)\"") }
    self.init(number, transport)
  }

  public var description: String { "\(number)/\(transport.rawValue)" }

  public static func < (left: Port, right: Port) -> Bool {
    (left.number, left.transport.rawValue) < (right.number, right.transport.rawValue)
  }
}

/// The host ports that a binding allows: none (any free port), one, or a range of which one is taken.
public enum HostPort: Sendable, Hashable {
  case any
  case range(ClosedRange<UInt16>)

  /// Reads `PortBinding.HostPort`: empty, `0`, `8080` or `8000-8010`.
  public init(_ text: String) throws(InvalidValue) {
    let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let numbers = parts.compactMap { $0.utf8.allSatisfy { 48...57 ~= $0 } ? UInt16($0) : nil }
    if text.isEmpty || numbers == [0] {
      self = .any
    } else if numbers.count == parts.count, let first = numbers.first, let last = numbers.last, 0 < first, first <= last
    {
      self = .range(first...last)
    } else {
      throw InvalidValue("invalid port specification: \"\(text)\"")
    }
  }
}
