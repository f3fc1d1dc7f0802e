import CLinux

/// Programs that outlive their starter.
public enum Program {
  /// Where a descriptor of the caller appears in the program.
  public struct DescriptorMapping: Sendable, Hashable {
    public var source: Int32
    public var target: Int32
    public init(_ source: Int32, as target: Int32) {
      self.source = source
      self.target = target
    }
  }

  /// Starts a program that is no child of the caller (its parent is init or the nearest subreaper): own session, default
  /// signals, exactly the mapped descriptors. Returns its pid once it has been executed. Safe from any thread; blocks for
  /// the few hundred microseconds that an exec takes.
  public static func launch(
    _ path: String, arguments: [String], environment: [String] = [], descriptors: [DescriptorMapping] = [],
    directory: String? = nil
  ) throws(SystemError) -> Int32 {
    let argv = CStringArray(arguments)
    let envp = CStringArray(environment)
    let mappings = descriptors.map { cl_descriptor_mapping(source: $0.source, target: $0.target) }
    let pid = cl_launch(path, argv.pointer, envp.pointer, mappings, mappings.count, directory)
    return try check(pid, "launch", path)
  }
}

/// A NULL-terminated array of C strings, as execve wants.
public struct CStringArray: ~Copyable {
  public let pointer: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>
  private let storage: UnsafeMutablePointer<CChar>

  public init(_ strings: [String]) {
    let total = strings.reduce(0) { $0 + $1.utf8.count + 1 }
    storage = .allocate(capacity: max(total, 1))
    pointer = .allocate(capacity: strings.count + 1)
    var next = storage
    for (index, string) in strings.enumerated() {
      pointer[index] = next
      for byte in string.utf8 {
        next.pointee = CChar(bitPattern: byte)
        next += 1
      }
      next.pointee = 0
      next += 1
    }
    pointer[strings.count] = nil
  }

  deinit {
    pointer.deallocate()
    storage.deallocate()
  }
}
