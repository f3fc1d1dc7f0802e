/// A signal by number; names as Docker's `kill` accepts them (signal(7), moby/sys/signal).
public struct Signal: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  public let rawValue: Int32
  public init(rawValue: Int32) { self.rawValue = rawValue }
  public init(_ rawValue: Int32) { self.rawValue = rawValue }

  /// Numbers of x86-64 and arm64, which agree.
  static let numbers: [(name: String, number: Int32)] = [
    ("HUP", 1), ("INT", 2), ("QUIT", 3), ("ILL", 4), ("TRAP", 5), ("ABRT", 6), ("BUS", 7), ("FPE", 8), ("KILL", 9),
    ("USR1", 10), ("SEGV", 11), ("USR2", 12), ("PIPE", 13), ("ALRM", 14), ("TERM", 15), ("STKFLT", 16), ("CHLD", 17),
    ("CONT", 18), ("STOP", 19), ("TSTP", 20), ("TTIN", 21), ("TTOU", 22), ("URG", 23), ("XCPU", 24), ("XFSZ", 25),
    ("VTALRM", 26), ("PROF", 27), ("WINCH", 28), ("IO", 29), ("PWR", 30), ("SYS", 31),
  ]
  static let aliases: [(name: String, number: Int32)] = [("IOT", 6), ("CLD", 17), ("POLL", 29), ("UNUSED", 31)]

  public static let hangup = Signal(1)
  public static let interrupt = Signal(2)
  public static let quit = Signal(3)
  public static let kill = Signal(9)
  public static let terminate = Signal(15)
  public static let child = Signal(17)
  public static let `continue` = Signal(18)
  public static let stop = Signal(19)
  public static let windowChange = Signal(28)

  /// Reads `9`, `KILL`, `sigkill`, `RTMIN+3` or `RTMAX-1`; nil for anything else, and for 0.
  public init?(_ text: String) {
    if let number = Int32(text) {
      guard (1...64).contains(number) else { return nil }
      self.init(number)
      return
    }
    let upper = text.uppercased()
    let name = upper.hasPrefix("SIG") ? String(upper.dropFirst(3)) : upper
    if let known = (Self.numbers + Self.aliases).first(where: { $0.name == name }) {
      self.init(known.number)
      return
    }
    // glibc keeps 32 and 33 for itself: RTMIN is 34, as in Docker's table.
    if name == "RTMIN" {
      self.init(34)
    } else if name == "RTMAX" {
      self.init(64)
    } else if name.hasPrefix("RTMIN+"), let offset = Int32(name.dropFirst(6)), (1...15).contains(offset) {
      self.init(34 + offset)
    } else if name.hasPrefix("RTMAX-"), let offset = Int32(name.dropFirst(6)), (1...14).contains(offset) {
      self.init(64 - offset)
    } else {
      return nil
    }
  }

  /// `SIGTERM`; `SIGRTMIN+n` for real-time signals; the number where there is no name.
  public var name: String {
    if let known = Self.numbers.first(where: { $0.number == rawValue }) { return "SIG" + known.name }
    if rawValue == 34 { return "SIGRTMIN" }
    if (35...64).contains(rawValue) { return "SIGRTMIN+\(rawValue - 34)" }
    return String(rawValue)
  }
  public var description: String { name }
}
