import CLinux
import LinuxSystem

/// Waits for a process in the foreground: hands signals on, and with a terminal carries bytes between it and ours.
enum Foreground {
  private enum Source: UInt64 { case process, signals, input, terminal }

  /// - Parameter terminal: the master, taken over; −1 without one.
  /// - Returns: the exit code.
  static func wait(pid: Int32, terminal: Int32) throws -> Int32 {
    let process = try PIDDescriptor(pid: pid)
    let signals = (1...31).map { Int32($0) }.filter { ![9, 19, 17].contains($0) }
    try check(cl_block_signals(signals, signals.count), "block signals")
    let signalDescriptor = OwnedDescriptor(owning: try check(cl_signalfd(signals, signals.count), "signalfd"))
    let epoll = OwnedDescriptor(owning: try check(cl_epoll_create(), "epoll"))
    let master = OwnedDescriptor(owning: terminal)
    func watch(_ descriptor: Int32, _ source: Source) -> Int32 {
      cl_epoll_control(epoll.rawValue, Int32(CL_EPOLL_ADD), descriptor, UInt32(CL_EPOLLIN), source.rawValue)
    }
    try check(watch(process.rawValue, .process), "watch process")
    try check(watch(signalDescriptor.rawValue, .signals), "watch signals")
    var saved = [UInt8](repeating: 0, count: cl_terminal_state_size())
    var isRaw = false
    var readsInput = false
    if terminal >= 0 {
      try check(watch(terminal, .terminal), "watch terminal")
      // A file as input is always ready and not for epoll: then it is given whole.
      readsInput = watch(0, .input) >= 0
      if !readsInput { copyInput(to: terminal) }
      if cl_isatty(0) {
        isRaw = cl_terminal_raw(0, &saved, saved.count) == 0
        resize(terminal)
      }
    }
    defer { if isRaw { _ = cl_terminal_restore(0, saved) } }

    var ending: PIDDescriptor.Ending?
    var open = terminal >= 0
    while ending == nil || open {
      var events = [cl_event](repeating: cl_event(), count: 8)
      let count = try check(cl_epoll_wait(epoll.rawValue, &events, 8, ending == nil ? -1 : 0), "wait")
      // Ended, and nothing more in the terminal at this moment.
      if ending != nil, count == 0 { break }
      for event in events[..<Int(count)] {
        switch Source(rawValue: event.data) {
        case .process:
          ending = try process.reap()
          _ = cl_epoll_control(epoll.rawValue, Int32(CL_EPOLL_DELETE), process.rawValue, 0, 0)
        case .signals:
          let signal = cl_signalfd_read(signalDescriptor.rawValue)
          if signal == Signal.windowChange.rawValue, terminal >= 0 {
            resize(terminal)
          } else if signal > 0 {
            try? process.send(Signal(signal))
          }
        case .input:
          if let bytes = try? inputBytes(), !bytes.isEmpty {
            try? OwnedDescriptor.writeAll(bytes, to: terminal)
          } else {
            _ = cl_epoll_control(epoll.rawValue, Int32(CL_EPOLL_DELETE), 0, 0, 0)
          }
        case .terminal:
          // EIO: no process has the terminal open any more.
          if let bytes = try? master.read(upTo: 64 << 10), !bytes.isEmpty {
            try? OwnedDescriptor.writeAll(bytes, to: 1)
          } else {
            open = false
            _ = cl_epoll_control(epoll.rawValue, Int32(CL_EPOLL_DELETE), terminal, 0, 0)
          }
        case nil: break
        }
      }
    }
    return ending?.status.exitCode ?? 255
  }

  private static func inputBytes() throws(SystemError) -> [UInt8] {
    let input = OwnedDescriptor(owning: 0)
    let bytes = Result { () throws(SystemError) in try input.read(upTo: 64 << 10) }
    _ = input.release()
    return try bytes.get()
  }

  private static func copyInput(to terminal: Int32) {
    while let bytes = try? inputBytes(), !bytes.isEmpty { try? OwnedDescriptor.writeAll(bytes, to: terminal) }
  }

  private static func resize(_ terminal: Int32) {
    var rows: UInt16 = 0
    var columns: UInt16 = 0
    if cl_get_window_size(0, &rows, &columns) == 0 { _ = cl_set_window_size(terminal, rows, columns) }
  }
}
