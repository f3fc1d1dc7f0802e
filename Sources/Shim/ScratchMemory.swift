internal import CLinux

/// A working buffer that costs memory only while it is used: pages are given back when a burst is over.
final class ScratchMemory {
  let bytes: UnsafeMutableRawBufferPointer
  private var touched = 0

  init(size: Int) {
    guard let memory = cl_map_memory(size) else { fatalError("no memory for a buffer of \(size) bytes") }
    bytes = UnsafeMutableRawBufferPointer(start: memory, count: size)
  }

  /// Remembers that the first `count` bytes were written.
  func touch(_ count: Int) { touched = max(touched, count) }

  /// Gives back all but the first page after a burst; called when there is nothing more to do for now.
  func release() {
    let page = 4096
    guard touched > page, let start = bytes.baseAddress else { return }
    cl_release_memory(start + page, bytes.count - page)
    touched = 0
  }
}
