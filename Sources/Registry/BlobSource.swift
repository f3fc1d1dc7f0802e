internal import Glibc
public import NIOCore
internal import NIOPosix

/// Content to upload that can be read again from any offset, as a repeated attempt needs.
public struct BlobSource: Sendable {
  let open: @Sendable (_ offset: Int64) -> any AsyncSequence<ByteBuffer, any Error> & Sendable

  /// `open` gives the bytes from `offset` on.
  public init(_ open: @escaping @Sendable (_ offset: Int64) -> any AsyncSequence<ByteBuffer, any Error> & Sendable) {
    self.open = open
  }

  /// Reads a file in pieces of 1 MiB on NIO's thread pool.
  public static func file(_ path: String) -> BlobSource {
    BlobSource { offset in FileChunks(path: path, offset: offset) }
  }

  public static func bytes(_ bytes: [UInt8]) -> BlobSource {
    BlobSource { offset in
      AsyncThrowingStream { continuation in
        if offset < bytes.count { continuation.yield(ByteBuffer(bytes: bytes[Int(offset)...])) }
        continuation.finish()
      }
    }
  }
}

/// A file's bytes from an offset on.
private struct FileChunks: AsyncSequence, Sendable {
  typealias Element = ByteBuffer
  typealias Failure = any Error
  static let chunkSize = 1024 * 1024

  let path: String
  let offset: Int64

  func makeAsyncIterator() -> Iterator { Iterator(path: path, offset: offset) }

  /// Closes its file when the last holder lets go.
  final class File: Sendable {
    let descriptor: CInt
    init(_ descriptor: CInt) { self.descriptor = descriptor }
    deinit { close(descriptor) }
  }

  struct Iterator: AsyncIteratorProtocol {
    let path: String
    var offset: Int64
    var file: File?

    init(path: String, offset: Int64) {
      self.path = path
      self.offset = offset
    }

    mutating func next() async throws -> ByteBuffer? {
      let (path, offset, known) = (path, offset, file)
      let (file, chunk) = try await NIOThreadPool.singleton.runIfActive { () throws -> (File, ByteBuffer) in
        let file = try known ?? Self.open(path)
        var buffer = ByteBufferAllocator().buffer(capacity: FileChunks.chunkSize)
        var failure: CInt = 0
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: FileChunks.chunkSize) { space in
          while true {
            let count = pread(file.descriptor, space.baseAddress, FileChunks.chunkSize, off_t(offset))
            if count >= 0 { return count }
            guard errno == EINTR else {
              failure = errno
              return 0
            }
          }
        }
        guard failure == 0 else {
          throw RegistryError(.source, "cannot read \(path): \(String(cString: strerror(failure)))")
        }
        return (file, buffer)
      }
      self.file = file
      self.offset += Int64(chunk.readableBytes)
      return chunk.readableBytes == 0 ? nil : chunk
    }

    private static func open(_ path: String) throws(RegistryError) -> File {
      let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else {
        throw RegistryError(.source, "cannot read \(path): \(String(cString: strerror(errno)))")
      }
      return File(descriptor)
    }
  }
}
