import NIOCore
import NIOPosix

/// Lets a stream begin once its client has read the answer that makes the connection a stream.
///
/// Clients read that answer through a buffer, and some (docker-py) go on with the bare socket: output that was read along
/// with the answer is lost to them. Docker itself is slow enough for that not to show.
enum HeadDelivery {
  /// SO_MEMINFO: nine counters of a socket's memory (sock_diag(7)); the third is what was sent and not read yet.
  private typealias MemoryInformation = (
    UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32, UInt32
  )
  private static let memoryInformation = NIOBSDSocket.Option(rawValue: 55)
  private static let pause = TimeAmount.microseconds(200)
  /// A client that does not read at all is not waited for longer than 20 ms.
  private static let attempts = 100

  static func run(_ begin: @escaping @Sendable () async -> Void, onceReadBy channel: any Channel, attempt: Int = 0) {
    unread(channel).whenComplete { result in
      guard case .success(let bytes) = result, bytes > 0, attempt < attempts else {
        Task { await begin() }
        return
      }
      channel.eventLoop.scheduleTask(in: pause) { run(begin, onceReadBy: channel, attempt: attempt + 1) }
    }
  }

  /// Memory of what the peer has not read; none where that cannot be known.
  private static func unread(_ channel: any Channel) -> EventLoopFuture<UInt32> {
    guard let socket = channel as? any SocketOptionProvider else {
      return channel.eventLoop.makeSucceededFuture(0)
    }
    let counters: EventLoopFuture<MemoryInformation> = socket.unsafeGetSocketOption(
      level: .socket, name: memoryInformation)
    return counters.map { $0.2 }
  }
}
