/// Takes apart the stream of attach, logs and exec without a terminal: frames with a header of eight bytes, the first
/// being the stream (0 and 1 out, 2 errors), the last four the length, big-endian (API description, "Stream format").
public struct StreamDemultiplexer {
  public enum Stream: Sendable, Hashable { case output, errors }

  private var header: [UInt8] = []
  private var left = 0
  private var stream = Stream.output

  public init() {}

  /// Calls `body` with each run of bytes of one stream, as they come.
  public mutating func feed(_ bytes: [UInt8], _ body: (Stream, ArraySlice<UInt8>) throws -> Void) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      if left == 0 {
        let wanted = 8 - header.count
        header += rest.prefix(wanted)
        rest = rest.dropFirst(wanted)
        guard header.count == 8 else { return }
        switch header[0] {
        case 0, 1: stream = .output
        case 2, 3: stream = .errors  // 3: the daemon's own complaint
        default: throw ClientError(.broken, "Unrecognized input header: \(header[0])")
        }
        left = header[4...].reduce(0) { $0 << 8 | Int($1) }
        header.removeAll(keepingCapacity: true)
        continue
      }
      let part = rest.prefix(left)
      left -= part.count
      rest = rest.dropFirst(part.count)
      try body(stream, part)
    }
  }
}
