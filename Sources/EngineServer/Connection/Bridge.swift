import NIOCore
import NIOPosix

/// Carries bytes between a client's connection and a descriptor, both ways, without looking at them.
///
/// Both sides are channels of one event loop, so nothing here is shared between threads. A side is read only while the
/// other takes what is written to it. The end of one side's input closes the other side's output after what is still
/// under way (`shutdown(2)`, or close_notify under TLS); a side that is gone closes the other; when both inputs have
/// ended both sides are closed.
final class BridgeHandler: ChannelDuplexHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private var context: ChannelHandlerContext?
  private var partner: BridgeHandler?
  /// What arrived before the partner was there.
  private var early: [ByteBuffer] = []
  private var wantsRead = false
  private var inputEnded = false
  private var outputEnded = false
  private var isGone = false
  private let gone: EventLoopPromise<Void>

  /// - Parameter gone: is fulfilled when the channel is closed.
  init(gone: EventLoopPromise<Void>) { self.gone = gone }

  /// Makes two handlers the ends of one bridge, and sends on what the first got before.
  static func connect(_ first: BridgeHandler, _ second: BridgeHandler) {
    first.partner = second
    second.partner = first
    for (side, other) in [(first, second), (second, first)] {
      for buffer in side.early { other.send(buffer) }
      side.early = []
      if side.inputEnded { other.endOutput() }
      if side.isGone { other.close() }
      if side.wantsRead { side.readIfWanted() }
    }
  }

  /// The client's end came before the bridge.
  func inputHasEnded() { inputEnded = true }

  /// Writes to this side.
  func send(_ buffer: ByteBuffer) { context?.writeAndFlush(Self.wrapOutboundOut(buffer), promise: nil) }

  // MARK: What the partner asks for

  private var takesMore: Bool { context.map { $0.channel.isWritable && !outputEnded } ?? false }

  private func readIfWanted() {
    guard wantsRead, partner?.takesMore ?? false else { return }
    wantsRead = false
    context?.read()
  }

  /// Closes the output once everything written before has left: closing it at once would, where the input has ended
  /// too, close the whole channel and lose what is pending.
  private func endOutput() {
    guard let context, !outputEnded else { return }
    outputEnded = true
    afterFlush(context) { context in
      context.close(mode: .output, promise: nil)
    }
    closeIfBothEnded()
  }

  private func close() {
    guard let context else { return }
    outputEnded = true
    afterFlush(context) { context in context.close(promise: nil) }
  }

  private func closeIfBothEnded() {
    guard inputEnded, outputEnded else { return }
    close()
    partner?.close()
  }

  private func afterFlush(_ context: ChannelHandlerContext, _ then: @escaping (ChannelHandlerContext) -> Void) {
    let flushed = context.eventLoop.makePromise(of: Void.self)
    flushed.futureResult.assumeIsolated().whenComplete { [weak self] _ in
      guard let context = self?.context else { return }
      then(context)
    }
    context.writeAndFlush(Self.wrapOutboundOut(ByteBuffer()), promise: flushed)
  }

  // MARK: The channel's events

  func handlerAdded(context: ChannelHandlerContext) { self.context = context }

  func handlerRemoved(context: ChannelHandlerContext) {
    self.context = nil
    partner = nil
    gone.succeed()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    let buffer = Self.unwrapInboundIn(data)
    if let partner { partner.send(buffer) } else { early.append(buffer) }
  }

  func channelReadComplete(context: ChannelHandlerContext) {}

  func read(context: ChannelHandlerContext) {
    wantsRead = true
    readIfWanted()
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    if context.channel.isWritable { partner?.readIfWanted() }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard case .some(.inputClosed) = event as? ChannelEvent else {
      context.fireUserInboundEventTriggered(event)
      return
    }
    inputEnded = true
    partner?.endOutput()
    closeIfBothEnded()
  }

  func channelInactive(context: ChannelHandlerContext) {
    isGone = true
    partner?.close()
    gone.succeed()
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
