internal import Crypto

/// SHA-256 of a stream.
public struct StreamingSHA256: Sendable {
  private var hash = SHA256()

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

  public mutating func update(_ bytes: some Collection<UInt8>) {
    let contiguous: Void? = bytes.withContiguousStorageIfAvailable {
      hash.update(bufferPointer: UnsafeRawBufferPointer($0))
    }
    if contiguous == nil { hash.update(data: Array(bytes)) }
  }

  /// The 32 bytes of the digest of everything so far.
  public var value: [UInt8] { Array(hash.finalize()) }

  public static func of(_ bytes: some Collection<UInt8>) -> [UInt8] {
    var digest = StreamingSHA256()
    digest.update(bytes)
    return digest.value
  }
}

/// SHA-512 of a stream, for blobs that are named by it.
public struct StreamingSHA512: Sendable {
  private var hash = SHA512()

  public init() {}

  public mutating func update(_ bytes: UnsafeRawBufferPointer) { hash.update(bufferPointer: bytes) }

  /// The 64 bytes of the digest of everything so far.
  public var value: [UInt8] { Array(hash.finalize()) }
}
