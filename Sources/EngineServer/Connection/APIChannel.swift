import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import NIOSSL

/// What is done with an accepted connection: TLS where it is asked for, HTTP/1.1 by Hummingbird's loop, and a pipeline
/// from which the HTTP codecs can be taken when a route claims the connection.
struct APIChannel: HTTPChannelHandler {
  struct Value: ServerChildChannelValue {
    var connection: Connection
    var parts: NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>
    var channel: any Channel { connection.channel }
  }

  let responder: HTTPChannelHandler.Responder
  var tls: NIOSSLContext?
  var isUnix: Bool
  var registry: ConnectionRegistry

  func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
    channel.eventLoop.makeCompletedFuture {
      let isUnix = isUnix
      let connection = Connection(channel: channel) {
        isUnix ? await Peer.unix(channel) : await Peer.tls(channel)
      }
      let pipeline = channel.pipeline.syncOperations
      if let tls { try pipeline.addHandler(NIOSSLServerHandler(context: tls)) }
      let decoder = HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes)
      let gate = HandoverGate()
      try pipeline.addHandlers([
        gate, HTTPResponseEncoder(), ByteToMessageHandler(decoder), RequestWatch(connection: connection, gate: gate),
        HTTP1ToHTTPServerCodec(secure: tls != nil),
      ])
      let parts = try NIOAsyncChannel<HTTPRequestPart, HTTPResponsePart>(
        wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
      return Value(connection: connection, parts: parts)
    }
  }

  func handle(value: Value, logger: Logger) async {
    registry.insert(value.connection)
    defer { registry.remove(value.connection) }
    await Connection.$current.withValue(value.connection) {
      await handleHTTP(asyncChannel: value.parts, logger: logger)
    }
  }
}
