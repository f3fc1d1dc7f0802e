internal import Crypto
internal import NIOCore
internal import OCI

/// A digest being computed.
struct ContentHash: Sendable {
  private enum State: Sendable {
    case sha256(SHA256)
    case sha512(SHA512)
  }
  private var state: State

  init(_ algorithm: OCI.Digest.Algorithm) {
    switch algorithm {
    case .sha256: state = .sha256(SHA256())
    case .sha512: state = .sha512(SHA512())
    }
  }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    switch state {
    case .sha256(var hash):
      hash.update(bufferPointer: bytes)
      state = .sha256(hash)
    case .sha512(var hash):
      hash.update(bufferPointer: bytes)
      state = .sha512(hash)
    }
  }

  mutating func update(_ buffer: ByteBuffer) {
    buffer.withUnsafeReadableBytes { update($0) }
  }

  var hex: String {
    switch state {
    case .sha256(let hash): Self.hexadecimal(hash.finalize())
    case .sha512(let hash): Self.hexadecimal(hash.finalize())
    }
  }

  func matches(_ digest: OCI.Digest) -> Bool { hex == digest.hex }

  static func digest(of bytes: [UInt8], by algorithm: OCI.Digest.Algorithm) -> OCI.Digest {
    var hash = ContentHash(algorithm)
    bytes.withUnsafeBytes { hash.update($0) }
    do {
      return try OCI.Digest(algorithm: algorithm, hex: hash.hex)
    } catch {
      preconditionFailure("a computed digest has its algorithm's length")
    }
  }

  private static func hexadecimal(_ raw: some Sequence<UInt8>) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: raw.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
