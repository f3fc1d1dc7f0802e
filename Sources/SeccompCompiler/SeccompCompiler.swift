internal import JSON
internal import LinuxSystem
public import OCI
internal import Synchronization

/// Compiles seccomp profiles to BPF programs, once each.
///
/// ```swift
/// let compiler = SeccompCompiler(cacheDirectory: "/var/lib/moonpool/seccomp")
/// let program = try compiler.compile(DefaultSeccompProfile.profile, capabilities: bounding)
/// ```
/// A compilation takes milliseconds of CPU and belongs on a thread that may be busy; a repeated one is a look-up.
public final class SeccompCompiler: Sendable {
  private let cacheDirectory: String?
  private let programs = Mutex<[RuntimeSeccomp: [UInt8]]>([:])
  private let resolutions = Mutex<[Resolution: RuntimeSeccomp]>([:])

  private struct Resolution: Hashable {
    var profile: SeccompProfile
    var capabilities: Set<String>
  }

  /// - Parameter cacheDirectory: made when absent, for programs to outlive the process; nil: in memory only.
  public init(cacheDirectory: String? = nil) { self.cacheDirectory = cacheDirectory }

  /// The program for a profile in Docker's form, for a container with these capabilities: `struct sock_filter[]`.
  public func compile(
    _ profile: SeccompProfile, capabilities: some Collection<String>
  ) throws(SeccompError) -> [UInt8] {
    let key = Resolution(profile: profile, capabilities: Set(capabilities))
    if let known = resolutions.withLock({ $0[key] }) { return try compile(known) }
    let resolved = try profile.resolved(capabilities: key.capabilities)
    resolutions.withLock { $0[key] = resolved }
    return try compile(resolved)
  }

  /// The program for a profile in the OCI form.
  public func compile(_ profile: RuntimeSeccomp) throws(SeccompError) -> [UInt8] {
    if let known = programs.withLock({ $0[profile] }) { return known }
    let file: CachedProgram? =
      if let cacheDirectory { try CachedProgram(profile: profile, directory: cacheDirectory) } else { nil }
    if let program = file?.load() {
      programs.withLock { $0[profile] = program }
      return program
    }
    let program = try FilterCompiler.compile(profile)
    programs.withLock { $0[profile] = program }
    file?.store(program)
    return program
  }

  /// Reads a profile file (`--security-opt seccomp=FILE`): Docker's form, of which the OCI's is a part.
  public static func profile(json: [UInt8]) throws(SeccompError) -> SeccompProfile {
    do throws(JSONError) {
      return try JSON.decode(SeccompProfile.self, from: json)
    } catch {
      throw SeccompError("\(error)")
    }
  }
}

/// A program on disk, behind everything it depends on.
///
/// The file is the key's length (4 bytes, little-endian), the key, the program. The key itself is compared, so the hash
/// in the name need not be a strong one.
private struct CachedProgram {
  let directory: String
  let path: String
  let key: [UInt8]

  init(profile: RuntimeSeccomp, directory: String) throws(SeccompError) {
    do throws(JSONError) {
      let value: JSONValue = [
        "profile": try JSON.value(of: profile), "libseccomp": .string(FilterCompiler.libraryVersion),
        "architecture": .string(SeccompHost.current.architecture),
        "kernel": "\(SeccompHost.current.kernel.major).\(SeccompHost.current.kernel.minor)", "prologue": 1,
      ]
      key = CBOR.encode(value)
    } catch {
      throw SeccompError("\(error)")
    }
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in key { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    self.directory = directory
    path = "\(directory)/\(String(hash, radix: 16)).bpf"
  }

  func load() -> [UInt8]? {
    guard let bytes = try? File.read(path, limit: 1 << 20), bytes.count > 4 else { return nil }
    let length = bytes[0..<4].enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
    guard bytes.count > 4 + length, Array(bytes[4..<4 + length]) == key else { return nil }
    let program = Array(bytes[(4 + length)...])
    return program.count % 8 == 0 ? program : nil
  }

  /// A cache that cannot be written is only slower.
  func store(_ program: [UInt8]) {
    try? Directory.makeAll(directory, mode: 0o700)
    let length = (0..<4).map { UInt8(truncatingIfNeeded: key.count >> (8 * $0)) }
    try? File.replace(path, with: length + key + program)
  }
}
