import NIOPosix

/// Threads for what blocks (files, directory walks, netlink answers), so that no thread of Swift's pool ever waits.
struct BlockingPool: Sendable {
  private let pool: NIOThreadPool

  init(threads: Int) {
    pool = NIOThreadPool(numberOfThreads: threads)
    pool.start()
  }

  func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await pool.runIfActive(body)
  }
}
