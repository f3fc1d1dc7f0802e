import NIOCore

/// Sits before the HTTP decoder. After a request that asks for an upgrade it keeps what the client sends next, and the
/// end of its input, until it is decided who gets them: the decoder drops what it holds when it sees an end, and NIO
/// reads to the end when the client half-closes, asked or not.
final class HandoverGate: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = ByteBuffer

  private var isClosed = false
  private var held: [ByteBuffer] = []
  private var holdsEnd = false

  /// Keeps everything from now on.
  func close() { isClosed = true }

  /// Sends on what was kept, and all that follows.
  func open(context: ChannelHandlerContext) {
    guard isClosed else { return }
    isClosed = false
    for buffer in held { context.fireChannelRead(Self.wrapInboundOut(buffer)) }
    held = []
    if holdsEnd { context.fireUserInboundEventTriggered(ChannelEvent.inputClosed) }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard isClosed else { return context.fireChannelRead(data) }
    held.append(Self.unwrapInboundIn(data))
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if isClosed, case .some(.inputClosed) = event as? ChannelEvent {
      holdsEnd = true
    } else {
      context.fireUserInboundEventTriggered(event)
    }
  }
}
