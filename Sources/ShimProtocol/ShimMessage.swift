internal import JSON
internal import OCI

/// One SOCK_SEQPACKET message: a CBOR map `{ kind, id?, name, body? }` with kind 0 request, 1 response, 2 event.
///
/// Unknown keys are ignored. A request with an unknown name decodes to `.unsupported`, so that it can be
/// answered; an unknown event decodes to `.event(.unknown)`.
public enum ShimMessage: Sendable {
  case request(id: UInt64, ShimRequest)
  case response(id: UInt64, ShimResponse)
  case event(ShimEvent)
  /// A request that this side does not know or whose body it cannot read: answer `.failed(error)` under this id.
  case unsupported(id: UInt64, ShimProtocolError)

  public func encoded() throws(ShimProtocolError) -> [UInt8] {
    CBOR.encode(try value())
  }

  private func value() throws(ShimProtocolError) -> JSONValue {
    var object: JSONObject = [:]
    switch self {
    case .request(let id, let request):
      object["kind"] = .integer(0)
      object["id"] = .integer(Int64(bitPattern: id))
      object["name"] = .string(request.name)
      object["body"] = try request.body()
    case .response(let id, let response):
      object["kind"] = .integer(1)
      object["id"] = .integer(Int64(bitPattern: id))
      object["name"] = .string(response.name)
      object["body"] = try response.body()
    case .event(let event):
      object["kind"] = .integer(2)
      object["name"] = .string(event.name)
      object["body"] = try event.body()
    case .unsupported(let id, let error):
      return try ShimMessage.response(id: id, .failed(error)).value()
    }
    return .object(object)
  }

  public init(decoding bytes: [UInt8]) throws(ShimProtocolError) {
    let value = try ProtocolCoding.value(bytes)
    guard let kind = value["kind"]?.integerValue, let name = value["name"]?.stringValue else {
      throw ShimProtocolError(.malformed, "a message without kind or name")
    }
    let body = value["body"] ?? .null
    switch kind {
    case 0:
      let id = try Self.identifier(value, name)
      do throws(ShimProtocolError) {
        self = .request(id: id, try ShimRequest(name: name, body: body))
      } catch {
        self = .unsupported(id: id, error)
      }
    case 1:
      self = .response(id: try Self.identifier(value, name), try ShimResponse(name: name, body: body))
    case 2:
      self = .event(try ShimEvent(name: name, body: body))
    default:
      throw ShimProtocolError(.malformed, "a message of unknown kind \(kind)")
    }
  }

  private static func identifier(_ value: JSONValue, _ name: String) throws(ShimProtocolError) -> UInt64 {
    guard let id = value["id"]?.integerValue else {
      throw ShimProtocolError(.malformed, "\(name): a message without id")
    }
    return UInt64(bitPattern: id)
  }
}

extension ShimRequest {
  fileprivate func body() throws(ShimProtocolError) -> JSONValue? {
    switch self {
    case .hello(let hello): try ProtocolCoding.value(of: hello)
    case .lend(let kinds): try ProtocolCoding.value(of: kinds)
    case .signal(let signal): try ProtocolCoding.value(of: signal)
    case .resize(let resize): try ProtocolCoding.value(of: resize)
    case .attach(let attach): try ProtocolCoding.value(of: attach)
    case .exec(let exec): try ProtocolCoding.value(of: exec)
    case .update(let resources): try ProtocolCoding.value(of: resources)
    case .keep(let labels), .release(let labels): try ProtocolCoding.value(of: labels)
    case .acknowledge(let exec): exec.map { .string($0) }
    case .state, .networkReady, .start, .pause, .resume, .reopenLog: nil
    }
  }

  fileprivate init(name: String, body: JSONValue) throws(ShimProtocolError) {
    switch name {
    case "hello": self = .hello(try ProtocolCoding.decode(ShimHello.self, body))
    case "state": self = .state
    case "lend": self = .lend(try ProtocolCoding.decode([LentDescriptor].self, body))
    case "networkReady": self = .networkReady
    case "start": self = .start
    case "signal": self = .signal(try ProtocolCoding.decode(SignalRequest.self, body))
    case "resize": self = .resize(try ProtocolCoding.decode(ResizeRequest.self, body))
    case "attach": self = .attach(try ProtocolCoding.decode(AttachRequest.self, body))
    case "exec": self = .exec(try ProtocolCoding.decode(ExecSpec.self, body))
    case "pause": self = .pause
    case "resume": self = .resume
    case "update": self = .update(try ProtocolCoding.decode(RuntimeResources.self, body))
    case "keep": self = .keep(try ProtocolCoding.decode([String].self, body))
    case "release": self = .release(try ProtocolCoding.decode([String].self, body))
    case "acknowledge": self = .acknowledge(exec: body.isNull ? nil : try ProtocolCoding.decode(String.self, body))
    case "reopenLog": self = .reopenLog
    default: throw ShimProtocolError(.unknownRequest, "this shim does not know the request \(name)")
    }
  }
}

extension ShimResponse {
  fileprivate func body() throws(ShimProtocolError) -> JSONValue? {
    switch self {
    case .done: nil
    case .hello(let hello): try ProtocolCoding.value(of: hello)
    case .state(let state): try ProtocolCoding.value(of: state)
    case .lent(let kinds): try ProtocolCoding.value(of: kinds)
    case .exec(let started): try ProtocolCoding.value(of: started)
    case .failed(let error): try ProtocolCoding.value(of: error)
    }
  }

  fileprivate init(name: String, body: JSONValue) throws(ShimProtocolError) {
    switch name {
    case "done": self = .done
    case "hello": self = .hello(try ProtocolCoding.decode(ShimHello.self, body))
    case "state": self = .state(try ProtocolCoding.decode(ShimState.self, body))
    case "lent": self = .lent(try ProtocolCoding.decode([LentDescriptor].self, body))
    case "exec": self = .exec(try ProtocolCoding.decode(ExecStarted.self, body))
    case "failed": self = .failed(try ProtocolCoding.decode(ShimProtocolError.self, body))
    default: throw ShimProtocolError(.malformed, "a response of unknown name \(name)")
    }
  }
}

extension ShimEvent {
  fileprivate func body() throws(ShimProtocolError) -> JSONValue? {
    switch self {
    case .created(let created): try ProtocolCoding.value(of: created)
    case .started(let started): try ProtocolCoding.value(of: started)
    case .failed(let error): try ProtocolCoding.value(of: error)
    case .exited(let status): try ProtocolCoding.value(of: status)
    case .execExited(let exited): try ProtocolCoding.value(of: exited)
    case .logError(let failure): try ProtocolCoding.value(of: failure)
    case .oom, .unknown: nil
    }
  }

  fileprivate init(name: String, body: JSONValue) throws(ShimProtocolError) {
    switch name {
    case "created": self = .created(try ProtocolCoding.decode(ContainerCreated.self, body))
    case "started": self = .started(try ProtocolCoding.decode(ContainerStarted.self, body))
    case "failed": self = .failed(try ProtocolCoding.decode(ShimProtocolError.self, body))
    case "exited": self = .exited(try ProtocolCoding.decode(ExitStatus.self, body))
    case "execExited": self = .execExited(try ProtocolCoding.decode(ExecExited.self, body))
    case "oom": self = .oom
    case "logError": self = .logError(try ProtocolCoding.decode(LogFailure.self, body))
    default: self = .unknown(name)
    }
  }
}
