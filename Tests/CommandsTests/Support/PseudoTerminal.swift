import CLinux
import Glibc
import Synchronization

/// A terminal of 24 rows and 80 columns.
final class PseudoTerminal {
  let master: CInt
  private(set) var slave: CInt

  init() throws {
    var ends: (CInt, CInt) = (-1, -1)
    let status = cl_open_pty(&ends.0, &ends.1, "/dev/ptmx")
    guard status >= 0 else { throw ProgramError("open pty", -status) }
    (master, slave) = ends
    var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
    guard ioctl(slave, UInt(TIOCSWINSZ), &size) == 0 else { throw ProgramError("open pty", errno) }
  }

  deinit {
    close(master)
    closeSlave()
  }

  func closeSlave() {
    if slave >= 0 { close(slave) }
    slave = -1
  }

  func write(_ bytes: [UInt8]) { _ = Glibc.write(master, bytes, bytes.count) }

  func read(until word: String) throws -> String {
    var text = ""
    while !text.contains(word) {
      var wanted = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
      guard poll(&wanted, 1, 10_000) > 0 else { throw ProgramError("no \"\(word)\" in \"\(text)\"", ETIMEDOUT) }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = Glibc.read(master, &buffer, buffer.count)
      guard count > 0 else { return text }
      text += String(decoding: buffer[..<count], as: UTF8.self)
    }
    return text
  }
}

final class Counter: Sendable {
  private let value = Mutex(0)
  func next() -> Int {
    value.withLock {
      $0 += 1
      return $0
    }
  }
}
