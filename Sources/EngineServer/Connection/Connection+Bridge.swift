import Engine
import Glibc
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOPosix

extension Connection {
  /// Takes the connection away from HTTP: sends the head, then carries bytes between the client and the stream until
  /// both have ended. What the client sent behind its request is the stream's first input.
  func bridge(_ stream: AttachedStream, head: HTTPResponse) async throws {
    let descriptor = stream.descriptor.take()
    guard descriptor >= 0 else { throw EngineError(.internalError, "the stream was taken before") }
    guard fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) == 0 else {
      close(descriptor)
      throw EngineError(.internalError, "cannot make the stream non-blocking: errno \(errno)")
    }
    let channel = channel
    let bytes = Self.rawHead(head)
    let begin = stream.begin
    try await bridging {
      try await channel.eventLoop.flatSubmit {
        Self.startBridge(channel: channel, descriptor: descriptor, head: bytes, begin: begin)
      }.get()
    }
  }

  private static func startBridge(
    channel: any Channel, descriptor: CInt, head: ByteBuffer, begin: (@Sendable () async -> Void)?
  ) -> EventLoopFuture<Void> {
    let loop = channel.eventLoop
    let clientGone = loop.makePromise(of: Void.self)
    let streamGone = loop.makePromise(of: Void.self)
    let pipeline = channel.pipeline.syncOperations
    do {
      let client = BridgeHandler(gone: clientGone)
      let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
      let encoder = try pipeline.context(handlerType: HTTPResponseEncoder.self)
      guard let behind = decoder.handler as? ByteToMessageHandler<HTTPRequestDecoder> else {
        throw ChannelError.inappropriateOperationForState
      }
      try pipeline.addHandler(client, position: .after(behind))
      let codecsGone = pipeline.removeHandler(context: encoder).and(pipeline.removeHandler(context: decoder))
      let watch = try pipeline.handler(type: RequestWatch.self)
      watch.release()
      if watch.inputHasEnded { client.inputHasEnded() }
      let gateContext = try pipeline.context(handlerType: HandoverGate.self)
      let gate = NIOLoopBound(
        (handler: try pipeline.handler(type: HandoverGate.self), context: gateContext), eventLoop: loop)
      let bound = NIOLoopBound(client, eventLoop: loop)
      return codecsGone.flatMap { _ in
        gate.value.handler.open(context: gate.value.context)
        bound.value.send(head)
        if let begin { HeadDelivery.run(begin, onceReadBy: channel) }
        return ClientBootstrap(group: loop)
          .channelOption(.allowRemoteHalfClosure, value: true)
          .channelOption(.autoRead, value: true)
          .channelInitializer { streamChannel in
            streamChannel.eventLoop.makeCompletedFuture {
              let stream = BridgeHandler(gone: streamGone)
              try streamChannel.pipeline.syncOperations.addHandler(stream)
              BridgeHandler.connect(bound.value, stream)
            }
          }
          .withConnectedSocket(descriptor)
      }.flatMapError { error in
        streamGone.succeed()
        channel.close(promise: nil)
        return loop.makeFailedFuture(error)
      }.flatMap { _ in
        channel.read()
        return clientGone.futureResult.and(streamGone.futureResult).map { _ in () }
      }
    } catch {
      Glibc.close(descriptor)
      clientGone.succeed()
      streamGone.succeed()
      return loop.makeFailedFuture(error)
    }
  }

  /// The head as text: NIO's encoder would add a framing that a handed-over connection does not have.
  private static func rawHead(_ head: HTTPResponse) -> ByteBuffer {
    var text = "HTTP/1.1 \(head.status.code) \(head.status.reasonPhrase)\r\n"
    for field in head.headerFields { text += "\(field.name.rawName): \(field.value)\r\n" }
    return ByteBuffer(string: text + "\r\n")
  }
}
