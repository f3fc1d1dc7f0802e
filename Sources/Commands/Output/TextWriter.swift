internal import CLinux
internal import Glibc

/// Text for a descriptor, kept until it is worth a system call; blocking.
final class TextWriter {
  let descriptor: CInt
  private var buffer: [UInt8] = []

  init(_ descriptor: CInt) { self.descriptor = descriptor }

  var isTerminal: Bool { isatty(descriptor) == 1 }

  func print(_ text: String = "", terminator: String = "\n") {
    buffer += text.utf8
    buffer += terminator.utf8
    if buffer.count >= 32 * 1024 { flush() }
  }

  func write(_ bytes: some Collection<UInt8>) {
    buffer += bytes
    if buffer.count >= 32 * 1024 { flush() }
  }

  func flush() {
    var offset = 0
    while offset < buffer.count {
      let count = buffer.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
      }
      if count > 0 {
        offset += count
      } else if errno == EAGAIN {
        // Standard output may be somebody's non-blocking pipe.
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&wanted, 1, -1)
      } else if errno != EINTR {
        // Nobody reads any more (EPIPE), or the disk is full: there is nowhere left to say it.
        break
      }
    }
    buffer.removeAll(keepingCapacity: true)
  }
}
