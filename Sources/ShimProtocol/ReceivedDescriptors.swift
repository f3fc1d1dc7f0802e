internal import CLinux
public import LinuxSystem
internal import Synchronization

/// Descriptors that came with a message, in order. What nobody takes is closed with the last reference.
public final class ReceivedDescriptors: Sendable {
  private let remaining: Mutex<[Int32]>

  init(_ descriptors: [Int32]) { remaining = Mutex(descriptors) }

  deinit {
    for descriptor in remaining.withLock({ $0 }) { _ = cl_close(descriptor) }
  }

  public var count: Int { remaining.withLock { $0.count } }

  /// The next descriptor, now the caller's.
  public func take() -> OwnedDescriptor? {
    guard let raw = takeRaw() else { return nil }
    return OwnedDescriptor(owning: raw)
  }

  /// The next descriptor as a number, now the caller's to close.
  public func takeRaw() -> Int32? {
    remaining.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }

  func takeLastRaw() -> Int32? {
    remaining.withLock { $0.popLast() }
  }
}
