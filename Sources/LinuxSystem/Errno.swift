import CLinux

/// An error number of the kernel (errno(3)).
public struct Errno: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  public let rawValue: Int32

  public init(rawValue: Int32) { self.rawValue = rawValue }
  public init(_ rawValue: Int32) { self.rawValue = rawValue }

  /// Symbolic name, `ENOENT`.
  public var name: String { String(cString: cl_error_name(rawValue)) }
  /// The C library's text, "No such file or directory".
  public var description: String { String(cString: cl_error_text(rawValue)) }

  public static let notPermitted = Errno(1)
  public static let noEntry = Errno(2)
  public static let noProcess = Errno(3)
  public static let interrupted = Errno(4)
  public static let inputOutput = Errno(5)
  public static let badFormat = Errno(8)
  public static let badDescriptor = Errno(9)
  public static let noChild = Errno(10)
  public static let wouldBlock = Errno(11)
  public static let noMemory = Errno(12)
  public static let accessDenied = Errno(13)
  public static let busy = Errno(16)
  public static let exists = Errno(17)
  public static let crossDevice = Errno(18)
  public static let noDevice = Errno(19)
  public static let notDirectory = Errno(20)
  public static let isDirectory = Errno(21)
  public static let invalid = Errno(22)
  public static let tooManyOpenFiles = Errno(24)
  public static let notTerminal = Errno(25)
  public static let noSpace = Errno(28)
  public static let readOnly = Errno(30)
  public static let brokenPipe = Errno(32)
  public static let range = Errno(34)
  public static let nameTooLong = Errno(36)
  public static let notImplemented = Errno(38)
  public static let notEmpty = Errno(39)
  public static let loop = Errno(40)
  public static let noData = Errno(61)
  public static let protocolError = Errno(71)
  public static let messageTooLong = Errno(90)
  public static let notSupported = Errno(95)
  public static let addressInUse = Errno(98)
  public static let networkUnreachable = Errno(101)
  public static let connectionReset = Errno(104)
  public static let timedOut = Errno(110)
  public static let connectionRefused = Errno(111)
  public static let quotaExceeded = Errno(122)
}
