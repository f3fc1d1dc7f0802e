import Glibc

/// What a shell command wrote to its standard output, and its exit status.
struct ShellResult: Sendable {
  var output: String
  var status: Int32
}

/// Runs a command line on a thread of its own.
func shell(_ command: String) async throws -> ShellResult {
  try await onThread {
    guard let stream = popen(command, "r") else { throw RawClient.Failure(description: "popen: errno \(errno)") }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, stream)
      if count == 0 { break }
      output += buffer.prefix(count)
    }
    let status = pclose(stream)
    return ShellResult(output: String(decoding: output, as: UTF8.self), status: (status >> 8) & 0xFF)
  }
}
