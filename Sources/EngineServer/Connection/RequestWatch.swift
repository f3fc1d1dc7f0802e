import NIOCore
import NIOHTTP1

/// Sits behind the HTTP decoder: notices that the client has closed its side, and closes the gate and stops reading
/// after a request that asks for an upgrade.
final class RequestWatch: ChannelDuplexHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias InboundOut = HTTPServerRequestPart
  typealias OutboundIn = Never

  private let connection: Connection
  private let gate: HandoverGate
  private var asksForUpgrade = false
  private var holdsReads = false
  /// Whether the client has closed its side already.
  private(set) var inputHasEnded = false

  init(connection: Connection, gate: HandoverGate) {
    self.connection = connection
    self.gate = gate
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch Self.unwrapInboundIn(data) {
    case .head(let head): asksForUpgrade = head.headers.contains(name: "upgrade")
    case .end where asksForUpgrade:
      holdsReads = true
      gate.close()
    case .body, .end: break
    }
    context.fireChannelRead(data)
  }

  func read(context: ChannelHandlerContext) {
    if !holdsReads { context.read() }
  }

  /// Reads again, now for the bridge.
  func release() { holdsReads = false }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case .some(.inputClosed) = event as? ChannelEvent {
      inputHasEnded = true
      connection.clientIsGone()
    }
    context.fireUserInboundEventTriggered(event)
  }

  func channelInactive(context: ChannelHandlerContext) {
    connection.clientIsGone()
    context.fireChannelInactive()
  }
}
