/// The path of an entry, checked to stay below the layer's root: components without `.`, `..` and empty ones.
struct EntryPath {
  /// Relative, components joined by one slash each; empty for the root itself.
  let bytes: [UInt8]
  /// Length of the parent's part in `bytes`, without the slash.
  let parentLength: Int

  var isRoot: Bool { bytes.isEmpty }
  var parent: ArraySlice<UInt8> { bytes[..<parentLength] }
  var name: ArraySlice<UInt8> { bytes[(parentLength == 0 ? 0 : parentLength + 1)...] }

  /// Refuses absolute paths and any `..`, even one that would lead back inside: no honest tool writes them.
  init(_ path: [UInt8]) throws(ArchiveError) {
    let slash = UInt8(ascii: "/")
    let dot = UInt8(ascii: ".")
    guard path.first != slash else {
      throw ArchiveError(.unsafePath, "the path is absolute and would leave the layer", path: path)
    }
    guard !path.contains(0) else { throw ArchiveError(.malformed, "the path contains a NUL byte", path: path) }
    var clean: [UInt8] = []
    clean.reserveCapacity(path.count)
    var parentLength = 0
    for component in path.split(separator: slash) {
      if component.count == 1, component.first == dot { continue }
      if component.count == 2, component.allSatisfy({ $0 == dot }) {
        throw ArchiveError(.unsafePath, "the path contains \"..\" and would leave the layer", path: path)
      }
      parentLength = clean.count
      if !clean.isEmpty { clean.append(slash) }
      clean.append(contentsOf: component)
    }
    guard clean.count < 4096 else { throw ArchiveError(.tooLarge, "the path is longer than 4095 bytes", path: path) }
    bytes = clean
    self.parentLength = parentLength
  }
}

extension Collection<UInt8> {
  /// Calls `body` with the bytes as a C string. They must not contain NUL.
  func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    withUnsafeTemporaryAllocation(of: CChar.self, capacity: count + 1) { buffer in
      var index = 0
      for byte in self {
        buffer[index] = CChar(bitPattern: byte)
        index += 1
      }
      buffer[index] = 0
      guard let base = buffer.baseAddress else {
        preconditionFailure("an allocation of at least one byte has an address")
      }
      return body(UnsafePointer(base))
    }
  }
}

extension [UInt8] {
  /// `withUnsafeBytes`, keeping the type of the error.
  func withRawBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try withUnsafeBufferPointer { (buffer) throws(Failure) in try body(UnsafeRawBufferPointer(buffer)) }
  }
}
