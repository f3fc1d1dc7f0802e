internal import CLinux
internal import Glibc
internal import LinuxSystem

/// Signals as something to poll on, for as long as this object lives.
final class SignalReceiver {
  /// What `--sig-proxy` hands on: all that a user or a service manager sends, and no job control.
  static let forwarded: [Int32] = [1, 2, 3, 10, 12, 14, 15]
  static let windowChange: Int32 = 28

  let descriptor: CInt

  init?(_ signals: [Int32]) {
    guard cl_block_signals(signals, signals.count) >= 0 else { return nil }
    descriptor = cl_signalfd(signals, signals.count)
    guard descriptor >= 0 else { return nil }
  }

  deinit {
    close(descriptor)
    _ = cl_unblock_all_signals()
  }

  /// What has arrived since the last call.
  func take() -> [Signal] {
    var signals: [Signal] = []
    // struct signalfd_siginfo: 128 bytes, the signal's number in the first four.
    var record = [UInt32](repeating: 0, count: 32)
    while read(descriptor, &record, 128) == 128 { signals.append(Signal(Int32(record[0]))) }
    return signals
  }
}
