internal import Archive
internal import CLinux
internal import LinuxSystem
internal import OCI

/// Blobs by digest. Everything here blocks on the disk: it runs on the store's threads.
struct ContentStore: Sendable {
  let paths: StorePaths

  func contains(_ digest: OCI.Digest) -> Bool { FileStatus.exists(paths.blob(digest)) }

  func size(_ digest: OCI.Digest) -> Int64? { (try? FileStatus.of(paths.blob(digest)))?.size }

  /// Reads a small blob and verifies it.
  func read(_ digest: OCI.Digest, limit: Int = 16 << 20) throws(ImageStoreError) -> [UInt8] {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try File.read(paths.blob(digest), limit: limit)
    } catch {
      guard error.errno == .noEntry else { throw ImageStoreError(error) }
      throw ImageStoreError(.notFound, "content \(digest) is not in the store")
    }
    guard Self.digest(of: bytes, by: digest.algorithm) == digest else {
      throw ImageStoreError(.corrupt, "content \(digest) is damaged: remove the image and pull it again")
    }
    return bytes
  }

  /// Stores a small blob. It is on the disk when this returns: a reference to it may be written.
  func write(_ bytes: [UInt8], _ digest: OCI.Digest) throws(ImageStoreError) {
    guard Self.digest(of: bytes, by: digest.algorithm) == digest else {
      throw ImageStoreError(.invalid, "content does not match its digest \(digest)")
    }
    guard size(digest) != Int64(bytes.count) else { return }
    do throws(SystemError) {
      try File.replace(paths.blob(digest), with: bytes, mode: 0o644, durability: .machine)
    } catch {
      throw ImageStoreError(error)
    }
  }

  /// Digests of everything stored.
  func all() throws(ImageStoreError) -> [OCI.Digest] {
    var digests: [OCI.Digest] = []
    do throws(SystemError) {
      for algorithm in OCI.Digest.Algorithm.allCases {
        for name in try Directory.names("\(paths.blobs)/\(algorithm.rawValue)") {
          if let digest = try? OCI.Digest(algorithm: algorithm, hex: name) { digests.append(digest) }
        }
      }
    } catch {
      throw ImageStoreError(error)
    }
    return digests
  }

  func remove(_ digest: OCI.Digest) throws(ImageStoreError) {
    let result = cl_unlinkat(Int32(CL_AT_FDCWD), paths.blob(digest), 0)
    guard result >= 0 || result == -Errno.noEntry.rawValue else {
      throw ImageStoreError(SystemError(operation: "remove", errno: Errno(-result), path: paths.blob(digest)))
    }
  }

  static func digest(of bytes: [UInt8], by algorithm: OCI.Digest.Algorithm) -> OCI.Digest {
    var hash = BlobHash(algorithm)
    bytes.withUnsafeBytes { hash.update($0) }
    return hash.digest
  }
}

/// The digest of a blob while it arrives, by the algorithm that its descriptor names.
struct BlobHash {
  private enum State {
    case sha256(StreamingSHA256)
    case sha512(StreamingSHA512)
  }
  private var state: State

  init(_ algorithm: OCI.Digest.Algorithm) {
    switch algorithm {
    case .sha256: state = .sha256(StreamingSHA256())
    case .sha512: state = .sha512(StreamingSHA512())
    }
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    switch state {
    case .sha256(var hash):
      hash.update(bytes)
      state = .sha256(hash)
    case .sha512(var hash):
      hash.update(bytes)
      state = .sha512(hash)
    }
  }

  var digest: OCI.Digest {
    do {
      switch state {
      case .sha256(let hash): return try OCI.Digest(sha256: hash.value)
      case .sha512(let hash): return try OCI.Digest(sha512: hash.value)
      }
    } catch {
      preconditionFailure("a computed digest has its algorithm's length")
    }
  }
}
