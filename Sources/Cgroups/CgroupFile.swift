internal import CLinux
internal import LinuxSystem

/// Reads and writes the small files of the cgroup file systems.
enum CgroupFile {
  static func read(_ path: String) throws(CgroupError) -> String {
    do throws(SystemError) {
      return try File.readText(path)
    } catch {
      throw CgroupError("reading", path, error.errno.rawValue)
    }
  }

  /// Writes `value` with one write(2): the kernel parses what a single call brings.
  static func write(_ path: String, _ value: String) throws(CgroupError) {
    do throws(SystemError) {
      try File.writeOnce(value, to: path)
    } catch {
      throw CgroupError("writing \"\(value)\" to", path, error.errno.rawValue)
    }
  }

  static func exists(_ path: String) -> Bool {
    var status = cl_stat()
    return cl_fstatat(Int32(CL_AT_FDCWD), path, 0, &status) == 0
  }

  /// Makes a directory; one that is there already is fine. Returns whether it is new.
  @discardableResult
  static func makeDirectory(_ path: String) throws(CgroupError) -> Bool {
    let result = cl_mkdirat(Int32(CL_AT_FDCWD), path, 0o755)
    if result == 0 { return true }
    guard result == -Errno.exists.rawValue else { throw CgroupError("making the cgroup", path, -result) }
    return false
  }

  /// The value of `key` in a file of `key value` lines.
  static func value(_ key: String, in text: String) -> UInt64? {
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.count == 2, fields[0] == key { return UInt64(fields[1]) }
    }
    return nil
  }

  /// All `key value` lines.
  static func values(in text: String) -> [String: UInt64] {
    var values: [String: UInt64] = [:]
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      if fields.count == 2 { values[String(fields[0])] = UInt64(fields[1]) }
    }
    return values
  }

  /// A file with one number; nil for `max` and where it cannot be read.
  static func number(_ path: String) -> UInt64? {
    guard let text = try? read(path) else { return nil }
    return UInt64(text.prefix { $0 != "\n" })
  }

  /// The names of the directories in `path`; none where it does not exist.
  static func subdirectories(_ path: String) -> [String] {
    guard let directory = try? OwnedDescriptor.open(path, .directory) else { return [] }
    var names: [String] = []
    _ = withUnsafeMutablePointer(to: &names) { names in
      cl_list_directory(
        directory.rawValue,
        { context, name, type in
          let directoryType: UInt8 = 4
          if let context, let name, type == directoryType {
            context.assumingMemoryBound(to: [String].self).pointee.append(String(cString: name))
          }
          return true
        }, names)
    }
    return names
  }
}
