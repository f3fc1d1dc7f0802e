import Engine
import EngineAPI
import HTTPTypes
import HummingbirdCore
import JSON
import NIOCore

/// One request as a route sees it: the version taken from the path, the path's parameters and the query decoded.
struct APIRequest: Sendable {
  var method: HTTPRequest.Method
  /// Without version and query, escapes as they came.
  var path: String
  var version: APIVersion
  var parameters: [String: String] = [:]
  var query: Query
  var headers: HTTPFields
  var body: RequestBody
  var caller: Caller

  /// A parameter of the route's path; empty where the route has none of this name.
  subscript(parameter: String) -> String { parameters[parameter] ?? "" }

  /// Whether the client wants the connection for itself: `Connection: Upgrade` and `Upgrade: tcp`.
  var asksForUpgrade: Bool { headers[.upgrade] != nil }
}

extension APIRequest {
  /// The most that a JSON body may be long: what a create request with everything in it needs, many times over.
  static let maximumBody = 4 << 20

  /// The body decoded from JSON. Like Docker it refuses another content type, and an empty body; the bytes are read
  /// strictly (duplicate and case-variant keys, wrong types), so that what the hooks see is what runs.
  func decodeBody<T: Decodable>(_ type: T.Type) async throws -> T {
    guard let value = try await decodeOptionalBody(type) else {
      throw EngineError(.invalidArgument, "invalid JSON: got EOF while reading request body")
    }
    return value
  }

  /// The body decoded from JSON, nil where there is none.
  func decodeOptionalBody<T: Decodable>(_ type: T.Type) async throws -> T? {
    let bytes = try await collectBody()
    guard bytes.contains(where: { ![9, 10, 13, 32].contains($0) }) else { return nil }
    try requireJSON()
    do {
      return try JSON.decode(type, from: bytes)
    } catch {
      throw EngineError(.invalidArgument, "invalid JSON: \(error)", cause: error)
    }
  }

  private func collectBody() async throws -> [UInt8] {
    let tooLong = EngineError(.invalidArgument, "request body is longer than \(Self.maximumBody) bytes")
    if let length = headers[.contentLength].flatMap({ Int($0) }), length > Self.maximumBody {
      throw BodyTooLong(error: tooLong)
    }
    var bytes: [UInt8] = []
    for try await part in body {
      bytes.append(contentsOf: part.readableBytesView)
      guard bytes.count <= Self.maximumBody else { throw BodyTooLong(error: tooLong) }
    }
    return bytes
  }

  private func requireJSON() throws(EngineError) {
    guard let type = headers[.contentType] else { return }
    let media = type.split(separator: ";").first.map { $0.filter { !$0.isWhitespace }.lowercased() } ?? ""
    guard media == "application/json" else {
      throw EngineError(
        .invalidArgument, "unsupported Content-Type header (\(type)): must be 'application/json'")
    }
  }

  /// An integer of the query; 0 or the default where it is absent, an error where it is no number.
  func integer(_ key: String, default absent: Int = 0) throws(EngineError) -> Int {
    guard let text = query.nonEmpty(key) else { return absent }
    guard let value = Int(text) else {
      throw EngineError(.invalidArgument, "strconv.ParseInt: parsing \"\(text)\": invalid syntax")
    }
    return value
  }

  /// The `filters` of the query in either of its forms.
  func filters() throws(EngineError) -> Filters {
    guard let text = query.nonEmpty("filters") else { return Filters() }
    do {
      return try JSON.decode(Filters.self, from: Array(text.utf8))
    } catch {
      throw EngineError(.invalidArgument, "invalid filter: \(error)", cause: error)
    }
  }

  /// A moment in the query: Unix seconds, RFC 3339 or a duration before now; nil where it is absent or 0.
  func moment(_ key: String) throws(EngineError) -> Timestamp? {
    guard let text = query.nonEmpty(key), text != "0" else { return nil }
    do {
      return try Timestamp(option: text)
    } catch {
      throw EngineError(.invalidArgument, "invalid value for \"\(key)\": \(error.message)", cause: error)
    }
  }

  /// The credentials in `X-Registry-Auth`: JSON in base64, of either alphabet. As Docker does, an empty object is sent
  /// by clients that have none, and is no error.
  func registryCredentials() throws(EngineError) -> AuthConfig? {
    guard let header = headers[.registryAuth], !header.isEmpty else { return nil }
    guard let bytes = Base64.decode(header.utf8) else {
      throw EngineError(.invalidArgument, "invalid X-Registry-Auth header: not base64")
    }
    do {
      let credentials = try JSON.decode(AuthConfig.self, from: bytes)
      return credentials == AuthConfig() ? nil : credentials
    } catch {
      throw EngineError(.invalidArgument, "invalid X-Registry-Auth header: \(error)", cause: error)
    }
  }
}

/// A body beyond the limit: 413 rather than the 400 of other malformed requests.
struct BodyTooLong: Error {
  var error: EngineError
}

extension HTTPField.Name {
  private static func docker(_ name: String) -> HTTPField.Name {
    guard let name = HTTPField.Name(name) else { preconditionFailure("\(name) is no header name") }
    return name
  }

  static let registryAuth = docker("X-Registry-Auth")
  static let pathStat = docker("X-Docker-Container-Path-Stat")
  static let apiVersion = docker("Api-Version")
  static let dockerExperimental = docker("Docker-Experimental")
  static let osType = docker("Ostype")
  static let builderVersion = docker("Builder-Version")
  static let swarm = docker("Swarm")
}
