import CLinux

/// A file descriptor with exactly one owner: closed when the owner ends.
public struct OwnedDescriptor: ~Copyable, Sendable {
  /// The number, for system calls; valid as long as this value lives.
  public let rawValue: Int32

  /// Takes over a descriptor that nobody else closes.
  public init(owning rawValue: Int32) { self.rawValue = rawValue }

  deinit { if rawValue >= 0 { _ = cl_close(rawValue) } }

  /// Gives the number away: the caller closes it.
  public consuming func release() -> Int32 {
    let value = rawValue
    discard self
    return value
  }

  /// Closes now.
  public consuming func close() {}

  /// A second descriptor of the same open file, close-on-exec.
  public borrowing func duplicate() throws(SystemError) -> OwnedDescriptor {
    OwnedDescriptor(owning: try check(cl_dup_above(rawValue, 3), "duplicate descriptor"))
  }

  /// `/proc/self/fd/N`: the open file itself as a path, whatever its name points to by now.
  public var procPath: String { "/proc/self/fd/\(rawValue)" }
}

/// Several owned descriptors, taken out one by one; those never taken are closed with the list.
public struct DescriptorList: ~Copyable, Sendable {
  private var descriptors: [Int32]

  public init(owning descriptors: [Int32] = []) { self.descriptors = descriptors }

  deinit { for descriptor in descriptors where descriptor >= 0 { _ = cl_close(descriptor) } }

  public var count: Int { descriptors.count }
  public var isEmpty: Bool { descriptors.isEmpty }
  /// The numbers, still owned by the list.
  public var rawValues: [Int32] { descriptors }

  /// Adds a descriptor at the end; the list owns it from here.
  public mutating func append(_ descriptor: consuming OwnedDescriptor) { descriptors.append(descriptor.release()) }

  /// Takes out the first descriptor.
  public mutating func popFirst() -> OwnedDescriptor? {
    descriptors.isEmpty ? nil : OwnedDescriptor(owning: descriptors.removeFirst())
  }
}
