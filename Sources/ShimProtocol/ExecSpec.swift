public import JSON
public import OCI

/// A further program in a running container. Sent with at most one descriptor: the stream socket to attach
/// before the program starts, so that none of its output is lost.
public struct ExecSpec: Codable, Sendable {
  public var id: String
  public var process: RuntimeProcess
  public var terminal: Bool
  public var width: UInt16
  public var height: UInt16
  /// False: the program's standard input is /dev/null.
  public var openStdin: Bool
  /// Which streams the descriptor sent along carries; nil: none is sent, output is read and dropped.
  public var attach: AttachFlags?
  /// The compiled seccomp program; nil: unconfined.
  public var seccomp: Bytes?

  public init(
    id: String, process: RuntimeProcess, terminal: Bool = false, width: UInt16 = 0, height: UInt16 = 0,
    openStdin: Bool = false, attach: AttachFlags? = nil, seccomp: Bytes? = nil
  ) {
    self.id = id
    self.process = process
    self.terminal = terminal
    self.width = width
    self.height = height
    self.openStdin = openStdin
    self.attach = attach
    self.seccomp = seccomp
  }
}

/// Which streams an attached socket carries.
public struct AttachFlags: Codable, Sendable, Hashable {
  /// Bytes that arrive on the socket go to the program's input; its half-close ends them.
  public var stdin: Bool
  public var stdout: Bool
  public var stderr: Bool
  /// Output as it is, unframed. Otherwise each piece has Docker's 8-byte header
  /// (stream 1 or 2, three zero bytes, length big-endian). A terminal's output is always raw.
  public var raw: Bool

  public init(stdin: Bool = false, stdout: Bool = true, stderr: Bool = true, raw: Bool = false) {
    self.stdin = stdin
    self.stdout = stdout
    self.stderr = stderr
    self.raw = raw
  }
}
