internal import CLinux
internal import Glibc

/// The user's terminal: size, raw mode, and the way back from it.
enum Terminal {
  static func isTerminal(_ descriptor: CInt) -> Bool { isatty(descriptor) == 1 }

  struct Size: Hashable {
    var rows: Int
    var columns: Int
  }

  static func size(of descriptor: CInt) -> Size? {
    var rows: UInt16 = 0
    var columns: UInt16 = 0
    guard cl_get_window_size(descriptor, &rows, &columns) >= 0, rows > 0 || columns > 0 else { return nil }
    return Size(rows: Int(rows), columns: Int(columns))
  }

  /// A terminal in raw mode for as long as this value lives.
  struct RawMode: ~Copyable {
    private let descriptor: CInt
    private let saved: termios

    init?(_ descriptor: CInt) {
      var saved = termios()
      guard cl_terminal_raw(descriptor, &saved, MemoryLayout<termios>.size) >= 0 else { return nil }
      self.descriptor = descriptor
      self.saved = saved
    }

    deinit {
      var saved = saved
      _ = cl_terminal_restore(descriptor, &saved)
    }
  }

  /// Reads a line without showing it.
  static func readSecret(_ prompt: String, to writer: TextWriter) -> String {
    writer.print(prompt, terminator: "")
    writer.flush()
    var saved = termios()
    let isHidden = tcgetattr(STDIN_FILENO, &saved) == 0
    if isHidden {
      var silent = saved
      silent.c_lflag &= ~tcflag_t(ECHO)
      tcsetattr(STDIN_FILENO, TCSANOW, &silent)
    }
    let line = Swift.readLine() ?? ""
    if isHidden {
      tcsetattr(STDIN_FILENO, TCSANOW, &saved)
      writer.print()
      writer.flush()
    }
    return line
  }
}
